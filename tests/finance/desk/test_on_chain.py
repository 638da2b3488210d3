"""What a look at the contracts asks of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tally_chain.engine.interface import Engine
from tally_chain.receipts.history import read_history
from tally_finance.desk.on_chain import PinnedChain
from tests.chain.receipts.yard import Yard
from tests.finance.desk.kept_yard import Stocked


class Watched:
    """An engine that notes what it is asked for, and lets something happen before it answers the first call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.asked: list[str] = []
        self.meanwhile: Callable[[], object] | None = None

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        if name == "call" and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return getattr(self._engine, name)


def looking(yard: Yard) -> tuple[PinnedChain, Watched]:
    engine: Any = Watched(yard.parties.stage.engine)
    return PinnedChain(engine, yard.places, yard.parties.at.organisations), engine


def test_where_no_block_came_nothing_else_is_asked_for(stocked: Stocked) -> None:
    yard = stocked.yard
    chain, engine = looking(yard)
    first = chain.history()
    engine.asked.clear()
    assert chain.history() is first
    assert engine.asked == ["block"]
    yard.issued(stocked.lot, 1)
    assert len(chain.history().entries) > len(first.entries)


def test_what_comes_during_a_look_is_found_by_the_next_at_the_latest(stocked: Stocked) -> None:
    yard = stocked.yard
    chain, engine = looking(yard)
    for _ in range(2):  # the first look reads all, the second what came since
        engine.meanwhile = lambda: yard.issued(stocked.lot, 1)
        chain.history()
        assert engine.meanwhile is None
        whole = read_history(yard.parties.stage.engine, yard.places, yard.parties.at.organisations)
        assert chain.history().entries == whole.entries
        yard.issued(stocked.lot, 1)
