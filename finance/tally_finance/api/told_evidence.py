"""What a lender's desk tells of the evidence behind a lot. No IO."""

from __future__ import annotations

from typing import Any

from tally_finance.api.forms import Told


class TakenEvidenceTold(Told):
    """A bundle that was taken for a lot: its SHA-256, when it came, the book's entries then, its length."""

    digest: str
    received_at: int
    seq: int
    size_bytes: int


class QuantityTold(Told):
    """The attested quantity of a lot by a bundle, in grams, with the interval that contains it."""

    lower_g: str
    estimate_g: str
    upper_g: str
    is_short: bool
    doubt: str | None


class SubjectTold(Told):
    """What a bundle speaks of, and in how many statements."""

    subject: str
    statements: int


class EvidenceTold(Told):
    """A bundle verified under the desk's policy. `verdict` is as `tallystick verify --json` has it.

    `quantity` is reckoned again by the store's sheet, None where it can not be, and then `unreckoned` says why.
    `subjects` are a page of those that it speaks of, the most statements first; `statements` a page of those of the
    subject that was asked for.
    """

    digest: str
    verified_at: int
    verdict: dict[str, Any]
    quantity: QuantityTold | None
    unreckoned: str | None
    subjects: list[SubjectTold]
    subjects_in_all: int
    statements: list[dict[str, Any]]
    statements_in_all: int


class StatementTold(Told):
    """A statement of a bundle with every step of its check, as docs/opening.md has it."""

    opened: dict[str, Any]
    verified_at: int
