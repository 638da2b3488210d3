"""A reader of a plant: bundles made of its log, and the verdict on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tally_chain import bundle, note
from tally_chain.bundle import Bundle, Content
from tally_chain.policy import Accept, PinnedRoot, Policy, RootSource, TrustedKey, TrustedLog
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import statement, wire
from tally_edge.device import Boundary, Gap, Settlement
from tally_edge.statement import Kind, Statement
from tally_gateway import keys_on_disk
from tally_gateway.anchored_log import wall_clock
from tally_gateway.demo import parties
from tally_gateway.export import LogKeys, Wanted, make_bundle
from tally_gateway.log.reader import LogReader
from tests.system.plant import Plant


def statements_of(folder: Path) -> list[Statement]:
    """Everything under the checkpoint of the gateway in `folder`."""
    reader = LogReader(folder)
    return [statement.decode(reader.entry(index)) for index in range(reader.size)]


def settled_span(entries: Sequence[Statement]) -> tuple[int, int]:
    """From the last opening to the first closing of all metering points: where every one of them speaks."""
    opened, closed = [], []
    for signed in entries:
        if signed.claims.kind is Kind.SETTLEMENT:
            settled = wire.decode(Settlement, signed.payload)
            if settled.boundary is Boundary.OPENING:
                opened.append(settled.at)
            elif settled.boundary is Boundary.CLOSING:
                closed.append(settled.at)
    return max(opened), min(closed)


def gaps_of(entries: Sequence[Statement]) -> dict[str, list[Gap]]:
    """The declared gaps by metering point."""
    found: dict[str, list[Gap]] = {}
    for signed in entries:
        if signed.claims.kind is Kind.GAP:
            found.setdefault(signed.claims.subject, []).append(wire.decode(Gap, signed.payload))
    return found


def full_bundle(plant: Plant, span: tuple[int, int], content: Content = Content.FULL) -> Bundle:
    """A bundle of everything at the newest checkpoint."""
    opened = plant.opened()
    return make_bundle(
        plant.settings.folder,
        LogKeys(opened.checkpoint, opened.proof),
        Wanted(content, *span),
        size=LogReader(plant.settings.folder).size,
        anchors=[],
        now=wall_clock(),
    )


def policy_of(plant: Plant, others: Sequence[TrustedLog] = ()) -> Policy:
    """A reader that holds the newest head of the plant's log, compared out of band."""
    reader = LogReader(plant.settings.folder)
    root = PinnedRoot(reader.size, reader.checkpoint.root, RootSource.PUBLIC, wall_clock() + 1)
    return Policy(
        authorities=(TrustedKey(plant.people.authority.public_key, parties.AUTHORITY, parties.AUTHORITY_ISSUER),),
        persons=(TrustedKey(plant.people.person.public_key, parties.INSPECTION),),
        owners=(),
        logs=(trusted(plant.opened(), plant.settings.gateway.origin, (root,)), *others),
        accept=Accept(simulated=True),
        audited=plant.site.owner,
    )


def trusted(opened: keys_on_disk.LogSigners, origin: str, roots: tuple[PinnedRoot, ...]) -> TrustedLog:
    """A log that the reader knows."""
    return TrustedLog(origin, opened.proof.public_key, note.verifier_key_of(origin, opened.checkpoint).encode(), roots)


def read(plant: Plant, span: tuple[int, int]) -> Verdict:
    """The verdict on the full bundle, through its encoded form."""
    made = bundle.decode(bundle.encode(full_bundle(plant, span)))
    return verify(made, policy_of(plant), now=wall_clock() + 1)
