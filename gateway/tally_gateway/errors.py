"""The errors of this package.

TallyError                      everything that this project raises on purpose (tally_edge.errors)
└── GatewayError                everything raised by tally_gateway
    ├── IntakeError             one of the two ways in cannot do its work
    │   ├── IntakeConfigError   a setting of a way in is missing, wrong or unsafe
    │   ├── CredentialsError    the store of client tokens is missing, damaged or readable by others
    │   ├── SinkUnavailable     the sink cannot store anything just now; the same deliveries may be offered later
    │   └── SinkContractBroken  the sink answered with something its contract does not allow
    ├── PacketError             bytes on a connection are not the MQTT 5 that the listener serves
    └── TlsError                keys or certificates of the transport are missing or damaged
"""

from __future__ import annotations

from tally_edge.errors import TallyError


class GatewayError(TallyError):
    """Base of the errors of tally_gateway."""


class IntakeError(GatewayError):
    """One of the two ways in cannot do its work."""


class IntakeConfigError(IntakeError):
    """A setting of a way in is missing, wrong or unsafe."""


class CredentialsError(IntakeError):
    """The store of client tokens is missing, damaged or readable by others."""


class SinkUnavailable(IntakeError):  # noqa: N818  a state of the sink, not a fault of the caller
    """The sink cannot store anything just now; nothing of the batch is acknowledged."""


class SinkContractBroken(IntakeError):  # noqa: N818  reads as what happened
    """The sink answered with something its contract does not allow: a bug, which stops the way in."""


class PacketError(GatewayError):
    """Bytes on a connection are not the MQTT 5 that the listener serves.

    `reason` is the MQTT 5 reason code (section 2.4) that the peer is told before it is disconnected.
    """

    def __init__(self, text: str, reason: int = 0x81) -> None:
        super().__init__(text)
        self.reason = reason


class TlsError(GatewayError):
    """Keys or certificates of the transport are missing or damaged."""
