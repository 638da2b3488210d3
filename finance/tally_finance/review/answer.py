"""What a checklist is answered from, and an answer. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tally_finance.bilingual import Text, Words, joined
from tally_finance.review.ledger_file import Held
from tally_finance.review.opinions import Objection, Opinion
from tally_finance.review.pcaf import Quality
from tally_finance.review.portfolio import Financed
from tally_finance.review.reduction import Reduction
from tally_finance.review.reported import Reported
from tally_finance.review.versions import Versions


@dataclass(frozen=True, slots=True)
class Answer:
    """`said`: None where nothing that was shown answers the question."""

    question: Words
    said: Text | None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a reviewer has. `opinions`: with what is against each; `exports`: names of files with their digests."""

    report: Reported
    opinions: Sequence[tuple[Opinion, tuple[Objection, ...]]] = ()
    held: Held | None = None
    versions: Versions | None = None
    reduction: Reduction | None = None
    quality: Quality | None = None
    financed: Financed | None = None
    exports: Sequence[tuple[str, bytes]] = field(default_factory=tuple)


NONE: Final = Words("none", "无")


def listed(values: Iterable[Text]) -> Text | None:
    """Several as one text; None of none."""
    given = [one for one in values if one]
    return joined("; ", given) if given else None
