"""What follows from a journal, deleted and made again; and a journal brought in from a file.

Nothing that decides reads the cache of standings: it is for lists that want one line per facility.
"""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from tally_finance.book import journal
from tally_finance.book.before import figures_of
from tally_finance.book.journal import AHEAD_S
from tally_finance.book.journal_file import Journal
from tally_finance.book.position import FacilityPosition, position_in, state_at
from tally_finance.book.schema import JOURNAL, STANDINGS
from tally_finance.book.store import Book, row_of
from tally_finance.errors import BookError, BookMovedError


def rebuild(engine: Engine, book: str, known_at: int, as_of: int) -> tuple[FacilityPosition, ...]:
    """Check a book's whole journal and make its standings anew, in one transaction. Returns the positions by name.

    Raises BookError where the journal does not hold together, or nothing stands in it.
    """
    state = state_at(Book(engine, book).entries(), known_at, as_of)
    positions = tuple(position_in(state, facility) for facility in state.facilities)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(STANDINGS).where(STANDINGS.c.book == book))
        for one in positions:
            figures = figures_of(one)
            connection.execute(
                insert(STANDINGS).values(
                    book=book,
                    facility=one.opened.facility,
                    seq=state.head.seq,
                    as_of=as_of,
                    owed_fen=figures.owed_fen,
                    lendable_fen=figures.lendable_fen,
                    available_fen=figures.available_fen,
                    line=int(one.line),
                )
            )
    return positions


def bring_in(engine: Engine, brought: Journal, now: int) -> int:
    """Write a journal's entries behind those that stand here already. Returns how many were new. `now`: Unix seconds.

    What stands here must be the beginning of it; a book that went another way is refused, and one of a clock that is
    ahead: nothing could be written behind it before that time. Raises BookError.
    """
    if brought.entries and brought.entries[-1].entry.known_at > now + AHEAD_S:
        raise BookError(f"the journal's last entry was known at {brought.entries[-1].entry.known_at}, and it is {now}")
    known = list(Book(engine, brought.book).entries())
    for here, there in zip(known, brought.entries, strict=False):
        if here.digest != there.digest:
            raise BookError(f"book {brought.book} went another way at entry {here.entry.seq}")
    new = brought.entries[len(known) :]
    if not new:
        return 0
    try:
        with engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(JOURNAL), [row_of(one, journal.encode(one.entry)) for one in new])
    except IntegrityError:
        raise BookMovedError(f"somebody else wrote into book {brought.book} at the same moment") from None
    return len(new)
