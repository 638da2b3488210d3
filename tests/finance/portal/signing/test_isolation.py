"""Who is no party sees nothing and does nothing; who may only look does not do; a form of elsewhere is none."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tally_finance.portal.signing.widgets import local
from tally_gateway.pages.shown import CHINA
from tests.chain.registry.parties import fresh
from tests.finance.desk.office import DAY
from tests.finance.portal.signed_in import COOKIE
from tests.finance.portal.signing.counter import Counter, digest_in, text_of


@pytest.fixture(scope="module")
def digest(made: Counter) -> str:
    """An operation that the lender has prepared."""
    form = {"receipt": made.receipt, "quantity": "3", "quantity.unit": "kg"}
    return digest_in(made.post("anna", "/operations/prepare/release", form))


def test_another_lender_sees_and_does_nothing(made: Counter, digest: str) -> None:
    assert digest not in made.get("rival", "/operations").text
    for path in (
        f"one/{digest}",
        f"one/{digest}/file",
        f"one/{digest}/typed-data",
        f"release/{made.receipt}",
        f"margin/{made.receipt}",
    ):
        assert made.get("rival", f"/operations/{path}").status_code == 404, path
    assert made.get("rival", "/operations/facility/F-1").status_code == 404
    assert made.post("rival", f"/operations/one/{digest}/send", {}).status_code == 404
    assert (
        made.post("rival", f"/operations/one/{digest}/signatures", {"signature": "0x" + "11" * 65}).status_code == 404
    )
    form = {"receipt": made.receipt, "quantity": "3", "quantity.unit": "kg"}
    assert made.post("rival", "/operations/prepare/release", form).status_code == 403
    assert made.post("rival", "/operations/facility/F-1/draw", {"amount": "1"}).status_code in (403, 404)


def test_each_page_opens_to_its_roles(made: Counter, digest: str) -> None:
    assert made.get("olga", "/operations").status_code == 403
    assert made.get("kim", "/operations/prepare/release").status_code == 403
    assert made.get("kim", "/operations/begin/DeclareDefault").status_code == 403
    assert made.get("holly", f"/operations/one/{digest}").status_code == 404
    computation = made.get("anna", f"/operations/one/{digest}").text.partition("/operations/computations/")[2][:66]
    assert made.get("anna", f"/operations/computations/{computation}").status_code == 200
    raw = made.get("anna", f"/operations/computations/{computation}/bytes")
    assert "0x" + sha256(raw.content).hexdigest() == computation
    for who in ("holly", "kim", "rival", "cora"):
        assert made.get(who, f"/operations/computations/{computation}").status_code == 403


def test_who_may_only_look_writes_nothing(made: Counter, digest: str) -> None:
    assert made.get("reader", f"/operations/one/{digest}").status_code == 200
    refused = made.post("reader", f"/operations/one/{digest}/signatures", {"signature": made.signature("anna", digest)})
    assert (refused.status_code, "may only read" in text_of(refused)) == (403, True)


def test_a_form_without_its_token_or_of_another_site_is_refused(made: Counter, digest: str) -> None:
    headers = {"accept": "text/html", "cookie": f"{COOKIE}=anna"}
    path = f"/operations/one/{digest}/send"
    assert made.pages.post(path, data={"once": "0123456789"}, headers=headers).status_code == 403
    assert made.pages.post(path, data={"csrf": "x" * 43, "once": "0123456789"}, headers=headers).status_code == 403
    assert made.post("anna", path, {}, once="short").status_code == 400
    elsewhere = headers | {"origin": "https://evil.example"}
    assert made.pages.post(path, data={"once": "0123456789"}, headers=elsewhere).status_code == 403


def test_a_court_holds_a_receipt_whose_number_it_knows(made: Counter) -> None:
    form = {
        "receipt": made.receipt, "kind": "2", "role": "8", "quantity": "0", "quantity.unit": "t",
        "reason": fresh().hex(), "deadline": local(made.office.now() + DAY, CHINA),
    }  # fmt: skip
    page = made.get("cora", f"/operations/begin/Hold?receipt={made.receipt}")
    assert made.receipt in page.text
    begun = made.post("cora", "/operations/begin/Hold", form)
    assert begun.status_code == 303, text_of(begun)
    digest = digest_in(begun)
    assert "Holds 0 1" in text_of(made.get("cora", f"/operations/one/{digest}"))
    for who in ("holly", "anna", "kim"):  # a court's hold is no news to its parties before it is set
        assert made.get(who, f"/operations/one/{digest}").status_code == 404


def test_a_form_offers_what_its_reader_sees_and_no_more(made: Counter) -> None:
    form = made.get("anna", "/operations/prepare/release").text
    assert f'<option value="{made.receipt}">40 t (40,000 kg), registered' in form
    assert '<option value="0x' not in made.get("rival", "/operations/prepare/release").text
    assert '<option value="0x' not in made.get("cora", "/operations/begin/Hold").text
    assert '<option value="8" selected>' in made.get("cora", "/operations/begin/Hold").text


def test_wrong_fields_say_so_where_they_are(made: Counter) -> None:
    answer = made.post("kim", "/operations/begin/Surrender", {"receipt": "12", "deadline": "tomorrow"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert 'value="12"' in answer.text
    unknown = made.post(
        "kim", "/operations/begin/Surrender", {"receipt": fresh().hex(), "deadline": "2030-01-01T00:00"}
    )
    assert (unknown.status_code, "is not one that you see" in text_of(unknown)) == (422, True)
    assert made.get("kim", "/operations/begin/Nothing").status_code == 404
    assert made.get("anna", "/operations/prepare/nothing").status_code == 404
    order = made.post("anna", "/operations/prepare/order", {"receipt": made.receipt, "quantity": "x", "plate": "?"})
    assert order.status_code == 422
    assert order.text.count('aria-invalid="true"') >= 2
