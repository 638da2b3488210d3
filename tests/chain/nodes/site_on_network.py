"""The gateway's own process on the network: a demonstration's site, founded, run through a day, and anchored."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account

from tally_chain.bundle import Content
from tally_edge import durable
from tally_gateway import anchor_link, config
from tally_gateway.anchored_log import wall_clock
from tally_gateway.config import AnchorSection, GatewayConfig
from tally_gateway.demo import parties
from tally_gateway.demo.parties import Folders, Parties
from tally_gateway.demo.site import small_site
from tally_gateway.demo.stage import Stage
from tally_gateway.founding import found
from tests.chain.contracts.stage import signer
from tests.chain.nodes.network import Network

GATEWAY_OWNER, GATEWAY_KEY = "gateway owner", "gateway transactions"
"""Keys that the network's first block gives something to pay with."""
ANCHOR_ENTRIES = 1
"""A day of the demonstration's site takes seconds: whatever is new falls due at once."""
FAST_KEYSTORE = 1_024


@dataclass(frozen=True)
class Played:
    """A demonstration that was run, and anchored on the network."""

    stage: Stage
    people: Parties
    settings: GatewayConfig


def key_file(path: Path, name: str, passphrase: str) -> Path:
    """A key of the tests as a key file; the network's first block gave it something to pay with."""
    sealed = Account.encrypt(signer(name)._account.key, passphrase, kdf="scrypt", iterations=FAST_KEYSTORE)
    durable.write_file(path, json.dumps(sealed).encode(), mode=0o600)
    return path


@pytest.fixture(scope="session")
def played(network_of_three: Network, network_contract: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A gateway founded on the network, run with an agent through a day, and stopped again."""
    folders = Folders(tmp_path_factory.mktemp("gateway") / "site")
    stage = Stage(small_site(1), folders, print, lambda *_: None)
    people = parties.make(folders)
    anchor = AnchorSection(
        engine="jsonrpc",
        url=network_of_three.endpoints(),
        agree=2,
        profile="geth-clique",
        contract=network_contract,
        every_minutes=1,
        every_entries=ANCHOR_ENTRIES,
    )
    found(
        dataclasses.replace(stage._settings(people), anchor=anchor),
        people.passphrase,
        wall_clock,
        owner_key=key_file(folders.root / "owner.json", GATEWAY_OWNER, people.passphrase),
        transaction_key=key_file(folders.root / "transaction.json", GATEWAY_KEY, people.passphrase),
    )
    settings = config.load(folders.gateway)
    stage.run(people, settings)
    key_file(settings.path(anchor_link.OWNER_KEY), GATEWAY_OWNER, people.passphrase)
    stage.export(settings, Content.FULL, folders.bundle)
    return Played(stage, people, settings)
