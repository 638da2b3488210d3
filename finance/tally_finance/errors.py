"""The errors of this part.

TallyError
└── FinanceError          base of the errors of tally_finance
    ├── QuantityError     a weighing, a level or a loss that can not be, or none to calculate with
    ├── LendingError      terms, a loan or a payment that can not be
    ├── PriceError        no price that may be lent on, or a quote that is none
    │   └── QuoteFileError    a file that holds no quote
    ├── OwnershipError    a document of the ownership pack, or a search, that can not be
    ├── FilingError       what can not be described to a registry
    ├── ReleaseError      a release order, an opening or a plate that is none
    ├── DeskError         what a desk does not take, or does not know
    │   └── NotAllowedError   an act of the lender that its book does not allow; it has the reasons
    ├── BookError         a lender's book that can not be, or does not hold together
    │   └── BookMovedError    somebody else wrote into the book first
    ├── ActivityError     consumption that can not be counted, or a boundary sheet that does not fit its evidence
    ├── CloseError        a monthly close that can not be made of what was named
    ├── DepositError      a monthly deposit that can not be made of what was named, or is none
    ├── ExportError       a report that is not exported, or not so
    ├── FactorError       an emission factor that can not be, or none that the rule may choose
    │   └── NoFactorError     there is none for what was asked
    ├── FootprintError    a footprint that can not be calculated from what was named
    │   └── TraceError    steps that do not fit together, or a trace that does not replay
    │       └── TraceFileError    a file that holds no trace
    ├── PactError         a product footprint, an event or a criterion that is none, or a partner who is not known
    ├── ReviewError       an opinion, a ledger or a portfolio that can not be
    │   ├── LedgerMovedError  somebody else saved the ledger first
    │   └── ReportFileError   a folder or a file that holds no report
    ├── AccountError      an account, a password, a factor or a link that can not be
    │   └── SignInError       nobody was signed in
    │       └── TooSoonError      too many tries: it says when to come again
    ├── AuditError        a log of what was done that does not hold, or is none
    ├── WorkError         a computation in a process of its own
    │   ├── WorkRefusedError  what was computed refuses what it was given
    │   └── WorkFailedError   it took too long or too much, or its process died
    └── WatchError        limits that are none, or a log that can not be followed
        ├── LogContradictsError   the log shows another history than it showed before
        └── UnreachableError      the log does not answer
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
    """Quotes make no price that may be lent on, or a quote is none; the text says why."""


class QuoteFileError(PriceError):
    """A file that holds no quote; the text says why."""


class OwnershipError(FinanceError):
    """A document of the ownership pack, or a search, that can not be; the text names it."""


class FilingError(FinanceError):
    """What can not be described to a registry; the text says why."""


class ReleaseError(FinanceError):
    """A release order, an opening or a plate that is none; the text names it."""


class WatchError(FinanceError):
    """Limits that are none, or a log that can not be followed; the text names it."""


class LogContradictsError(WatchError):
    """The log shows another history than it showed before: nothing more is believed of it."""


class UnreachableError(WatchError):
    """The log does not answer, or with something else than it was asked for."""


class DeskError(FinanceError):
    """What a desk does not take, or does not know; the text names it."""


class NotAllowedError(DeskError):
    """An act of the lender that its book does not allow; the text has the reasons."""


class BookError(FinanceError):
    """An event that can not stand in a lender's book, or a book that does not hold together; the text says why."""


class BookMovedError(BookError):
    """Somebody else wrote into the book first: read it again, decide again."""


class CloseError(FinanceError):
    """A monthly close that can not be made of what was named; the text says why."""


class DepositError(FinanceError):
    """A monthly deposit that can not be made of what was named, or is none; the text says why."""


class ExportError(FinanceError):
    """A report that is not exported, or not into what was asked for; the text says why."""


class FactorError(FinanceError):
    """An emission factor that can not be, or none that the rule may choose; the text says what is missing."""


class NoFactorError(FactorError):
    """No factor is there for what was asked; the text says what there is."""


class FootprintError(FinanceError):
    """A footprint that can not be calculated from what was named; the text says why."""


class TraceError(FootprintError):
    """Steps of a calculation that do not fit together, or a trace that does not replay; the text names the step."""


class ActivityError(FinanceError):
    """Consumption that can not be counted, or a boundary that does not fit its evidence; the text names it."""


class PactError(FinanceError):
    """A product footprint, an event or a criterion that is none, or a partner who is not known; the text names it."""


class ReviewError(FinanceError):
    """An opinion, a ledger or a portfolio that can not be; the text names it."""


class LedgerMovedError(ReviewError):
    """Somebody else saved the ledger of misstatements first: read theirs, save again."""


class ReportFileError(ReviewError):
    """A folder or a file that holds no report; the text names what is missing."""


class TraceFileError(TraceError):
    """A file that holds no trace; the text says why."""


class WorkError(FinanceError):
    """A computation in a process of its own came to nothing."""


class WorkRefusedError(WorkError):
    """What was computed refuses what it was given; the text is its own."""


class WorkFailedError(WorkError):
    """It took too long or too much memory, or its process died; the text says which."""


class AccountError(FinanceError):
    """An account, a password, a factor or a link that can not be; the text says why."""


class SignInError(AccountError):
    """Nobody was signed in. The text is the same whatever was wrong: a stranger learns nothing from it."""


class TooSoonError(SignInError):
    """Too many tries at one account or from one network."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many tries: come again in {wait_s} s")
        self.wait_s = wait_s


class AuditError(FinanceError):
    """A log of what was done that does not hold, or is none; the text names the row."""
