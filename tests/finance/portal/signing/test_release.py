"""Goods go out: two people of the lender, the holder and the keeper, each at home with their own key."""

from __future__ import annotations

import re

from tally_finance.api.forms import written
from tally_finance.portal.signing.widgets import local
from tally_gateway.pages.shown import CHINA
from tests.chain.registry.parties import fresh
from tests.finance.desk.office import DAY
from tests.finance.portal.signing.counter import CHINESE, Counter, digest_in, opening_of, order_form, text_of


def window(made: Counter) -> dict[str, str]:
    now = made.office.now()
    return {"begins": local(now - 60, CHINA), "until": local(now + DAY, CHINA)}


def part(made: Counter, quantity: str, unit: str) -> dict[str, str]:
    return {"receipt": made.receipt, "quantity": quantity, "quantity.unit": unit}


def test_an_order_goes_from_the_form_to_the_gate(made: Counter) -> None:
    page = text_of(made.get("anna", f"/operations/release/{made.receipt}"))
    assert "Say how much goes out; the desk tests the loan after it" in page
    prepared = made.post("anna", "/operations/prepare/order", {"receipt": made.receipt, **order_form(), **window(made)})
    assert prepared.status_code == 200, text_of(prepared)
    digest, opening = digest_in(prepared), opening_of(prepared)
    first = text_of(made.get("anna", f"/operations/one/{digest}"))
    assert "waits for you" in first
    assert "May leave, once none 5 t (5,000 kg)" in first
    assert "Owed" in first  # the computation, before and after
    answer = made.bring("anna", digest, 0)
    assert answer.status_code == 303, text_of(answer)
    second = text_of(made.get("bo", f"/operations/one/{digest}"))
    assert "another key than" in second
    assert made.bring("bo", digest, 1).status_code == 303
    inbox = made.get("holly", "/operations")
    assert re.search("operations? waits? for your signature", text_of(inbox))
    assert digest in inbox.text
    assert "computations" not in made.get("holly", f"/operations/one/{digest}").text
    assert made.bring("holly", digest, 2).status_code == 303
    sent = made.post("anna", f"/operations/one/{digest}/send", {})
    assert sent.status_code == 303, text_of(sent)
    assert "The chain has carried it out" in text_of(made.get("holly", f"/operations/one/{digest}"))
    flow = text_of(made.get("kim", f"/operations/release/{made.receipt}"))
    assert "Next: At the gate" in flow
    assert "Send it to the contract lender done" in flow
    assert "/operations/prepare/" not in made.get("kim", f"/operations/release/{made.receipt}").text
    assert f"/operations/gate?order={digest}" in made.get("kim", f"/operations/begin?order={digest}").text
    assert f'<option value="{digest}">5 t' in made.get("anna", "/operations/begin/CancelOrder").text
    gate = made.post("kim", "/operations/gate", {"receipt": made.receipt, "order": digest}, opening=opening)
    assert gate.status_code == 200
    assert digest in gate.text
    left = {
        "receipt": made.receipt, "order": digest, "quantity": "5", "quantity.unit": "t",
        "picker": "0x" + made.file("anna", digest).operation.values["picker"].hex(), "evidence": fresh().hex(),
        "serials": "", "places": "", "leftAt": local(made.office.now(), CHINA),
        "deadline": local(made.office.now() + DAY, CHINA),
    }  # fmt: skip
    assert left["picker"] in gate.text
    begun = made.post("kim", "/operations/begin/Execute", left)
    assert begun.status_code == 303, text_of(begun)
    execution = digest_in(begun)
    assert made.bring("kim", execution, 0).status_code == 303
    # A verifier is told the digest: no place names its firm.
    assert made.bring("vera", execution, 1).status_code == 303
    assert made.post("kim", f"/operations/one/{execution}/send", {}).status_code == 303
    assert "carried out" in text_of(made.get("anna", f"/operations/release/{made.receipt}"))
    assert f'<option value="{digest}">' not in made.get("anna", "/operations/begin/CancelOrder").text


def test_what_the_loan_does_not_allow_says_why_and_what_to_do(made: Counter) -> None:
    made.office.searched()
    drawn = made.post("anna", "/operations/facility/F-1/draw", {"amount": "1,000,000"})
    assert drawn.status_code == 303, text_of(drawn)
    refused = made.post(
        "anna", "/operations/prepare/release", {"receipt": made.receipt, "quantity": "34", "quantity.unit": "t"}
    )
    assert refused.status_code == 409
    page = text_of(refused)
    assert "The loan would not be covered afterwards." in page
    assert "Take less, let the borrower pay" in page
    assert 'value="34"' in refused.text  # nothing that was typed is lost
    again = made.post("anna", "/operations/facility/F-1/draw", {"amount": "90000000.00"})
    assert again.status_code == 409
    assert "over the limit" in text_of(again)


