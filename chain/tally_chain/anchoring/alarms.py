"""Alarms: why anchoring stands still, by name, for logs, health and metrics. Pure.

A condition (the chain does not answer, nobody pays) sounds until it is over. A finding against a head (refused, forked,
final no more) sounds until a later head is final.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from tally_chain.errors import (
    AnchorError,
    ForeignChainError,
    ForeignContractError,
    KeyRotatedError,
    LogRetiredError,
    UnknownLogError,
)


class Alarm(enum.Enum):
    """The names. They are values of a metric's label and are never renamed."""

    FOREIGN_CHAIN = "foreign-chain"
    FOREIGN_CONTRACT = "foreign-contract"
    UNKNOWN_LOG = "unknown-log"
    LOG_RETIRED = "log-retired"
    KEY_ROTATED = "key-rotated"
    ANCHOR_REFUSED = "anchor-refused"
    HEAD_REFUSED = "head-refused"
    LOG_FORKED = "log-forked"
    FINALITY_BROKEN = "finality-broken"
    CANNOT_PAY = "cannot-pay"
    FEE_TOO_HIGH = "fee-too-high"
    NOT_PERMITTED = "not-permitted"
    SIGNER_FAILS = "signer-fails"
    UNREACHABLE = "unreachable"
    NO_PROGRESS = "no-progress"
    AGGREGATOR_WRONG = "aggregator-wrong"


MEANING: Final[dict[Alarm, tuple[str, str]]] = {
    Alarm.FOREIGN_CHAIN: (
        "The endpoint is another chain than the one pinned.",
        "Set `anchor.url` to a node of the pinned chain. Never change the pin to what a node says.",
    ),
    Alarm.FOREIGN_CONTRACT: (
        "No contract, or other code, stands at the pinned address.",
        "Check `anchor.contract`, and whether the node is synchronised.",
    ),
    Alarm.UNKNOWN_LOG: (
        "The contract does not know this log.",
        "Check `anchor.contract` and `gateway.origin`; a node that is behind does not know it yet.",
    ),
    Alarm.LOG_RETIRED: (
        "The owner retired this log.",
        "This gateway is over: run the successor, or open one (docs/operating-gateway.md).",
    ),
    Alarm.KEY_ROTATED: (
        "The owner gave the right to anchor to another key.",
        "Put that key onto this gateway, or have the owner rotate back.",
    ),
    Alarm.ANCHOR_REFUSED: ("The contract refuses to go on.", "The text names the contract's own reason."),
    Alarm.HEAD_REFUSED: (
        "The contract does not accept a head; the text names its reason. The next head is tried.",
        "When it stays: the log may not be the one that was anchored before. Keep the folder as it is and compare.",
    ),
    Alarm.LOG_FORKED: (
        "This size is anchored with another root: two logs anchored under one name.",
        "Stop this gateway. A restored copy or a stolen transaction key anchored: rotate the key, keep both logs.",
    ),
    Alarm.FINALITY_BROKEN: (
        "The chain no longer holds an anchor that its rules called final. A newer head is anchored instead.",
        "Ask the chain's operators what happened. Readers who hold the old anchor will see the difference.",
    ),
    Alarm.CANNOT_PAY: ("The account can not pay for the transaction.", "Send coin to the transaction key's address."),
    Alarm.FEE_TOO_HIGH: (
        "What may be offered for a unit of gas does not suffice. The text says why: the chain asks more than the "
        "profile's cap, a waiting transaction can not be outbid below it, or a node's own words.",
        "It passes, or the profile does not fit the chain.",
    ),
    Alarm.NOT_PERMITTED: (
        "The chain's own rules do not let this account send.",
        "FISCO BCOS: the committee grants it; Besu: the account allowlist names it (docs/operating-chains.md).",
    ),
    Alarm.SIGNER_FAILS: (
        "The external signer does not answer, refuses, or signs something else.",
        "Look at the signer; nothing was sent.",
    ),
    Alarm.UNREACHABLE: (
        "The chain has not answered for the profile's time.",
        "Look at the node and at the way to it. Heads wait in the journal.",
    ),
    Alarm.NO_PROGRESS: (
        "A head is on its way longer than the profile's time.",
        "No blocks are made, an earlier transaction is stuck, or the fee is too low: `tallystick chain accounts`.",
    ),
    Alarm.AGGREGATOR_WRONG: (
        "What the aggregator shows does not hold, or it no longer holds what it had taken.",
        "Its answers are kept in `heads.sqlite`. Ask its operator; an older copy may have been restored there.",
    ),
}
"""What each alarm says, and what to do about it: the table of docs/operating-chains.md."""

OF_HEADS: Final = (Alarm.HEAD_REFUSED, Alarm.LOG_FORKED, Alarm.FINALITY_BROKEN)
"""These sound until a later head is final."""

_OF_ERRORS: Final[tuple[tuple[type[AnchorError], Alarm], ...]] = (
    (ForeignChainError, Alarm.FOREIGN_CHAIN),
    (ForeignContractError, Alarm.FOREIGN_CONTRACT),
    (UnknownLogError, Alarm.UNKNOWN_LOG),
    (LogRetiredError, Alarm.LOG_RETIRED),
    (KeyRotatedError, Alarm.KEY_ROTATED),
)


@dataclass(frozen=True, slots=True)
class AlarmState:
    """One alarm that sounds: since when (Unix seconds), and what it says now."""

    alarm: Alarm
    since: int
    text: str


class AlarmBoard:
    """Which alarms sound."""

    def __init__(self) -> None:
        self._states: dict[Alarm, AlarmState] = {}

    @property
    def sounding(self) -> tuple[AlarmState, ...]:
        """Every alarm that sounds, the longest first."""
        return tuple(sorted(self._states.values(), key=lambda state: state.since))

    def sound(self, alarm: Alarm, text: str, now: int) -> bool:
        """Sounds an alarm; whether it did not before."""
        known = self._states.get(alarm)
        self._states[alarm] = AlarmState(alarm, now if known is None else known.since, text)
        return known is None

    def quiet(self, *alarms: Alarm) -> list[Alarm]:
        """Ends alarms; those of them that sounded."""
        return [alarm for alarm in alarms if self._states.pop(alarm, None) is not None]


def alarm_of(error: AnchorError) -> Alarm:
    """The alarm that an error is."""
    return next((alarm for kind, alarm in _OF_ERRORS if isinstance(error, kind)), Alarm.ANCHOR_REFUSED)
