"""The steps that a calculation is written with: each gives a node with its exact value and its unit. No IO.

Every one raises TraceError where units or values do not go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from tally_finance.errors import TraceError
from tally_finance.factors.factor import Factor
from tally_finance.footprint.operations import COMMUTATIVE, Op, evaluate, ratio, squared, unit_of
from tally_finance.footprint.trace import Node


def given(value: Fraction | Decimal | int, unit: str, label: str, source: Mapping[str, str]) -> Node:
    """A number that the calculation starts from. `source`: where it stands; not empty."""
    if not source:
        raise TraceError(f"{label}: an input without a source opens to nothing")
    return Node(Op.INPUT, (), exact(value), unit, label, source)


def given_series(values: Iterable[Fraction | Decimal | int], unit: str, label: str, source: Mapping[str, str]) -> Node:
    """A series that the calculation starts from."""
    if not source:
        raise TraceError(f"{label}: an input without a source opens to nothing")
    return Node(Op.SERIES_INPUT, (), tuple(exact(value) for value in values), unit, label, source)


def constant(value: Fraction | Decimal | int, unit: str, label: str) -> Node:
    """A number that holds by definition, or that the method fixes; `label` says which."""
    return given(value, unit, label, {"by": "method"})


def of_factor(factor: Factor, label: str) -> Node:
    """A factor, in kilograms per common unit of its activity; another unit of its source is a step before."""
    source = {"factor": factor.digest.hex(), **({"mark": factor.mark} if factor.mark else {})}
    node = Node(Op.FACTOR, (), exact(factor.value), str(factor.unit), label, source)
    common = str(factor.unit.common)
    if common == node.unit:
        return node
    change = constant(factor.unit.to_common, ratio(common, node.unit), f"{common} in one {node.unit}")
    return product(label, node, change)


def total(label: str, nodes: Iterable[Node]) -> Node:
    """The sum of one or more."""
    return _made(Op.SUM, label, tuple(nodes))


def difference(label: str, node: Node, less: Node) -> Node:
    """`node` without `less`."""
    return _made(Op.DIFFERENCE, label, (node, less))


def product(label: str, left: Node, right: Node) -> Node:
    """Left times right."""
    return _made(Op.PRODUCT, label, (left, right))


def quotient(label: str, above: Node, below: Node) -> Node:
    """Above by below."""
    return _made(Op.QUOTIENT, label, (above, below))


def least(label: str, nodes: Iterable[Node]) -> Node:
    """The lowest of one or more."""
    return _made(Op.MINIMUM, label, tuple(nodes))


def most(label: str, nodes: Iterable[Node]) -> Node:
    """The highest of one or more."""
    return _made(Op.MAXIMUM, label, tuple(nodes))


def rounded(label: str, node: Node, step: Decimal, op: Op = Op.ROUND) -> Node:
    """To a whole number of steps: half to even, or as `op` says. Once, where a number is told."""
    return _made(op, label, (node, constant(step, node.unit, "rounding step")))


def square(label: str, node: Node) -> Node:
    """Times itself."""
    return _made(Op.PRODUCT, label, (node, node))


def root_up(label: str, node: Node, unit: str, step: Decimal) -> Node:
    """The square root, rounded up to a whole number of steps. Raises TraceError unless its unit is `unit` squared."""
    if node.unit != squared(unit):
        raise TraceError(f"the root of {node.unit} is not in {unit}")
    return _made(Op.ROOT_UP, label, (node, constant(step, unit, "rounding step")))


def of_series(op: Op, label: str, nodes: Iterable[Node]) -> Node:
    """An operation on series of one length."""
    return _made(op, label, tuple(nodes))


def _made(op: Op, label: str, args: tuple[Node, ...]) -> Node:
    if op in COMMUTATIVE:
        args = tuple(sorted(args, key=lambda node: node.step.id))
    unit = unit_of(op, [arg.unit for arg in args])
    return Node(op, args, evaluate(op, [arg.value for arg in args]), unit, label)


def exact(value: Fraction | Decimal | int) -> Fraction:
    """The rational number. Raises TraceError for a float, and for what is no number."""
    if isinstance(value, bool) or not isinstance(value, Fraction | Decimal | int):
        raise TraceError(f"{value!r} is no exact number")
    if isinstance(value, Decimal) and not value.is_finite():
        raise TraceError(f"{value} is no number")
    return Fraction(value)
