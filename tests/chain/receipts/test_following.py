"""A history that grows with the chain is the one that is read at once; a chain that takes something back is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tally_chain.engine.interface import Engine
from tally_chain.errors import RegistryHistoryError
from tally_chain.receipts.following import continue_history
from tally_chain.receipts.history import ReceiptHistory, read_history
from tests.chain.receipts.yard import Yard, yard_on
from tests.chain.registry.parties import Parties, fresh


class Counting:
    """An engine that counts what it is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.events_asked = engine, 0

    def __getattr__(self, name: str) -> object:
        if name == "events":
            self.events_asked += 1
        return getattr(self._engine, name)


def whole(yard: Yard) -> ReceiptHistory:
    return read_history(yard.parties.stage.engine, yard.places, yard.parties.at.organisations)


def test_what_came_since_makes_the_history_that_is_read_at_once(parties: Parties) -> None:
    yard = yard_on(parties)
    known = whole(yard)
    lot = yard.stocked(5)
    once = continue_history(parties.stage.engine, known)
    receipt = yard.issued(lot, 3)
    twice = continue_history(parties.stage.engine, once)
    assert len(known.entries) < len(once.entries) < len(twice.entries)
    at_once = whole(yard)
    assert (twice.entries, twice.administration) == (at_once.entries, at_once.administration)
    assert twice.registry == at_once.registry
    assert twice.about(receipt)


def test_nothing_new_reads_no_event(parties: Parties) -> None:
    yard = yard_on(parties)
    yard.stocked(1)
    known = whole(yard)
    engine = Counting(parties.stage.engine)
    again = continue_history(engine, known)  # type: ignore[arg-type]
    assert engine.events_asked == 0
    assert again.entries is known.entries


def test_a_key_that_was_bound_meanwhile_signs(parties: Parties) -> None:
    yard = yard_on(parties)
    known = whole(yard)
    yard.stocked(1)
    stale = replace(known, registry=replace(known.registry, keys={}, sequence=known.registry.sequence - 1))
    assert continue_history(parties.stage.engine, stale).registry.keys == whole(yard).registry.keys


def test_a_chain_that_took_something_back_is_told(parties: Parties) -> None:
    yard = yard_on(parties)
    lot = yard.stocked(2)
    known = whole(yard)
    *before, last = known.entries
    other = replace(last, moment=replace(last.moment, tx_hash=fresh("other")))
    more = replace(last, moment=replace(last.moment, sequence=last.moment.sequence + 1))
    moved = replace(last, moment=replace(last.moment, block_number=last.moment.block_number - 1))
    engine = parties.stage.engine
    for wrong, said in (((*before, last, more), "had"), ((*before, moved), "had")):
        with pytest.raises(RegistryHistoryError, match=said):
            continue_history(engine, replace(known, entries=wrong))
    with pytest.raises(RegistryHistoryError, match="is at block"):
        continue_history(engine, replace(known, last_block=known.last_block + 1_000_000))
    yard.attested(lot, 2)
    with pytest.raises(RegistryHistoryError, match="another one than before"):
        continue_history(engine, replace(known, entries=(*before, other)))


def test_an_event_that_appears_in_an_old_block_is_told(parties: Parties) -> None:
    yard = yard_on(parties)
    known = whole(yard)
    yard.stocked(1)
    late = replace(known, last_block=whole(yard).last_block)
    with pytest.raises(RegistryHistoryError, match="was not there"):
        continue_history(parties.stage.engine, late)
