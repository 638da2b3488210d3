"""The lender's book made again (重建), from chain, kept evidence and its own entries alone."""

from __future__ import annotations

from tally_finance.book import schema
from tally_finance.book.database import engine_for
from tally_finance.desk.desk import Desk
from tally_finance.desk.digest import position_digest
from tally_finance.desk.documents import Kind
from tally_finance.desk.rebuilding import rebuild
from tally_trial.errors import TrialError
from tally_trial.receipts_demo.terms import FACILITY
from tally_trial.receipts_demo.world import World

_KEPT = (Kind.BUNDLE, Kind.QUOTE, Kind.COMPUTATION, Kind.PAPER)


def rebuilt(world: World) -> None:
    """Rebuild it in a database of its own, and hold the two together. Raises TrialError where they differ."""
    old, file = world.desk.desk, world.folder / "again.db"
    entries = tuple(old.book.entries())
    documents = [one for kind in _KEPT for one in old.documents.all(kind)]
    made = engine_for(f"sqlite:///{file}")
    try:
        schema.migrate(made)
        again = Desk(made, old.sheet, old.chain, world.works.policy, old.clock)
        found = rebuild(again, entries, documents)
        known = entries[-1].entry.known_at
        same = position_digest(again.position(FACILITY, known, known)) == position_digest(
            old.position(FACILITY, known, known)
        )
    finally:
        made.dispose()
        for part in world.folder.glob(f"{file.name}*"):
            part.unlink()
    if found.differences or not same:
        raise TrialError(f"the book made again differs in {', '.join(found.differences) or 'the position'}")
    bundles, quotes = (sum(one.kind is kind for one in documents) for kind in (Kind.BUNDLE, Kind.QUOTE))
    world.step(
        "book made again 重建",
        f"from the chain, {bundles} bundles, {quotes} quotes and the lender's own entries: {found.entries} entries, "
        "none different, and the same position",
        f"{found.entries} entries",
    )
