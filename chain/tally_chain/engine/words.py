"""What nodes say when they refuse a transaction, and what it means: one table for all, and one for each family first.

The tables grow by what was met: anvil answers a re-sent waiting transaction with "replacement transaction underpriced"
and a mined one with "nonce too low"; geth says "already known"; FISCO BCOS answers NonceCheckFail to both and has no
replacement by fee at all. First match wins, so the more telling words stand first.
"""

from __future__ import annotations

from tally_chain.errors import Refusal

RefusalTable = tuple[tuple[str, Refusal], ...]
"""Lower-case words of a node, and what they mean; the first that occur in its text decide."""

_WORDS: RefusalTable = (
    ("already known", Refusal.ALREADY_KNOWN),
    ("already imported", Refusal.ALREADY_KNOWN),
    ("known transaction", Refusal.ALREADY_KNOWN),
    ("alreadyknown", Refusal.ALREADY_KNOWN),
    ("alreadyintxpool", Refusal.ALREADY_KNOWN),
    ("noncecheckfail", Refusal.ALREADY_KNOWN),
    ("nonce check fail", Refusal.ALREADY_KNOWN),
    ("nonce too low", Refusal.NONCE_TOO_LOW),
    ("nonce_too_low", Refusal.NONCE_TOO_LOW),
    ("nonce below current", Refusal.NONCE_TOO_LOW),
    ("nonce is too low", Refusal.NONCE_TOO_LOW),
    ("nonce too high", Refusal.NONCE_TOO_HIGH),
    ("nonce too distant", Refusal.NONCE_TOO_HIGH),
    ("gapped nonce", Refusal.NONCE_TOO_HIGH),
    ("insufficient funds", Refusal.INSUFFICIENT_FUNDS),
    ("upfront cost exceeds", Refusal.INSUFFICIENT_FUNDS),
    ("underpriced", Refusal.UNDERPRICED),
    ("fee too low", Refusal.UNDERPRICED),
    ("max fee per gas less than", Refusal.UNDERPRICED),
    ("gas price below", Refusal.UNDERPRICED),
    ("gas price too low", Refusal.UNDERPRICED),
    ("revert", Refusal.REVERTED),
    ("txpool is full", Refusal.UNAVAILABLE),
    ("txpoolisfull", Refusal.UNAVAILABLE),
    ("limit exceeded", Refusal.UNAVAILABLE),
    ("rate limit", Refusal.UNAVAILABLE),
    ("internal error", Refusal.UNAVAILABLE),
    ("too many requests", Refusal.UNAVAILABLE),
    ("syncing", Refusal.UNAVAILABLE),
    ("timeout", Refusal.UNAVAILABLE),
    ("not authorized", Refusal.NOT_PERMITTED),
    ("permission", Refusal.NOT_PERMITTED),
    ("invalid sender", Refusal.INVALID),
    ("invalid signature", Refusal.INVALID),
    ("invalid chain", Refusal.INVALID),
    ("intrinsic gas", Refusal.INVALID),
    ("exceeds block gas limit", Refusal.INVALID),
    ("gas limit too high", Refusal.INVALID),
    ("gas limit exceeds", Refusal.INVALID),
    ("decode", Refusal.INVALID),
    ("rlp", Refusal.INVALID),
)

# go-ethereum's transaction pool (core/txpool/errors.go) and what is built on it.
GETH_WORDS: RefusalTable = (
    ("future transaction tries to replace pending", Refusal.NONCE_TOO_HIGH),
    ("account limit exceeded", Refusal.UNAVAILABLE),
    ("address already reserved", Refusal.UNAVAILABLE),
    ("insufficient funds for gas", Refusal.INSUFFICIENT_FUNDS),
    ("tip above fee cap", Refusal.INVALID),
    ("exceeds the configured cap", Refusal.INVALID),
    ("floor data gas", Refusal.INVALID),
)
# Hyperledger Besu's RpcErrorType. A permissioned network names accounts that may send.
BESU_WORDS: RefusalTable = (
    ("known transaction", Refusal.ALREADY_KNOWN),
    ("incorrect nonce", Refusal.NONCE_TOO_LOW),
    ("too distant from current sender nonce", Refusal.NONCE_TOO_HIGH),
    ("sender account not authorized", Refusal.NOT_PERMITTED),
    ("gas price below configured minimum", Refusal.UNDERPRICED),
    ("upfront cost exceeds", Refusal.INSUFFICIENT_FUNDS),
    ("initial sync is still in progress", Refusal.UNAVAILABLE),
    ("wrong chainid", Refusal.INVALID),
    ("fee cap exceeded", Refusal.INVALID),
)
# FISCO BCOS's TransactionStatus, whose names are the texts. A nonce that waits or is used is one and the same to it.
FISCO_WORDS: RefusalTable = (
    ("noncecheckfail", Refusal.ALREADY_KNOWN),
    ("alreadyintxpool", Refusal.ALREADY_KNOWN),
    ("txalreadyinchain", Refusal.ALREADY_KNOWN),
    ("txpoolisfull", Refusal.UNAVAILABLE),
    ("transactionpooltimeout", Refusal.UNAVAILABLE),
    ("notenoughcash", Refusal.INSUFFICIENT_FUNDS),
    ("permissiondenied", Refusal.NOT_PERMITTED),
    ("contractfrozen", Refusal.NOT_PERMITTED),
    ("accountfrozen", Refusal.NOT_PERMITTED),
    ("accountabolished", Refusal.NOT_PERMITTED),
    ("revertinstruction", Refusal.REVERTED),
    ("invalidchainid", Refusal.INVALID),
    ("invalidgroupid", Refusal.INVALID),
    ("invalidsignature", Refusal.INVALID),
    ("malform", Refusal.INVALID),
    ("outofgaslimit", Refusal.INVALID),
)

_RANGE_WORDS = (
    "block range",
    "range is too",
    "range too large",
    "too many blocks",
    "query returned more",
    "more than",
    "max results",
)


def classify_refusal(text: str, table: RefusalTable = ()) -> Refusal:
    """What a node's refusal of eth_sendRawTransaction means, its family's table first; OTHER when the words are new."""
    lowered = text.lower()
    for words, refusal in (*table, *_WORDS):
        if words in lowered:
            return refusal
    return Refusal.OTHER


def asks_for_smaller_range(text: str) -> bool:
    """Whether a node's refusal of eth_getLogs asks for fewer blocks."""
    lowered = text.lower()
    return any(words in lowered for words in _RANGE_WORDS)
