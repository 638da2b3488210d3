"""The errors of this part.

FinanceError
    QuantityError    a weighing, a level or a loss that can not be
    LendingError     terms, a loan or a payment that can not be
    PriceError       no price that may be lent on
"""

from __future__ import annotations

from tally_edge.errors import TallyError


class FinanceError(TallyError):
    """What a reader's calculation can not be made with."""


class QuantityError(FinanceError):
    """A weighing, a level or a loss that can not be; the text names it."""


class LendingError(FinanceError):
    """Terms, a loan or a payment that can not be; the text names it."""


class PriceError(FinanceError):
    """Quotes make no price that may be lent on; the text says why."""
