"""What a reader's pages show of a bundle that came: sealed, or opened, granted, withheld, compared and verified."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Response

from tally_chain import bundle, fingerprint, sealing
from tally_chain.bundle import Bundle
from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_finance.api.openings import Openings
from tally_finance.portal.handover import owner_page, reading
from tally_finance.portal.handover.arrivals import Arrival
from tally_finance.portal.handover.grants import Kept, State
from tally_finance.portal.handover.scope import granted, scope_of
from tally_finance.portal.opening.evidence_page import findings_part
from tally_finance.portal.visit import Visit
from tally_gateway.errors import ApiError
from tally_gateway.pages.paging import Address, sliced
from tally_gateway.pages.words import Words

OWNER, READER = "owner", "reader"
NAMES: Final = {
    OWNER: Words("The owner's key, which signed the grant", "所有者密钥（签署授权）"),
    READER: Words("The reader's key, to which it was sealed", "读者密钥（密封对象）"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A key to compare by another way; `equal` is None where nobody did yet."""

    what: str
    words: Words
    kid: bytes
    digits: str
    equal: bool | None
    at: int | None
    by: str


def listed(
    visit: Visit, own: Sequence[Arrival], served: Sequence[Kept], now: int, begins: tuple[int, int] = (0, 0)
) -> Response:
    """The list, what others serve here, and the form; `begins`: where the pages of both lists do."""
    offered = []
    here, (skip_own, skip_served) = "/handover/arrivals", begins
    part, of_offered = sliced(served, skip_served, Address(here, mark="offered"), name="offered")
    for kept in part:
        terms = None if kept.draft is None else granted(bundle.decode(kept.draft))
        if terms is not None:
            state = kept.state(terms.expires_at, now)
            tone, words = owner_page.STATES[state]
            is_served = state is State.SIGNED
            offered.append({"id": kept.id, "terms": terms, "tone": tone, "words": words, "is_served": is_served})
    sealed = [one for one in own if one.opened is None]
    shown, of_own = sliced(own, skip_own, Address(here, mark="own"))
    return visit.page(
        "handover/arrivals.html", own=shown, of_own=of_own, sealed=sealed, offered=offered, of_offered=of_offered
    )


def one(visit: Visit, kept: Arrival, openings: Openings, now: int, skip: int = 0) -> Response:
    """A bundle's page; `skip`: findings before those that are shown."""
    if kept.opened is None:
        return _sealed(visit, kept)
    read = bundle.decode(kept.opened)
    terms = granted(read)
    trusted = reading.trusted(visit.site, visit.visitor.organisation, kept)
    told = None
    if trusted is not None:
        told = reading.told(*reading.verified(openings, kept, trusted.policy, now))
    raw = [] if told is None else told["verdict"]["findings"]
    found, of_findings = findings_part(raw, skip, Address(f"/handover/arrivals/{kept.id}"))
    return visit.page(
        "handover/arrival.html",
        kept=kept,
        scope=scope_of(read),
        lines=[] if terms is None else owner_page.said(terms),
        is_over=terms is not None and terms.expires_at < now,
        comparisons=comparisons(kept),
        told=told,
        findings=found,
        of_findings=of_findings,
        whose=None if trusted is None else trusted.whose,
        roles=visit.visitor.roles,
        has_desk=visit.site.desk is not None,
    )


def comparisons(kept: Arrival) -> list[Comparison]:
    """The keys of an arrival that people compare by telephone."""
    done: dict[str, Any] = json.loads(kept.compared)
    found = []
    for what, kid in _keys(kept).items():
        known = done.get(what, {})
        found.append(
            Comparison(
                what,
                NAMES[what],
                kid,
                fingerprint.digits(kid),
                known.get("equal"),
                known.get("at"),
                known.get("by", ""),
            )
        )
    return found


def compared(kept: Arrival, what: str, digits: str) -> bool:
    """Whether the digits that somebody was told are those of a key. Raises ApiError 422 for a key that is none."""
    kid = _keys(kept).get(what)
    if kid is None:
        raise ApiError(422, "not understood", Words("there is no such key in the bundle", "证据包中没有该密钥。"))
    return fingerprint.agrees(digits, kid)


def _keys(kept: Arrival) -> dict[str, bytes]:
    """The owner's key by the grant, the reader's by the key that opened it, else by the grant."""
    read: Bundle | None = None if kept.opened is None else bundle.decode(kept.opened)
    found: dict[str, bytes] = {}
    if read is not None and read.grant is not None:
        with suppress(DecodeError):  # of a grant that does not parse nothing is compared; the verification says so
            found[OWNER] = statement.decode(read.grant).claims.kid
    terms = None if read is None else granted(read)
    reader = kept.opened_by or (None if terms is None else terms.reader_key)
    return found if reader is None else {**found, READER: reader}


def _sealed(visit: Visit, kept: Arrival) -> Response:
    recipients = sealing.decode(kept.body).recipients
    own = reading.desk_key(visit.site, visit.visitor.organisation)
    own_kid = None if own is None else own.public_key.kid
    return visit.page(
        "handover/sealed.html",
        kept=kept,
        recipients=[
            {
                "kid": one.kid.hex(),
                "digits": fingerprint.digits(one.kid),
                "ephemeral": (b"\x04" + one.ephemeral.x + one.ephemeral.y).hex(),
                "is_desks": one.kid == own_kid,
            }
            for one in recipients
        ],
        context=sealing.kdf_context().hex(),
        opens_here=any(one.kid == own_kid for one in recipients),
    )
