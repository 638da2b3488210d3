"""The vectors that are kept for everybody, read by the firmware: right ones are taken, wrong ones refused."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tally_edge import cbor, keys, proof, statement
from tally_edge.errors import TallyError
from tally_edge.keys import PublicKey
from tally_edge.resolution import MIN_TIME
from tally_edge.statement import NO_PREV, Claims, Clock, Kind
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS
from tests.firmware.build import Device
from tests.firmware.jobs import xy
from tests.firmware.verdicts import verdict
from tests.mutate import byte_flips, cuts_and_additions, proof_forgeries
from tests.vectors import case
from tests.vectors.testkeys import DEVICE

ED25519 = {"readings-ed25519"}
"""The firmware signs and checks ES256 alone: a statement of another key is one that it can not vouch for."""


def _coordinates(key: PublicKey) -> str:
    return (key.x + key.y).hex()


def test_the_units_of_the_page_are_those_of_both(device: Device) -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats" / "readings.md").read_text("utf-8")
    named = {
        registry: set(re.findall(r"`([^`]+)`", line))
        for registry in ("primary", "secondary")
        for line in page.splitlines()
        if line.startswith(f"| {registry} ")
    }
    assert named == {"primary": PRIMARY_UNITS, "secondary": SECONDARY_UNITS}
    claims = Claims(Kind.READINGS, DEVICE.public_key.kid, "urn:a:b", "urn:a:b", 1, 0, NO_PREV, 1, Clock.UNSET)
    lines = []
    for unit in [*PRIMARY_UNITS, *SECONDARY_UNITS, "", "kwh", "g", "Wh "]:
        first: dict[int | str, cbor.Item] = {-3: MIN_TIME, -2: "urn:a:b/r", 1: unit, 2: 1}
        packed = cbor.encode([first | ({-1: 26} if unit in SECONDARY_UNITS else {})])
        lines.append(statement.sign(claims, packed, DEVICE).encoded.hex())
    answers = device.answers("check", xy(DEVICE), lines=lines)
    assert answers == ["ok"] * (len(lines) - 4) + ["wrong-payload"] * 4


@pytest.mark.parametrize("format_name", ["statement", "settlement", "gap", "ask", "refusal", "anchor-notice"])
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


def test_forged_proofs_meet_the_same_verdict(device: Device) -> None:
    """Every edit of a confirmation's signed part, of its paths and what stands beside them; bytes cut and doubled."""
    folder = case.HERE / "proof" / "confirmation"
    data = {path.stem: bytes.fromhex("".join(path.read_text().split())) for path in folder.glob("*.hex")}
    key = keys.decode_public_key(data["key"])
    entries = [data["entry0"], data["entry1"]]
    forged = [body for _, body in proof_forgeries(data["input"])] + [
        body for _, body in cuts_and_additions(data["input"])
    ]
    chance = random.Random(7)
    forged += chance.sample([body for _, body in byte_flips(data["input"])], 600)
    hexed = " ".join(entry.hex() for entry in entries)
    answers = device.answers("prove", _coordinates(key), lines=[f"{body.hex()} {hexed}" for body in forged])
    for body, answer in zip(forged, answers, strict=True):
        try:
            root = proof.decode(body).verify(entries, key)
        except TallyError:
            assert answer == "refused", body.hex()
        else:
            assert answer == f"ok {root.hex()}", body.hex()  # the run, which nobody signs
    assert answers.count("refused") > 0.9 * len(answers)


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
