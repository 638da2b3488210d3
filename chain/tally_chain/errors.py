"""The errors of this package.

TallyError                      everything that this project raises on purpose
└── ChainError                  everything raised by tally_chain
    ├── BundleError             a bundle that can not be read
    │   ├── SealError               a sealed bundle that is malformed, damaged, or for other readers
    │   └── ReportPageError         a page that is no report, or one whose data were damaged or changed
    ├── PolicyError             a reader's policy that is empty or wrong
    ├── HeadRefusedError        a head that a log of heads does not take; carries why as an enum
    ├── TreeError               hashes that do not make the tree they should
    │   └── TileError           a tile, or the path of one, that is not what tlog-tiles says
    ├── NoteError               a signed note or a verifier key that is malformed, unsigned or falsely signed
    │   └── CheckpointError     a note's text that is not a checkpoint, or one of another log
    ├── EngineError             a chain engine could not do what it was asked
    │   ├── EngineUnavailableError  no answer; the request may or may not have taken effect
    │   ├── EngineAnswerError       an answer that breaks the interface (wrong type, wrong length)
    │   │   └── AnswerTooLargeError     an answer larger than any that is expected
    │   ├── HistoryTooLongError     a contract's history that is longer, or comes more slowly, than is read
    │   ├── EndpointsDisagreeError  not enough endpoints give the same answer
    │   ├── EngineStoreError        the embedded chain's directory is missing, damaged, or has another writer
    │   ├── CallRevertedError       a call or an estimate reverted; carries the return data
    │   └── SendRefusedError        a transaction was refused; carries the reason as an enum
    ├── AnchorError             anchoring cannot go on
    │   ├── ForeignChainError       the endpoint is another chain than the one pinned
    │   ├── ForeignContractError    no contract, or other code, at the pinned address
    │   ├── ForeignOwnerError       the log is registered by another owner than the one pinned
    │   ├── UnknownLogError         the contract does not know the log id
    │   ├── AnchorRefusedError      the contract refuses a transaction; the text names its custom error
    │   │   ├── LogRetiredError         the log takes no more heads
    │   │   └── KeyRotatedError         another key than this one may anchor the log
    │   ├── AnchorHistoryError      the chain's events do not add up to the anchored head
    │   ├── JournalError            the anchoring journal is damaged, or belongs to another log or chain
    │   └── LaneTakenError          another process holds this transaction key
    ├── TransactionKeyError     a transaction key file is missing, damaged, locked or open to others
    │   └── SignerError             an external signer does not answer, refuses, or signed something else
    ├── RegistryError           the registry of parties, or of claims, can not be relied on or refuses
    │   ├── RegistryHistoryError    the chain's events do not add up to what the contract says
    │   └── IdentifierError         an identifier or a thing's number that is malformed or could be written two ways
    ├── OperationError          an operation, or a file of one, that is malformed or is not what it claims to be
    └── CompilerError           a contract does not compile, or not to the committed artefact
"""

from __future__ import annotations

import enum

from tally_edge.errors import TallyError


class ChainError(TallyError):
    """Base of the errors of tally_chain."""


class BundleError(ChainError):
    """A bundle that can not be read; the text names what was wrong and where."""


class SealError(BundleError):
    """A sealed bundle that is malformed, damaged, or for other readers; or readers that none can be sealed to."""


class ReportPageError(BundleError):
    """A page that is no report, or whose data were damaged or changed; or a page that can not be written."""


class PolicyError(ChainError):
    """A reader's policy that is empty or wrong; the text names the table and key."""


class HeadRefusal(enum.Enum):
    """Why a head is not taken."""

    MALFORMED = "malformed"
    """It is not a head entry, or the path is not one of hashes."""
    UNREGISTERED = "unregistered"
    """No log of that origin and key is registered, or it is not the sender's."""
    SIGNATURE = "signature"
    """The registered proof key did not sign it."""
    BEHIND = "behind"
    """A larger head of the log is held, and this one is not among those held."""
    FORK = "fork"
    """Another root is held at this size, under the same key: the two signatures prove the fork."""
    INCONSISTENT = "inconsistent"
    """The path does not show that it continues the newest head held."""


class HeadRefusedError(ChainError):
    """A head that a log of heads does not take; `refusal` says why, the text says it for people."""

    def __init__(self, refusal: HeadRefusal, text: str) -> None:
        super().__init__(text)
        self.refusal = refusal


class TreeError(ChainError):
    """Hashes that do not make the tree they should."""


class TileError(TreeError):
    """A tile, or the path of one, that is not what tlog-tiles says."""


