"""A lender's desk in the middle of a story: grain is pledged, the price fell, a margin call is running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_account import Account

from tally_chain.anchoring.keys import write_keystore
from tally_chain.anchoring.profile import EMBEDDED
from tally_edge import durable
from tally_finance.api.service import Service, service_of
from tally_finance.cli_serve_run import KeySender
from tally_finance.desk.standing import alerts
from tally_finance.watch.limits import Limits
from tally_finance.watch_service.alert_store import AlertStore
from tally_trial.portal_demo.clock import GoingOn
from tally_trial.receipts_demo import beginning, days
from tally_trial.receipts_demo.cast import LENDER_2, digest, key
from tally_trial.receipts_demo.consortium import founded
from tally_trial.receipts_demo.days import at
from tally_trial.receipts_demo.record import Record
from tally_trial.receipts_demo.works import Works
from tally_trial.receipts_demo.world import Say, World

OPENED_BY: Final = "a demonstration"
"""Opens the key files of the parties, which are worth nothing elsewhere: they follow from their names."""
SIGNERS: Final = ("lender", LENDER_2, "borrower", "keeper", "inspector", "verifier")

_PAYER: Final = key("whoever brings operations")
_QUICK_KDF: Final = 2
"""Rounds of PBKDF2: nobody needs to be kept from keys that anybody can compute."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """`service`: the desk as it is served. `lot`: the grain."""

    service: Service
    lot: bytes
    bundle: Path
    policy: Path


@contextmanager
def played(folder: Path, say: Say) -> Iterator[Warehouse]:
    """Play up to the margin call; while it lasts the chain and the book are open, and their time goes on."""
    folder.mkdir()
    works, clock = Works(folder), GoingOn(at(-4, 9))
    try:
        chain = founded(folder, clock)
        chain.write_pins()
        world = World(folder, clock, chain, works, Record(), say)
        try:
            beginning.prepared(world)
            beginning.stocked(world)
            beginning.drawn(world)
            beginning.called(world)
            chain.write_names({one.number: name for name, one in world.receipts.items()} | {world.lot: "lot of silo A"})
            _write_keys(folder / "keys")
            clock.go_on()
            desk = world.desk.desk
            store = AlertStore(desk.engine, desk.sheet.book)
            store.take(alerts(desk.state(), desk.view, desk.sheet, Limits()), desk.now())
            sender = KeySender(chain.engine, _PAYER, EMBEDDED, chain.places.registries.organisations)
            newest = works.seen(_last_looked(world))
            yield Warehouse(service_of(desk, sender), world.lot, newest.file, newest.file.with_suffix(".policy.toml"))
        finally:
            world.close()
    finally:
        works.close()


def _last_looked(world: World) -> int:
    """The last day whose evidence was attested."""
    today = (world.clock.at - at(0, 0)) // 86_400
    return max(day for day in (days.WEIGHED + 1, days.WEIGHED_AGAIN + 1, *days.WATCHED) if day <= today)


def _write_keys(folder: Path) -> None:
    """The key files by which a visitor can sign for the parties, as `tallystick operation sign` takes them."""
    durable.make_folder(folder, mode=0o700)
    durable.write_file(folder / "passphrase", OPENED_BY.encode() + b"\n", mode=0o600)
    for word in SIGNERS:
        stored = Account.encrypt(digest(f"key {word}"), OPENED_BY, kdf="pbkdf2", iterations=_QUICK_KDF)
        write_keystore(folder / f"{word.replace(' ', '-')}.json", stored)
