"""Strict readings of the JSON that nodes answer with: hexadecimal quantities, byte strings, blocks, outcomes, events.

Every function raises EngineAnswerError for anything that is not what the execution API specification says.
"""

from __future__ import annotations

import re
from typing import Any

from eth_utils.address import to_checksum_address

from tally_chain.engine.interface import Block, Event, Outcome
from tally_chain.errors import EngineAnswerError

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
# FISCO BCOS and some gateways pad quantities with zeros, so leading zeros are let through; 256 bits are not exceeded.
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")


# Numbers of blocks, transactions and seconds stay far below this, which databases take as a signed integer.
_COUNTER_BITS = 63
# As seconds this is the year 5138, as milliseconds it was in 1973: no block's time can be taken for the other unit.
_FIRST_MILLISECOND = 10**11


def hexadecimal(value: bytes) -> str:
    """Bytes as 0x-prefixed lower-case hexadecimal."""
    return "0x" + value.hex()


def octets(value: object, length: int | None = None) -> bytes:
    """A byte string, of exactly `length` bytes where given."""
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        raise EngineAnswerError(f"expected 0x-hexadecimal bytes, got {value!r:.80}")
    decoded = bytes.fromhex(value[2:])
    if length is not None and len(decoded) != length:
        raise EngineAnswerError(f"expected {length} bytes, got {len(decoded)}")
    return decoded


def integer(value: object) -> int:
    """A non-negative integer."""
    if not isinstance(value, str) or _QUANTITY.fullmatch(value) is None:
        raise EngineAnswerError(f"expected a 0x-hexadecimal quantity, got {value!r:.80}")
    return int(value, 16)


def counter(value: object) -> int:
    """A number that grows by one at a time, or with time."""
    number = integer(value)
    if number >> _COUNTER_BITS:
        raise EngineAnswerError(f"{number:#x} can not be a number of blocks, transactions or seconds")
    return number


def unix_seconds(time: int) -> int:
    """A chain's own time in seconds: FISCO BCOS counts milliseconds unless feature_evm_timestamp is on."""
    return time if time < _FIRST_MILLISECOND else time // 1000


def block(value: object, *, milliseconds: bool = True) -> Block:
    """The header part of eth_getBlockByNumber; without `milliseconds` a time in that unit breaks the interface."""
    fields = _object(value)
    time = counter(fields.get("timestamp"))
    if time >= _FIRST_MILLISECOND and not milliseconds:
        raise EngineAnswerError(f"the block's time {time} is not in seconds")
    return Block(
        counter(fields.get("number")),
        octets(fields.get("hash"), 32),
        octets(fields.get("parentHash"), 32),
        unix_seconds(time),
    )


def event(value: object) -> Event:
    """One entry of eth_getLogs or of an outcome; an entry that its block no longer holds is not taken."""
    fields = _object(value)
    if fields.get("removed") is True:
        raise EngineAnswerError("the node answered with an event of a replaced block")
    topics = fields.get("topics")
    if not isinstance(topics, list):
        raise EngineAnswerError("an event has no list of topics")
    return Event(
        to_checksum_address(octets(fields.get("address"), 20)),
        tuple(octets(topic, 32) for topic in topics),
        octets(fields.get("data")),
        counter(fields.get("blockNumber")),
        octets(fields.get("blockHash"), 32),
        octets(fields.get("transactionHash"), 32),
        counter(fields.get("logIndex")),
    )


def outcome(value: object) -> Outcome:
    """eth_getTransactionReceipt of a transaction that is in a block."""
    fields = _object(value)
    created = fields.get("contractAddress")
    entries = fields.get("logs")
    if not isinstance(entries, list):
        raise EngineAnswerError("an outcome has no list of events")
    outcome = Outcome(
        octets(fields.get("transactionHash"), 32),
        counter(fields.get("blockNumber")),
        octets(fields.get("blockHash"), 32),
        integer(fields.get("status")) == 1,
        counter(fields.get("gasUsed")),
        None if not created else to_checksum_address(octets(created, 20)),
        tuple(event(entry) for entry in entries),
    )
    for found in outcome.events:
        if (found.tx_hash, found.block_hash) != (outcome.tx_hash, outcome.block_hash):
            raise EngineAnswerError("an outcome holds an event of another transaction or block")
    return outcome


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EngineAnswerError(f"expected an object, got {value!r:.80}")
    return value
