"""What a lender asks its desk to prepare. Plain data, no IO; quantities are grams, times Unix seconds, ids 32 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


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