class NoteError(ChainError):
    """A signed note or a verifier key that is malformed, unsigned or falsely signed."""


class CheckpointError(NoteError):
    """A note's text that is not a checkpoint, or one of another log."""


class EngineError(ChainError):
    """A chain engine could not do what it was asked."""


class EngineUnavailableError(EngineError):
    """No answer came; the request may or may not have taken effect, so the caller asks before it repeats."""


class EngineAnswerError(EngineError):
    """An answer that breaks the interface: wrong type, wrong length, too large."""


class AnswerTooLargeError(EngineAnswerError):
    """An answer larger, or of more parts, than any that is expected: it was not read to its end."""


class HistoryTooLongError(EngineError):
    """A contract's history has more events than are read at once, or they come too slowly: perhaps made up."""


class EndpointsDisagreeError(EngineError):
    """Not enough endpoints give the same answer: some lag, or some lie."""


class EngineStoreError(EngineError):
    """The embedded chain's directory is missing, damaged, or held by another writer."""


class CallRevertedError(EngineError):
    """A call or a gas estimate reverted.

    `data` is the ABI-encoded custom error as the contract returned it, empty where the node hides it.
    """

    def __init__(self, text: str, data: bytes = b"") -> None:
        super().__init__(text)
        self.data = data


class Refusal(enum.Enum):
    """Why a node did not take a signed transaction. Nodes word it differently; this is what it means to the sender."""

    ALREADY_KNOWN = "already known"
    """This transaction, or another of the same nonce, waits or is mined: ask for the hashes before anything else."""
    NONCE_TOO_LOW = "nonce too low"
    """The nonce is used up, perhaps by this very transaction: ask for the hashes before anything else."""
    NONCE_TOO_HIGH = "nonce too high"
    """A transaction of a lower nonce is missing."""
    UNDERPRICED = "underpriced"
    """The fee is below what the node takes, or does not outbid the waiting transaction of the same nonce."""
    REVERTED = "reverted"
    """The node executed the transaction beforehand and it fails."""
    INSUFFICIENT_FUNDS = "insufficient funds"
    """The account cannot pay."""
    NOT_PERMITTED = "not permitted"
    """The chain's own rules do not let this account send, or not to this contract."""
    INVALID = "invalid"
    """The transaction can never be taken: wrong chain, wrong signature, too much gas."""
    UNAVAILABLE = "unavailable"
    """The node is busy or its pool is full; the same transaction may be taken later."""
    OTHER = "other"
    """Words that the table does not know."""


class SendRefusedError(EngineError):
    """A node did not take a signed transaction; `reason` says what that means, the text is the node's own."""

    def __init__(self, reason: Refusal, text: str) -> None:
        super().__init__(f"{reason.value}: {text}")
        self.reason = reason


class AnchorError(ChainError):
    """Anchoring cannot go on."""


class ForeignChainError(AnchorError):
    """The endpoint is another chain than the one pinned."""


class ForeignContractError(AnchorError):
    """No contract, or other code, stands at the pinned address."""


class ForeignOwnerError(AnchorError):
    """The log is registered on the contract by another owner than the one pinned."""


class UnknownLogError(AnchorError):
    """The contract does not know the log id."""


class AnchorRefusedError(AnchorError):
    """The contract refuses a transaction; the text names its custom error."""


class LogRetiredError(AnchorRefusedError):
    """The log takes no more heads."""


class KeyRotatedError(AnchorRefusedError):
    """Another key than this one may anchor the log."""


class AnchorHistoryError(AnchorError):
    """The events that the chain returned do not add up to the anchored head."""


class JournalError(AnchorError):
    """The anchoring journal is damaged, or belongs to another log or chain."""


class LaneTakenError(AnchorError):
    """Another process holds this transaction key."""


class TransactionKeyError(ChainError):
    """A transaction key file is missing, damaged, locked or open to others."""


class SignerError(TransactionKeyError):
    """An external signer does not answer, refuses, or signed something else than it was given."""


class RegistryError(ChainError):
    """The registry of parties, or of claims, can not be relied on or refuses."""


class RegistryHistoryError(RegistryError):
    """The events that the chain returned do not add up to what the contract says."""


class IdentifierError(RegistryError):
    """An identifier or a thing's number that is malformed, or that could be written in two ways."""


class OperationError(ChainError):
    """An operation, or a file of one, that is malformed or is not what it claims to be; the text says what is wrong."""


class CompilerError(ChainError):
    """A contract does not compile, or not to the committed artefact."""
