"""The reader at the end of a run: a bundle of everything, and what its verification must find, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from tally_chain import bundle
from tally_chain.anchoring.reading import Anchor, read_anchors
from tally_chain.bundle import AnchorClaim, Bundle, Content
from tally_chain.findings import Code
from tally_chain.policy import PinnedRoot, RootSource
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import wire
from tally_edge.device import Boundary, Settlement
from tally_edge.proof import log_id_of
from tally_edge.statement import Kind, Statement
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tests.simulation.chain import CHAIN_ID, CONTRACT, ModelChain
from tests.simulation.diary import Diary
from tests.simulation.due import Due, due
from tests.simulation.oracle import FaultFound
from tests.simulation.site import MIDNIGHT, ORIGIN, SiteOfRun
from tests.system.reading import settled_span, statements_of

_ALWAYS = frozenset({Code.ANCHORED, Code.NO_GRANT})
_OF_STRAYS = frozenset(
    {
        Code.CONFLICTING_READINGS,
        Code.SETTLEMENT_DISAGREES,
        Code.RESET,
        Code.REGISTER_BACKWARDS,
        Code.BEFORE_BEACON,
        Code.CLOCK_DOUBTFUL,
        Code.BEFORE_ENROLMENT,
    }
)
"""What a log says only of a device whose clock strayed: one time came twice, or none was known. (After its anchor a
statement may stand by the chain too, whose blocks may be replaced by one of an earlier time.)"""

_SHOWN_CHARS = 600


def read(site: SiteOfRun, folder: Path, chain: ModelChain, diaries: Sequence[Diary], now: int) -> Counter[str]:
    """What the verdict finds, by name. Raises FaultFound where that is not what the log demands."""
    anchors = read_anchors(chain, CONTRACT, log_id_of(ORIGIN))
    entries = statements_of(folder)
    span = settled_span(entries)
    made = _bundle(site, folder, chain, (anchors, span, now))
    roots = tuple(
        PinnedRoot(one.size, one.root, RootSource.PUBLIC, one.block_time_seconds, CHAIN_ID) for one in anchors
    )
    verdict = verify(bundle.decode(bundle.encode(made)), site.policy(roots), now=now)
    carried = {entry.index: entries[entry.index] for entry in made.sections[0].entries}
    _check_findings(verdict, due(carried, anchors, span, site.swarm.cadence_s), diaries)
    for diary in diaries:
        _check_settlements(diary, entries)
    _check_figures(verdict, entries, span, diaries)
    return Counter(one.code.name for one in verdict.findings)


def _check_findings(verdict: Verdict, expected: Due, diaries: Sequence[Diary]) -> None:
    """Each is due, and each that is due is there; what only a stray clock explains is of a device that had one."""
    told = "; ".join(str(one) for one in verdict.findings if one.code not in _ALWAYS)[:_SHOWN_CHARS]
    always = Counter(one.code for one in verdict.findings if one.code in _ALWAYS)
    if always != Counter(_ALWAYS):
        raise FaultFound(f"broken: the verdict lacks {sorted(code.name for code in _ALWAYS)}: {told}")
    found = {(one.code, one.touches) for one in verdict.findings if one.code not in _ALWAYS}
    if strange := found - expected:
        raise FaultFound(f"broken: the verdict finds what nobody did: {_named(strange)}: {told}")
    if lacking := expected - found:
        raise FaultFound(f"broken: the verdict does not find {_named(lacking)}: {told}")
    straight = [diary.device for diary in diaries if not diary.clock.strays()]
    for code, touches in found:
        if code in _OF_STRAYS and any(
            name in touches for device in straight for name in (device.uri, device.point.uri)
        ):
            raise FaultFound(f"broken: {code.name} of {touches}, whose clock never strayed: {told}")


def _named(findings: Due) -> str:
    return ", ".join(sorted(f"{code.name} of {touches}" for code, touches in findings))


def _bundle(site: SiteOfRun, folder: Path, chain: ModelChain, of: tuple[list[Anchor], tuple[int, int], int]) -> Bundle:
    """A bundle of the whole log, linked to every anchored head."""
    anchors, span, now = of
    return make_bundle(
        folder,
        LogKeys(site.signers.checkpoint, site.signers.proof),
        Wanted(Content.FULL, *span, link_sizes=tuple(one.size for one in anchors)),
        size=anchors[-1].size,
        anchors=_claims(chain, anchors),
        now=now,
    )


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


def _check_settlements(diary: Diary, entries: Sequence[Statement]) -> None:
    """Every metering point is opened first and closed last, and its midnight is settled, whatever happened then."""
    device = diary.device
    settled = [
        wire.decode(Settlement, signed.payload)
        for signed in sorted(entries, key=lambda one: one.claims.seq or 0)
        if signed.claims.kind is Kind.SETTLEMENT and signed.claims.issuer == device.uri
    ]
    kinds = [one.boundary for one in settled]
    midnights = [one.at for one in settled if one.boundary is Boundary.DAY]
    if not kinds or kinds[0] is not Boundary.OPENING or kinds[-1] is not Boundary.CLOSING:
        raise FaultFound(f"broken: {device.name} settled {[kind.name for kind in kinds]}")
    if not diary.clock.strays() and midnights != [MIDNIGHT] * (settled[0].at < MIDNIGHT):
        raise FaultFound(f"broken: {device.name} settled {midnights}, its midnight was {MIDNIGHT}")


def _check_figures(
    verdict: Verdict, entries: Sequence[Statement], span: tuple[int, int], diaries: Sequence[Diary]
) -> None:
    """What is counted is the difference of the registers at both ends, however often anything was sent."""
    straight = {diary.device.point.uri for diary in diaries if not diary.clock.strays()}
    registers: dict[str, dict[int, int | Decimal]] = {}
    for signed in entries:
        if signed.claims.kind is Kind.SETTLEMENT:
            settled = wire.decode(Settlement, signed.payload)
            registers.setdefault(signed.claims.subject, {})[settled.at] = settled.registers[0].value
    for figure in verdict.figures:
        first, last = (registers[figure.point].get(at) for at in span)
        if figure.point not in straight or first is None or last is None:
            continue
        if figure.quantity != last - first:
            raise FaultFound(f"doubled: {figure.point} counted {figure.quantity}, its registers say {[first, last]}")
