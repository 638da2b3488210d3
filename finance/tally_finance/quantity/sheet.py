"""The sheet of a store of either kind, goods in bulk or pieces, and the position of it by evidence. No IO."""

from __future__ import annotations

from pathlib import Path

from tally_finance.quantity import piece_file, store_file
from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.pieces import PiecePosition, piece_position
from tally_finance.quantity.position import Position, position
from tally_finance.quantity.store import Pieces, Store


def parse(text: str, file: Path, ends: int) -> Store | Pieces:
    """The store of a sheet, for a period that ends at `ends` (Unix seconds); one with `[pieces]` is of pieces.

    Raises ConfigError naming file and key.
    """
    if store_file.opened(text, file).table("pieces").is_empty():
        return store_file.parse(text, file, ends)
    return piece_file.parse(text, file)


def position_of(evidence: Evidence, store: Store | Pieces) -> Position | PiecePosition:
    """The position of a store. Raises QuantityError where the evidence is not enough."""
    return position(evidence, store) if isinstance(store, Store) else piece_position(evidence, store)
