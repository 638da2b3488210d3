"""A founding that is cut short anywhere is resumed: one registered log, the same keys."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tally_chain.anchoring.reading import read_head
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.store import ChainStore
from tally_chain.errors import TransactionKeyError, UnknownLogError
from tally_edge.command import main
from tally_edge.errors import KeyStoreError
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link, assembly, founding_note, keys_on_disk, replace
from tally_gateway.aggregate.service import HeadsService
from tally_gateway.config import FILE_NAME, GatewayConfig, load
from tally_gateway.errors import MaintenanceError
from tally_gateway.founding import found
from tally_gateway.log.store import Store
from tests.chain.contracts.fixtures import anvil
from tests.chain.contracts.stage import Stage
from tests.gateway.service.test_on_a_node import paid_key
from tests.gateway.service.world import PASSPHRASE, SCRYPT_FAST, fixed_clock, make_world

__all__ = ["anvil"]

ORIGIN = "tallystick.example/founding/1"
KILLED = 77


@pytest.fixture
def settings(tmp_path: Path) -> GatewayConfig:
    """What a gateway with an embedded chain is made from."""
    made = make_world(tmp_path / "template").config
    gateway = dataclasses.replace(made.gateway, origin=ORIGIN)
    anchor = dataclasses.replace(made.anchor, engine="embedded")
    return dataclasses.replace(made, folder=tmp_path / "g", gateway=gateway, anchor=anchor)


def _found(settings: GatewayConfig, passphrase: str = PASSPHRASE, **more: Any) -> Any:
    return found(settings, passphrase, fixed_clock, keystore_work_factor=SCRYPT_FAST, **more)


def _dying(at: int, work: Callable[[], object]) -> bool:
    """Do `work` in a process that is killed at its durable step number `at`; whether it was, rather than ended."""
    child = os.fork()
    if child == 0:
        try:
            _die_at(at)
            work()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001  the parent must not see a second pytest
            os.write(2, repr(error).encode())
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED)
    return code == KILLED


def _die_at(at: int) -> None:
    left = at

    def mortal(owner: Any, name: str, *, after: bool = True) -> None:
        real = getattr(owner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(KILLED)
            answer = real(*arguments, **named)
            left -= after
            if left == 0:
                os._exit(KILLED)
            return answer

        setattr(owner, name, call)

    mortal(os, "fsync", after=False)
    mortal(os, "mkdir", after=False)
    mortal(os, "replace", after=False)
    mortal(ChainStore, "create_tables", after=False)
    mortal(EmbeddedEngine, "send_raw_transaction")
    mortal(Store, "create")
    mortal(Store, "swap_head")


def _keys(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "keys").glob("[!.]*")}


def _check(folder: Path, before: dict[str, bytes]) -> None:
    """One registered log under the owner's key, the keys that stood, and a gateway that starts."""
    after = _keys(folder)
    assert {name: after[name] for name in before} == before
    assert after.keys() == {"checkpoint.pem", "proof.pem", "transaction.json", "owner.json"}
    assert not (folder / founding_note.FILE_NAME).exists()
    config = load(folder)
    owner = anchor_link.open_transaction_key(config, anchor_link.OWNER_KEY).address
    engine = EmbeddedEngine.open_reader(folder / "chain")
    try:
        head = read_head(engine, config.anchor.contract, log_id_of(ORIGIN))
        assert head.owner == owner
        assert head.tx_key == anchor_link.open_transaction_key(config).address
        # Deployed, perhaps once more before the first address was kept, and registered once.
        assert engine.nonce(owner) in (2, 3)
    finally:
        engine.close()
    assembly.assemble(config).close()


@pytest.mark.slow
def test_it_is_resumed_whatever_step_it_was_killed_at(settings: GatewayConfig, tmp_path: Path) -> None:
    at = 0
    while True:
        at += 1
        folder = tmp_path / "rounds" / str(at) / "g"
        config = dataclasses.replace(settings, folder=folder)
        if not _dying(at, lambda c=config: _found(c)):  # type: ignore[misc]
            break
        before = _keys(folder)
        if (folder / FILE_NAME).exists():
            with pytest.raises(MaintenanceError, match="already"):
                _found(config)
            (folder / founding_note.FILE_NAME).unlink(missing_ok=True)
        else:
            _found(config)
        _check(folder, before)
        shutil.rmtree(folder)
    assert at > 25


