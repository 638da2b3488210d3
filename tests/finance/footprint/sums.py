"""A calculation with every operation in it."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from tally_finance.footprint import steps
from tally_finance.footprint.operations import Op
from tally_finance.footprint.trace import Node
from tests.finance.factors.examples import factor

AT = {"point": "main"}


def kwh(value: Any, label: str = "load") -> Node:
    return steps.given(value, "kWh", label, AT)


def small() -> dict[str, Node]:
    """A result of every operation."""
    load = steps.total("load", [kwh(D("100.5"), "main"), kwh(7, "second")])
    net = steps.difference("net", load, kwh(D("0.25"), "export"))
    ef = steps.of_factor(factor(unit="lbCO2/MWh", value=D("497.443")), "grid")
    kg = steps.product("emissions", net, ef)
    u = steps.product("u", kg, steps.constant(D("0.005"), "1", "class"))
    unit = steps.quotient("per piece", kg, steps.given(3, "piece", "output", AT))
    hours = steps.given_series([1, 2, D("2.5")], "kWh", "hours", AT)
    sun = steps.given_series([3, 1, 0], "kWh", "certificates", AT)
    both = steps.of_series(Op.SERIES_MINIMUM, "matched", [hours, sun])
    rest = steps.of_series(Op.SERIES_DIFFERENCE, "rest", [hours, both])
    again = steps.of_series(Op.SERIES_SUM, "again", [rest, both])
    priced = steps.of_series(Op.SERIES_PRODUCT, "share", [again, steps.given_series([1, 0, 1], "1", "on", AT)])
    return {
        "kg": steps.rounded("kg", kg, D("0.01")),
        "up": steps.rounded("up", kg, D("0.01"), Op.ROUND_UP),
        "down": steps.rounded("down", kg, D("0.01"), Op.ROUND_DOWN),
        "u": steps.root_up("u95", steps.square("variance", u), "kgCO2", D("0.001")),
        "intensity": unit,
        "least": steps.least("least", [load, net]),
        "most": steps.most("most", [load, net]),
        "cfe": steps.quotient("cfe", steps.of_series(Op.SERIES_TOTAL, "matched total", [both]), load),
        "priced": steps.of_series(Op.SERIES_TOTAL, "priced", [priced]),
        "series": again,
    }
