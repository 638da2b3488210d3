"""What the watch keeps standing stops draw and release at the desk, until it is over."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tally_finance.desk.alerted import JUDGED_BY_THE_BOOK, standing
from tally_finance.desk.asked import PartRelease
from tally_finance.desk.preparing import prepare
from tally_finance.errors import NotAllowedError
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch_service.alert_store import AlertStore
from tests.chain.receipts.yard import TONNE
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import FACILITY, office


def test_an_alert_stops_draw_and_release_acknowledged_or_not(stocked: Stocked, tmp_path: Path) -> None:
    made = office(stocked.yard, tmp_path, lot=stocked.lot)
    receipt = made.pledged(60)
    watch = AlertStore(made.desk.engine, made.desk.sheet.book)  # another process
    leak = Alert(Code.LEAK, f"lot {made.lot.hex()}", {"lost_kg": "900", "since_at": "Monday"}, (bytes(32),))
    ((_, kept),) = watch.take([leak], made.now())
    watch.acknowledge(kept.number, by="Li", reason="seen", at=made.now())
    with pytest.raises(NotAllowedError, match=r"alerted of .*105"):
        made.desk.draw(FACILITY, Decimal(1_000_000), key="draw")
    with pytest.raises(NotAllowedError, match=r"alerted of .*105"):
        prepare(made.desk, PartRelease(receipt, TONNE))
    watch.take([], made.now())
    assert made.desk.draw(FACILITY, Decimal(1_000_000), key="draw").computation.is_allowed
    assert prepare(made.desk, PartRelease(receipt, TONNE)).computation.is_allowed


def test_what_the_book_judges_itself_and_what_does_not_block_stops_nothing(stocked: Stocked, tmp_path: Path) -> None:
    made = office(stocked.yard, tmp_path, lot=stocked.lot)
    less = Alert(Code.LESS, f"lot {made.lot.hex()}", {"en": "0.4"}, (bytes(32),))
    doubt = Alert(Code.IN_DOUBT, f"search-used of {FACILITY}, facility {FACILITY}", {"text": "x"}, (bytes(32),))
    made.desk.alerts.take([less, doubt], made.now())
    assert standing(made.desk.alerts) == ()
    assert all(one.blocks for one in JUDGED_BY_THE_BOOK)
