"""What the contracts of warehouse receipts say on the newest block, by the names that they have for it. Nothing sends.

The word of one node; `history.read_history` proves more, and the rules that replay it give every state that there was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tally_chain import contract_abi
from tally_chain.contract_abi import Argument
from tally_chain.engine.interface import Engine
from tally_chain.errors import CallRevertedError, OperationError
from tally_chain.receipts.kinds.kind import Kind, Measure
from tally_chain.receipts.operations import NO_HEAD, kind_named
from tally_chain.registry.history import ask

Places = Mapping[str, str]
"""Contract's name to its address."""

# The field that names an object, and the view that has its head.
_VIEWS = {
    "site": ("Sites", "siteOf"),
    "slot": ("Sites", "slotOf"),
    "lot": ("Lots", "lotOf"),
    "receipt": ("Receipts", "receiptOf"),
    "receipts": ("Receipts", "receiptOf"),
    "with": ("Receipts", "receiptOf"),
    "trade": ("Trades", "tradeOf"),
    "number": ("Vouchers", "voucherOf"),
    "root": ("Vouchers", "voucherOf"),
}
# The field with a head, and the one that names its object; `head` belongs to what the operation changes.
_OBJECT_OF = {"lotHead": "lot", "withHead": "with", "heads": "receipts"}


def view(engine: Engine, contract: str, name: str, function: str, *arguments: object) -> Any:
    """What a view gives back: a struct is a dictionary by its fields' names, an array a list.

    Raises CallRevertedError as the contract does, and RegistryHistoryError for an answer of another form.
    """
    gives = contract_abi.load(name).gives[function]
    answer = ask(engine, contract, name, function, ",".join(one.type for one in gives), *arguments)
    values = [_named(one, value) for one, value in zip(gives, answer, strict=True)]
    return values[0] if len(values) == 1 else {one.name: value for one, value in zip(gives, values, strict=True)}


def _named(argument: Argument, value: Any) -> Any:
    if argument.type.endswith("[]"):
        item = Argument(argument.name, argument.type[:-2], argument.parts)
        return [_named(item, one) for one in value]
    if argument.parts:
        return {part.name: _named(part, one) for part, one in zip(argument.parts, value, strict=True)}
    return value


def heads_needed(kind: Kind) -> dict[str, str]:
    """The fields of a kind that have heads, each with the field that names its object."""
    heads = [field.name for field in kind.fields if field.measure is Measure.HEAD]
    return {name: _OBJECT_OF.get(name, kind.object[0]) for name in heads}


def head_of(engine: Engine, places: Places, named_by: str, object_id: bytes) -> bytes:
    """The head of an object on the newest block; zero before it was there.

    `named_by` is the field that names it. Raises OperationError where the contract that has it is not among `places`.
    """
    name, function = _VIEWS[named_by]
    if name not in places:
        raise OperationError(f"the contract {name} is not known here, so the head of this {named_by} is not either")
    try:
        found = view(engine, places[name], name, function, object_id)
    except CallRevertedError:
        return NO_HEAD
    return bytes(found["head"])


def with_heads(engine: Engine, places: Places, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an operation with every head that is missing as it is on the newest block. Raises as `head_of`."""
    filled = dict(values)
    for name, named_by in heads_needed(kind_named(kind)).items():
        if name in filled or named_by not in filled:
            continue
        found = filled[named_by]
        if isinstance(found, Sequence) and not isinstance(found, bytes):
            filled[name] = tuple(head_of(engine, places, named_by, one) for one in found)
        else:
            filled[name] = head_of(engine, places, named_by, found)
    return filled
