"""The trace of a calculation (计算轨迹): every step with its arguments, so that any program can do it again. No IO.

A calculation is written with the functions of `steps`. Each gives a `Node`: what it is called, its exact value, its
unit, and what it was made of. A node's id is SHA-256 over all that it says, so equal steps are one step, and neither
the order in which meters were read nor that in which lines were added shows in a trace or in its digest.

`Trace.of` writes down the nodes that lead to the results. Format page: docs/formats/trace.md; `replay` does every step
again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from tally_finance.errors import TraceError
from tally_finance.footprint.operations import Op, Series, Value

FORMAT: Final = "tallystick trace 1"
MAX_BITS: Final = 2048
"""Of numerator and denominator, each: 617 digits. A year of a site stays below a tenth of it."""

NAME: Final = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Step:
    """A node as text: ids of its arguments, its value as `written` has it, a series as a tuple or its digest."""

    id: str
    op: Op
    args: tuple[str, ...]
    value: str | tuple[str, ...]
    unit: str
    label: str
    source: Mapping[str, str]

    @property
    def said(self) -> dict[str, Any]:
        """All that it says but its id."""
        return {
            "op": self.op.value,
            "args": self.args,
            "value": self.value,
            "unit": self.unit,
            "label": self.label,
            "source": dict(self.source),
        }

    @property
    def name(self) -> str:
        """The id that belongs to what it says."""
        return sha256(canonical(self.said)).hexdigest()


@dataclass(frozen=True, eq=False)
class Node:
    """One step: `value` in `unit`, made by `op` of `args`. `source` says where an input stands, as text by name.

    Raises TraceError for what can not be written down.
    """

    op: Op
    args: tuple[Node, ...]
    value: Value
    unit: str
    label: str
    source: Mapping[str, str] = field(default_factory=dict)
    step: Step = field(init=False, repr=False)

    def __post_init__(self) -> None:
        texts = (self.unit, self.label, *self.source, *self.source.values())
        if not all(text and text.isprintable() for text in texts):
            raise TraceError(f"{self.label!r}: unit, label and source are printable text")
        if not all(NAME.fullmatch(name) for name in self.source):
            raise TraceError(f"{self.label!r}: the names in a source are small letters, digits, '_', '-' and '.'")
        args = tuple(arg.step.id for arg in self.args)
        step = Step("", self.op, args, shown(self.op, self.value), self.unit, self.label, dict(self.source))
        object.__setattr__(self, "step", replace(step, id=step.name))

    @property
    def number(self) -> Fraction:
        """The value of a node that is no series. Raises TraceError."""
        if not isinstance(self.value, Fraction):
            raise TraceError(f"{self.label} is a series")
        return self.value

    @property
    def series(self) -> Series:
        """The values of a series. Raises TraceError."""
        if not isinstance(self.value, tuple):
            raise TraceError(f"{self.label} is no series")
        return self.value


@dataclass(frozen=True)
class Trace:
    """Steps, each after its arguments, and the results by name (ids)."""

    steps: tuple[Step, ...]
    results: Mapping[str, str]

    @classmethod
    def of(cls, results: Mapping[str, Node]) -> Trace:
        """The steps that lead to the results, in one order. Raises TraceError for a name that is none."""
        if not results or not all(NAME.fullmatch(name) for name in results):
            raise TraceError("results have names of small letters, digits, '_', '-' and '.'")
        steps: dict[str, Step] = {}
        for _, node in sorted(results.items()):
            _collect(node, steps)
        return cls(tuple(steps.values()), {name: node.step.id for name, node in sorted(results.items())})

    def encode(self) -> bytes:
        """Canonical JSON (RFC 8785): equal traces have equal bytes."""
        steps = [{"id": step.id, **step.said} for step in self.steps]
        return canonical({"format": FORMAT, "results": dict(self.results), "steps": steps})

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON: what a conclusion is bound to."""
        return sha256(self.encode()).digest()


def _collect(result: Node, steps: dict[str, Step]) -> None:
    """Arguments first. Without recursion: contracts one after another make a chain as long as there are contracts."""
    waiting = [(result, iter(result.args))]
    while waiting:
        node, rest = waiting[-1]
        arg = next(rest, None)
        if arg is None:
            steps.setdefault(node.step.id, node.step)
            waiting.pop()
        elif arg.step.id not in steps:
            waiting.append((arg, iter(arg.args)))


def written(value: Fraction) -> str:
    """Plain digits where they end, otherwise `n/d` in lowest terms; no zeros that say nothing. Raises TraceError."""
    above, below = value.numerator, value.denominator
    if max(above.bit_length(), below.bit_length()) > MAX_BITS:
        raise TraceError(f"a value has more than {MAX_BITS} bits")
    rest, twos, fives = below, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest > 1:
        return f"{above}/{below}"
    places = max(twos, fives)
    digits = str(abs(above) * 10**places // below).rjust(places + 1, "0")
    sign = "-" if above < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def shown(op: Op, value: Value) -> str | tuple[str, ...]:
    """As it stands in a step: a series that was made of others is there by its digest alone."""
    if isinstance(value, Fraction):
        return written(value)
    values = tuple(written(one) for one in value)
    return values if op is Op.SERIES_INPUT else f"sha256:{sha256(canonical(values)).hexdigest()}"


def canonical(item: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """JSON as RFC 8785 has it. There are no numbers in it, and all names are ASCII, which is what the sorting needs."""
    return json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