def test_another_passphrase_and_other_options_are_refused_by_name(
    settings: GatewayConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> EmbeddedEngine:
        raise UnknownLogError("the chain does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedEngine, "create", refused)
        with pytest.raises(UnknownLogError):
            _found(settings)
    with pytest.raises(KeyStoreError):
        _found(settings, "another passphrase of length")
    before = _keys(settings.folder)
    assert len(before) == 4
    gateway = dataclasses.replace(settings.gateway, origin="tallystick.example/other/1")
    anchor = dataclasses.replace(settings.anchor, engine="none")
    for config, more, words in (
        (dataclasses.replace(settings, gateway=gateway), {}, r"--origin.*other/1.*delete the folder"),
        (dataclasses.replace(settings, anchor=anchor), {}, r'--chain "embedded", now it is "none"'),
        (settings, {"host_names": ("gateway.example",)}, "--host-name"),
        (settings, {"owner_key": settings.folder / "keys" / "owner.json"}, "--owner-key"),
        (dataclasses.replace(settings, heads=dataclasses.replace(settings.heads, enabled=True)), {}, "heads.enabled"),
    ):
        with pytest.raises(MaintenanceError, match=words):
            _found(config, **more)
    _found(settings)
    _check(settings.folder, before)
    with pytest.raises(MaintenanceError, match="already"):
        _found(settings)


def test_two_at_once_and_keys_of_nobody_knows_what_are_refused(settings: GatewayConfig, tmp_path: Path) -> None:
    settings.folder.mkdir()
    note = founding_note.FoundingNote.begin(settings, {})
    with pytest.raises(MaintenanceError, match="another command"):
        _found(settings)
    note.release()
    note.path.write_text("[]")
    with pytest.raises(MaintenanceError, match="no note"):
        _found(settings)
    note.end()
    keys_on_disk.create(settings.folder, PASSPHRASE)
    with pytest.raises(KeyStoreError, match="exists already"):
        _found(settings)
    other = dataclasses.replace(settings, folder=tmp_path / "other")
    (other.folder / "keys").mkdir(parents=True)
    (other.folder / "keys" / "owner.json").write_text("{}")
    with pytest.raises(TransactionKeyError, match="never overwritten"):
        _found(other)


@pytest.mark.slow
@pytest.mark.evm_node
def test_a_node_that_was_away_may_be_another_one_of_the_same_chain(
    anvil: Stage, tmp_path: Path, settings: GatewayConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands as an operator gives them: the first fails for want of a node, the second goes on."""
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    owner, paying = (str(paid_key(anvil, tmp_path / f"{name}.json")) for name in ("owner", "transaction"))
    for part in ("gateway", "heads"):
        at = ["--dir", str(tmp_path / part), "--origin", f"example.org/{part}/1"]
        words = [part, "init", *at, "--chain", "jsonrpc", "--profile", "anvil", "--contract", anvil.contract]
        if part == "gateway":
            words += ["--owner-key", owner, "--transaction-key", paying]
        assert main([*words, "--url", "http://127.0.0.1:9"]) == 4
        before = _keys(tmp_path / part)
        assert len(before) == (3 if part == "gateway" else 4)
        if part == "heads":  # keys of its own: they are paid before it goes on
            for name in (anchor_link.TRANSACTION_KEY, anchor_link.OWNER_KEY):
                config = dataclasses.replace(settings, folder=tmp_path / part)
                anvil.rpc("anvil_setBalance", anchor_link.open_transaction_key(config, name).address, hex(10**20))
        assert main([*words, "--url", "http://127.0.0.1:9", "--host-name", "x.example"]) == 2
        assert main([*words, "--url", anvil.endpoint]) == 0
        assert _keys(tmp_path / part) == before
        assert read_head(anvil.engine, anvil.contract, log_id_of(f"example.org/{part}/1")).size == 0
        assert main([*words, "--url", anvil.endpoint]) == 2
        made = load(tmp_path / part)
        (assembly.assemble(made) if part == "gateway" else HeadsService(made).kept).close()
    note = founding_note.FoundingNote
    kept = dataclasses.replace(settings, folder=tmp_path / "twice")
    kept.folder.mkdir()
    begun = note.begin(kept, {})
    begun.check_chain(anvil.engine.identity())
    begun.release()
    again = note.begin(kept, {})
    with pytest.raises(MaintenanceError, match="began on chain 7700001"):
        again.check_chain(dataclasses.replace(anvil.engine.identity(), genesis_hash=bytes(32)))
    again.release()


@pytest.mark.slow
def test_a_successor_is_resumed_too(settings: GatewayConfig, tmp_path: Path) -> None:
    _found(settings)
    old = load(settings.folder)
    (tmp_path / "old").mkdir()
    for name in ("owner", "transaction"):
        shutil.copy2(settings.folder / "keys" / f"{name}.json", tmp_path / "old")
    at = 1
    while True:
        at += 3  # every third step: the others differ in nothing from a first log's
        folder = tmp_path / "rounds" / str(at)
        folder.mkdir(parents=True)
        shutil.copytree(settings.folder / "chain", folder / "chain")
        config = dataclasses.replace(replace.new_settings(old, "tallystick.example/founding/2"), folder=folder)

        def go_on(config: GatewayConfig = config) -> None:
            keys = {"owner_key": tmp_path / "old" / "owner.json", "transaction_key": tmp_path / "old/transaction.json"}
            replace.succeed(config, PASSPHRASE, fixed_clock, old_origin=ORIGIN, **keys)

        if not _dying(at, go_on):
            break
        before = _keys(folder)
        if not (folder / FILE_NAME).exists():
            go_on()
        assert {name: _keys(folder)[name] for name in before} == before
        engine = EmbeddedEngine.open_reader(folder / "chain")
        try:
            assert read_head(engine, old.anchor.contract, log_id_of(ORIGIN)).successor == log_id_of(
                config.gateway.origin
            )
        finally:
            engine.close()
        assembly.assemble(load(folder)).close()
    assert at > 20
