"""What `tallystick finance footprint claims` and `claim-digests` do."""

from __future__ import annotations

import argparse
import json
from typing import Final

from tally_chain.cli.registry_run import hexed, registries
from tally_chain.findings import printable
from tally_chain.registry import namespace_key
from tally_edge import passphrase, text_table
from tally_edge.errors import ConfigError
from tally_finance.footprint.claiming import Use, salt_of
from tally_finance.report import claims_file, folder, inventory_file
from tally_finance.report.claims_of import claims_of
from tally_finance.report.inventory import Inventory

OK, UNCLAIMED = 0, 1
NOBODY: Final = "nobody 无人登记"


def run_claim_digests(options: argparse.Namespace) -> int:
    """Nullifiers and digests, for the registrar."""
    inventory, key = _inventory(options), _key(options)
    if not options.from_at < options.to_at:
        raise ConfigError("--from lies before --to")
    boundary = folder.inputs_of(inventory, options.sheet).boundary
    use = Use(inventory.entity, boundary.name, options.from_at, options.to_at)
    told = []
    for number in inventory.market.claimable:
        nullifier = key.nullifier(options.issuer, number)
        digest = use.digest(number, salt_of(key.key, nullifier))
        told.append({"number": number, "nullifier": hexed(nullifier), "digest": hexed(digest)})
    if options.json:
        print(json.dumps({"namespace": hexed(key.namespace_id), "claims": told}, ensure_ascii=False, indent=1))
        return OK
    print(f"{printable(use.entity)}, {printable(use.site)}\nnamespace {hexed(key.namespace_id)}\n")
    rows = [(printable(one["number"]), one["nullifier"], one["digest"]) for one in told]
    print("\n".join(text_table.render([("number 编号", "nullifier", "digest 摘要值"), *rows], rule=True)))
    return OK


def run_claims(options: argparse.Namespace) -> int:
    """What the chain says, into a file."""
    inventory, key = _inventory(options), _key(options)
    with registries(options) as (engine, pins):
        contract, organisations = pins.needed("claims"), pins.needed("organisations")
        found = claims_of(
            engine, contract, organisations, key=key, issuer=options.issuer, numbers=inventory.market.claimable
        )
    with options.out.open("x", encoding="utf-8") as file:
        file.write(claims_file.encode(found))
    free = sum(one.holder is None for one in found.entries.values())
    told = {
        "file": str(options.out),
        "chain_id": found.chain_id,
        "contract": found.contract,
        "namespace": hexed(found.namespace),
        "block": found.block,
        "claims": len(found.entries),
        "unclaimed": free,
    }
    if options.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        rows = [
            (printable(number), NOBODY if one.holder is None else hexed(one.holder))
            for number, one in found.entries.items()
        ]
        print("\n".join(text_table.render([("number 编号", "held by 持有机构"), *rows], rule=True)))
        print(f"\nread at block {found.block} of chain {found.chain_id}\n{options.out}")
    return UNCLAIMED if free else OK


def _inventory(options: argparse.Namespace) -> Inventory:
    inventory = inventory_file.load(options.sheet)
    if not inventory.market.claimable:
        raise ConfigError(f"{options.sheet}: market: names no certificates")
    return inventory


def _key(options: argparse.Namespace) -> namespace_key.NamespaceKey:
    return namespace_key.open_file(options.namespace_key, lambda: passphrase.read(options.passphrase_file))
