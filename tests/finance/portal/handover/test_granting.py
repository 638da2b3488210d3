"""An owner grants, signs with its own key, hands over, and ends it; nobody else does any of it."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tally_chain import bundle, fingerprint, granting, sealing
from tally_chain.verify.verifier import verify
from tally_edge import cose, statement
from tally_finance.portal.handover import owner_page, reader_page
from tally_gateway.errors import ApiError
from tally_gateway.pages.paging import sliced
from tests.chain.verify.case import NOW
from tests.finance.portal.handover.parties import BANK, EVIDENCE, MILL, OWNER_KEY, READER_KEY, WORLD, Hall, terms
from tests.world import POINT, p256


def test_a_grant_from_evidence_to_parcel(made: Hall) -> None:
    """What the reader unpacks opens with its key alone, and its grant holds under its policy."""
    path = made.signed({"carry": ("../../invoice.txt", b"an invoice"), "withhold": ("price.txt", b"a price")})
    page = made.get("owner", path).text
    for words in (fingerprint.digits(READER_KEY.public_key.kid), "in force", "invoice.txt", "withheld"):
        assert words in page
    assert "a price" not in page
    parcel = zipfile.ZipFile(io.BytesIO(made.get("owner", f"{path}/file/handover.zip").content))
    assert parcel.namelist() == ["evidence.sealed.tally", "README.txt"]
    sheet = parcel.read("README.txt").decode("utf-8-sig")
    assert fingerprint.digits(OWNER_KEY.public_key.kid) in sheet
    assert "用途" in sheet
    inside = sealing.open_sealed(parcel.read("evidence.sealed.tally"), READER_KEY)
    granted = bundle.decode(inside)
    assert [(one.name, one.content) for one in granted.attachments or ()] == [
        ("invoice.txt", b"an invoice"), ("price.txt", None),
    ]  # fmt: skip
    said = granting.grant_in(granted)
    assert (said.owner, said.reader, said.purpose) == ("Mill", "First Bank", "a loan against steel")
    assert list(json.loads(made.get("owner", f"{path}/file/salts.json").content)) == ["price.txt"]
    policy = replace(WORLD.policy(), owners=made_owner(), reader="First Bank")
    verdict = verify(granted, policy, now=NOW, reader_key=READER_KEY.public_key.kid)
    assert verdict.holds


def made_owner() -> Any:
    from tally_chain.policy import TrustedKey  # noqa: PLC0415  one use

    return (TrustedKey(OWNER_KEY.public_key, "Mill"),)


def test_totals_and_what_the_reader_will_see_of_it(made: Hall) -> None:
    """The curve is cut before anything is sealed, and the owner reads what a verification will say."""
    path = made.drafted(content="totals", points=[POINT])
    page = made.get("owner", path).text
    assert "load curve is not shown" in page
    draft = bundle.decode(made.get("owner", f"{path}/file/draft.tally").content)
    assert len(draft.sections[0].entries) < len(bundle.decode(EVIDENCE).sections[0].entries)
    assert granting.grant_in(draft).points == (POINT,)
    assert granting.root_of(draft.sections[0]) == WORLD.root


def test_signing_in_a_page(made: Hall) -> None:
    """The bytes are the draft's; a signature of another key, over other bytes, or an hour late is refused."""
    path = made.drafted()
    key = OWNER_KEY.public_key.encode().hex()
    told = made.post("owner", f"{path}/to-sign", public_key=key).json()
    to_sign = base64.b64decode(told["to_sign"])
    draft = bundle.decode(made.get("owner", f"{path}/file/draft.tally").content)
    assert granting.draft_again(draft, OWNER_KEY.public_key, int(told["unsigned"])).to_be_signed == to_sign
    assert ["Reader", "First Bank"] in told["lines"]
    stranger = p256("stranger")
    assert made.post("owner", f"{path}/to-sign", public_key=stranger.public_key.encode().hex()).status_code == 422
    sent = {"public_key": key, "unsigned": told["unsigned"]}
    for signature in (stranger.sign(to_sign), OWNER_KEY.sign(to_sign + b"x"), b"short"):
        assert made.post("owner", f"{path}/signature", signature=signature.hex(), **sent).status_code == 422
    good = OWNER_KEY.sign(to_sign).hex()
    late = {**sent, "unsigned": str(NOW - 3_601)}
    assert made.post("owner", f"{path}/signature", signature=good, **late).status_code == 409
    assert made.post("owner", f"{path}/signature", signature=good, **sent).status_code == 303
    assert made.post("owner", f"{path}/signature", signature=good, **sent).status_code == 409
    assert "in force" in made.get("owner", path).text


