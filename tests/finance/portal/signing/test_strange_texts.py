"""Whatever is sent, a page answers in words: no fault of the service, and nothing of the text is ever markup."""

from __future__ import annotations

import pytest

from tally_chain.receipts.operations import KINDS
from tally_finance.portal.signing.prepared import ACTS
from tests.finance.portal.signing.counter import Counter

TEXTS = (
    "<script>alert(1)</script>", "\x00", "\ud800", "9" * 5_000, "-1", "0x", "None", "{}", "[]", '{"signers": 1}',
    '{"signature": 5}', '{"format": "tallystick operation 1", "signers": []}', "２", "0001-01-01T00:00",
    "9999-12-31T23:59", "[" * 20_000, "%s%n", "'\" onload=x",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_text_is_a_fault_or_markup(made: Counter, text: str) -> None:
    digest = "0x" + "11" * 32
    sent = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    answers = []
    for kind in ("Hold", "RecordInbound", "OpenLot"):
        fields = {field.name: sent for field in KINDS[kind].fields} | {"quantity.unit": sent}
        answers += [made.post(who, f"/operations/begin/{kind}", fields) for who in ("kim", "cora")]
    for act in ACTS.values():
        answers.append(made.post("anna", f"/operations/prepare/{act.name}", dict.fromkeys(act.fields, sent)))
    answers += [
        made.post("anna", f"/operations/one/{digest}/signatures", {"signature": sent, "place": sent}),
        made.post("anna", f"/operations/one/{digest}/withdraw", {"reason": sent}),
        made.post("kim", "/operations/gate", {"opening": sent, "receipt": sent, "order": sent}),
        made.post("kim", "/operations/gate", {"plate": sent, "driver": sent, "salt": "0a" * 16}),
        made.post("anna", "/operations/picker", {"opening": sent}),
        made.post("anna", "/operations/facility/F-1/draw", {"amount": sent}),
        made.post("anna", "/operations/facility/F-1/repay", {"amount": "1", "payment": sent, "paid_at": sent}),
    ]
    for answer in answers:
        assert answer.status_code < 500, (answer.request.url, answer.text[-600:])
        assert answer.status_code >= 400 or answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert '" onload=' not in answer.text


def test_no_address_is_a_fault(made: Counter) -> None:
    for path in ("begin/%00", "begin/Hold?receipt=%3Cscript%3E&kind=%00", "prepare/order?until=x&quantity.unit=%F0",
                 "facility/%2e%2e", "facility/" + "x" * 500, "one/0x12", "release/zz", "?receipt=1", "done?receipt=%00",
                 "gate?receipt=%22%3E%3Cscript%3E", "computations/0x" + "00" * 32):  # fmt: skip
        for who in ("anna", "kim"):
            answer = made.get(who, f"/operations/{path}" if not path.startswith("?") else f"/operations{path}")
            assert answer.status_code < 500, (path, answer.text[-500:])
            assert "<script>" not in answer.text
