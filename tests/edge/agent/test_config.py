"""Settings: what is accepted, and that every fault names the file and the key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge import signer
from tally_edge.agent import config
from tally_edge.authority import SigningPlace
from tally_edge.errors import ConfigError

GOOD = """
[device]
uri = "urn:dev:org:32473-steel:gw1"
model = "box"
[gateway]
host = "gw.example"
token_file = "token"
proof_key = "PROOF"
[site]
timezone = "Asia/Shanghai"
[[point]]
uri = "urn:dev:org:32473-steel:m1"
driver = "simulated"
cadence_s = 900
serial = "A1"
multiplier = 1.50
[[point.register]]
name = "energy_import"
unit = "kWh"
modulus = 1000000
[point.meter]
kind = "electricity"
seed = "x"
"""
PROOF = signer.generate().public_key.encode().hex()


def parse(text: str) -> config.EdgeConfig:
    return config.parse(text.replace("PROOF", PROOF), Path("/etc/tally/edge.toml"))


def test_a_good_file() -> None:
    settings = parse(GOOD)
    assert settings.outbox_folder == Path("/etc/tally/outbox")
    assert settings.gateway is not None
    assert (settings.gateway.port, settings.gateway.token_file) == (8883, Path("/etc/tally/token"))
    (point,) = settings.points
    assert point.multiplier == Decimal("1.50")
    assert str(point.multiplier) == "1.50"
    assert point.time.zone.key == "Asia/Shanghai"
    assert settings.device.place is SigningPlace.POLLED_BUS
    assert not settings.run.accelerated


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('model = "box"', "", "device.model: is missing"),
        ('model = "box"', 'modell = "box"', "device.model: is missing"),
        ('model = "box"', 'model = "box"\ncolour = "red"', "device.colour: is not a known setting"),
        ('host = "gw.example"', "", "gateway.host: is missing"),
        ('proof_key = "PROOF"', 'proof_key = "zz"', "gateway.proof_key: 'zz' is not hex"),
        ('proof_key = "PROOF"', 'proof_key = "a0"', "gateway.proof_key: is not a COSE key"),
        (
            'timezone = "Asia/Shanghai"',
            'timezone = "Asia/Shangri-La"',
            r"point\[1\].timezone: 'Asia/Shangri-La' is not",
        ),
        ("cadence_s = 900", "cadence_s = 0", r"point\[1\].cadence_s: 0 is not from 1 to 86400"),
        ("cadence_s = 900", "cadence_s = true", r"point\[1\].cadence_s: True is not a whole number"),
        ("cadence_s = 900", 'cadence_s = "900"', r"point\[1\].cadence_s: '900' is not a whole number"),
        ("multiplier = 1.50", "multiplier = -1", r"point\[1\].multiplier: -1 is not a number above zero"),
        ("multiplier = 1.50", "multiplier = inf", r"point\[1\].multiplier: Decimal\('Infinity'\) is not a number"),
        ('unit = "kWh"', 'unit = "kwh"', r"point\[1\].register\[1\].unit: 'kwh' is not one of"),
        ('name = "energy_import"', 'name = "Energy"', r"point\[1\].register\[1\].name: 'Energy'"),
        ('uri = "urn:dev:org:32473-steel:m1"', 'uri = "m1/"', r"point\[1\].uri: 'm1/' is not a URI"),
        ("[site]", "[run]\nmode = 'accelerated'\n[site]", 'device.place: must be "simulated"'),
        ("[site]", "[colour]\n[site]", "colour: is not a known setting"),
        ("[site]", "[outbox]\nmax_bytes = 5\n[site]", "outbox.max_bytes: 5 is not from"),
        ("[site]", "[site", "edge.toml: "),
    ],
)
def test_a_fault_names_the_file_and_the_key(old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=fault) as caught:
        parse(GOOD.replace(old, new))
    assert "/etc/tally/edge.toml" in str(caught.value)


def test_a_point_twice_is_refused() -> None:
    point = GOOD[GOOD.index("[[point]]") :]
    with pytest.raises(ConfigError, match="urn:dev:org:32473-steel:m1 stands twice"):
        parse(GOOD + point)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("secret\n")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="set its mode to 600"):
        config.secret(path)
    path.chmod(0o600)
    assert config.secret(path) == "secret"
    with pytest.raises(ConfigError, match="cannot read"):
        config.load(tmp_path / "absent.toml")
