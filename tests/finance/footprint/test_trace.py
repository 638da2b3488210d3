"""A trace: any order of the input gives one digest, two programs replay it, and what was changed does not replay."""

from __future__ import annotations

import json
import random
from decimal import Decimal as D
from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from tally_finance.errors import FactorError, TraceError
from tally_finance.factors.registry import Registry
from tally_finance.footprint import replay as replaying
from tally_finance.footprint import steps
from tally_finance.footprint.operations import Op
from tally_finance.footprint.replay import check_factors, decode, replay
from tally_finance.footprint.trace import Trace, canonical, written
from tests.finance.factors.examples import factor
from tests.finance.footprint import second
from tests.finance.footprint.sums import AT, kwh, small
from tests.vectors.cases_trace import renamed

FRACTIONS = st.fractions(max_denominator=10**9)


def test_every_operation_replays_twice() -> None:
    nodes = small()
    trace = Trace.of(nodes)
    assert {step.op for step in trace.steps} == set(Op)
    found = replay(decode(trace.encode()))
    assert found == {name: node.value for name, node in nodes.items()}
    others = second.replay(trace.encode())
    assert others == {name: list(v) if isinstance(v, tuple) else v for name, v in found.items()}
    assert trace.digest == sha256(trace.encode()).digest()


def test_a_long_chain_is_no_deep_one() -> None:
    node, less = kwh(10_000), kwh(1, "one less")
    for _ in range(3_000):
        node = steps.difference("less", node, less)
    assert replay(decode(Trace.of({"rest": node}).encode()))["rest"] == 7_000


def test_hand_arithmetic() -> None:
    nodes = small()
    kg = (D("107.5") - D("0.25")) * D("497.443") * D("0.45359237") / 1000
    assert nodes["kg"].number == Fraction(round(kg, 2))
    assert nodes["intensity"].number == Fraction(kg) / 3
    assert nodes["cfe"].number == Fraction(2) / Fraction(D("107.5"))


@over(st.lists(st.tuples(st.sampled_from("abc"), FRACTIONS), min_size=1, max_size=8), st.integers(0, 99))
def test_no_order_of_the_input_shows(lines: list[tuple[str, Fraction]], seed: int) -> None:
    def computed() -> Trace:
        nodes = [kwh(value, label) for label, value in lines]
        parts = [steps.square(f"square of {node.label}", node) for node in nodes]
        return Trace.of({"load": steps.total("load", nodes), "squares": steps.total("squares", parts)})

    first = computed()
    random.Random(seed).shuffle(lines)
    again = computed()
    assert again.encode() == first.encode()
    assert replay(first)["load"] == sum(value for _, value in lines)
    assert second.replay(first.encode()) == dict(replay(first))


@over(FRACTIONS)
def test_a_number_has_one_writing(value: Fraction) -> None:
    assert replaying.number(written(value)) == value
    assert second.written(value) == written(value)


@pytest.mark.parametrize(
    "text",
    [
        "01",
        "1.0",
        "1.",
        ".5",
        "+1",
        "1e3",
        "2/4",
        "1/2",
        "3/1",
        "-0",
        "1/0",
        "1/-3",
        " 1",
        "1_0",
        "٣",
        "",
        "9" * 5000,
        "nan",
    ],
)
def test_another_writing_is_refused(text: str) -> None:
    with pytest.raises(TraceError):
        replaying.number(text)


def test_a_value_may_not_grow_without_end() -> None:
    with pytest.raises(TraceError, match="more than 2048 bits"):
        written(Fraction(1, 2**2048))


def spoilt(change: Any) -> bytes:
    """A trace after `change` of its object, written canonically, ids made anew where they were touched."""
    item = json.loads(Trace.of(small()).encode())
    change(item)
    return canonical(item)


def step(item: Any, op: str) -> Any:
    return next(one for one in item["steps"] if one["op"] == op)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda item: step(item, "input").update(value="101.5"), "its id is not the digest"),
        (lambda item: step(item, "sum").update(label="other"), "its id is not the digest"),
        (lambda item: item["steps"].append(dict(item["steps"][0])), "stands twice"),
        (lambda item: item["steps"].reverse(), "does not stand before it"),
        (lambda item: item["results"].update(kg="0" * 64), "is none of the steps|leads to no result"),
        (lambda item: item["results"].pop("up"), "leads to no result"),
        (lambda item: item.update(results={}), "leads to no result"),
        (lambda item: renamed(item, "difference", value="1"), "is 107.25, not 1"),
        (lambda item: renamed(item, "sum", unit="MWh"), "is in kWh, not in MWh"),
        (lambda item: renamed(item, "difference", source={"point": "x"}), "and has no source"),
        (lambda item: renamed(item, "input", source={}), "starts from a source"),
        (lambda item: renamed(item, "series-input", value="1"), "a series is a series"),
        (lambda item: renamed(item, "input", value=["1"]), "a series is a series"),
        (lambda item: renamed(item, "input", value="1.50"), "is no number of a trace"),
        (lambda item: renamed(item, "round", op="root-up"), "the root of"),
        (lambda item: renamed(item, "quotient", op="sum"), "these are not one unit|order of their ids"),
        (lambda item: renamed(item, "series-minimum", op="minimum"), "takes numbers, not series"),
        (lambda item: renamed(item, "series-total", op="sum"), "takes numbers, not series"),
        (lambda item: renamed(item, "difference", op="series-total"), "does not take 2 arguments"),
        (lambda item: step(item, "sum")["args"].reverse(), "its id is not the digest"),
    ],
)
def test_what_was_changed_does_not_replay(change: Any, why: str) -> None:
    with pytest.raises(TraceError, match=why):
        replay(decode(spoilt(change)))


