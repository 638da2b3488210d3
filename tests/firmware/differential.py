"""Random reading sets through both implementations, many: `python -m tests.firmware.differential --count 100000`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

from tally_edge import senml, statement
from tests.firmware.build import Device, build
from tests.firmware.forgeries import forgeries
from tests.firmware.jobs import Job, Jobs, xy
from tests.firmware.verdicts import verdict

BATCH = 2_000
PROCESSES = 2
"""Of the firmware at once; checking a signature is most of the time."""
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
    by_key: dict[str, list[str]] = defaultdict(list)
    for job, answer in zip(made, device.answers("differential", lines=[job.line for job in made]), strict=True):
        assert answer == job.encoded.hex(), f"{job.line}\n{answer}\n{job.encoded.hex()}"
        # The Python side takes what the firmware wrote ...
        said = statement.decode(bytes.fromhex(answer))
        said.verify(job.signer.public_key)
        tally["records"] += senml.check(said.payload)
        tally["bytes"] += len(said.encoded)
        tally["readings"] += 1
        by_key[xy(job.signer)].append(job.encoded.hex())
    with ThreadPoolExecutor(PROCESSES) as pool:  # ... and the firmware what Python wrote
        for verdicts in pool.map(lambda item: device.answers("check", item[0], lines=item[1]), by_key.items()):
            assert set(verdicts) == {"ok"}
            tally["accepted"] += len(verdicts)
    _compare_verdicts(device, made[:: max(1, len(made) // FORGED_FROM)], chance, tally)


def _compare_verdicts(device: Device, sources: list[Job], chance: random.Random, tally: Counter[str]) -> None:
    """Malformed sets: of each source a few forgeries, refused by both with the same class of verdict."""
    for job in sources:
        if len(job.encoded) > LONGEST_FORGED:
            continue
        forged = forgeries(job.encoded)
        bodies = chance.sample(forged, min(FORGERIES, len(forged)))
        ours = [verdict(body, job.signer.public_key) for body in bodies]
        theirs = device.answers("check", xy(job.signer), lines=[body.hex() for body in bodies])
        differing = [found for found in zip(ours, theirs, bodies, strict=True) if found[0] != found[1]]
        assert not differing, differing[:3]
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
