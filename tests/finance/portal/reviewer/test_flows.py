"""From an archive that arrives to a signed conclusion, by forms alone: nothing here needs a script."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

from tally_edge import keys
from tally_edge.keys import Signer
from tally_finance.portal.reviewer.room import MAX_UPLOAD_BYTES
from tally_finance.report import archive, folder
from tests.finance.portal.reviewer.conftest import Pages, opened
from tests.finance.portal.signed_in import form
from tests.finance.review_api.reviews import ABROAD, LI, VERIFIERS, WANG

CONCLUSION = {
    "kind": "conclusion",
    "bank": "Bank of the Delta",
    "reviewer": "Li Wei",
    "borrower": "Works 1",
    "loan": "GL-2026-17",
    "use_of_proceeds": 'an "electric" furnace',
    "catalogue": "1.4.2",
    "decision": "with_conditions",
    "conditions": "a meter for the furnace\nanother audit",
    "until": "2027-12-01",
}
UNTIL = 1_827_590_400
"""2027-12-01 in Shanghai."""
VERIFICATION = {
    "kind": "verification", "verifier": "Verifiers Ltd", "lead": "Wang Fang", "borrower": "Works 1",
    "standard": "ISO 14064-3:2019", "independence": "none", "level": "limited", "type": "unmodified",
    "until": "2027-12-01", "accreditation.body": "CNAS", "accreditation.number": "V-17",
    "accreditation.until": "2027-12-01",
}  # fmt: skip


def key_of(signing: Signer) -> str:
    return signing.public_key.encode().hex()


def test_what_was_edited_is_refused_with_the_places(packed: bytes, policy: Path, tmp_path: Path) -> None:
    with opened(tmp_path, policy) as pages:
        assert "send the first" in pages.get("/reviewer").text
        parts = archive.decode(packed)
        edited = parts["report.json"].replace(b'"kg":"', b'"kg":"1', 1)
        at = tmp_path / "edited"
        archive.write(at, {**parts, "report.json": edited})
        digest = pages.sent(archive.pack(folder.read(at)))
        page = pages.get(f"/reviewer/arrivals/{digest}")
        assert page.status_code == 200
        assert "Where it differs" in page.text
        assert f"/reviewer/arrivals/{digest}" in pages.get("/reviewer").text
        assert "did not follow from the evidence" in pages.get("/reviewer").text
        assert pages.get(f"/reviewer/reports/{digest}").status_code == 404


def test_no_archive_is_told_what_it_is_not(pages: Pages) -> None:
    assert pages.post("/reviewer/send", files={"archive": ("report.tar", b"")}).status_code == 422
    assert pages.post("/reviewer/send", files={"archive": ("report.tar", b"no archive")}).status_code == 422


def test_several_gigabytes_are_refused_before_they_are_read(pages: Pages) -> None:
    headers = {"content-length": str(MAX_UPLOAD_BYTES + 1), "content-type": "multipart/form-data; boundary=x"}
    assert pages.get("/reviewer").status_code == 200
    assert pages.client.post("/reviewer/send", content=b"x", headers=headers).status_code == 413


def test_a_report_that_is_kept_leads_to_its_page(pages: Pages) -> None:
    answer = pages.get(f"/reviewer/arrivals/{pages.digest}")
    assert (answer.status_code, answer.headers["location"]) == (303, pages.base)


def drafted(pages: Pages, signing: Signer, words: dict[str, str], who: str = "li") -> tuple[bytes, str]:
    """The bytes to sign, and the draft, as the page for keys elsewhere has them."""
    page = pages.post(f"{pages.base}/conclude/draft", who, own_key=key_of(signing), **words)
    assert page.status_code == 200, page.text
    octets = re.search(r"<pre tabindex=\"0\"><code>([0-9a-f]+)</code>", page.text)
    unsigned = re.search(r'name="unsigned" value="([^"]+)"', page.text)
    assert octets is not None
    assert unsigned is not None
    assert "GL-2026-17" in page.text or "Verifiers Ltd" in page.text
    return bytes.fromhex(octets[1]), unsigned[1].replace("&#43;", "+")


def test_a_conclusion_is_signed_elsewhere_and_stands(packed: bytes, policy: Path, tmp_path: Path) -> None:
    with opened(tmp_path, policy) as pages:
        pages.digest = pages.sent(packed)
        assert "judge the next" in pages.get("/reviewer").text
        octets, unsigned = drafted(pages, LI, CONCLUSION)
        other = pages.post(f"{pages.base}/conclude", kind="conclusion", unsigned=unsigned, signature="00" * 64)
        assert other.status_code == 422
        kept = pages.post(
            f"{pages.base}/conclude", kind="conclusion", unsigned=unsigned, signature=LI.sign(octets).hex()
        )
        assert kept.status_code == 303, kept.text
        text = pages.get(f"{pages.base}/opinions").text
        assert "1 stand for this report now" in text
        assert "an &#34;electric&#34; furnace" in text
        statement = re.search(r"/opinions/([0-9a-f]{64})", text)
        assert statement is not None
        file = pages.get(f"{pages.base}/opinions/{statement[1]}").content
        again = pages.post(f"{pages.base}/opinions", files={"opinion": ("x.opinion", file)})
        assert again.status_code == 303
        assert "Nothing waits for you." in pages.get("/reviewer").text
        pages.clock.at = UNTIL - 86_400
        assert "1 opinion lapses within sixty days" in pages.get("/reviewer").text
        pages.clock.at = UNTIL + 86_400
        assert "1 opinion has lapsed" in pages.get("/reviewer").text
        assert "expired" in pages.get(f"{pages.base}/opinions").text


def test_the_page_that_signs_is_given_the_very_bytes(pages: Pages) -> None:
    answer = pages.post(f"{pages.base}/conclude/to-sign", public_key=key_of(LI), **CONCLUSION)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    octets = base64.b64decode(told["to_sign"])
    assert b"GL-2026-17" in octets
    lines = dict(told["lines"])
    assert (lines["Report"], lines["Conditions"]) == (pages.digest, "a meter for the furnace; another audit")
    assert len(LI.sign(octets)) == keys.SIGNATURE_BYTES


def test_words_that_can_not_be_signed_come_back_with_what_is_wrong(pages: Pages) -> None:
    wrong = {**CONCLUSION, "decision": "eligible"}  # conditions stand where the decision has some
    page = pages.post(f"{pages.base}/conclude/draft", own_key=key_of(LI), **wrong)
    assert page.status_code == 422
    assert "conditions" in page.text
    assert "GL-2026-17" in page.text
    no_day = pages.post(f"{pages.base}/conclude/draft", own_key=key_of(LI), **{**CONCLUSION, "until": "some day"})
    assert no_day.status_code == 422
    strange = pages.post(f"{pages.base}/conclude/draft", own_key=key_of(ABROAD), **CONCLUSION)
    assert strange.status_code == 422


def test_a_verifier_verifies_what_it_was_shown(pages: Pages) -> None:
    assert pages.get(pages.base, "wang").status_code == 404
    assert pages.post(f"{pages.base}/readers", organisation=VERIFIERS.hex()).status_code == 303
    octets, unsigned = drafted(pages, WANG, VERIFICATION, "wang")
    sent = {"kind": "verification", "unsigned": unsigned, "signature": WANG.sign(octets).hex()}
    assert pages.post(f"{pages.base}/conclude", "wang", **sent).status_code == 303
    assert "Verifiers Ltd" in pages.get(f"{pages.base}/exports").text
    assert "Works 1" in pages.get("/reviewer/reports", "wang").text


def test_a_version_is_kept_and_told_as_known(pages: Pages) -> None:
    sent = {"figure": "total-market", "reason": "first", "why": "the first of the year"}
    assert pages.post(f"{pages.base}/version", **sent).status_code == 303
    (line,) = re.findall(r"line=([^\"]+total-market)", pages.get("/reviewer/versions").text)
    page = pages.get(f"/reviewer/versions/of?line={line}")
    assert "the first of the year" in page.text
    then = pages.get(f"/reviewer/versions/of?line={line}&known_at=2020-01-01")
    assert "None stood then." in then.text
    assert pages.get(f"/reviewer/versions/of?line={line}&known_at=2020-02-31").status_code == 400
    assert pages.get(f"{pages.base}/differences?against={pages.digest}").status_code == 200


def test_exports_are_files_with_names(pages: Pages) -> None:
    html = pages.get(f"{pages.base}/exports/html")
    assert html.headers["content-disposition"] == f'attachment; filename="{pages.digest[:16]}-report.html"'
    tables = pages.get(f"{pages.base}/exports/csv")
    with zipfile.ZipFile(BytesIO(tables.content)) as file:
        names = file.namelist()
        assert {"intervals.csv", "figures.csv", "tables.json"} <= set(names)
        assert json.loads(file.read("tables.json"))
    assert pages.get(f"{pages.base}/exports/csv").content == tables.content
    assert pages.get(f"{pages.base}/exports/none").status_code == 404


def test_a_product_goes_out_as_a_document_of_pact(pages: Pages) -> None:
    page = pages.get(f"{pages.base}/exports").text
    assert "urn:pact" in page
    sheet = (
        'name = "Coil"\ndescription = "Hot rolled coil"\nproduct_ids = ["urn:pact:works.example:product-id:coil"]\n'
        'standards = ["ISO14067", "PACT-3.0"]\n[company]\nname = "Works 1"\nids = ["urn:lei:5299000J2N45DDNE4Y28"]\n'
        '[unit]\nof = "kilogram"\n[geography]\ncountry = "CN"\n[carbon]\nfossil = 0\n'
        '[exempted]\npercent = 0\nreason = "nothing is left out"\n'
    )
    answer = pages.post(f"{pages.base}/footprints", product="coil", sheet=sheet, kind="pact")
    assert answer.status_code == 200, answer.text
    assert answer.json()["pcf"]["declaredUnitOfMeasurement"] == "kilogram"
    wrong = pages.post(f"{pages.base}/footprints", product="coil", sheet="name = ", kind="pact")
    assert wrong.status_code in (409, 422)


def test_financed_emissions_of_loans(pages: Pages) -> None:
    loans = (
        '[[loan]]\nloan = "GL-1"\noutstanding_cny = 12000000.00\nwhole_cny = 80000000.00\n'
        f'against = "equity_and_debt"\nreport = "{pages.digest}"\nfigure = "location"\n'
    )
    page = pages.post("/reviewer/portfolio", loans=loans)
    assert page.status_code == 200, page.text
    assert "not a year" in page.text
    assert pages.post("/reviewer/portfolio", loans="[[loan]]").status_code == 422
    assert pages.post("/reviewer/portfolio", "wang", loans=loans).status_code == 403


def test_a_form_of_another_session_changes_nothing(pages: Pages) -> None:
    values = form(organisation="ab" * 32) | {"csrf": "x" * 43}
    pages.get("/reviewer")
    assert pages.client.post(f"{pages.base}/readers", data=values).status_code == 403
