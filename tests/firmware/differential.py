"""Random reading sets through both implementations, many: `python -m tests.firmware.differential --count 100000`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict

from tally_edge import senml, statement
from tests.firmware.build import Device, build
from tests.firmware.jobs import Job, Jobs, xy
from tests.firmware.verdicts import verdict
from tests.mutate import cuts_and_additions, statement_forgeries
from tests.vectors.testkeys import p256_test_key

BATCH = 2_000
FORGED_FROM = 10
"""Of a batch, how many sets are forged;"""
FORGERIES = 100
"""and how often each."""
LONGEST_FORGED = 1_500
"""Bytes: the edits of a long set are the same again and again."""


def compare(device: Device, *, seed: int, count: int, progress: bool = False) -> Counter[str]:
    """`count` random reading sets: byte for byte the same from both, and each accepts the other's. Fails at the first
    difference. Returns what was seen."""
    jobs = Jobs(seed)
    chance = random.Random(seed)
    tally: Counter[str] = Counter()
    begun = time.monotonic()
    while tally["readings"] < count:
        made = [jobs.readings() for _ in range(min(BATCH, count - tally["readings"]))]
        _compare_batch(device, made, chance, tally)
        if progress:
            done = tally["readings"]
            print(
                f"\r{done} of {count} reading sets, {done / (time.monotonic() - begun):.0f} a second",
                end="",
                flush=True,
            )
    if progress:
        print()
    return tally


def _compare_batch(device: Device, made: list[Job], chance: random.Random, tally: Counter[str]) -> None:
    by_key: dict[int, list[str]] = defaultdict(list)
    for job, answer in zip(made, device.answers("differential", lines=[job.line for job in made]), strict=True):
        assert answer == job.encoded.hex(), f"{job.line}\n{answer}\n{job.encoded.hex()}"
        # The Python side takes what the firmware wrote ...
        key = int.from_bytes(bytes.fromhex(job.line.split("\t")[1]), "big") - 1_000
        said = statement.decode(bytes.fromhex(answer))
        said.verify(p256_test_key(key).public_key)
        tally["records"] += senml.check(said.payload)
        tally["bytes"] += len(said.encoded)
        tally["readings"] += 1
        by_key[key].append(job.encoded.hex())
    for key, lines in by_key.items():  # ... and the firmware what Python wrote
        verdicts = device.answers("check", xy(p256_test_key(key)), lines=lines)
        assert verdicts == ["ok"] * len(lines)
        tally["accepted"] += len(lines)
    _compare_verdicts(device, made[:: max(1, len(made) // FORGED_FROM)], chance, tally)


def _compare_verdicts(device: Device, sources: list[Job], chance: random.Random, tally: Counter[str]) -> None:
    """Malformed sets: of each source a few forgeries, refused by both with the same class of verdict."""
    for job in sources:
        if len(job.encoded) > LONGEST_FORGED:
            continue
        forged = [body for _, body in statement_forgeries(job.encoded)]
        forged += [body for _, body in cuts_and_additions(job.encoded)]
        bodies = chance.sample(forged, min(FORGERIES, len(forged)))
        key = p256_test_key(int.from_bytes(bytes.fromhex(job.line.split("\t")[1]), "big") - 1_000)
        ours = [verdict(body, key.public_key) for body in bodies if body != job.encoded]
        lines = [body.hex() for body in bodies if body != job.encoded]
        theirs = device.answers("check", xy(key), lines=lines)
        assert theirs == ours, [(a, b, line) for a, b, line in zip(ours, theirs, lines, strict=True) if a != b][:3]
        assert "ok" not in ours
        tally["forged"] += len(ours)
        tally.update(f"refused: {one}" for one in ours)


def main(argv: list[str] | None = None) -> int:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20_261_128)
    options = parser.parse_args(argv)
    print(f"seed {options.seed}")
    tally = compare(build(), seed=options.seed, count=options.count, progress=True)
    print(
        f"{tally['readings']} reading sets ({tally['records']} records, {tally['bytes']} bytes): "
        f"the same bytes from both, {tally['accepted']} accepted by the firmware, all accepted by tally_edge"
    )
    classes = ", ".join(f"{count} {name.partition(' ')[2]}" for name, count in sorted(tally.items()) if ":" in name)
    print(f"{tally['forged']} malformed sets: refused by both with the same class of verdict ({classes})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
