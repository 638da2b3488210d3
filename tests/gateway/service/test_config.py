"""Settings: what is written is read again; what is wrong is named."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tally_edge import signer
from tally_gateway.config import AuthorityKey, GatewayConfig, GatewaySection, parse, render
from tally_gateway.errors import GatewayConfigError

MINIMAL = '[gateway]\norigin = "example.org/log"\n'


def test_what_is_rendered_is_read_again(tmp_path: Path) -> None:
    key = AuthorityKey("urn:example:authority", signer.generate().public_key)
    config = GatewayConfig(tmp_path, GatewaySection("example.org/log", 'a "quoted\\ name'), authorities=(key,))
    assert parse(render(config), tmp_path) == config
    assert parse(MINIMAL, tmp_path) == GatewayConfig(tmp_path, GatewaySection("example.org/log"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "origin"),
        ("[gateway\n", "gateway.toml"),
        ('[gateway]\norigin = "has space"\n', "origin"),
        (MINIMAL + "colour = 1\n", "gateway.colour is unknown"),
        (MINIMAL + "[nonsense]\n", "nonsense"),
        (MINIMAL + "[log]\nworkers = true\n", "log.workers must be a whole number"),
        (MINIMAL + '[log]\nworkers = "2"\n', "log.workers"),
        (MINIMAL + "[log]\nseal_every_ms = 1\n", "allowed are 20 to 60000"),
        (MINIMAL + '[anchor]\nengine = "paper"\n', "anchor.engine"),
        (MINIMAL + '[anchor]\nengine = "jsonrpc"\n', "anchor.url is missing"),
        (MINIMAL + '[anchor]\nengine = "jsonrpc"\nurl = "http://a http://b"\nagree = 3\n', "anchor.agree is 3"),
        (MINIMAL + '[anchor]\nsigner_url = "https://s"\n', "anchor.signer_address is missing"),
        (MINIMAL + '[http]\nhost = "0.0.0.0"\n', "http.host is 0.0.0.0, which needs TLS"),
        (MINIMAL + '[listener]\nhost = "::"\ntls = false\n', "listener.host"),
        (MINIMAL + '[[authority]]\nissuer = "urn:x:y"\n', "authority 0 needs issuer and public_key"),
        (MINIMAL + '[[authority]]\nissuer = "urn:x:y"\npublic_key = "zz"\n', "authority 0: public_key"),
        (MINIMAL + "log = 3\n[authority]\n", "gateway.log is unknown"),
        ("log = 3\n" + MINIMAL, "log must be a table"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(GatewayConfigError, match=re.escape(named)):
        parse(text, tmp_path)


def test_passphrases_come_from_a_private_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = GatewayConfig(tmp_path, GatewaySection("example.org/log"))
    monkeypatch.delenv("TALLYSTICK_PASSPHRASE", raising=False)
    with pytest.raises(GatewayConfigError, match="TALLYSTICK_PASSPHRASE"):
        config.passphrase()
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "from the environment")
    assert config.passphrase() == "from the environment"
    (tmp_path / "secret").write_text("from the file\n")
    filed = dataclasses.replace(config, gateway=GatewaySection("example.org/log", "secret"))
    assert filed.passphrase() == "from the environment"
    monkeypatch.delenv("TALLYSTICK_PASSPHRASE")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(GatewayConfigError, match="0600"):
        filed.passphrase()
    (tmp_path / "secret").chmod(0o600)
    assert filed.passphrase() == "from the file"
