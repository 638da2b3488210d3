"""Ledgers of misstatements (错报汇总): held against a report, and kept while a firm works on them for days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query

from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.tokens import Bearer
from tally_finance.errors import ReviewError
from tally_finance.exact_json import plain
from tally_finance.review import ledger_draft, ledger_file, ledger_places
from tally_finance.review.ledger_draft import Draft
from tally_finance.review.ledger_file import Held
from tally_finance.review.ledger_places import Place, Places
from tally_finance.review.reported import Reported
from tally_finance.review_api.asked_forms import LedgerAsked, LedgerSaved
from tally_finance.review_api.forms import TOTAL, DigestInPath
from tally_finance.review_api.ledgers_kept import Revision, Saved, Whose
from tally_finance.review_api.service import Allowed, Served, Service, allowed
from tally_finance.review_api.told_ledger import (
    CarriedTold,
    DraftLedgerTold,
    EntryChangedTold,
    EntryTold,
    MaterialityTold,
    MisstatementTold,
    MovedTold,
    PlaceTold,
    RevisionsTold,
    RevisionTold,
)

LEDGER: Final = Path("ledger")
"""How errors name what was sent."""
EMPTY: Final = ledger_draft.write(Draft(TOTAL, "", ()))
_SHOWN: Final = 20

Number = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="of a revision")]
Limit = Annotated[int, Query(ge=1, le=50, description="how many at most")]


def ledger_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1/reports/{digest}/ledger", "judging", allowed)

    @router.post("", summary="Hold a ledger of misstatements against a report (错报汇总)")
    def held(digest: DigestInPath, asked: LedgerAsked, bearer: Allowed, service: Served) -> MaterialityTold:
        _, kept, about = service.read(bearer, bytes.fromhex(digest))
        return _materiality(ledger_file.parse(asked.ledger.encode(), LEDGER, about), Places(kept.said))

    _keeping(router)
    return router


def _keeping(router: APIRouter) -> None:
    @router.get("/draft", summary="The ledger that your organisation is writing, or an earlier revision of it")
    def draft(digest: DigestInPath, bearer: Allowed, service: Served, revision: Number = None) -> DraftLedgerTold:
        service.read(bearer, bytes.fromhex(digest))
        whose = Whose(bearer.organisation, bytes.fromhex(digest))
        newest = service.ledgers.newest(whose)
        if revision is None:
            return _draft(service, bearer, whose, newest, newest)
        found = service.ledgers.revision(whose, revision)
        if found is None:
            raise missing("revision")
        return _draft(service, bearer, whose, found, newest)

    @router.post("/draft", summary="Save the ledger that your organisation is writing", status_code=201)
    def saved(digest: DigestInPath, asked: LedgerSaved, bearer: Allowed, service: Served) -> DraftLedgerTold:
        report = bytes.fromhex(digest)
        about = service.read(bearer, report)[2]
        ledger_draft.read(asked.ledger)
        carried = None if asked.carried_from is None else bytes.fromhex(asked.carried_from)
        if carried is not None and _line(service.read(bearer, carried)[2]) != _line(about):
            raise ReviewError("a ledger is carried from a report of the same entity, site and period")
        whose = Whose(bearer.organisation, report)
        made = Saved(asked.ledger, bearer.name, service.clock(), carried)
        kept = service.ledgers.save(whose, made, asked.revision)
        return _draft(service, bearer, whose, kept, kept)

    @router.get("/revisions", summary="Who saved the ledger when, and what changed")
    def revisions(
        digest: DigestInPath, bearer: Allowed, service: Served, limit: Limit = _SHOWN, before: Number = None
    ) -> RevisionsTold:
        service.read(bearer, bytes.fromhex(digest))
        whose = Whose(bearer.organisation, bytes.fromhex(digest))
        found = service.ledgers.revisions(whose, limit + 1, before)
        items = [_revision(one, earlier) for one, earlier in pairwise((*found, None)) if one is not None][:limit]
        return RevisionsTold(items=items, next_before=found[limit - 1].number if len(found) > limit else None)


def _materiality(held: Held, places: Places) -> MaterialityTold:
    found = held.materiality
    return MaterialityTold(
        figure=held.figure,
        total_kg=plain(held.total),
        too_high_kg=plain(found.too_high),
        too_low_kg=plain(found.too_low),
        limit_kg=plain(found.limit),
        level_ppm=held.level_ppm,
        entries=len(held.ledger.entries),
        alone=[one.number for one in found.alone],
        is_material=found.is_material,
        digest=held.digest.hex(),
        misstatements=[
            MisstatementTold(
                number=one.number,
                text=one.text,
                where=one.where,
                error_kg=plain(one.error),
                sort=one.sort.name.lower(),
                counts=not one.corrected,
                is_material_alone=one in found.alone,
                places=_places(places.named(one.where)),
            )
            for one in held.ledger.entries
        ],
    )


def _places(found: Sequence[Place]) -> list[PlaceTold]:
    return [
        PlaceTold(id=one.id, of=one.of, name=one.name, kg=one.kg, digest=one.digest, opens=list(one.opens))
        for one in found
    ]


def _draft(
    service: Service, bearer: Bearer, whose: Whose, shown: Revision | None, newest: Revision | None
) -> DraftLedgerTold:
    """A revision, or where there is none the ledger of the report before, or an empty one."""
    carried_from = None if shown is None else shown.saved.carried_from
    text = EMPTY if shown is None else shown.saved.text
    if shown is None:
        shelved = service.shelf.find(bearer.organisation, whose.report)
        before = None if shelved is None else service.ledgers.carried(shelved, bearer.organisation)
        if before is not None:
            carried_from, text = before.whose.report, before.saved.text
    return DraftLedgerTold(
        revision=0 if shown is None else shown.number,
        newest=0 if newest is None else newest.number,
        ledger=text,
        digest=sha256(text.encode()).hexdigest(),
        saved_by=None if shown is None else shown.saved.by,
        saved_at=None if shown is None else shown.saved.at,
        opinion=None if shown is None or shown.saved.opinion is None else shown.saved.opinion.hex(),
        carried=None if carried_from is None else _carried(service, bearer, (carried_from, whose.report), text),
    )


def _carried(service: Service, bearer: Bearer, reports: tuple[bytes, bytes], text: str) -> CarriedTold | None:
    """What changed from one report to the other of what a ledger names; None where the first may not be read now."""
    if service.shelf.find(bearer.organisation, reports[0]) is None:
        return None
    (_, then_kept, then), (_, now_kept, now) = (service.read(bearer, one) for one in reports)
    draft = ledger_draft.read(text)
    total = ledger_places.total(draft.figure, then.figures, now.figures)
    moved = ledger_places.moved(
        (one.where for one in draft.entries), Places(then_kept.said), Places(now_kept.said)
    )  # fmt: skip
    return CarriedTold(
        report=reports[0].hex(),
        figure=total.figure,
        then_kg=plain(total.then_kg),
        now_kg=plain(total.now_kg),
        moved=[MovedTold(**asdict(one)) for one in moved],
    )


def _revision(one: Revision, before: Revision | None) -> RevisionTold:
    draft = ledger_draft.read(one.saved.text)
    earlier = Draft(draft.figure, draft.level, ()) if before is None else ledger_draft.read(before.saved.text)
    return RevisionTold(
        revision=one.number,
        saved_by=one.saved.by,
        saved_at=one.saved.at,
        opinion=None if one.saved.opinion is None else one.saved.opinion.hex(),
        figure=draft.figure,
        level=draft.level,
        entries=len(draft.entries),
        changes=[
            EntryChangedTold(
                was=None if each.was is None else EntryTold(**asdict(each.was)),
                now=None if each.now is None else EntryTold(**asdict(each.now)),
            )
            for each in ledger_draft.changes(earlier, draft)
        ],
    )


def _line(about: Reported) -> tuple[str, str, int, int]:
    return about.entity, about.site, about.from_at, about.to_at
