"""The errors of this package.

TallyError                      everything that this project raises on purpose (tally_edge.errors)
└── GatewayError                everything raised by tally_gateway
    ├── IntakeError             one of the two ways in cannot do its work
    │   ├── IntakeConfigError   a setting of a way in is missing, wrong or unsafe
    │   ├── CredentialsError    the store of client tokens is missing, damaged or readable by others
    │   ├── SinkUnavailable     the sink cannot store anything just now; the same deliveries may be offered later
    │   └── SinkContractBroken  the sink answered with something its contract does not allow
    ├── LogError                the log refuses, or cannot go on
    │   ├── LogExists           a log stands already where one was to be created
    │   ├── LogMissing          no log stands where one was to be opened
    │   ├── LogLocked           another process writes to the log; the text names it
    │   ├── LogFull             no space: nothing of the call is stored, and it may be repeated
    │   ├── LogBehind           the log is older than a head that was published or anchored
    │   ├── LogForeign          the folder, or a key, belongs to another log
    │   ├── LogDamaged          a file is missing or altered; the text names it
    │   └── LogBroken           an IO error left memory and disk in doubt: open the log again
    ├── ServiceError            the service cannot start, or must stop
    │   ├── GatewayConfigError  a setting of the gateway is missing or wrong
    │   ├── ConfirmationAhead   a confirmation of this log was shown that the log does not hold
    │   ├── StateError          the service's own tables are damaged, or belong to another log
    │   ├── CheckerLost         a process that checks statements died
    │   └── MaintenanceError    backup, restore or replace cannot be done as asked
    │       └── BackupUnreadable    what is to be restored is no whole copy
    ├── ProjectionError         the segments or their manifest are damaged
    │   └── ProjectionBusy      another process writes them
    ├── ApiError                one HTTP request is refused; carries the status and a title
    ├── DemoError               the demonstration could not be run to its end
    │   ├── DemoUsageError      it was asked for something that it can not do
    │   └── RecordingError      the file that it was to replay can not be read
    ├── PacketError             bytes on a connection are not the MQTT 5 that the listener serves
    └── TlsError                keys or certificates of the transport are missing or damaged
"""

from __future__ import annotations

from tally_edge.errors import TallyError
from tally_gateway.pages.words import Words


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


class LogError(GatewayError):
    """The log refuses, or cannot go on."""


class LogExists(LogError):  # noqa: N818  these read as what is the case
    """A log stands already where one was to be created."""


class LogMissing(LogError):  # noqa: N818
    """No log stands where one was to be opened, or its creation was cut short."""


class LogLocked(LogError):  # noqa: N818
    """Another process writes to the log; the text names it."""


class LogFull(LogError):  # noqa: N818
    """No space is left. Nothing of the call is stored; it may be repeated once there is space."""


class LogBehind(LogError):  # noqa: N818
    """The log is older than a head that was published or anchored: a restored backup, or a lost disk."""


class LogForeign(LogError):  # noqa: N818
    """The folder, or a key, belongs to another log."""


class LogDamaged(LogError):  # noqa: N818
    """A file of the log is missing or altered; the text names it."""


class LogBroken(LogError):  # noqa: N818
    """An IO error left memory and disk in doubt; nothing more is taken until the log is opened again."""


class PacketError(GatewayError):
    """Bytes on a connection are not the MQTT 5 that the listener serves.

    `reason` is the MQTT 5 reason code (section 2.4) that the peer is told before it is disconnected.
    """

    def __init__(self, text: str, reason: int = 0x81) -> None:
        super().__init__(text)
        self.reason = reason


class TlsError(GatewayError):
    """Keys or certificates of the transport are missing or damaged."""


class ServiceError(GatewayError):
    """The service cannot start, or must stop. Nothing that a client sends may raise it, but a proof that the log is
    behind."""


class GatewayConfigError(ServiceError):
    """A setting of the gateway is missing or wrong; the text names the file and the key."""


class ConfirmationAhead(ServiceError):  # noqa: N818  reads as what is the case
    """A confirmation of this log's own key was shown that the log does not hold: it lost entries, or is an old copy."""


class StateError(ServiceError):
    """The service's own tables are damaged, or belong to another log."""


class CheckerLost(ServiceError):  # noqa: N818  reads as what happened
    """A process that checks statements died. The batch it had is offered again; the process is started anew."""


class MaintenanceError(ServiceError):
    """Backup, restore or replace cannot be done as asked; nothing was changed."""


class BackupUnreadable(MaintenanceError):  # noqa: N818
    """What is to be restored is missing, or no whole copy."""


class ProjectionError(GatewayError):
    """The segments or their manifest are damaged; `tallystick gateway rebuild` makes them again from the log."""


class ProjectionBusy(ProjectionError):  # noqa: N818
    """Another process writes the segments: a running service, or a rebuild."""


class ApiError(GatewayError):
    """One HTTP request is refused, with `status` and a short `title`; the text is the detail.

    `words` are the detail in both languages, for pages; None where it is told in English alone. `retry_after_s` is
    when it may be worth another attempt; None where that is not known.
    """

    def __init__(self, status: int, title: str, detail: str | Words, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail.english if isinstance(detail, Words) else detail)
        self.words = detail if isinstance(detail, Words) else None
        self.status = status
        self.title = title
        self.retry_after_s = retry_after_s


class DemoError(GatewayError):
    """The demonstration could not be run to its end; the text says which step failed and what it printed."""


class DemoUsageError(DemoError):
    """A demonstration was asked for something that it can not do: a folder in use, a column or unit that is none."""


class RecordingError(DemoError):
    """The recording that was to be replayed is missing, or no list of measured values; the text names file and row."""
