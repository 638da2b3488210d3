"""The same inputs through both implementations: the same bytes, and each accepts the other's.

`make firmware` runs the long form (tests.firmware.differential).
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import sys
import unicodedata
from collections import Counter, defaultdict

import pytest

from tally_edge import cose, wire
from tally_edge.device import Gap, GapReason
from tally_edge.signer import FileSigner
from tests.firmware import unicode_table
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


def test_every_character_is_printable_to_both_or_to_neither(device: Device) -> None:
    """Each as the note of a gap: all up to U+1FFFF and around every edge behind. Signatures are checked last, so a
    wrong one says that the character was printable.
    """
    sample = Jobs(9).gap()
    frame = cose.decode_sign1(sample.encoded)
    said = Gap(1, 2, GapReason.METER_SILENT, (), 1, note="?")
    head, tail = wire.encode(said).split(b"\x61?")
    assert not tail
    edges = [sys.maxunicode, *itertools.accumulate(count for run in unicode_table.runs() for count in run)]
    behind = {point for edge in edges for point in (edge - 1, edge, edge + 1) if 0x20000 <= point <= sys.maxunicode}
    points = [point for point in [*range(0x20000), *sorted(behind)] if not 0xD800 <= point < 0xE000]
    notes = [chr(point).encode() for point in points]
    payloads = [head + bytes((0x60 + len(note),)) + note for note in notes]
    bodies = [dataclasses.replace(frame, payload=payload, signature=b"\xff" * 64).encode() for payload in payloads]
    answers = device.answers("check", xy(sample.signer), lines=[body.hex() for body in bodies])
    differing = [
        hex(point)
        for point, answer in zip(points, answers, strict=True)
        if (answer == "wrong-signature") != chr(point).isprintable() and _is_of_the_page(point)
    ]
    assert not differing
    assert set(answers) == {"wrong-signature", "wrong-payload"}


def _is_of_the_page(point: int) -> bool:
    """Whether this Python's Unicode says the same of it as the page's: later ones only assign what was unassigned."""
    return unicodedata.unidata_version == unicode_table.VERSION or unicodedata.ucd_3_2_0.category(chr(point)) != "Cn"


def test_the_table_of_characters_is_the_generated_one() -> None:
    if unicodedata.unidata_version == unicode_table.VERSION:
        assert unicode_table.TABLE.read_text("utf-8") == unicode_table.table()
    assert f"Unicode {unicode_table.VERSION}:" in unicode_table.TABLE.read_text("utf-8")


def test_deep_nesting_is_refused_by_both(device: Device) -> None:
    sample = Jobs(6).gap()
    frame = cose.decode_sign1(sample.encoded)
    payloads = [b"\x81" * depth + b"\x00" for depth in (11, 12, 13, 4_000)]
    bodies = [dataclasses.replace(frame, payload=payload).encode() for payload in payloads]
    theirs = device.answers("check", xy(sample.signer), lines=[body.hex() for body in bodies])
    assert theirs == [verdict(body, sample.signer.public_key) for body in bodies]
    assert theirs == ["wrong-payload", "wrong-payload", "malformed-cbor", "malformed-cbor"]
