"""Lines: measured, joined, taken off, from a load; what they share stays shared on every way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

from tally_chain.verify.facts import Facts
from tally_finance.errors import FootprintError
from tally_finance.footprint.line import joined, less, measured
from tally_finance.footprint.loads import Piece, metered
from tally_finance.footprint.metering import Instrument, Kind
from tally_finance.footprint.spans import Span, spans
from tally_finance.footprint.uncertainty import Cause, combined
from tests.finance.footprint.examples import amount, line

SHARED = Cause("transformer", D("0.01"), "transformer TA-1")


def u(found: Any) -> Any:
    return combined("u", found.amount, found.contributions, D("0.001"), found.unstated).u.number


def test_joined_lines_add_what_they_share() -> None:
    lines = [line(1000, name=name, causes=(SHARED,)) for name in ("a", "b")]
    assert (joined("site", lines).amount.number, u(joined("site", lines))) == (2000, 20)
    assert joined("site", lines[::-1]).amount.step == joined("site", lines).amount.step


def test_taking_off_cancels_what_both_share() -> None:
    main, sub = (line(kwh, name=name, causes=(SHARED,)) for name, kwh in (("main", 1000), ("sub", 600)))
    rest = less("rest", main, [sub])
    assert (rest.amount.number, u(rest)) == (400, 4)
    apart = less("rest", main, [measured("sub", amount(600, name="sub"), [Cause("x", D("0.01"), "other")])])
    assert u(apart) == D("11.662")  # root of 10² + 6², rounded up
    assert less("rest", main, [line(600, name="sub", causes=())]).unstated == ("amount of sub",)


class State(Enum):
    MEASURED = "measured"
    BRIDGED = "bridged"
    ESTIMATED = "estimated"
    MISSING = "missing"

    @property
    def word(self) -> str:
        return self.value


@dataclass(frozen=True)
class Load:
    shares: dict[State, int]
    point: str = "main"
    register: str = "import"
    unit: str = "kWh"
    from_at: int = 0
    to_at: int = 100
    digest: bytes = bytes(32)

    def by_state(self) -> dict[State, Any]:
        return {state: SimpleNamespace(quantity=D(share)) for state, share in self.shares.items()}


def span(from_at: int = 0, to_at: int = 100, point: str = "main", until: int = 100, serial: str | None = None) -> Span:
    return Span(from_at, to_at, Instrument(point, Kind.ELECTRICITY, "1", until, serial=serial))


def test_a_load_becomes_a_line_and_a_ceiling_adds_no_doubt() -> None:
    found = metered(Load({State.MEASURED: 700, State.BRIDGED: 200, State.ESTIMATED: 100}), [span()])
    assert (found.line.amount.number, found.estimated, found.data) == (1000, 100, bytes(32))
    plain = metered(Load({State.MEASURED: 900}), [span()])
    assert u(found.line) == u(plain.line) == D("5.197")
    assert found.line.unstated == ()
    states = {arg.source.get("state") for node in found.line.amount.args for arg in (node, *node.args)}
    assert states == {None, "measured", "bridged", "estimated"}


def test_an_expired_meter_is_wider_from_there_on() -> None:
    """What it read before its certificate ran out counts as it did; both parts are one meter's, so they add up."""
    load = Load({State.MEASURED: 900})
    meters = [span(0, 60, until=60, serial="7"), span(60, 100, until=60, serial="7")]
    pieces = [Piece(0, 60, {"measured": D(500)}), Piece(60, 100, {"measured": D(400)})]
    found = metered(load, meters, pieces)
    assert found.line.amount.number == 900
    assert u(found.line) == D("7.506")  # (500 + 2 x 400) x 1 % / root of 3, rounded up
    assert u(metered(load, [span(until=99)]).line) == D("10.393")


def test_a_meter_that_was_exchanged_shares_nothing_with_the_one_before() -> None:
    load = Load({State.MEASURED: 700})
    pieces = [Piece(0, 60, {"measured": D(300)}), Piece(60, 100, {"measured": D(400)})]
    found = metered(load, [span(0, 60, serial="7"), span(60, 100, serial="8")], pieces)
    assert u(found.line) == D("2.887")  # root of 300² + 400², x 1 % / root of 3, rounded up


PIECES = [Piece(0, 60, {"measured": D(500)}), Piece(60, 100, {"measured": D(400)})]
SPANS = [span(0, 60), span(60, 100)]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: metered(Load({State.MEASURED: 1, State.MISSING: 0}), [span()]), "nothing bounds what passed"),
        (lambda: metered(Load({}), [span()]), "there is no interval"),
        (lambda: metered(Load({State.MEASURED: 1}), [span(point="other")]), "a meter at another point"),
        (lambda: metered(Load({State.MEASURED: 900}), SPANS), "cut elsewhere"),
        (lambda: metered(Load({State.MEASURED: 900}), [span()], PIECES), "cut elsewhere"),
        (lambda: metered(Load({State.MEASURED: 901}), SPANS, PIECES), "do not add up to it"),
        (lambda: metered(Load({State.MEASURED: 900}, to_at=101), SPANS, PIECES), "of another period"),
        (
            lambda: metered(
                Load({State.MEASURED: 900}), SPANS, [PIECES[0], Piece(60, 100, {"measured": D(400), "missing": D(0)})]
            ),
            "nothing bounds what passed",
        ),
    ],
)
def test_a_load_that_makes_no_line(made: Any, why: str) -> None:
    with pytest.raises(FootprintError, match=why):
        made()


def test_a_load_that_is_all_ceiling_has_no_doubt_of_a_meter() -> None:
    assert metered(Load({State.ESTIMATED: 5}), [span()]).line.contributions == ()


def stated(at: int, serial: str, accuracy_class: str, until: int | None) -> SimpleNamespace:
    return SimpleNamespace(
        facts=SimpleNamespace(
            point="main", effective_at=at, serial=serial, accuracy_class=accuracy_class, certificate_expires_at=until
        )
    )


def facts_of(*stated_: SimpleNamespace) -> Any:
    found = Facts()
    for one in stated_:
        found.meters.setdefault(one.facts.point, []).append(one)  # type: ignore[arg-type]
    return found


def test_spans_are_cut_where_facts_change_and_certificates_end() -> None:
    facts = facts_of(stated(-5, "7", "1", 30), stated(60, "8", "0.5S", 200))
    found = spans(facts, "main", Kind.ELECTRICITY, (0, 100))
    assert [(one.from_at, one.to_at, one.instrument.serial, one.instrument.accuracy_class) for one in found] == [
        (0, 30, "7", "1"),
        (30, 60, "7", "1"),
        (60, 100, "8", "0.5S"),
    ]
    expired = ["expired" in one.instrument.causes(one.to_at)[0].name for one in found]
    assert expired == [False, True, False]
    with pytest.raises(FootprintError, match="nobody states its meter"):
        spans(facts, "other", Kind.ELECTRICITY, (0, 100))
    with pytest.raises(FootprintError, match="nobody states its meter"):
        spans(facts, "main", Kind.ELECTRICITY, (100, 100))
