"""What a step of the anchoring client did or found."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.reading import Anchor


class AnchorEventKind(enum.Enum):
    """What happened to a head, or to the client."""

    SENT = "sent"
    SEEN = "seen"
    FINAL = "final"
    REORGANISED = "reorganised"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    WAITING = "waiting"
    UNAVAILABLE = "unavailable"
    ALARM = "alarm"
    ALARM_OVER = "alarm-over"


@dataclass(frozen=True)
class AnchorEvent:
    """One thing that `step` did or found. Size and root are zero and empty where it is no head's."""

    kind: AnchorEventKind
    size: int
    root: bytes
    text: str
    anchor: Anchor | None = None
    alarm: Alarm | None = None
    """Set for `alarm` and `alarm-over`, and for what a head waits for or was refused for."""
