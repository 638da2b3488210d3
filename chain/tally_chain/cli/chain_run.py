"""What the commands of `tallystick chain` do. Errors say what does not hold, and become exit codes elsewhere."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from tally_chain import contract_abi
from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import TransactionSigner, create_keystore
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.reading import check_code, read_anchors, read_head
from tally_chain.cli.where_run import open_engine, profile_for_sending, signer_of
from tally_chain.engine.interface import BlockTag, Engine
from tally_chain.engine.quantities import unix_seconds
from tally_chain.errors import ForeignContractError
from tally_chain.receipts import deployment
from tally_chain.registry import administration
from tally_chain.registry.organisations import ADMIN, REGISTRAR, REVOKER, BoundKey, Registry, read_registry
from tally_chain.registry.pins import read_pins
from tally_edge import passphrase
from tally_edge.errors import ConfigError

OK = 0
DOES_NOT_HOLD = 1
# About what an anchor with a long proof needs (docs/formats/anchor.md); for telling how far a balance goes.
GAS_OF_ANCHOR = 72_000

_RIGHTS = {ADMIN: "administers", REGISTRAR: "registers", REVOKER: "revokes"}


def run_status(options: argparse.Namespace) -> int:
    """Chain, contract, head, and every anchor where asked."""
    with open_engine(options) as engine:
        check_code(engine, options.contract)
        report = {
            "chain": _chain(engine),
            "contract": {
                "address": options.contract,
                "code": "as committed",
                "code_hash": _code_hash(engine, options.contract),
            },
        }
        if options.log is not None:
            report["log"] = _log(engine, options.contract, options.log)
        anchors = _anchors(engine, options) if options.anchors and options.log is not None else None
    if options.json:
        print(json.dumps(report if anchors is None else report | {"anchors": anchors}, indent=1))
        return OK
    _print_sections(report)
    for anchor in anchors or ():
        when = datetime.fromtimestamp(anchor["block_time"], UTC).isoformat()
        print(f"anchor {anchor['sequence']:<8} size {anchor['size']:<12} block {anchor['block']:<10} {when}")
    return OK


def run_deploy(options: argparse.Namespace) -> int:
    """The contracts' addresses, and the chain that they are on."""
    profile = profile_for_sending(options)
    with open_engine(options, writing=True) as engine:
        signer = signer_of(options)
        timelock = {}
        if options.what == "log-anchor":
            contracts = {"LogAnchor": setup.deploy(engine, signer, profile)}
        elif options.what == "receipts":
            contracts = _deploy_receipts(engine, signer, profile, options.pins)
        else:
            made = administration.deploy(
                engine,
                signer,
                profile,
                proposers=options.proposer,
                delay_seconds=options.delay,
                revokers=options.revoker,
                cancellers=options.canceller,
            )
            contracts = {
                "TimelockController": made.timelock,
                "Organisations": made.organisations,
                "Claims": made.claims,
            }
            delay = administration.minimum_delay(engine, made.timelock)
            timelock = {"timelock": {"delay_seconds": options.delay, "delay_in_chain_time": delay}}
        hashes = {name: _code_hash(engine, address) for name, address in contracts.items()}
        report = {"chain": _chain(engine), "contracts": contracts, "code_hashes": hashes, **timelock}
    print(json.dumps(report, indent=1)) if options.json else _print_sections(report)
    return OK


def _deploy_receipts(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, path: Path | None
) -> dict[str, str]:
    """The registries of the file of pins, checked, and the contracts of warehouse receipts behind them."""
    if path is None:
        raise ConfigError("warehouse receipts stand on registries: name their file of pins by --pins")
    pins = read_pins(path)
    pins.check(engine)
    registries = {name: address for address, name in pins.named().items()}
    made = deployment.deploy(
        engine,
        signer,
        profile,
        timelock=pins.needed("timelock"),
        organisations=pins.needed("organisations"),
    )
    return {**registries, **made.places()}


def run_new_key(options: argparse.Namespace) -> int:
    """The address of a key that did not exist before."""
    print(create_keystore(options.file, lambda: passphrase.read(options.passphrase_file)))
    return OK


def run_accounts(options: argparse.Namespace) -> int:
    """Balances and counts, and how many anchors a balance pays for at today's price."""
    with open_engine(options) as engine:
        named = dict.fromkeys(options.address, "account")
        if options.contract is not None and options.log is not None:
            head = read_head(engine, options.contract, options.log)
            named |= {head.owner: "owner of the log", head.tx_key: "transaction key of the log"}
        fees = engine.fees()
        price = max(fees.gas_price_wei, fees.base_fee_wei + fees.priority_fee_wei)
        rows = []
        for address, what in named.items():
            balance = engine.balance(address)
            rows.append(
                {
                    "address": address,
                    "what": what,
                    "balance_wei": balance,
                    "transactions": engine.nonce(address),
                    "has_code": bool(engine.code(address)),
                    "pays_for_anchors": None if price == 0 else balance // (GAS_OF_ANCHOR * price),
                }
            )
    if options.json:
        print(json.dumps({"gas_price_wei": price, "accounts": rows}, indent=1))
        return OK
    for row in rows:
        worth = "gas is free" if price == 0 else f"{row['pays_for_anchors']} anchors at {price} wei"
        kind = ", a contract" if row["has_code"] else ""
        print(f"{row['address']}  {row['what']}{kind}")
        print(f"    {row['balance_wei']} wei ({worth}), {row['transactions']} transactions")
    return OK