def test_arguments_out_of_order_do_not_replay() -> None:
    def change(item: Any) -> None:
        renamed(item, "sum", args=step(item, "sum")["args"][::-1])

    with pytest.raises(TraceError, match="not in the order of their ids"):
        replay(decode(spoilt(change)))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"format":"other","results":{},"steps":[]}', b"\xff", b"[" * 100_000,
     b'{"format":"tallystick trace 1","results":[],"steps":[]}',
     b'{"format":"tallystick trace 1","results":{},"steps":[1]}'],
)  # fmt: skip
def test_what_is_no_trace_is_refused(data: bytes) -> None:
    with pytest.raises(TraceError):
        decode(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda item: step(item, "sum").update(op="guess"),
        lambda item: step(item, "sum").update(value=1),
        lambda item: step(item, "sum").update(args="x"),
        lambda item: step(item, "sum").pop("label"),
        lambda item: step(item, "sum").update(more="x"),
        lambda item: step(item, "input").update(source={"a": 1}),
        lambda item: step(item, "sum").update(args=[1]),
        lambda item: item.update(results={"kg": 1}),
        lambda item: item["results"].update(Kg=item["results"]["kg"]),
        lambda item: renamed(item, "input", source={"Größe": "x"}),
        lambda item: renamed(item, "input", label="a\u202eb"),
    ],
)
def test_a_step_is_text_and_nothing_else(change: Any) -> None:
    with pytest.raises(TraceError):
        replay(decode(spoilt(change)))


def test_another_writing_of_the_same_trace_is_refused() -> None:
    data = Trace.of(small()).encode()
    for other in (data + b"\n", b" " + data, json.dumps(json.loads(data)).encode()):
        with pytest.raises(TraceError, match="canonical writing"):
            decode(other)
    twice = data.replace(b'{"format"', b'{"format":"x","format"', 1)
    with pytest.raises(TraceError, match="canonical writing"):
        decode(twice)
    with pytest.raises(TraceError, match="has at most"):
        decode(bytes(replaying.MAX_TRACE_BYTES + 1))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: steps.given(0.5, "kWh", "x", AT), "no exact number"),  # type: ignore[arg-type]
        (lambda: steps.given(True, "kWh", "x", AT), "no exact number"),
        (lambda: steps.given(D("NaN"), "kWh", "x", AT), "is no number"),
        (lambda: steps.given(1, "kWh", "x", {}), "opens to nothing"),
        (lambda: steps.given_series([1], "kWh", "x", {}), "opens to nothing"),
        (lambda: steps.given(1, "", "x", AT), "printable text"),
        (lambda: steps.given(1, "kWh", "a\nb", AT), "printable text"),
        (lambda: steps.given(1, "kWh", "\ud800", AT), "printable text"),
        (lambda: steps.given(1, "kWh", "x", {"Point": "y"}), "names in a source"),
        (lambda: steps.total("x", []), "does not take 0 arguments"),
        (lambda: steps.total("x", [kwh(1), steps.given(1, "m3", "w", AT)]), "these are not one unit"),
        (lambda: steps.product("x", kwh(1), steps.of_factor(factor(unit="kgCO2/kWh_net"), "f")), "has no unit here"),
        (lambda: steps.quotient("x", kwh(1), kwh(0)), "divided by zero"),
        (lambda: steps.rounded("x", kwh(1), D(0)), "above zero"),
        (lambda: steps.root_up("x", kwh(4), "kWh", D(1)), "the root of kWh"),
        (lambda: steps.root_up("x", steps.given(-4, "1", "n", AT), "1", D(1)), "from zero on"),
        (lambda: Trace.of({"Kg": kwh(1)}), "small letters"),
        (lambda: Trace.of({}), "small letters"),
        (lambda: kwh(1).series, "is no series"),
        (lambda: steps.given_series([1], "kWh", "s", AT).number, "is a series"),
        (
            lambda: steps.of_series(Op.SERIES_SUM, "x", [steps.given_series([1] * n, "kWh", "s", AT) for n in (1, 2)]),
            "series of one length",
        ),
    ],
)
def test_what_can_not_be_calculated_is_refused(made: Any, why: str) -> None:
    with pytest.raises(TraceError, match=why):
        made()


@over(st.fractions(min_value=0, max_value=10**6), st.sampled_from([D("0.001"), D("0.1"), D(1), D(50)]))
def test_a_root_is_the_least_step_that_is_not_too_small(value: Fraction, step_: D) -> None:
    root = steps.root_up("r", steps.given(value, "kWh^2", "v", AT), "kWh", step_).number
    assert root * root >= value
    assert root == 0 or (root - Fraction(step_)) ** 2 < value
    assert root / Fraction(step_) == int(root / Fraction(step_))


def test_the_factors_of_a_trace_are_those_of_a_registry() -> None:
    used = factor(unit="lbCO2/MWh", value=D("497.443"))
    trace = Trace.of(small())
    check_factors(trace, Registry.of([used]))
    with pytest.raises(FactorError, match="no factor"):
        check_factors(trace, Registry.of([factor()]))

    def change(item: Any) -> None:
        renamed(item, "factor", source={"factor": factor().digest.hex()})

    with pytest.raises(TraceError, match=r"is 0.5827 kgCO2/kWh in the registry"):
        check_factors(decode(spoilt(change)), Registry.of([factor()]))

    def unnamed(item: Any) -> None:
        renamed(item, "factor", source={"factor": "x"})

    with pytest.raises(TraceError, match="names no factor"):
        check_factors(decode(spoilt(unnamed)), Registry.of([factor()]))
