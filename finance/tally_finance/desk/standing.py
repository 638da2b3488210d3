"""What stands against a desk's loans at a moment (预警): the watch's judgement over book and chain together. No IO."""

from __future__ import annotations

from tally_finance.book.position import State
from tally_finance.desk.replay import View
from tally_finance.desk.sheet import Sheet
from tally_finance.watch import judge
from tally_finance.watch.alert import Alert
from tally_finance.watch.limits import Limits
from tally_finance.watch.of_book import seen_in
from tally_finance.watch.of_chain import seen_on
from tally_finance.watch.seen import joined


def alerts(state: State, view: View, sheet: Sheet, limits: Limits) -> tuple[Alert, ...]:
    """Every alert that stands, gravest first. Trucks and meters speak through `finance watch`, which follows logs."""
    pledged = [number for number in state.goods.pledges if number in view.book.receipts]
    of_book = seen_in(state, sheet.lender.hex())
    of_chain = seen_on(view.book, pledged, sheet.lender, state.as_of, {})
    return judge.standing(joined(of_book, of_chain), limits)
