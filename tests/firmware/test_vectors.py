"""The vectors that are kept for everybody, read by the firmware: right ones are taken, wrong ones refused."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tally_edge import keys, statement
from tally_edge.keys import PublicKey
from tally_edge.statement import NO_PREV, Claims, Clock, Kind
from tests.firmware.build import Device
from tests.firmware.jobs import xy
from tests.firmware.verdicts import verdict
from tests.vectors import case
from tests.vectors.testkeys import DEVICE

ED25519 = {"readings-ed25519"}
"""The firmware signs and checks ES256 alone: a statement of another key is one that it can not vouch for."""


def _coordinates(key: PublicKey) -> str:
    return (key.x + key.y).hex()


@pytest.mark.parametrize("format_name", ["statement", "settlement", "gap", "ask", "refusal"])
def test_statements(device: Device, format_name: str) -> None:
    by_key: dict[PublicKey, list[tuple[str, bytes]]] = defaultdict(list)
    for folder in case.folders(format_name):
        data = {path.stem: bytes.fromhex("".join(path.read_text().split())) for path in folder.glob("*.hex")}
        if folder.name not in ED25519:
            by_key[keys.decode_public_key(data["key"])].append((folder.name, data["input"]))
    judged = 0
    for key, cases in by_key.items():
        if not key.y:
            continue
        answers = device.answers("check", _coordinates(key), lines=[body.hex() for _, body in cases])
        for (name, body), answer in zip(cases, answers, strict=True):
            assert (answer == "ok") == (not name.endswith("_fail")), (name, answer)
            assert answer == verdict(body, key), name
            judged += 1
    assert judged >= 3


def test_packs_inside_a_statement(device: Device) -> None:
    claims = Claims(Kind.READINGS, DEVICE.public_key.kid, "urn:a:b", "urn:a:b", 1, 0, NO_PREV, 1, Clock.UNSET)
    cases = {
        folder.name: bytes.fromhex("".join((folder / "input.hex").read_text().split()))
        for folder in case.folders("senml")
    }
    signed = {name: statement.sign(claims, payload, DEVICE).encoded for name, payload in cases.items()}
    answers = device.answers("check", xy(DEVICE), lines=[body.hex() for body in signed.values()])
    for name, answer in zip(signed, answers, strict=True):
        assert (answer == "ok") == (not name.endswith("_fail")), (name, answer)
        assert answer == verdict(signed[name], DEVICE.public_key), name


def test_proofs(device: Device) -> None:
    verdicts = []
    for folder in case.folders("proof"):
        data = {path.stem: "".join(path.read_text().split()) for path in folder.glob("*.hex")}
        key = keys.decode_public_key(bytes.fromhex(data["key"]))
        entries = [data[name] for name in sorted(data) if name.startswith("entry")]
        (answer,) = device.answers("prove", _coordinates(key), lines=[" ".join([data["input"], *entries])])
        assert answer.startswith("ok ") == (not folder.name.endswith("_fail")), (folder.name, answer)
        verdicts.append(answer)
    assert len(verdicts) > 20