def test_the_same_form_sent_twice_prepares_one(made: Counter) -> None:
    form = part(made, "1", "kg")
    once = fresh().hex()[:32]
    first = made.post("anna", "/operations/prepare/release", form, once=once)
    again = made.post("anna", "/operations/prepare/release", form, once=once)
    later = made.post("anna", "/operations/prepare/release", form)
    assert first.status_code == 303, text_of(first)
    assert digest_in(first) == digest_in(again) == digest_in(later)
    withdrawn = made.post("anna", f"/operations/one/{digest_in(first)}/withdraw", {"reason": "not wanted"})
    assert withdrawn.status_code == 303
    assert made.get("anna", f"/operations/one/{digest_in(first)}").status_code == 404


def test_a_signature_that_is_none_of_this_is_refused_in_words(made: Counter) -> None:
    begun = made.post(
        "anna", "/operations/prepare/release", {"receipt": made.receipt, "quantity": "2", "quantity.unit": "kg"}
    )
    digest = digest_in(begun)
    path = f"/operations/one/{digest}/signatures"
    assert "neither a signature" in text_of(made.post("anna", path, {"signature": "hello"}))
    assert "Paste the signature" in text_of(made.post("anna", path, {"signature": ""}))
    assert "no signature that a contract takes" in text_of(made.post("anna", path, {"signature": "0x" + "00" * 65}))
    other = made.post("anna", path, {}, file=made.signed_at_home("anna", digest, 0, key_of="kim"))
    assert other.status_code == 403
    assert "they bring their signature themselves" in text_of(other)
    # Of another operation: it leads to an address that is nobody's.
    begun = made.post("kim", "/operations/begin/Surrender", surrender(made))
    stranger = made.signature("kim", digest_in(begun))
    refused = made.post("anna", path, {"signature": stranger})
    assert refused.status_code == 403
    assert "Check that the file you signed is this one" in text_of(refused)
    wrong_file = made.post("anna", path, {}, file=made.signed_at_home("kim", digest_in(begun), 1))
    assert "of another operation" in text_of(wrong_file)
    # One person can not be both: the same key is refused at the second place, here and by the desk.
    assert made.post("anna", path, {"signature": made.signature("anna", digest)}).status_code == 303
    twice = made.post("anna", path, {"signature": made.signature("anna", digest), "place": "1"})
    assert (twice.status_code, "has signed already" in text_of(twice)) == (422, True)
    by_file = made.post("anna", path, {}, file=made.signed_at_home("anna", digest, 1))
    assert "the second signature is another person's" in text_of(by_file)
    # A wallet that says 0 and 1 for 27 and 28, in its own JSON.
    said = made.signature("bo", digest)
    said = said[:-2] + {"1b": "00", "1c": "01"}[said[-2:]]
    assert made.post("bo", path, {"signature": f'{{"signature": "{said}"}}'}).status_code == 303
    early = made.post("bo", path, {"signature": said})
    assert "has signed already" in text_of(early)
    unsignable = made.post("anna", f"/operations/one/{digest}/withdraw", {"reason": "too late"})
    assert unsignable.status_code in (409, 422)
    assert made.post("bo", f"/operations/one/{digest}/send", {}).status_code == 303


def surrender(made: Counter) -> dict[str, str]:
    number = written(made.office.yard.issued(made.office.lot, 1))
    made.office.sync()
    return {"receipt": number, "deadline": local(made.office.now() + DAY, CHINA)}


def test_what_is_missing_can_not_be_sent_and_what_moved_on_says_so(made: Counter) -> None:
    begun = made.post("kim", "/operations/begin/Surrender", surrender(made))
    digest = digest_in(begun)
    early = made.post("kim", f"/operations/one/{digest}/send", {})
    assert (early.status_code, "not signed yet by" in text_of(early)) == (422, True)
    assert made.bring("kim", digest, 1).status_code == 303
    assert made.bring("holly", digest, 0).status_code == 303
    receipt = made.file("kim", digest).operation.values["receipt"]
    made.office.yard.did("Surrender", "holder", "keeper", receipt=receipt)
    late = made.post("kim", f"/operations/one/{digest}/send", {})
    assert late.status_code == 409
    assert "Nothing was changed" in text_of(late) or "nothing was changed" in text_of(late)


def test_pages_are_chinese_for_who_reads_it(made: Counter) -> None:
    for path in (
        "/operations",
        "/operations/begin",
        f"/operations/release/{made.receipt}",
        "/operations/prepare/order",
        f"/operations/margin/{made.receipt}",
        "/operations/facility/F-1",
        "/operations/begin/Hold",
    ):
        answer = made.get("anna", path, **CHINESE)
        assert answer.status_code == 200, (path, text_of(answer))
        assert 'lang="zh-CN"' in answer.text
    assert "质权人（复核人会签）" in text_of(made.get("anna", "/operations/prepare/release", **CHINESE))
