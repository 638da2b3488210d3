"""The errors of this part.

FinanceError
    QuantityError    a weighing, a level or a loss that can not be
"""

from __future__ import annotations

from tally_edge.errors import TallyError


class FinanceError(TallyError):
    """What a reader's calculation can not be made with."""


class QuantityError(FinanceError):
    """A weighing, a level or a loss that can not be; the text names it."""
