"""Orders to a running agent: files in the outbox's folder, so that a command needs no socket and no signal.

Whoever may write there may order; the folder belongs to the agent alone (mode 0700). A crash at any step leaves an
order that is carried out, perhaps twice: doing so again changes nothing.

    give        order-NAME           it lies there
    taken       order-NAME.taken     it is being carried out; one given meanwhile lies beside it and waits
    carried out                      it is gone
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_edge.errors import OutboxError

_RESEND: Final = "order-resend"
_CLOSE: Final = "order-close"
_RELEASE: Final = "order-release"
_TAKEN: Final = ".taken"
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


@contextmanager
def taken(folder: Path) -> Iterator[Orders]:
    """The orders that lie there; they are gone once the block has carried them out, and stay where it raises.

    A release that is not a number is dropped.
    """
    found = [name for name in (_RESEND, _CLOSE, _RELEASE) if _take(folder, name)]
    if not found:
        yield _NONE
        return
    through = None
    if _RELEASE in found:
        text = (folder / (_RELEASE + _TAKEN)).read_bytes()[: _MAX_DIGITS + 1]
        through = int(text) if text.isdigit() and len(text) <= _MAX_DIGITS else None
    yield Orders(_RESEND in found, _CLOSE in found, through)
    for name in found:
        (folder / (name + _TAKEN)).unlink(missing_ok=True)


def _take(folder: Path, name: str) -> bool:
    """Whether an order is to be carried out: one that a crash cut short comes before one that was given since."""
    mine = folder / (name + _TAKEN)
    if mine.exists():
        return True
    try:
        (folder / name).rename(mine)
    except FileNotFoundError:
        return False
    return True
