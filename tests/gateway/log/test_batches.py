"""Rows go in by many to a step: every batch size around those steps stores each row once, in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_gateway.log.writer import Log
from tests.gateway.log import kit

SIZES = (1, 2, 7, 8, 9, 127, 128, 129, 136, 137, 256, 300)


@pytest.mark.parametrize("streams", [1, 20])
def test_batches_of_every_size_are_stored_whole(tmp_path: Path, streams: int) -> None:
    log = kit.create(tmp_path)
    entries = [kit.entry(number % streams, number // streams) for number in range(sum(SIZES))]
    try:
        at = 0
        for size in SIZES:
            places = log.append(entries[at : at + size])
            assert [place.index for place in places] == list(range(at + 1, at + size + 1))
            at += size
        assert all(place.duplicate for place in log.append(entries))
    finally:
        log.close()
    log = Log.open(tmp_path, kit.CHECKPOINT_SIGNER, kit.PROOF_SIGNER, kit.clock, None)
    try:
        assert [log.entry(index + 1) for index in range(len(entries))] == [one.encoded for one in entries]
        for stream in range(streams):
            seqs = [seq for seq, _ in log.indexes_of(kit.kid(stream), 0, len(entries))]
            assert seqs == list(range(len(entries[stream::streams])))
    finally:
        log.close()
