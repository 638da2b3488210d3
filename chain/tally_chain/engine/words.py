"""What nodes say when they refuse a transaction, and what it means.

The table grows by what was met: anvil answers a re-sent waiting transaction with "replacement transaction underpriced"
and a mined one with "nonce too low"; geth says "already known"; FISCO BCOS answers NonceCheckFail to both and has no
replacement by fee at all. First match wins, so the more telling words stand first.
"""

from __future__ import annotations

from tally_chain.errors import Refusal

_WORDS: tuple[tuple[str, Refusal], ...] = (
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
    ("too many requests", Refusal.UNAVAILABLE),
    ("syncing", Refusal.UNAVAILABLE),
    ("timeout", Refusal.UNAVAILABLE),
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

_RANGE_WORDS = (
    "block range",
    "range is too",
    "range too large",
    "too many blocks",
    "query returned more",
    "more than",
    "max results",
)


def classify_refusal(text: str) -> Refusal:
    """What a node's refusal of eth_sendRawTransaction means; OTHER when the words are new."""
    lowered = text.lower()
    for words, refusal in _WORDS:
        if words in lowered:
            return refusal
    return Refusal.OTHER


def asks_for_smaller_range(text: str) -> bool:
    """Whether a node's refusal of eth_getLogs asks for fewer blocks."""
    lowered = text.lower()
    return any(words in lowered for words in _RANGE_WORDS)
