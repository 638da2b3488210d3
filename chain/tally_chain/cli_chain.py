"""`tallystick chain status`: what a chain and its contract say about a log. Light until it runs."""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tally_chain.engine.interface import Engine

_LOG_ID = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `chain` with its sub-commands."""
    chain = subparsers.add_parser("chain", help="look at a chain and the heads that it anchors")
    actions = chain.add_subparsers(dest="chain_command", metavar="ACTION", required=True)
    status = actions.add_parser(
        "status",
        help="identity of the chain, code of the contract, newest head of a log",
        description="Shows which chain this is, checks the code of the contract, and shows the head of a log.",
    )
    where = status.add_mutually_exclusive_group(required=True)
    where.add_argument("--endpoint", metavar="URL", help="JSON-RPC endpoint of a node")
    where.add_argument("--embedded", metavar="DIR", type=Path, help="directory of an embedded chain")
    status.add_argument("--contract", metavar="ADDRESS", type=_address, required=True, help="address of LogAnchor")
    status.add_argument("--log", metavar="ID", type=_log_id, help="log id, 64 hexadecimal digits")
    status.add_argument("--anchors", action="store_true", help="list every anchored head of the log")
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(run=run_status)


def _log_id(text: str) -> bytes:
    found = _LOG_ID.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("a log id has 64 hexadecimal digits")
    return bytes.fromhex(found[1])


def _address(text: str) -> str:
    if _ADDRESS.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("an address is 0x and 40 hexadecimal digits")
    from eth_utils.address import is_checksum_formatted_address, to_checksum_address  # noqa: PLC0415  light until run

    checksummed = str(to_checksum_address(text))
    if is_checksum_formatted_address(text) and text != checksummed:
        raise argparse.ArgumentTypeError("the address does not fit its checksum: a digit is wrong")
    return checksummed


def run_status(options: argparse.Namespace) -> int:
    """Prints the status; errors say what does not hold, and the command line turns them into exit codes."""
    engine = _open(options)
    try:
        report = _report(engine, options.contract, options.log, with_anchors=options.anchors)
    finally:
        engine.close()
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        _print(report)
    return 0


def _open(options: argparse.Namespace) -> Engine:
    if options.embedded is not None:
        from tally_chain.engine.embedded import EmbeddedEngine  # noqa: PLC0415  takes a second to import

        return EmbeddedEngine.open_reader(options.embedded)
    from tally_chain.engine.jsonrpc import JsonRpcEngine  # noqa: PLC0415  brings an HTTP client

    return JsonRpcEngine(options.endpoint)


def _report(engine: Engine, contract: str, log_id: bytes | None, *, with_anchors: bool) -> dict[str, Any]:
    from tally_chain.anchoring.contract import artefact  # noqa: PLC0415  brings the ABI codec
    from tally_chain.anchoring.reading import check_code, read_anchors, read_head  # noqa: PLC0415
    from tally_chain.engine.interface import BlockTag  # noqa: PLC0415

    identity = engine.identity()
    latest = engine.block(BlockTag.LATEST)
    report: dict[str, Any] = {
        "chain": {
            "id": identity.chain_id,
            "genesis": identity.genesis_hash.hex(),
            "kind": identity.kind,
            "latest_block": None if latest is None else latest.number,
            "latest_block_time": None if latest is None else latest.time_seconds,
        }
    }
    check_code(engine, contract)
    report["contract"] = {"address": contract, "code": "as committed", "code_hash": artefact().code_hash.hex()}
    if log_id is None:
        return report
    head = read_head(engine, contract, log_id)
    report["log"] = {
        "id": log_id.hex(),
        "size": head.size,
        "root": head.root.hex(),
        "anchored_at": head.anchored_at,
        "block": head.block_number,
        "anchors": head.sequence,
        "owner": head.owner,
        "transaction_key": head.tx_key,
        "offered_to": head.pending_owner,
        "predecessor": None if head.predecessor is None else head.predecessor.hex(),
        "successor": None if head.successor is None else head.successor.hex(),
    }
    if with_anchors:
        report["anchors"] = [
            {
                "sequence": anchor.sequence,
                "size": anchor.size,
                "root": anchor.root.hex(),
                "block": anchor.block_number,
                "block_hash": anchor.block_hash.hex(),
                "block_time": anchor.block_time_seconds,
                "transaction": anchor.tx_hash.hex(),
            }
            for anchor in read_anchors(engine, contract, log_id)
        ]
    return report


def _print(report: dict[str, Any]) -> None:
    for section in ("chain", "contract", "log"):
        for name, value in report.get(section, {}).items():
            shown = "-" if value is None else value
            print(f"{section + ' ' + name.replace('_', ' '):<26}{shown}")
    for anchor in report.get("anchors", ()):
        when = datetime.fromtimestamp(anchor["block_time"], UTC).isoformat()
        print(f"anchor {anchor['sequence']:<8} size {anchor['size']:<12} block {anchor['block']:<10} {when}")
