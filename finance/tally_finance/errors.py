"""The errors of this part.

TallyError
└── FinanceError          base of the errors of tally_finance
    ├── QuantityError     a weighing, a level or a loss that can not be, or none to calculate with
    ├── LendingError      terms, a loan or a payment that can not be
    ├── PriceError        no price that may be lent on
    └── BookError         a lender's book that can not be, or does not hold together
        └── BookMovedError    somebody else wrote into the book first
"""

from __future__ import annotations

from tally_edge.errors import TallyError


class FinanceError(TallyError):
    """Base of the errors of tally_finance."""


class QuantityError(FinanceError):
    """A weighing, a level or a loss that can not be, or none to calculate with; the text names it."""


class LendingError(FinanceError):
    """Terms, a loan or a payment that can not be; the text names it."""


class PriceError(FinanceError):
    """Quotes make no price that may be lent on; the text says why."""


class BookError(FinanceError):
    """An event that can not stand in a lender's book, or a book that does not hold together; the text says why."""


class BookMovedError(BookError):
    """Somebody else wrote into the book first: read it again, decide again."""