def test_terms_that_changed_while_they_were_signed_are_not_signed(made: Hall) -> None:
    """What was shown, signed and sealed is what is written down: another reader's name never comes to stand on it."""
    path = made.drafted(reader_organisation=BANK.hex())
    kept = made.grants.get(MILL, path.rpartition("/")[2])
    changes = ({"reader": "Second Bank"}, {"reader_organisation": MILL.hex()}, {"reader_organisation": ""})
    for change in changes:
        assert made.post("owner", f"{path}/terms", **(terms() | change)).status_code == 303
        with pytest.raises(ApiError, match="changed meanwhile"):
            made.grants.sign(kept, b"sealed")
    again = made.grants.get(MILL, kept.id)
    assert again.sealed is None
    made.grants.revoke(MILL, kept.id, "owner", "a mistake")
    with pytest.raises(ApiError, match="changed meanwhile"):
        made.grants.sign(again, b"sealed")
    with pytest.raises(ApiError, match="first"):
        made.grants.sign(replace(again, draft=None), b"sealed")


def test_a_file_that_is_not_the_draft_signed(made: Hall) -> None:
    """Unsigned, by another key, of other terms, of other evidence, no file at all: nothing is sealed."""
    path = made.drafted()
    draft = bundle.decode(made.get("owner", f"{path}/file/draft.tally").content)
    other = granting.Terms("Mill", "Second Bank", "a loan against steel", NOW + 1000)
    smaller = bundle.decode(EVIDENCE)
    wrong = [
        draft,
        granting.sign_draft(draft, p256("stranger"), NOW),
        granting.grant(replace(draft, grant=None), other, (), OWNER_KEY, NOW),
        replace(granting.sign_draft(draft, OWNER_KEY, NOW), attachments=None, sections=smaller.sections[:0]),
    ]
    for one in (*map(bundle.encode, wrong), b"nonsense", b""):
        assert made.post("owner", f"{path}/signed", {"file": ("x", one)}).status_code == 422
    assert made.get("owner", f"{path}/file/evidence.sealed.tally").status_code == 404


def test_grants_and_bundles_come_in_pages(made: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (owner_page, reader_page):
        monkeypatch.setattr(module, "sliced", partial(sliced, size=1))
    brought = {made.brought() for _ in range(2)}
    arrived = {made.arrived(EVIDENCE, policy=None, name="a.tally"), made.arrived(made.sealed(), policy=None)}
    lists = (("owner", "/handover/grants", "", brought), ("reader", "/handover/arrivals", "#own", arrived))
    for who, path, mark, wanted in lists:  # beside a reader's own bundles stand those that others serve, in pages too
        seen, on, pages = set(), path, 0
        while on:
            page = made.get(who, on).text
            seen |= {one for one in wanted if f'<a href="{one}">' in page}
            pages += 1
            found = re.search(rf'rel="next" href="([^"#]+){mark}"', page)
            on = found[1] if found else ""
        assert seen == wanted
        assert pages >= len(wanted)


def test_a_revocation_stops_service_and_says_what_it_does_not_stop(made: Hall) -> None:
    """The reader's organisation fetched it before; afterwards nobody is served, and its copy opens as before."""
    path = made.signed(reader_organisation=BANK.hex(), token_name="first-bank")
    name = path.rpartition("/")[2]
    assert f"/handover/arrivals/served/{name}" in made.get("reader", "/handover/arrivals").text
    copy = made.get("reader", f"/handover/arrivals/served/{name}")
    assert copy.status_code == 200
    assert made.get("other", f"/handover/arrivals/served/{name}").status_code == 404
    assert made.post("owner", f"{path}/revoke", reason=" ").status_code == 422
    assert made.post("owner", f"{path}/revoke", reason="the loan was repaid").status_code == 303
    assert made.post("owner", f"{path}/revoke", reason="again").status_code == 409
    page = made.get("owner", path).text
    assert "Not ended:" in page
    assert "tallystick gateway token remove first-bank" in page
    for file in ("evidence.sealed.tally", "handover.zip"):
        assert made.get("owner", f"{path}/file/{file}").status_code == 404
    assert made.get("reader", f"/handover/arrivals/served/{name}").status_code == 404
    assert "no longer served" in made.get("reader", "/handover/arrivals").text
    assert sealing.open_sealed(copy.content, READER_KEY)


def test_what_ran_out_is_not_served(made: Hall) -> None:
    path = made.signed(reader_organisation=BANK.hex())
    served = f"/handover/arrivals/served/{path.rpartition('/')[2]}"
    assert made.get("reader", served).status_code == 200
    made.clock.at += 400 * 86_400
    try:
        assert "expired" in made.get("owner", path).text
        assert made.get("reader", served).status_code == 404
        assert made.get("owner", f"{path}/file/handover.zip").status_code == 404
    finally:
        made.clock.at = NOW


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reader_key": "nonsense"}, "not a public key"),
        ({"reader_key": "a3010120062158202a" + "00" * 31}, "public key"),
        ({"owner_key": "a5"}, "not a public key"),
        ({"expires": "2025-01-01"}, "three years"),
        ({"expires": "2099-01-01"}, "three years"),
        ({"expires": "tomorrow"}, "write a day"),
        ({"purpose": "a\nloan"}, "plain text"),
        ({"reader": ""}, "plain text"),
        ({"points": ["urn:example:nothing"]}, "says nothing of urn:example:nothing"),
        ({"content": "everything"}, "choose full or totals"),
        ({"from_day": "2025-01-01"}, "inside"),
        ({"reader_organisation": "12"}, "64 digits"),
        ({"token_name": "A b"}, "token"),
    ],
)
def test_what_can_not_be_granted_is_said_beside_its_field(made: Hall, changed: dict[str, Any], says: str) -> None:
    answer = made.post("owner", f"{made.brought()}/terms", **(terms() | changed))
    assert answer.status_code == 422
    assert says in answer.text


