"""The same inputs through both implementations: the same bytes, and each accepts the other's.

`make firmware` runs the long form (tests.firmware.differential).
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter, defaultdict

import pytest

from tally_edge import cose
from tally_edge.signer import FileSigner
from tests.firmware.build import Device
from tests.firmware.differential import compare
from tests.firmware.forgeries import forgeries
from tests.firmware.jobs import Jobs, private_scalar, xy
from tests.firmware.verdicts import verdict
from tests.vectors.testkeys import DEVICE

READING_SETS = 2_000


def test_the_same_bytes_for_reading_sets(device: Device) -> None:
    tally = compare(device, seed=1, count=READING_SETS)
    assert tally["readings"] == READING_SETS


def test_the_same_bytes_for_settlements_gaps_and_asks(device: Device) -> None:
    jobs = Jobs(2)
    made = [kind() for _ in range(120) for kind in (jobs.settlement, jobs.gap, jobs.ask)]
    answers = device.answers("differential", lines=[job.line for job in made])
    assert answers == [job.encoded.hex() for job in made]
    by_key: dict[str, list[str]] = defaultdict(list)
    for job in made:
        assert verdict(job.encoded, job.signer.public_key) == "ok"
        by_key[xy(job.signer)].append(job.encoded.hex())
    for key, lines in by_key.items():
        assert device.answers("check", key, lines=lines) == ["ok"] * len(lines)


def test_a_pack_of_the_most_records(device: Device) -> None:
    jobs = Jobs(3)
    made = [job for job in (jobs.readings(1_024) for _ in range(12)) if len(job.encoded) < 65_535]
    assert max(len(job.encoded) for job in made) > 20_000
    assert device.answers("differential", lines=[job.line for job in made]) == [job.encoded.hex() for job in made]


def test_what_neither_signs(device: Device) -> None:
    scalar = private_scalar(DEVICE).hex()
    head = f"readings\t{scalar}\turn:a:b\turn:a:b\t1\t1"
    tail = "2\t-\turn:a:b\t1767268800\tr\tkWh\t+1/0"
    lines = [
        f"{head}\t0\t{'11' * 32}\t{tail}",
        f"{head}\t1\t{'00' * 32}\t{tail}",
        f"{head}\t{2**53}\t{'11' * 32}\t{tail}",
        f"{head}\t1\t{'11' * 32}\t2\t-\turn:a:b\t1767268800\tr\tkWh\t+1/0\t1767268799\tr\tkWh\t+1/0",
        f"{head.replace('urn:a:b', 'no uri')}\t1\t{'11' * 32}\t{tail}",
        f"{head}\t1\t{'11' * 32}\t2\t-\turn:a:b",
    ]
    assert device.answers("differential", lines=lines) == ["refused"] * len(lines)


@pytest.mark.parametrize("kind", ["readings", "settlement", "gap", "ask"])
def test_forgeries_meet_the_same_verdict(device: Device, kind: str) -> None:
    """Every edit of header, payload and frame, bytes cut and doubled, and a share of the bits."""
    jobs = Jobs(4)
    for make in itertools.repeat(getattr(jobs, kind)):
        sample = make() if kind != "readings" else make(6)
        if len(sample.encoded) < 1_200:
            break
    chance = random.Random(5)
    forged = forgeries(sample.encoded)
    _same_verdicts(device, chance.sample(forged, min(3_000, len(forged))), sample.signer)


def _same_verdicts(device: Device, bodies: list[bytes], signer: FileSigner) -> None:
    theirs = device.answers("check", xy(signer), lines=[body.hex() for body in bodies])
    ours = [verdict(body, signer.public_key) for body in bodies]
    differing = [(a, b, body.hex()) for a, b, body in zip(ours, theirs, bodies, strict=True) if a != b]
    assert not differing, differing[:5]
    assert "ok" not in ours
    assert len(Counter(ours)) == 5, Counter(ours)


def test_deep_nesting_is_refused_by_both(device: Device) -> None:
    sample = Jobs(6).gap()
    frame = cose.decode_sign1(sample.encoded)
    payloads = [b"\x81" * depth + b"\x00" for depth in (11, 12, 13, 4_000)]
    bodies = [dataclasses.replace(frame, payload=payload).encode() for payload in payloads]
    theirs = device.answers("check", xy(sample.signer), lines=[body.hex() for body in bodies])
    assert theirs == [verdict(body, sample.signer.public_key) for body in bodies]
    assert theirs == ["wrong-payload", "wrong-payload", "malformed-cbor", "malformed-cbor"]
