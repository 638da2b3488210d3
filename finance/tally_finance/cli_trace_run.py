"""What `tallystick finance trace` does."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tally_finance.errors import FactorError, TraceError
from tally_finance.factors.shipping import with_own
from tally_finance.footprint import replay as replaying
from tally_finance.footprint.trace import Step, Trace

OK, DOES_NOT_HOLD = 0, 1


def run_replay(options: argparse.Namespace) -> int:
    """Every step again."""
    registry = with_own(options.own, options.signer)
    trace = _read(options.file)
    why = ""
    try:
        replaying.replay(trace)
        replaying.check_factors(trace, registry)
    except (TraceError, FactorError) as error:
        why = str(error)
    steps = {step.id: step for step in trace.steps}
    results = {name: steps[one] for name, one in trace.results.items() if one in steps}
    if options.json:
        told = {
            "holds": not why,
            "why": why or None,
            "digest": trace.digest.hex(),
            "steps": len(trace.steps),
            "results": {name: {"value": _value(step), "unit": step.unit} for name, step in results.items()},
        }
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return DOES_NOT_HOLD if why else OK
    if why:
        print(f"does not hold (不成立): {why}")
        return DOES_NOT_HOLD
    for name, step in results.items():
        print(f"{name}: {_value(step)} {step.unit}")
    print(f"{len(trace.steps)} steps hold (逐步重算一致); trace {trace.digest.hex()}")
    return OK


def run_open(options: argparse.Namespace) -> int:
    """A result down to its inputs. What is shown is what the trace says; `replay` says whether it holds."""
    trace = _read(options.file)
    steps = {step.id: step for step in trace.steps}
    chosen = _chosen(trace, steps, options.result)
    if options.json:
        print(json.dumps(_tree(chosen, steps, options.depth), ensure_ascii=False, indent=1))
        return OK
    for line in _lines(chosen, steps, options.depth, 0):
        print(line)
    return OK


def _chosen(trace: Trace, steps: Mapping[str, Step], asked: str) -> Step:
    found = [trace.results[asked]] if asked in trace.results else [one for one in steps if one.startswith(asked)]
    if len(found) != 1 or found[0] not in steps:
        names = ", ".join(trace.results)
        raise TraceError(f"no result is called {asked!r}, and no single step begins so; results: {names}")
    return steps[found[0]]


def _lines(step: Step, steps: Mapping[str, Step], depth: int, indent: int) -> Iterator[str]:
    source = "; ".join(f"{name} {said}" for name, said in sorted(step.source.items()))
    where = f" [{source}]" if source else ""
    yield f"{'  ' * indent}{step.id[:12]} {step.op.value} {step.label}: {_value(step)} {step.unit}{where}"
    if depth <= 0 and step.args:
        yield f"{'  ' * (indent + 1)}… {len(step.args)} below"
        return
    for arg in step.args:
        if arg in steps:
            yield from _lines(steps[arg], steps, depth - 1, indent + 1)


def _tree(step: Step, steps: Mapping[str, Step], depth: int) -> dict[str, Any]:
    return {
        "id": step.id,
        "op": step.op.value,
        "label": step.label,
        "value": _value(step),
        "unit": step.unit,
        "source": dict(step.source),
        "args": [_tree(steps[arg], steps, depth - 1) if depth > 0 and arg in steps else arg for arg in step.args],
    }


def _value(step: Step) -> str:
    return f"{len(step.value)} intervals" if isinstance(step.value, tuple) else step.value


def _read(file: Path) -> Trace:
    with file.open("rb") as opened:
        return replaying.decode(opened.read(replaying.MAX_TRACE_BYTES + 1))
