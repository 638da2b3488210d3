"""A log is not begun again over a head that an aggregator holds of it."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from tally_chain.errors import EngineAnswerError, EngineUnavailableError
from tally_chain.tree import leaf_hash, root_of
from tally_edge import signer
from tally_edge.command import main
from tally_gateway import assembly, replace
from tally_gateway.aggregate.held import held_size
from tally_gateway.aggregate.link import AggregatorLink
from tally_gateway.config import GatewayConfig, load
from tally_gateway.errors import GatewayConfigError, MaintenanceError
from tests.gateway.aggregate.stage import make_aggregator, make_member, registered_key, signed
from tests.gateway.service.world import PASSPHRASE, fixed_clock

STEEL, MILL = "tallystick.example/steel/1", "tallystick.example/mill/1"


async def test_a_refill_asks_the_aggregator_of_the_options_and_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    aggregator, mill = make_aggregator(tmp_path / "heads", engine="none"), signer.generate()
    aggregator.register("mill", MILL, *registered_key(MILL, mill))

    def words(name: str, origin: str, url: str) -> list[str]:
        at = ["gateway", "replace", "--refill", "--dir", str(tmp_path / name), "--chain", "none"]
        return [*at, "--origin", origin, "--aggregator", url]

    async with aggregator.running() as (service, port):
        url = f"http://127.0.0.1:{port}"
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", STEEL).config
        lost = dataclasses.replace(steel, folder=tmp_path / "lost")

        def refill(config: GatewayConfig) -> None:
            replace.refill(config, PASSPHRASE, fixed_clock)

        entry = signed(MILL, 5, root_of([leaf_hash(b"%d" % number) for number in range(5)]), mill)
        assert await asyncio.to_thread(main, words("young", MILL, url)) == 0  # nothing is held yet
        await service.desk.take("mill", entry.encode(), [])
        assert await asyncio.to_thread(main, words("again", MILL, url)) == 2
        assert f"size 5 of this log is held by {url}: begun again it would fork" in capsys.readouterr().err
        assert not (tmp_path / "again").exists()
        assert await asyncio.to_thread(main, words("nobody", "tallystick.example/new/1", url)) == 0
        await asyncio.to_thread(refill, lost)  # registered, and nothing handed in
        assert (lost.folder / "gateway.toml").is_file()
        lost = dataclasses.replace(steel, folder=tmp_path / "later")
        gateway = dataclasses.replace(steel.gateway, origin=MILL)
        with pytest.raises(MaintenanceError, match="held by the aggregator of the settings"):
            await asyncio.to_thread(refill, dataclasses.replace(lost, gateway=gateway))
        monkeypatch.setattr(AggregatorLink, "published", lambda *_: entry)
        with pytest.raises(EngineAnswerError, match="asked was"):
            held_size(url, None, STEEL)
        monkeypatch.undo()
        monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    succession = [*words("next", STEEL, url), "--successor-of", MILL]
    succession.remove("--refill")
    assert main(succession) == 2
    assert await asyncio.to_thread(main, words("silent", MILL, "http://127.0.0.1:9")) == 4
    with pytest.raises(EngineUnavailableError):
        await asyncio.to_thread(refill, dataclasses.replace(lost, folder=tmp_path / "last"))
    assert not (tmp_path / "last").exists()
    assembly.assemble(load(tmp_path / "young")).close()


@pytest.mark.parametrize(
    ("url", "words"), [("http://heads.example", "needs https"), ("https://heads.example", "CA file"), ("x", "no http")]
)
def test_an_address_that_nobody_vouches_for_is_not_asked(url: str, words: str) -> None:
    with pytest.raises(GatewayConfigError, match=words):
        held_size(url, None, STEEL)
