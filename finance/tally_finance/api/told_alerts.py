"""What is told of alerts, as the watch keeps them. No IO."""

from __future__ import annotations

from tally_finance.api.forms import Told
from tally_finance.watch.alert import Alert
from tally_finance.watch.record import Kept, Word


class WordTold(Told):
    """What a person said of an alert."""

    at: int
    by: str
    reason: str


class AlertTold(Told):
    """An alert (预警). `number`: under which it is kept; null where no watch has noted it yet.

    `title`: its name in Chinese; `remedy`: what to do.
    """

    number: int | None
    code: int
    name: str
    title: str
    severity: str
    blocks: bool
    touches: str
    sentence: str
    chinese: str
    remedy: str
    raised_at: int | None
    ceased_at: int | None
    ends_by_person: bool
    acknowledged: list[WordTold]
    ended: WordTold | None


def kept_told(kept: Kept) -> AlertTold:
    """An alert that is kept."""
    return alert_told(kept.alert).model_copy(
        update={
            "number": kept.number,
            "raised_at": kept.raised_at,
            "ceased_at": kept.ceased_at,
            "acknowledged": [_word(one) for one in kept.acknowledged],
            "ended": None if kept.ended is None else _word(kept.ended),
        }
    )


def alert_told(alert: Alert) -> AlertTold:
    """An alert that is not kept."""
    row = alert.code.value
    return AlertTold(
        number=None,
        code=row.number,
        name=alert.code.name,
        title=row.chinese,
        severity=row.severity.name.lower(),
        blocks=row.blocks,
        touches=alert.touches,
        sentence=alert.sentence,
        chinese=alert.sentence_zh,
        remedy=row.remedy,
        raised_at=None,
        ceased_at=None,
        ends_by_person=alert.code.until_ended,
        acknowledged=[],
        ended=None,
    )


def _word(word: Word) -> WordTold:
    return WordTold(at=word.at, by=word.by, reason=word.reason)
