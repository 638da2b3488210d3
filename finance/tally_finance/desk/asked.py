"""What a lender asks its desk to prepare. Plain data, no IO; quantities are grams, times Unix seconds, ids 32 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tally_chain.receipts.operations import Operation
from tally_finance.errors import DeskError


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Accept the pledge that was offered (接受质押). Digests of the ownership pack and of the registry search."""

    receipt: bytes
    ownership: bytes
    search: bytes


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Order goods out (放货指令) to who opens `picker`, from `begins` until `until`."""

    receipt: bytes
    quantity_g: int
    picker: bytes
    begins: int
    until: int


@dataclass(frozen=True, slots=True)
class PartRelease:
    """Free a part of the pledge, or all of it (解除质押)."""

    receipt: bytes
    quantity_g: int


@dataclass(frozen=True, slots=True)
class FloorSetting:
    """Let goods of a dynamic pledge leave down to a floor (最低控货值)."""

    receipt: bytes
    floor_g: int
    until: int


@dataclass(frozen=True, slots=True)
class Substitution:
    """Take `quantity_g` of another receipt instead (置换质物). `filing`: the changed filing."""

    receipt: bytes
    instead: bytes
    quantity_g: int
    filing: bytes


@dataclass(frozen=True, slots=True)
class MarginCall:
    """Call the borrower to top up (补仓通知) until a time."""

    receipt: bytes
    until: int


@dataclass(frozen=True, slots=True)
class Cure:
    """Take the call as answered (补仓完成)."""

    receipt: bytes


Asked: TypeAlias = Acceptance | ReleaseOrder | PartRelease | FloorSetting | Substitution | MarginCall | Cure


def asked_in(operation: Operation) -> Asked:
    """What was asked, from the operation that does it. Raises DeskError for one that no desk prepares."""
    values = operation.values
    receipt = values.get("receipt", b"")
    match operation.kind:
        case "Accept":
            return Acceptance(receipt, values["ownership"], values["search"])
        case "Order":
            return ReleaseOrder(receipt, values["quantity"], values["picker"], values["from"], values["until"])
        case "Release":
            return PartRelease(receipt, values["quantity"])
        case "SetFloor":
            return FloorSetting(receipt, values["floor"], values["until"])
        case "Substitute":
            return Substitution(receipt, values["with"], values["quantity"], values["filing"])
        case "CallMargin":
            return MarginCall(receipt, values["until"])
        case "Cure":
            return Cure(receipt)
        case _:
            raise DeskError(f"no desk prepares a {operation.kind}")
