"""`tallystick heads init|add|run|status`, the file of registrations, and a copy of an aggregator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tally_chain.errors import HeadRefusedError
from tally_chain.tree import LeafNodes, consistency_path, leaf_hash, root_of
from tally_edge import signer
from tally_edge.command import main
from tally_edge.proof import log_id_of
from tally_gateway import backup, config
from tally_gateway.aggregate.registered import LogsFile, registered_log
from tally_gateway.errors import ApiError, GatewayConfigError, LogBehind, LogError
from tests.gateway.aggregate.stage import Aggregator, make_aggregator, registered_key, signed
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import PASSPHRASE

ORIGIN, OTHER = "tallystick.example/steel/1", "tallystick.example/mill/1"
LEAVES = [leaf_hash(b"%d" % number) for number in range(40)]


def test_an_aggregator_is_made_and_a_gateway_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    folder = tmp_path / "heads"
    at = ["--dir", str(folder)]
    assert main(["heads", "init", *at, "--origin", "tallystick.example/heads/1", "--chain", "none"]) == 0
    made = config.load(folder)
    assert (made.heads.enabled, made.listener.enabled, made.projection.enabled) == (True, False, False)
    assert "tallystick heads run" in capsys.readouterr().out
    proof_key, checkpoint_key = registered_key(ORIGIN, signer.generate())
    words = ["heads", "add", *at, "steel", "--origin", ORIGIN, "--proof-key", proof_key, "--checkpoint-key"]
    assert main([*words, checkpoint_key, "--url", "http://127.0.0.1:8480"]) == 0
    token, *settings = capsys.readouterr().out.splitlines()
    assert len(token) == 64
    # What is printed is what a gateway reads.
    text = "\n".join(['[gateway]\norigin = "tallystick.example/steel/1"\n', *settings])
    read = config.parse(text, tmp_path)
    assert (read.anchor.engine, read.aggregator.origin) == ("aggregator", "tallystick.example/heads/1")
    assert main([*words, checkpoint_key]) == 2  # a second time
    assert main(["gateway", "run", *at]) == 2
    assert main(["heads", "status", *at]) == 4  # none runs
    assert main(["heads", "add", "--dir", str(tmp_path), *words[4:], checkpoint_key]) == 2


def test_a_registration_is_checked(tmp_path: Path) -> None:
    logs, key = LogsFile(tmp_path / "logs.toml"), signer.generate()
    proof_key, checkpoint_key = registered_key(ORIGIN, key)
    logs.add(registered_log("steel", ORIGIN, proof_key, checkpoint_key))
    assert [log.name for log in LogsFile(tmp_path / "logs.toml").all()] == ["steel"]
    fresh = registered_key(OTHER, signer.generate())
    for name, origin, keys, words in (
        ("Steel!", OTHER, fresh, "is not 1 to 64"),
        ("mill", OTHER, ("zz", fresh[1]), "proof_key"),
        ("mill", OTHER, (fresh[0], "x"), "checkpoint_key"),
        ("mill", ORIGIN, fresh, "not of"),
        ("steel", OTHER, fresh, "registered already"),
        ("again", ORIGIN, registered_key(ORIGIN, signer.generate()), "registered already"),
        ("mill", OTHER, (proof_key, fresh[1]), "one of its own"),
    ):
        with pytest.raises(GatewayConfigError, match=words):
            logs.add(registered_log(name, origin, *keys))
    for text in ("version = 2", "[logs.a]\norigin = 1", "version = 1\n[logs.a]\nwhat = 1", "\x00"):
        (tmp_path / "logs.toml").write_text(text)
        with pytest.raises(GatewayConfigError):
            LogsFile(tmp_path / "logs.toml").all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('url = "http://example.org"', "needs https"),
        ('url = "https://example.org"', "tls_ca_file"),
        ('url = "ftp://127.0.0.1"', "no http"),
        ('url = ""', "url is missing"),
        ('origin = ""', "origin is missing"),
    ],
)
def test_settings_of_an_aggregator_are_checked_together(tmp_path: Path, change: str, words: str) -> None:
    name = change.split(" ", 1)[0]
    values = {"url": 'url = "http://127.0.0.1:1"', "origin": 'origin = "a"', "proof_key": 'proof_key = "b"'}
    values |= {"checkpoint_key": 'checkpoint_key = "c"', name: change}
    text = '[gateway]\norigin = "x"\n[anchor]\nengine = "aggregator"\n[aggregator]\n' + "\n".join(values.values())
    with pytest.raises(GatewayConfigError, match=words):
        config.parse(text, tmp_path)


async def _grown(aggregator: Aggregator, key: signer.FileSigner, sizes: tuple[int, ...], base: int = 0) -> None:
    async with aggregator.running() as (service, _):
        feed = service.kept.feed
        assert feed is not None
        for size in sizes:
            path = consistency_path(LeafNodes(LEAVES), base, size) if base else []
            await service.desk.take("steel", signed(ORIGIN, size, root_of(LEAVES[:size]), key).encode(), path)
            base = size
        await service.kept.seal()
        await feed.anchor_now()
        await eventually(lambda: feed.counters.anchored_size == service.kept.log.size)


@pytest.mark.slow
async def test_a_copy_goes_on_and_one_behind_the_anchor_does_not(tmp_path: Path) -> None:
    aggregator, key = make_aggregator(tmp_path / "heads"), signer.generate()
    aggregator.register("steel", ORIGIN, *registered_key(ORIGIN, key))
    await _grown(aggregator, key, (3, 9))
    assert backup.copy_stopped(aggregator.folder, tmp_path / "copy") == 3
    assert (tmp_path / "copy" / "logs.toml").is_file()
    assert backup.restore(tmp_path / "copy", tmp_path / "restored") == 3
    restored = Aggregator(tmp_path / "restored", aggregator.fingerprints)
    await _grown(restored, key, (9, 20), base=3)
    # The chain of the aggregator went on; a copy of the log alone is behind it.
    for path in (restored.folder / "chain").glob("chain.sqlite*"):
        (tmp_path / "copy" / "chain" / path.name).write_bytes(path.read_bytes())
    with pytest.raises((LogBehind, LogError)):
        backup.restore(tmp_path / "copy", tmp_path / "again")


async def test_status_tells_of_a_fork(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aggregator, key = make_aggregator(tmp_path / "heads", engine="none", seal_ms=60_000), signer.generate()
    aggregator.register("steel", ORIGIN, *registered_key(ORIGIN, key))
    async with aggregator.running() as (service, _):
        await service.desk.take("steel", signed(ORIGIN, 3, root_of(LEAVES[:3]), key).encode(), [])
        with pytest.raises(HeadRefusedError, match="size 3"):
            await service.desk.take("steel", signed(ORIGIN, 3, bytes(32), key).encode(), [])
        with pytest.raises(ApiError, match="next checkpoint"):
            await service.desk.show(log_id_of(ORIGIN), 3)
    capsys.readouterr()
    assert main(["heads", "status", "--dir", str(aggregator.folder), "--json"]) == 4
    said = capsys.readouterr()
    assert json.loads(said.out)["running"] is False
    assert "fork: steel" in said.err
