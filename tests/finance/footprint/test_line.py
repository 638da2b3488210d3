"""Lines: measured, joined, taken off, from a load; what they share stays shared on every way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal as D
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

from tally_finance.errors import FootprintError
from tally_finance.footprint.line import joined, less, measured
from tally_finance.footprint.loads import metered
from tally_finance.footprint.metering import Instrument, Kind
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


METER = Instrument("main", Kind.ELECTRICITY, "1", 100)


def test_a_load_becomes_a_line_and_a_ceiling_adds_no_doubt() -> None:
    found = metered(Load({State.MEASURED: 700, State.BRIDGED: 200, State.ESTIMATED: 100}), METER)
    assert (found.line.amount.number, found.estimated, found.data) == (1000, 100, bytes(32))
    plain = metered(Load({State.MEASURED: 900}), METER)
    assert u(found.line) == u(plain.line) == D("5.197")
    assert found.line.unstated == ()
    states = {arg.source.get("state") for node in found.line.amount.args for arg in (node, *node.args)}
    assert states == {None, "measured", "bridged", "estimated"}


def test_an_expired_meter_is_wider_from_there_on() -> None:
    late = metered(Load({State.MEASURED: 900}, to_at=101), METER)
    assert u(late.line) > u(metered(Load({State.MEASURED: 900}), METER).line)


def test_what_is_missing_is_bounded_by_nothing() -> None:
    with pytest.raises(FootprintError, match="nothing bounds what passed"):
        metered(Load({State.MEASURED: 1, State.MISSING: 0}), METER)
    with pytest.raises(FootprintError, match="there is no interval"):
        metered(Load({}), METER)
    with pytest.raises(FootprintError, match="is not read by the meter at other"):
        metered(Load({State.MEASURED: 1}), replace(METER, point="other"))


def test_a_load_that_is_all_ceiling_has_no_doubt_of_a_meter() -> None:
    assert metered(Load({State.ESTIMATED: 5}), METER).line.contributions == ()
