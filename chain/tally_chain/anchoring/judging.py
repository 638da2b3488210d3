"""Which alarms a step of the anchoring client begins or ends. Pure but for the clock that it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tally_chain.anchoring.alarms import OF_HEADS, Alarm, AlarmBoard
from tally_chain.anchoring.events import AnchorEvent, AnchorEventKind
from tally_chain.anchoring.profile import ChainProfile

_MOVES = frozenset({AnchorEventKind.SEEN, AnchorEventKind.FINAL, AnchorEventKind.REFUSED, AnchorEventKind.SUPERSEDED})
_TAKEN = frozenset({AnchorEventKind.SENT, AnchorEventKind.SEEN})
_OF_SENDING = (Alarm.CANNOT_PAY, Alarm.FEE_TOO_HIGH, Alarm.NOT_PERMITTED, Alarm.SIGNER_FAILS)
_STOPPING = (
    Alarm.FOREIGN_CHAIN,
    Alarm.FOREIGN_CONTRACT,
    Alarm.UNKNOWN_LOG,
    Alarm.LOG_RETIRED,
    Alarm.KEY_ROTATED,
    Alarm.ANCHOR_REFUSED,
)


class Judge:
    """The alarms of one client, and since when it waits for what. `clock` counts Unix seconds."""

    def __init__(self, profile: ChainProfile, clock: Callable[[], int]) -> None:
        self.board = AlarmBoard()
        self._after_seconds, self._clock = profile.alarm_after_seconds, clock
        self._answered_at = self._moved_at = clock()

    def begins(self) -> None:
        """A head sets out where none was on its way: standing still is counted from now."""
        self._moved_at = self._clock()

    def after(self, events: Sequence[AnchorEvent], pending: int) -> list[AnchorEvent]:
        """What a step that did not raise says, with so many heads still on their way: alarms that begin and end."""
        now, kinds = self._clock(), {event.kind for event in events}
        begun = [event.alarm for event in events if event.kind is AnchorEventKind.REFUSED and event.alarm]
        over: list[Alarm] = []
        if AnchorEventKind.UNAVAILABLE not in kinds:
            self._answered_at = now
            over += self.board.quiet(Alarm.UNREACHABLE, *_STOPPING)
        elif now - self._answered_at >= self._after_seconds:
            begun += self._sound(Alarm.UNREACHABLE, events[-1].text)
        if kinds & _MOVES or not pending:
            self._moved_at = now
            over += self.board.quiet(Alarm.NO_PROGRESS)
        elif now - self._moved_at >= self._after_seconds:
            begun += self._sound(Alarm.NO_PROGRESS, f"{pending} heads are not final")
        if kinds & _TAKEN or not pending:
            over += self.board.quiet(*_OF_SENDING)
        for event in events:
            if event.kind is AnchorEventKind.WAITING and event.alarm is not None:
                begun += self._sound(event.alarm, event.text)
        if AnchorEventKind.FINAL in kinds and AnchorEventKind.REFUSED not in kinds:
            over += self.board.quiet(*OF_HEADS)
        texts = {state.alarm: state.text for state in self.board.sounding}
        return [
            *(AnchorEvent(AnchorEventKind.ALARM, 0, b"", texts.get(alarm, ""), alarm=alarm) for alarm in begun),
            *(AnchorEvent(AnchorEventKind.ALARM_OVER, 0, b"", alarm.value, alarm=alarm) for alarm in over),
        ]

    def _sound(self, alarm: Alarm, text: str) -> list[Alarm]:
        return [alarm] if self.board.sound(alarm, text, self._clock()) else []
