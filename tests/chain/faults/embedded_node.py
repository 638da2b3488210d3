"""The embedded engine as a JSON-RPC node, for machines without another one: what the client asks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tally_chain.engine.interface import Block, BlockTag, Engine, Event, Outcome
from tally_chain.errors import CallRevertedError, SendRefusedError


class EmbeddedNode:
    """A request object to its answer object, over an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._methods: dict[str, Callable[..., object]] = {
            "web3_clientVersion": lambda: "embedded",
            "eth_chainId": lambda: hex(engine.identity().chain_id),
            "eth_getBlockByNumber": lambda which, _: self._block(which),
            "eth_sendRawTransaction": lambda raw: shown(engine.send_raw_transaction(octets(raw))),
            "eth_getTransactionReceipt": lambda tx_hash: self._outcome(octets(tx_hash)),
            "eth_call": lambda message, _: shown(
                engine.call(message["to"], octets(message["data"]), sender=message.get("from"))
            ),
            "eth_estimateGas": lambda message, _: hex(
                engine.estimate_gas(message["from"], message.get("to"), octets(message["data"]))
            ),
            "eth_getTransactionCount": lambda address, _: hex(engine.nonce(address)),
            "eth_getBalance": lambda address, _: hex(engine.balance(address)),
            "eth_getCode": lambda address, _: shown(engine.code(address)),
            "eth_gasPrice": lambda: hex(engine.fees().gas_price_wei),
            "eth_maxPriorityFeePerGas": lambda: hex(engine.fees().priority_fee_wei),
            "eth_getLogs": self._events,
        }

    def __call__(self, question: dict[str, Any]) -> dict[str, Any]:
        head = {"jsonrpc": "2.0", "id": question["id"]}
        try:
            return head | {"result": self._methods[question["method"]](*question["params"])}
        except SendRefusedError as error:
            return head | {"error": {"code": -32000, "message": str(error)}}
        except CallRevertedError as error:
            return head | {"error": {"code": 3, "message": str(error), "data": shown(error.data)}}

    def _block(self, which: str) -> dict[str, str] | None:
        number = int(which, 16) if which.startswith("0x") else None
        block = self._engine.block(BlockTag.LATEST if number is None else number)
        return None if block is None else header(block) | {"baseFeePerGas": hex(self._engine.fees().base_fee_wei)}

    def _outcome(self, tx_hash: bytes) -> dict[str, object] | None:
        found = self._engine.outcome(tx_hash)
        return None if found is None else outcome(found)

    def _events(self, question: dict[str, Any]) -> list[dict[str, object]]:
        topics = [None if topic is None else octets(topic) for topic in question["topics"]]
        first, last = int(question["fromBlock"], 16), int(question["toBlock"], 16)
        return [event(found) for found in self._engine.events(question["address"], topics, first, last)]


def shown(value: bytes) -> str:
    return "0x" + value.hex()


def octets(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def header(block: Block) -> dict[str, str]:
    return {
        "number": hex(block.number),
        "hash": shown(block.hash),
        "parentHash": shown(block.parent_hash),
        "timestamp": hex(block.time_seconds),
    }


def event(found: Event) -> dict[str, object]:
    return {
        "address": found.address,
        "topics": [shown(topic) for topic in found.topics],
        "data": shown(found.data),
        "blockNumber": hex(found.block_number),
        "blockHash": shown(found.block_hash),
        "transactionHash": shown(found.tx_hash),
        "logIndex": hex(found.index),
    }


def outcome(found: Outcome) -> dict[str, object]:
    return {
        "transactionHash": shown(found.tx_hash),
        "blockNumber": hex(found.block_number),
        "blockHash": shown(found.block_hash),
        "status": hex(int(found.succeeded)),
        "gasUsed": hex(found.gas_used),
        "contractAddress": found.contract_address,
        "logs": [event(entry) for entry in found.events],
    }
