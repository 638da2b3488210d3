"""A filled form of an operation, and how its fields are read. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tally_edge import exact_number
from tally_edge.authority import AuthorityPayload, RegisterFacts
from tally_edge.errors import ConfigError
from tally_edge.office.authority_rules import Standing
from tally_gateway.pages.words import Words

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """A filled form: its fields, the file that came with it, and what the log knows.

    `heard`: by register, (exact text, unit, taken at) of its newest reading. `stream`: the device's state of the key
    that the form is about.
    """

    values: Mapping[str, str]
    file: bytes
    standing: Standing
    now: int
    heard: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)
    stream: Json | None = None

    def text(self, name: str) -> str:
        """A field that must hold something. Raises ConfigError."""
        found = self.values.get(name, "").strip()
        if not found:
            raise ConfigError(f"{name} is empty")
        return found

    def instant(self, name: str) -> int:
        """A field that holds a time with its offset, as Unix seconds. Raises ConfigError."""
        text = self.text(name)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ConfigError(f"{name}: {text!r} is not a time such as 2027-01-01T00:00:00+08:00") from None
        if at.tzinfo is None or at.microsecond:
            raise ConfigError(f"{name}: give a whole second with its offset, such as 2027-01-01T00:00:00+08:00")
        return int(at.timestamp())

    def number(self, name: str) -> int | Decimal:
        """A field that holds an exact number. Raises ConfigError."""
        try:
            return exact_number.parse(self.text(name))
        except ValueError as error:
            raise ConfigError(f"{name}: {error}") from None

    def registers(self, prefix: str, known: tuple[RegisterFacts, ...]) -> dict[str, str]:
        """What each register showed: the fields `prefix` + its name. Raises ConfigError for an empty one."""
        return {one.register: self.text(prefix + one.register) for one in known}


Built = tuple[AuthorityPayload, list[str], dict[str, bytes], list[Words]]
"""What comes of a form: what is stated, the command without its signing, the files that it takes, what is odd."""


def odd_time(given: Given, at: int) -> list[Words]:
    """What is odd about facts that hold from `at` on."""
    newest = max((taken for _, _, taken in given.heard.values()), default=None)
    if newest is not None and newest > at:
        text = "The log holds readings from after that time: they will be read under the new facts."
        return [Words(text, "日志中已有该时间之后的读数：将按新器具信息计算。")]
    if at > given.now:
        return [Words("That time has not come yet.", "该时间尚未到来。")]
    return []
