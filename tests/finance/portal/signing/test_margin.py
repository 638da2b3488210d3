"""A margin call: the price falls, the lender calls, the borrower answers; or nobody does."""

from __future__ import annotations

from hashlib import sha256

from tally_finance.api.forms import written
from tally_finance.desk.sheet import terms_digest
from tally_finance.portal.signing.widgets import local
from tally_gateway.pages.shown import CHINA
from tests.chain.registry.parties import YEAR, fresh
from tests.finance.desk.office import DAY
from tests.finance.portal.signing.counter import CHINESE, Counter, digest_in, text_of


def call_of(made: Counter) -> dict[str, str]:
    return {"receipt": made.receipt, "until": local(made.office.now() + 2 * DAY, CHINA)}


def test_a_call_is_made_answered_and_cured(made: Counter) -> None:
    office = made.office
    office.searched()
    drawn = made.post("anna", "/operations/facility/F-1/draw", {"amount": "1500000"})
    assert drawn.status_code == 303, text_of(drawn)
    early = made.post(
        "anna", "/operations/prepare/call", {"receipt": made.receipt, "until": local(office.now() + 2 * DAY, CHINA)}
    )
    assert (early.status_code, "there is nothing to call for" in text_of(early)) == (409, True)
    assert "Nothing to do here now" in text_of(made.get("anna", f"/operations/margin/{made.receipt}"))
    office.priced(45_000)
    page = text_of(made.get("anna", f"/operations/margin/{made.receipt}"))
    assert "Next: Call for more cover" in page
    called = made.post(
        "anna", "/operations/prepare/call", {"receipt": made.receipt, "until": local(office.now() + 2 * DAY, CHINA)}
    )
    assert called.status_code == 303, text_of(called)
    call = digest_in(called)
    assert "Margin call until none 20" in text_of(made.get("anna", f"/operations/one/{call}"))
    assert made.bring("anna", call, 0).status_code == 303
    assert made.post("anna", f"/operations/one/{call}/send", {}).status_code == 303
    borrower = text_of(made.get("holly", f"/operations/margin/{made.receipt}"))
    assert "Next: Pay a part of the debt" in borrower
    assert "Top-up until" in borrower
    # The borrower offers more goods; the lender takes them, files, and says that it is answered.
    more = written(office.yard.issued(office.lot, 30))
    office.sync()
    offer = {
        "receipt": more, "lender": written(office.yard.whose("lender")), "quantity": "30", "quantity.unit": "t",
        "terms": written(terms_digest(office.opened)), "until": local(office.now() + 3_000, CHINA),
        "maturity": local(office.now() + YEAR, CHINA), "deadline": local(office.now() + 3_000, CHINA),
    }  # fmt: skip
    begun = made.post("holly", "/operations/begin/Offer", offer)
    assert begun.status_code == 303, text_of(begun)
    offered = digest_in(begun)
    assert made.bring("holly", offered, 0).status_code == 303
    assert made.bring("kim", offered, 1).status_code == 303
    assert made.post("kim", f"/operations/one/{offered}/send", {}).status_code == 303
    office.papers(bytes.fromhex(more[2:]))
    accepted = made.post(
        "anna", "/operations/prepare/accept", {"receipt": more}, ownership_file=b"contract", search_file=b"nothing"
    )
    assert accepted.status_code == 303, text_of(accepted)
    done(made, digest_in(accepted), "anna")
    register = {
        "receipt": more,
        "filing": fresh().hex(),
        "search": fresh().hex(),
        "deadline": local(office.now() + DAY, CHINA),
    }
    done(made, digest_in(made.post("anna", "/operations/begin/Register", register)), "anna")
    covered = text_of(made.get("anna", f"/operations/margin/{made.receipt}"))
    assert "Next: Answered: the desk tests, and the lender says so" in covered
    cured = made.post("anna", "/operations/prepare/cure", {"receipt": made.receipt})
    assert cured.status_code == 303, text_of(cured)
    done(made, digest_in(cured), "anna")
    assert "margin_call" not in made.get("anna", f"/operations/margin/{made.receipt}").text
    assert "Nothing to do here now" in text_of(made.get("anna", f"/operations/margin/{made.receipt}"))


def to_the_second(at: int) -> str:
    return f"{local(at, CHINA)}:{at % 60:02d}"


def done(made: Counter, digest: str, who: str) -> None:
    """Signed by one and sent."""
    assert made.bring(who, digest, 0).status_code == 303
    sent = made.post(who, f"/operations/one/{digest}/send", {})
    assert sent.status_code == 303, text_of(sent)


def test_a_payment_is_booked_once(made: Counter) -> None:
    made.office.searched()
    paid = {"amount": "10", "payment": fresh().hex(), "paid_at": to_the_second(made.office.now())}
    made.post("anna", "/operations/facility/F-1/draw", {"amount": "100"})
    once = fresh().hex()[:32]
    first = made.post("anna", "/operations/facility/F-1/repay", paid, once=once)
    seq = made.office.desk.book.head().seq
    assert first.status_code == 303, text_of(first)
    assert made.post("anna", "/operations/facility/F-1/repay", paid, once=once).status_code == 303
    assert made.office.desk.book.head().seq == seq
    again = made.post("anna", "/operations/facility/F-1/repay", paid)
    assert again.status_code in (409, 422), text_of(again)
    for wrong in ({"amount": "ten"}, {"payment": "x"}, {"paid_at": "yesterday"}):
        assert made.post("anna", "/operations/facility/F-1/repay", paid | wrong).status_code in (400, 422)


def test_an_advice_is_brought_as_it_is_and_pays_once(made: Counter) -> None:
    made.office.searched()
    made.post("anna", "/operations/facility/F-1/draw", {"amount": "100"})
    paid = {"amount": "10", "paid_at": to_the_second(made.office.now())}
    first = made.post("anna", "/operations/facility/F-1/repay", paid, advice=b"advice of the bank")
    assert first.status_code == 303, text_of(first)
    by_digest = paid | {"payment": sha256(b"advice of the bank").hexdigest()}
    assert made.post("anna", "/operations/facility/F-1/repay", by_digest).status_code in (409, 422)
    without = made.post("anna", "/operations/facility/F-1/repay", paid)
    assert (without.status_code, "bring the bank's advice" in text_of(without)) == (422, True)


def test_what_the_desk_refuses_is_said_in_chinese(made: Counter) -> None:
    page = made.get("anna", f"/operations/one/0x{'5a' * 32}", **CHINESE)
    assert page.status_code == 404
    assert "操作不存在，或您无权查看" in page.text
    assert "there is no such operation" not in page.text
