"""Cases of traces: what replays, and what does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any

from tally_finance.footprint import steps
from tally_finance.footprint.operations import Op
from tally_finance.footprint.trace import Trace, canonical
from tests.finance.factors.examples import factor
from tests.finance.footprint.sums import small
from tests.vectors.case import Case
from tests.vectors.readers import READERS

Change = Callable[[Any], None]


def scope2() -> Trace:
    """A month of one meter at its place: 25,000.5 kWh, in whole kilograms, with an uncertainty rounded up."""
    load = steps.given(Decimal("25000.5"), "kWh", "main meter 总表", {"point": "urn:dev:main", "state": "measured"})
    kg = steps.product("location-based", load, steps.of_factor(factor(), "grid of Jiangsu"))
    u = steps.product("class 0.5S", kg, steps.constant(Decimal("0.00288675135"), "1", "standard uncertainty"))
    root = steps.root_up("standard uncertainty", steps.square("variance", u), "kgCO2", Decimal(1))
    u95 = steps.product("U95", root, steps.constant(2, "1", "coverage factor"))
    return Trace.of({"kg": steps.rounded("told", kg, Decimal(1)), "u95": u95})


def cases() -> Iterator[Case]:
    """All of them."""
    for name, why, trace in (
        ("scope-2", "A load times a factor, rounded, with U95.", scope2()),
        ("every-operation", "Every operation once at least, and a fraction that does not end.", Trace.of(small())),
    ):
        data = {"input": trace.encode()}
        yield Case("trace", name, why, data, READERS["trace"](data))
    yield from _bad()


def _bad() -> Iterator[Case]:
    def bad(name: str, why: str, change: Change, says: str) -> Case:
        item = json.loads(scope2().encode())
        change(item)
        return Case("trace", name, why, {"input": canonical(item)}, error=("TraceError", says))

    def first(which: Op, **changes: Any) -> Change:
        """The first step of an operation says something else, under the id that belongs to it."""
        return lambda item: renamed(item, which.value, **changes)

    yield bad("a-value-edited", "A result was edited and its id left.", _edited, "its id is not the digest")
    yield bad("a-wrong-product", "A product that is none.", first(Op.PRODUCT, value="1"), "not 1")
    yield bad("another-unit", "kWh become MWh by a word.", first(Op.PRODUCT, unit="tCO2"), "not in tCO2")
    yield bad("a-source-for-a-sum", "A calculated step has no source.", first(Op.PRODUCT, source={"by": "me"}),
              "has no source")  # fmt: skip
    yield bad("an-input-from-nowhere", "An input without a source.", first(Op.INPUT, source={}), "starts from a source")
    yield bad("zeros-behind", "A number has one writing.", first(Op.INPUT, value="25000.50"), "is no number of a trace")
    yield bad("an-exponent", "A float's writing.", first(Op.INPUT, value="2.5e4"), "is no number of a trace")
    yield bad("unknown-operation", "An operation that nobody knows.", first(Op.ROUND, op="guess"), "guess")
    yield bad("a-step-for-nothing", "A step that leads to no result.", lambda item: item["results"].pop("u95"),
              "leads to no result")  # fmt: skip
    yield bad("out-of-order", "Arguments stand before what is made of them.", lambda item: item["steps"].reverse(),
              "does not stand before it")  # fmt: skip
    yield bad(
        "no-result", "A result that is no step.", lambda item: item["results"].update(kg="00"), "leads to no result"
    )
    data = scope2().encode()
    pretty = json.dumps(json.loads(data), indent=1).encode()
    yield Case("trace", "not-canonical", "The same trace with blanks.", {"input": pretty},
               error=("TraceError", "canonical writing"))  # fmt: skip
    twice = data.replace(b"{", b'{"format":"x",', 1)
    yield Case("trace", "a-name-twice", "A name that stands twice.", {"input": twice},
               error=("TraceError", "canonical writing"))  # fmt: skip


def _edited(item: Any) -> None:
    next(step for step in item["steps"] if step["op"] == "round")["value"] = "1"


def renamed(item: Any, which: str, **changes: Any) -> None:
    """A step changed with the id that then belongs to it, in itself and wherever it is an argument or a result."""
    names: dict[str, str] = {}
    for one in item["steps"]:
        if one["op"] == which and changes:
            one.update(changes)
            changes = {}
        one["args"] = [names.get(name, name) for name in one["args"]]
        said = {key: value for key, value in one.items() if key != "id"}
        names[one["id"]] = one["id"] = sha256(canonical(said)).hexdigest()
    item["results"] = {name: names.get(old, old) for name, old in item["results"].items()}
