"""Another's operation beside one's own evidence, difference by difference."""

from __future__ import annotations

from typing import Any

import pytest

from tally_chain.receipts.encoding import Weighing
from tally_chain.receipts.operations import Operation
from tally_finance.errors import QuantityError
from tally_finance.quantity.attesting import attest_values
from tally_finance.quantity.comparing import Difference, compared
from tally_finance.quantity.pieces import piece_position
from tests.finance.quantity.door import HOUR, Day, hall_store
from tests.finance.quantity.test_attesting import AT, NOTHING_WEIGHED, POLICY, ROOT, agreed
from tests.finance.quantity.yard import BEGINS, ENDS

ID = b"i" * 32
CAME, WENT = agreed().tickets
MINE = attest_values(agreed(), NOTHING_WEIGHED, ROOT, POLICY)


def attest(**changes: Any) -> Operation:
    return Operation("Attest", {"lot": ID, "head": ID, "places": (0, 1), "deadline": 1, **MINE, **changes})


def inbound(*weighings: tuple[bytes, int], serials: tuple[bytes, ...] = (), weighed_at: int = CAME.at) -> Operation:
    given = tuple(Weighing(*one) for one in weighings)
    return Operation(
        "RecordInbound",
        {
            "lot": ID,
            "head": ID,
            "depositor": ID,
            "weighings": given,
            "serials": serials,
            "weighedAt": weighed_at,
            "deadline": 1,
        },
    )


def deliver(quantity: int, *evidence: bytes, serials: tuple[bytes, ...] = ()) -> Operation:
    values = {"receipt": ID, "head": ID, "quantity": quantity, "evidence": evidence, "serials": serials}
    return Operation("Deliver", {**values, "last": False, "leftAt": AT + 60, "places": (), "deadline": 1})


def execute(left_at: int) -> Operation:
    values = {
        "order": ID,
        "receipt": ID,
        "head": ID,
        "quantity": 30_000_000,
        "picker": ID,
        "leftAt": left_at,
        "places": (),
    }
    return Operation("Execute", {**values, "evidence": (WENT.evidence,), "serials": (), "deadline": 1})


def differs(operation: Operation) -> list[Difference]:
    return list(compared(operation, MINE, agreed().tickets, {}))


def test_what_is_the_same() -> None:
    assert differs(attest()) == []
    assert differs(inbound((CAME.evidence, 32_000_000))) == []
    assert differs(deliver(30_000_000, WENT.evidence)) == []
    assert differs(execute(AT + 60)) == []


@pytest.mark.parametrize("field", sorted(MINE))
def test_every_figure_is_compared(field: str) -> None:
    mine = MINE[field]
    other = not mine if isinstance(mine, bool) else mine + 1 if isinstance(mine, int) else b"o" * 32
    (found,) = differs(attest(**{field: other}))
    assert found.field == field
    assert found.operation != found.evidence


def test_a_weighing_that_nobody_made() -> None:
    (found,) = differs(inbound((ID, 5)))
    assert found == Difference("weighings", f"0x{ID.hex()}", "no weighing of this bundle that counts")


def test_a_weighing_of_another_mass() -> None:
    (found,) = differs(inbound((CAME.evidence, 32_000_001)))
    assert found == Difference("weighings", "32000001 g", "ticket W1: 32000000 g")


def test_a_weighing_the_other_way() -> None:
    (found,) = differs(inbound((WENT.evidence, 30_000_000), weighed_at=WENT.at))
    assert (found.field, found.evidence) == ("weighings", "ticket W2 took goods")
    found, quantity, *_ = differs(deliver(32_000_000, CAME.evidence))
    assert (found.field, found.evidence) == ("evidence", "ticket W1 brought goods")
    assert quantity == Difference("quantity", "32000000 g", "0 g by its tickets")


def test_when_it_was_weighed() -> None:
    (found,) = differs(inbound((CAME.evidence, 32_000_000), weighed_at=CAME.at + 1))
    assert found == Difference("weighedAt", str(CAME.at + 1), f"{CAME.at}, the last second weighing")


def test_a_weighing_twice() -> None:
    found = differs(inbound((CAME.evidence, 32_000_000), (CAME.evidence, 32_000_000)))
    assert [one.evidence for one in found] == ["a weighing counts once"]


def test_less_was_taken_than_is_said() -> None:
    (found,) = differs(deliver(30_000_001, WENT.evidence))
    assert found == Difference("quantity", "30000001 g", "30000000 g by its tickets")


def test_when_it_left() -> None:
    (found,) = differs(execute(AT))
    assert found == Difference("leftAt", str(AT), f"{AT + 60}, the last second weighing")


def test_serials() -> None:
    day = Day().come(BEGINS + HOUR, "A", 900).come(BEGINS + HOUR, "B", 800).look(ENDS - HOUR, "A", "B")
    tickets = piece_position(day.evidence(), hall_store()).tickets
    by_serial = {one.serial: one for one in tickets}
    a, b = by_serial["A"], by_serial["B"]
    given = ((a.evidence, 900_000), (b.evidence, 800_000))
    names = {"A": b"a" * 32, "B": b"b" * 32}
    right = inbound(*given, serials=(b"a" * 32, b"b" * 32))
    assert compared(right, {}, tickets, names) == ()
    crossed = compared(inbound(*given, serials=(b"b" * 32, b"a" * 32)), {}, tickets, names)
    assert [(one.field, one.evidence) for one in crossed] == [
        ("serials", f"ticket {a.number} is of A"),
        ("serials", f"ticket {b.number} is of B"),
    ]
    (missing,) = compared(inbound(*given), {}, tickets, names)
    assert missing == Difference("serials", "0 serials", "2 weighings of one piece")


def test_what_evidence_says_nothing_of() -> None:
    closing = Operation("CloseLot", {"lot": ID, "head": ID, "depositors": (), "places": (), "deadline": 1})
    with pytest.raises(QuantityError, match="evidence says nothing of CloseLot; it does of Attest, RecordInbound, "):
        differs(closing)
