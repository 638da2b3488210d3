"""The reader at the end of a run: a bundle of everything, and what its verification must find, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tally_chain import bundle
from tally_chain.anchoring.reading import Anchor, read_anchors
from tally_chain.bundle import AnchorClaim, Bundle, Content
from tally_chain.findings import Code
from tally_chain.policy import PinnedRoot, RootSource
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import senml, statement, wire
from tally_edge.device import Boundary, Gap, Settlement
from tally_edge.proof import log_id_of
from tally_edge.statement import DEVICE_KINDS, Kind, Statement
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tally_gateway.log.reader import LogReader
from tests.simulation.chain import CHAIN_ID, CONTRACT, ModelChain
from tests.simulation.oracle import FaultFound
from tests.simulation.site import MIDNIGHT, ORIGIN, SiteOfRun
from tests.system.reading import settled_span

_ALWAYS = frozenset({Code.ANCHORED, Code.NO_GRANT})
_COUNTED = frozenset({Code.DECLARED_GAP, Code.OUT_OF_ORDER, Code.AFTER_ANCHOR})
"""Their number follows from the log, and is compared. Where a clock strayed, a gap may lie outside of what its point's
readings span, and is then none of the figure's."""
_OF_CLOCKS = frozenset(
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
"""What a device may say of itself whose clock was set back, ran fast or was lost: one time came twice, or none was
known. Found in such runs alone."""

_SHOWN_CHARS = 600


def read(site: SiteOfRun, folder: Path, chain: ModelChain, now: int) -> Counter[str]:
    """What the verdict finds, by name. Raises FaultFound where it is not what the log demands."""
    anchors = read_anchors(chain, CONTRACT, log_id_of(ORIGIN))
    reader = LogReader(folder)
    entries = [statement.decode(reader.entry(index)) for index in range(reader.size)]
    span = settled_span(entries)
    made = _bundle(site, folder, chain, (anchors, span, now))
    roots = tuple(
        PinnedRoot(one.size, one.root, RootSource.PUBLIC, one.block_time_seconds, CHAIN_ID) for one in anchors
    )
    verdict = verify(bundle.decode(bundle.encode(made)), site.policy(roots), now=now)
    found = Counter(one.code for one in verdict.findings)
    carried = {entry.index: entries[entry.index] for entry in made.sections[0].entries}
    expected = _counted(carried, anchors, span)
    swarm = site.swarm
    strays = swarm.clock_steps_every_s or swarm.clock_drift_ppm or swarm.clock_unset_every_s
    may = _ALWAYS | _COUNTED | {Code.SHORT_OF_PERIOD} | (_OF_CLOCKS if strays else frozenset())
    told = "; ".join(str(one) for one in verdict.findings if one.code not in _ALWAYS)[:_SHOWN_CHARS]
    for code in _ALWAYS:
        if found[code] != 1:
            raise FaultFound(f"broken: the verdict lacks {code.name}: {told}")
    for code in _COUNTED if strays else _COUNTED | {Code.SHORT_OF_PERIOD}:
        if found[code] != expected[code] and not (
            strays and code is Code.DECLARED_GAP and found[code] < expected[code]
        ):
            raise FaultFound(f"broken: {code.name} is due {expected[code]} times, not {found[code]}: {told}")
    strange = "; ".join(str(one) for one in verdict.findings if one.code not in may)[:_SHOWN_CHARS]
    if strange:
        raise FaultFound(f"broken: the verdict finds what nobody did: {strange}")
    _check_settlements(site, entries, strays=bool(strays))
    if not strays:
        _check_figures(verdict, entries, span)
    return Counter({code.name: count for code, count in found.items()})


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


def _counted(carried: dict[int, Statement], anchors: Sequence[Anchor], span: tuple[int, int]) -> Counter[Code]:
    """How often the findings that follow from the log are due, worked out from what the bundle carries."""
    due: Counter[Code] = Counter()
    gapped: set[str] = set()
    order: dict[str, list[int]] = {}
    times: dict[str, set[int]] = {}
    for index, signed in carried.items():
        claims = signed.claims
        if claims.kind not in DEVICE_KINDS:
            continue
        order.setdefault(claims.issuer, []).append(claims.seq or 0)
        if claims.kind is Kind.GAP:
            gap = wire.decode(Gap, signed.payload)
            if gap.after < span[1] and gap.before > span[0]:
                gapped.add(claims.subject)
        if claims.kind is Kind.READINGS:
            times.setdefault(claims.subject, set()).update(one.taken_at for one in senml.decode(signed.payload))
        anchored_at = next(one.block_time_seconds for one in anchors if one.size > index)
        due[Code.AFTER_ANCHOR] += max(_newest_time(signed), claims.issued_at) > anchored_at
    due[Code.DECLARED_GAP] = len(gapped)
    due[Code.SHORT_OF_PERIOD] = sum(not of_point.issuperset(span) for of_point in times.values())
    due[Code.OUT_OF_ORDER] = sum(seqs != sorted(seqs) for seqs in order.values())
    return due


def _newest_time(signed: Statement) -> int:
    if signed.claims.kind is Kind.READINGS:
        return max(reading.taken_at for reading in senml.decode(signed.payload))
    if signed.claims.kind is Kind.GAP:
        return wire.decode(Gap, signed.payload).before
    return wire.decode(Settlement, signed.payload).at


def _check_settlements(site: SiteOfRun, entries: Sequence[Statement], *, strays: bool) -> None:
    """Every metering point is opened first and closed last, and its midnight is settled, whatever happened then."""
    for device in site.devices:
        settled = [
            wire.decode(Settlement, signed.payload)
            for signed in sorted(entries, key=lambda one: one.claims.seq or 0)
            if signed.claims.kind is Kind.SETTLEMENT and signed.claims.issuer == device.uri
        ]
        kinds = [one.boundary for one in settled]
        midnights = [one.at for one in settled if one.boundary is Boundary.DAY]
        if not kinds or kinds[0] is not Boundary.OPENING or kinds[-1] is not Boundary.CLOSING:
            raise FaultFound(f"broken: {device.name} settled {[kind.name for kind in kinds]}")
        if not strays and midnights != [MIDNIGHT] * (settled[0].at < MIDNIGHT):
            raise FaultFound(f"broken: {device.name} settled {midnights}, its midnight was {MIDNIGHT}")


def _check_figures(verdict: Verdict, entries: Sequence[Statement], span: tuple[int, int]) -> None:
    """What is counted is the difference of the registers at both ends, however often anything was sent."""
    registers: dict[str, dict[int, object]] = {}
    for signed in entries:
        if signed.claims.kind is Kind.SETTLEMENT:
            settled = wire.decode(Settlement, signed.payload)
            registers.setdefault(signed.claims.subject, {})[settled.at] = settled.registers[0].value
    for figure in verdict.figures:
        first, last = (registers[figure.point].get(at) for at in span)
        if first is not None and last is not None and figure.quantity != last - first:
            raise FaultFound(f"doubled: {figure.point} counted {figure.quantity}, its registers say {[first, last]}")
