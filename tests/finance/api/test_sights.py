"""What follows from a book that does not change is found once, and never for anybody else or of another reading."""

from __future__ import annotations

from pathlib import Path

from tally_finance.api.rights import Role
from tally_finance.api.sights import Sights
from tally_finance.api.tokens import Bearer
from tally_finance.desk.glancing import GLANCE_S
from tally_finance.desk.judged import Judged
from tests.bench.bench_lender import HOLDER, LENDER, chain_of, desk_of


def test_what_is_seen_is_found_once_for_each_organisation_role_and_reading() -> None:
    sights, book = Sights(), chain_of(10)
    first, same = (Bearer(name, LENDER, Role.LENDER, may_write) for name, may_write in (("anna", True), ("bo", False)))
    seen = sights.of(book, first)
    assert sights.of(book, same) is seen
    assert len(list(seen.receipts())) == 10
    assert len(list(seen.lots())) == 2
    stranger = Bearer("cai", HOLDER, Role.LENDER, may_write=True)
    assert not list(sights.of(book, stranger).receipts())
    assert len(list(sights.of(book, Bearer("dora", HOLDER, Role.DEPOSITOR, may_write=True)).receipts())) == 10
    assert len(list(sights.of(chain_of(5), first).receipts())) == 5


def test_alerts_are_judged_once_for_a_moment_and_a_close_between_changes_nothing(tmp_path: Path) -> None:
    desk, judged = desk_of(tmp_path, 10), Judged()
    now = -(-(desk.now() + 60) // GLANCE_S) * GLANCE_S
    desk.clock = lambda: now
    state, found = desk.state(), judged.of(desk)
    assert desk.state(now - 1) is desk.state(now - 1) is not state
    assert desk.state() is state
    assert judged.of(desk) is found
    now += GLANCE_S - 1
    assert desk.state() is not state
    assert judged.of(desk) is found  # whoever looks within seconds sees the same
    now += 1
    assert judged.of(desk) is not found
    desk.engine.dispose()