def test_two_documents_of_one_name_and_one_that_is_too_long(made: Hall) -> None:
    two = [("carry", ("a/x.txt", b"1")), ("withhold", ("b\\x.txt", b"2"))]
    assert "two documents are named x.txt" in made.post("owner", f"{made.brought()}/terms", two, **terms()).text
    long = {"carry": ("x.bin", bytes((8 << 20) + 1))}
    assert "longer than 8 MB" in made.post("owner", f"{made.brought()}/terms", long, **terms()).text


def test_only_owners_of_the_organisation_who_may_write(made: Hall) -> None:
    """A reader is no owner; another organisation's owner sees nothing; who may look changes nothing; csrf counts."""
    path = made.drafted()
    assert made.get("reader", "/handover/grants").status_code == 403
    assert made.get("looking", path).status_code == 200
    for who, status in (("other", 404), ("reader", 403)):
        for file in ("", "/file/draft.tally", "/file/salts.json"):
            assert made.get(who, f"{path}{file}").status_code == status
    for who, status in (("other", 404), ("reader", 403), ("looking", 403)):
        for action in ("terms", "to-sign", "signature", "revoke"):
            sent = {**terms(), "reason": "r", "public_key": terms()["owner_key"], "unsigned": str(NOW)}
            assert made.post(who, f"{path}/{action}", **sent).status_code == status, (who, action)
    assert made.post("looking", "/handover/grants", {"evidence": ("x", EVIDENCE)}).status_code == 403
    assert made.post("owner", f"{path}/revoke", reason="r", csrf="x" * 43).status_code == 403
    made.get("owner", path)
    assert MILL != BANK


@pytest.mark.parametrize("data", [b"", b"nonsense", sealing.seal(EVIDENCE, [READER_KEY.public_key]), EVIDENCE[:-1]])
def test_what_is_no_bundle_is_not_granted_from(made: Hall, data: bytes) -> None:
    assert made.post("owner", "/handover/grants", {"evidence": ("x", data)}).status_code == 422


def test_a_file_that_is_too_long_is_turned_away(made: Hall) -> None:
    assert made.post("owner", "/handover/grants", {"evidence": ("x", bytes(34 << 20))}).status_code == 413


def test_the_signed_bytes_are_a_statement_of_kind_grant(made: Hall) -> None:
    """What a page shows to be signed is what a verifier reads: kid, subject and payload."""
    path = made.drafted()
    told = made.post("owner", f"{path}/to-sign", public_key=OWNER_KEY.public_key.encode().hex()).json()
    signed = base64.b64decode(told["to_sign"])
    draft = bundle.decode(made.get("owner", f"{path}/file/draft.tally").content)
    decoded = statement.decode(draft.grant or b"")
    assert decoded.claims.kid == OWNER_KEY.public_key.kid
    assert signed == cose.to_be_signed(cose.decode_sign1(draft.grant or b"").protected, decoded.payload)
