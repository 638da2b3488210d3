"""A yard with goods in a lot, on a chain of which each test has a copy: to set it up takes seconds, to copy it none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tally_chain.engine.embedded import EmbeddedEngine
from tests.chain.contracts.stage import embedded_stage
from tests.chain.receipts.yard import Yard, yard_on
from tests.chain.registry.parties import parties_on
from tests.finance.desk.office import stored

TONNES = 100


@dataclass(frozen=True)
class Stocked:
    """`yard` with goods in a lot."""

    yard: Yard
    lot: bytes


@dataclass(frozen=True)
class Kept:
    """The chain's folder, whose engine is closed, and what was done there until `now`, the time of its last block."""

    folder: Path
    stocked: Stocked
    now: int


def kept_in(folder: Path) -> Kept:
    """A new one."""
    with embedded_stage(folder) as stage:
        yard = yard_on(parties_on(stage))
        lot = stored(yard, TONNES)
        return Kept(folder, Stocked(yard, lot), yard.parties.now())


@contextmanager
def copied(kept: Kept, folder: Path) -> Iterator[Stocked]:
    """A copy in `folder`, in which no time has passed since."""
    shutil.copytree(kept.folder, folder)
    began = time.time()
    engine = EmbeddedEngine.open(folder, clock=lambda: kept.now + int(time.time() - began))
    try:
        yard = kept.stocked.yard
        parties = replace(yard.parties, stage=replace(yard.parties.stage, engine=engine))
        yield Stocked(replace(yard, parties=parties, files=list(yard.files)), kept.stocked.lot)
    finally:
        engine.close()
