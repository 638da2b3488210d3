"""A remark (备注): a stable name, what it is about, a sentence. Each part of finance has names of its own. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RemarkName(Enum):
    """What can be said, of one matter: a name, in Chinese, whether it is grave. Names never get another meaning.

    What grave means is the matter's own word: it blocks, it alarms.
    """

    @property
    def text(self) -> str:
        """The name in text and JSON."""
        return str(self.value[0])

    @property
    def chinese(self) -> str:
        """The name for people."""
        return str(self.value[1])

    @property
    def is_grave(self) -> bool:
        """See the class."""
        return bool(self.value[2])


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark; each matter narrows the name to its own."""

    name: RemarkName
    touches: str
    sentence: str
