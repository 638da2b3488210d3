"""An alert (预警): a code, what it touches, what it rests on; and what becomes of alerts from look to look. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tally_chain.findings import printable
from tally_finance.watch.codes import Code


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: what it touches, what it says, and the digests (32 bytes each) of the evidence that it rests on.

    `said` fills the sentences' fields. Two alerts of one code that touch one thing are the same alert.
    """

    code: Code
    touches: str
    said: Mapping[str, str]
    evidence: tuple[bytes, ...] = ()

    @property
    def key(self) -> tuple[int, str]:
        """What makes it the same alert as before."""
        return self.code.number, self.touches

    @property
    def sentence(self) -> str:
        """The sentence in English; texts of others can not act on a terminal."""
        return printable(self.code.value.sentence.format_map(self.said))

    @property
    def sentence_zh(self) -> str:
        """The sentence in Chinese."""
        return printable(self.code.value.sentence_zh.format_map(self.said))

    def __str__(self) -> str:
        row = self.code.value
        return f"{row.severity.name} {row.number} {self.code.name}: {self.sentence} [{printable(self.touches)}]"


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the alerts: raised now, standing as before (with what they say now), ended now."""

    raised: tuple[Alert, ...]
    standing: tuple[Alert, ...]
    ended: tuple[Alert, ...]


def compare(before: Iterable[Alert], after: Iterable[Alert]) -> Changes:
    """What became of the alerts `before`, now that `after` stand. Gravest first, then by number and what is touched."""
    known, now = {one.key: one for one in before}, {one.key: one for one in after}
    return Changes(
        raised=ordered(one for key, one in now.items() if key not in known),
        standing=ordered(one for key, one in now.items() if key in known),
        ended=ordered(one for key, one in known.items() if key not in now),
    )


def ordered(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Gravest first, then by number and what is touched."""
    return tuple(sorted(alerts, key=lambda one: (-one.code.severity, one.key)))
