"""The reader at the end of a run: a bundle of everything, and what its verification must and must not find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tally_chain import bundle
from tally_chain.anchoring.reading import Anchor, read_anchors
from tally_chain.bundle import AnchorClaim, Content
from tally_chain.policy import PinnedRoot, RootSource
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import statement
from tally_edge.proof import log_id_of
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tally_gateway.log.reader import LogReader
from tests.simulation.chain import CHAIN_ID, CONTRACT, ModelChain
from tests.simulation.site import ORIGIN, SiteOfRun
from tests.system.reading import gaps_of, settled_span


def verdict_of(site: SiteOfRun, folder: Path, chain: ModelChain, now: int) -> Verdict:
    """What a reader who asks the chain itself finds in a bundle of the whole log, through its encoded form."""
    anchors = read_anchors(chain, CONTRACT, log_id_of(ORIGIN))
    reader = LogReader(folder)
    entries = [statement.decode(reader.entry(index)) for index in range(reader.size)]
    made = make_bundle(
        folder,
        LogKeys(site.signers.checkpoint, site.signers.proof),
        Wanted(Content.FULL, *settled_span(entries)),
        size=anchors[-1].size,
        anchors=_claims(chain, anchors),
        now=now,
    )
    roots = tuple(
        PinnedRoot(one.size, one.root, RootSource.PUBLIC, one.block_time_seconds, CHAIN_ID) for one in anchors
    )
    return verify(bundle.decode(bundle.encode(made)), site.policy(roots), now=now)


def _claims(chain: ModelChain, anchors: Sequence[Anchor]) -> list[AnchorClaim]:
    return [
        AnchorClaim(
            size=one.size,
            root=one.root,
            chain_id=CHAIN_ID,
            genesis=chain.genesis_hash,
            contract=bytes.fromhex(CONTRACT.removeprefix("0x")),
            transaction=one.tx_hash,
            block_number=one.block_number,
            block_hash=one.block_hash,
            block_time=one.block_time_seconds,
        )
        for one in anchors
    ]


def read(site: SiteOfRun, folder: Path, chain: ModelChain, now: int) -> Counter[str]:
    """What the verdict finds, by name. Raises FaultFound."""
    verdict = verdict_of(site, folder, chain, now)
    reader = LogReader(folder)
    entries = [statement.decode(reader.entry(index)) for index in range(reader.size)]
    found = Counter(f"{one.severity.name} {one.code.name}" for one in verdict.findings)
    found["gaps"] = sum(map(len, gaps_of(entries).values()))
    return found
