"""A trace read strictly, and every step of it done again (重算). No IO."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from tally_finance.errors import TraceError, TraceFileError
from tally_finance.factors.registry import Registry
from tally_finance.footprint.operations import COMMUTATIVE, LEAVES, Op, Value, evaluate, unit_of
from tally_finance.footprint.trace import FORMAT, NAME, Step, Trace, shown, written

MAX_TRACE_BYTES: Final = 64 * 2**20
"""Twelve hourly series of a year have 3 MB."""

_FIELDS: Final = {"id", "op", "args", "value", "unit", "label", "source"}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9]|/[1-9][0-9]*)?", re.ASCII)


def decode(data: bytes) -> Trace:
    """The trace of canonical JSON. Raises TraceFileError for anything else, before a step of it is done."""
    if len(data) > MAX_TRACE_BYTES:
        raise TraceFileError(f"a trace has at most {MAX_TRACE_BYTES} bytes")
    try:
        item: Any = json.loads(data)
        if not isinstance(item, dict) or item.get("format") != FORMAT or set(item) != {"format", "results", "steps"}:
            raise TraceFileError(f"this is no {FORMAT!r}")
        results = item["results"]
        if not isinstance(results, dict) or not isinstance(item["steps"], list):
            raise TraceFileError("results are an object, steps an array")
        if not all(NAME.fullmatch(name) and isinstance(step, str) for name, step in results.items()):
            raise TraceFileError("results have names of small letters, digits, '_', '-' and '.'")
        trace = Trace(tuple(_step(one) for one in item["steps"]), results)
        if trace.encode() != data:
            raise TraceFileError("this is not the canonical writing of the trace")
    except (ValueError, RecursionError) as error:
        raise TraceFileError(f"this is no {FORMAT!r}: {error}") from None
    return trace


def _step(item: Any) -> Step:
    if not isinstance(item, dict) or set(item) != _FIELDS:
        raise TraceFileError(f"a step has the names {', '.join(sorted(_FIELDS))}")
    value, args, source = item["value"], item["args"], item["source"]
    series = isinstance(value, list)
    if not isinstance(args, list) or not isinstance(source, dict):
        raise TraceFileError("arguments are an array, a source is an object")
    texts = [item[name] for name in ("id", "op", "unit", "label")]
    texts += [*args, *source.values(), *(value if series else [value])]
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        raise TraceFileError("everything in a step is printable text")
    if not all(NAME.fullmatch(name) for name in source):
        raise TraceFileError("the names in a source are small letters, digits, '_', '-' and '.'")
    op = Op(item["op"])
    return Step(item["id"], op, tuple(args), tuple(value) if series else value, item["unit"], item["label"], source)


def replay(trace: Trace) -> Mapping[str, Value]:
    """The results by name, each step done again. Raises TraceError that names the step which does not hold.

    1. A step's id is the digest of what it says, and it stands once.
    2. Its arguments stand before it, those of a sum, product, minimum or maximum in the order of their ids.
    3. Its unit follows from theirs, and its value is what its operation makes of theirs.
    4. Every step leads to a result, and every result is a step.
    """
    values: dict[str, Value] = {}
    units: dict[str, str] = {}
    used = set(trace.results.values())
    for step in trace.steps:
        _check_id(step, values)
        if not set(step.args) <= values.keys():
            raise TraceError(f"{_named(step)}: an argument does not stand before it")
        if step.op in COMMUTATIVE and list(step.args) != sorted(step.args):
            raise TraceError(f"{_named(step)}: its arguments are not in the order of their ids")
        values[step.id] = _value(step, values, units)
        units[step.id] = step.unit
        used.update(step.args)
    if set(values) - used:
        raise TraceError(f"step {min(set(values) - used)[:12]} leads to no result")
    if not trace.results or not set(trace.results.values()) <= values.keys():
        raise TraceError("a result is none of the steps")
    return {name: values[step] for name, step in trace.results.items()}


def _check_id(step: Step, before: Mapping[str, Value]) -> None:
    if step.name != step.id:
        raise TraceError(f"{_named(step)}: its id is not the digest of what it says")
    if step.id in before:
        raise TraceError(f"{_named(step)}: stands twice")


def _value(step: Step, values: Mapping[str, Value], units: Mapping[str, str]) -> Value:
    if step.op in LEAVES:
        if step.args or not step.source:
            raise TraceError(f"{_named(step)}: starts from a source, not from other steps")
        if isinstance(step.value, tuple) != (step.op is Op.SERIES_INPUT):
            raise TraceError(f"{_named(step)}: a series is a series")
        return tuple(map(number, step.value)) if isinstance(step.value, tuple) else number(step.value)
    if step.source:
        raise TraceError(f"{_named(step)}: is calculated, and has no source")
    try:
        found = evaluate(step.op, [values[arg] for arg in step.args])
        unit = unit_of(step.op, [units[arg] for arg in step.args])
    except TraceError as error:
        raise TraceError(f"{_named(step)}: {error}") from None
    if unit != step.unit:
        raise TraceError(f"{_named(step)}: is in {unit}, not in {step.unit}")
    if shown(step.op, found) != step.value:
        raise TraceError(f"{_named(step)}: is {shown(step.op, found)}, not {step.value}")
    return found


def check_factors(trace: Trace, registry: Registry) -> None:
    """Every factor of a trace is one of the registry, with its value and unit. Raises TraceError, FactorError."""
    for step in trace.steps:
        if step.op is not Op.FACTOR:
            continue
        digest = step.source.get("factor", "")
        if re.fullmatch(r"[0-9a-f]{64}", digest) is None:
            raise TraceError(f"{_named(step)}: names no factor")
        factor = registry.get(bytes.fromhex(digest))
        if (written(Fraction(factor.value)), str(factor.unit)) != (step.value, step.unit):
            raise TraceError(f"{_named(step)}: is {factor.value:f} {factor.unit} in the registry")


def _named(step: Step) -> str:
    return f"step {step.id[:12]} ({step.op.value}, {step.label})"


def number(text: str) -> Fraction:
    """A value from its one writing. Raises TraceError."""
    if _NUMBER.fullmatch(text) is None:
        raise TraceError(f"{text!r} is no number of a trace")
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise TraceError(f"{text[:40]!r} is no number of a trace") from None
    if written(value) != text:
        raise TraceError(f"{text!r} is not how a trace writes {written(value)}")
    return value