def run_roles(options: argparse.Namespace) -> int:
    """Organisations, keys and rights of a registry, from its proven history."""
    with open_engine(options) as engine:
        registry = read_registry(engine, options.contract)
        latest = engine.block(BlockTag.LATEST)
    number, now = (registry.last_block, 0) if latest is None else (latest.number, latest.time_seconds)
    report = registry_report(registry, number, now)
    if options.json:
        print(json.dumps(report, indent=1))
        return OK
    print(f"{registry.contract}: {registry.sequence} events up to block {number}, none missing")
    for organisation in report["organisations"]:
        print(f"organisation {organisation['id']}")
        for key in organisation["keys"]:
            validity = f"{key['valid_from']} to {key['valid_until']}"
            since = f"acts since block {key['acts_since']}"
            print(f"    {key['role']:<15} {key['standing']:<10} {key['id']}  {validity}, {since}")
    for name, who in report["rights"].items():
        print(f"{name:<12} {', '.join(who) or 'nobody'}")
    return OK


def registry_report(registry: Registry, number: int, now: int) -> dict[str, Any]:
    """Organisations, their keys and the rights over a registry, as they stand in a block of that time."""
    keys = sorted(registry.keys.values(), key=lambda key: key.sequence)
    return {
        "contract": registry.contract,
        "events": registry.sequence,
        "block": number,
        "organisations": [
            {
                "id": found.organisation.hex(),
                "commitment": found.commitment.hex(),
                "keys": [_key(key, number, now) for key in keys if key.organisation == found.organisation],
            }
            for found in sorted(registry.organisations.values(), key=lambda entry: entry.sequence)
        ],
        "rights": {name: sorted(registry.holders(role)) for role, name in _RIGHTS.items()},
    }


def run_verify_code(options: argparse.Namespace) -> int:
    """Which contract this is; exit code 1 when it is none of ours, or not the expected one."""
    with open_engine(options) as engine:
        code = engine.code(options.contract)
    if not code:
        raise ForeignContractError(f"no contract at {options.contract}")
    found = _name_of(code)
    report = {"address": options.contract, "contract": found, "code_hash": bytes(keccak(code)).hex()}
    if options.json:
        print(json.dumps(report, indent=1))
    else:
        print(f"{options.contract} is {found or 'none of the contracts of this project'}")
        print(f"code hash 0x{report['code_hash']}")
    return OK if found is not None and options.expect in (None, found) else DOES_NOT_HOLD


def _chain(engine: Engine) -> dict[str, Any]:
    identity = engine.identity()
    latest = engine.block(BlockTag.LATEST)
    return {
        "id": identity.chain_id,
        "genesis": identity.genesis_hash.hex(),
        "kind": identity.kind,
        "latest_block": None if latest is None else latest.number,
        "latest_block_time": None if latest is None else latest.time_seconds,
    }


def _log(engine: Engine, contract: str, log_id: bytes) -> dict[str, Any]:
    head = read_head(engine, contract, log_id)
    return {
        "id": log_id.hex(),
        "size": head.size,
        "root": head.root.hex(),
        "anchored_at": unix_seconds(head.anchored_at),
        "block": head.block_number,
        "anchors": head.sequence,
        "owner": head.owner,
        "transaction_key": head.tx_key,
        "offered_to": head.pending_owner,
        "predecessor": None if head.predecessor is None else head.predecessor.hex(),
        "successor": None if head.successor is None else head.successor.hex(),
        "retired": head.retired,
    }


def _anchors(engine: Engine, options: argparse.Namespace) -> list[dict[str, Any]]:
    return [
        {
            "sequence": anchor.sequence,
            "size": anchor.size,
            "root": anchor.root.hex(),
            "block": anchor.block_number,
            "block_hash": anchor.block_hash.hex(),
            "block_time": anchor.block_time_seconds,
            "transaction": anchor.tx_hash.hex(),
        }
        for anchor in read_anchors(engine, options.contract, options.log)
    ]


def _key(key: BoundKey, block_number: int, now: int) -> dict[str, Any]:
    if key.revocation is not None:
        standing = f"revoked ({key.revocation.reason.name.lower()})"
    else:
        standing = "good" if key.good_at(block_number, now) else "not valid"
    return {
        "id": key.key_id.hex(),
        "role": key.role.word,
        "standing": standing,
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "bound_block": key.bound_block,
        "acts_since": key.acts_since,
    }


def _name_of(code: bytes) -> str | None:
    if abi.is_log_anchor(code):
        return "LogAnchor"
    return next((name for name in contract_abi.CONTRACTS if contract_abi.load(name).is_code(code)), None)


def _code_hash(engine: Engine, contract: str) -> str:
    return bytes(keccak(engine.code(contract))).hex()


def _print_sections(report: dict[str, Any]) -> None:
    for section, values in report.items():
        for name, value in values.items():
            shown = "-" if value is None else value
            print(f"{section.replace('_', ' ') + ' ' + name.replace('_', ' '):<34}{shown}")
