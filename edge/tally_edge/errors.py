"""The errors of this package.

TallyError                      everything that this project raises on purpose
└── EdgeError                   everything raised by tally_edge
    ├── DecodeError             bytes are not what the format says
    │   ├── CborError           not the deterministic CBOR subset
    │   ├── CoseError           not a COSE structure of the profile
    │   ├── StatementError      a statement that breaks the profile of its kind
    │   └── SheetError          a file is not a list of meters that can be read
    ├── SignatureError          a signature does not verify, or is not in its one accepted form
    ├── KeyStoreError           a key file is missing, damaged or locked
    ├── ConfigError             a setting is missing or wrong
    ├── DriverError             a meter did not answer, or answered nonsense
    ├── UnreachableError        a service did not answer, or what answered is not that service
    └── OutboxError             the outbox refuses: full, behind, or damaged
        ├── OutboxFullError     no room for this one; what it holds stays, and room comes back
        └── BehindError         its stream is behind what a log has: signing on would fork it
"""

from __future__ import annotations


class TallyError(Exception):
    """Base of every error that the project raises on purpose."""


class EdgeError(TallyError):
    """Base of the errors of tally_edge."""


class DecodeError(EdgeError):
    """Bytes are not what the format says; the text names what was wrong and where."""


class CborError(DecodeError):
    """The bytes are not in the deterministic CBOR subset."""


class CoseError(DecodeError):
    """The bytes are not a COSE structure of the profile."""


class StatementError(DecodeError):
    """A well-formed COSE_Sign1 that breaks the profile of its kind."""


class SheetError(DecodeError):
    """The file is not a list of meters that can be read."""


class SignatureError(EdgeError):
    """A signature does not verify, or is not in its one accepted form."""


class KeyStoreError(EdgeError):
    """A key file is missing, damaged or locked."""


class ConfigError(EdgeError):
    """A setting is missing or wrong."""


class DriverError(EdgeError):
    """A meter did not answer, or answered nonsense."""


class UnreachableError(EdgeError):
    """A service did not answer, or what answered is not that service."""


class OutboxError(EdgeError):
    """The outbox refuses: full, behind its own log, or damaged."""


class OutboxFullError(OutboxError):
    """No room for one more statement, by its own bound or by the disk's. What is held stays; room comes back."""


class BehindError(OutboxError):
    """The stream is behind what a log holds of it: signing on would fork it."""
