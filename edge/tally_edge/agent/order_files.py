"""Orders to a running agent: files in the outbox's folder, so that a command needs no socket and no signal.

Whoever may write there may order; the folder belongs to the agent alone (mode 0700). An order is taken once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_edge.errors import OutboxError

_RESEND: Final = "order-resend"
_CLOSE: Final = "order-close"
_RELEASE: Final = "order-release"
_MAX_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Orders:
    """What a person wants of the agent."""

    resend: bool = False
    close: bool = False
    release_through: int | None = None


_NONE: Final = Orders()


def give(folder: Path, orders: Orders) -> None:
    """Leave `orders` for the agent. Raises OutboxError."""
    try:
        if orders.resend:
            durable.write_file(folder / _RESEND, b"", mode=0o600)
        if orders.close:
            durable.write_file(folder / _CLOSE, b"", mode=0o600)
        if orders.release_through is not None:
            durable.write_file(folder / _RELEASE, str(orders.release_through).encode(), mode=0o600)
    except OSError as error:
        raise OutboxError(f"cannot leave an order in {folder}: {error.strerror}") from None


def take(folder: Path) -> Orders:
    """The orders that lie there; they are gone afterwards. A release that is not a number is dropped."""
    found = [name for name in (_RESEND, _CLOSE, _RELEASE) if (folder / name).exists()]
    if not found:
        return _NONE
    through = None
    if _RELEASE in found:
        text = (folder / _RELEASE).read_bytes()[: _MAX_DIGITS + 1]
        through = int(text) if text.isdigit() and len(text) <= _MAX_DIGITS else None
    for name in found:
        (folder / name).unlink(missing_ok=True)
    return Orders(_RESEND in found, _CLOSE in found, through)
