"""What an owner's pages show of a grant."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from fastapi import Response

from tally_chain import bundle, fingerprint
from tally_chain.grant import Grant
from tally_edge import keys
from tally_finance.portal.handover.drafting import Filled, FormError, day_of
from tally_finance.portal.handover.grants import Kept, State
from tally_finance.portal.handover.readers import AtGateway
from tally_finance.portal.handover.scope import Scope, granted, scope_of
from tally_finance.portal.visit import Visit
from tally_gateway.pages.paging import Address, sliced
from tally_gateway.pages.words import Words

STATES: Final = MappingProxyType(
    {
        State.EVIDENCE: ("plain", Words("nothing chosen yet", "尚未选择")),
        State.DRAFTED: ("doubt", Words("not signed", "待签名")),
        State.SIGNED: ("good", Words("in force", "有效")),
        State.EXPIRED: ("plain", Words("expired", "已到期")),
        State.REVOKED: ("bad", Words("revoked", "已撤销")),
    }
)
ALL: Final = Words("all in the bundle", "证据包内全部")
_NEXT: Final = MappingProxyType(
    {
        State.EVIDENCE: Words(
            "Choose who may read what, what for, and until when.", "请选择读者、用途、披露范围和有效期。"
        ),
        State.DRAFTED: Words(
            "Compare the reader's digits by telephone, look at what is granted, then sign with the owner's key.",
            "请通过电话核对读者指纹，确认授权内容，然后用所有者密钥签名。",
        ),
        State.SIGNED: Words(
            "Hand the sealed file over, and read your digits to the reader when they call.",
            "请交付密封文件，并在读者来电时读出您的指纹。",
        ),
        State.EXPIRED: Words(
            "The grant ran out; nothing is served. Make a new one if it is still needed.",
            "授权已到期，不再提供服务。如仍需要请重新授权。",
        ),
        State.REVOKED: Words(
            "Nothing is served any more. Copies that were handed over stay readable.",
            "不再提供服务。已交出的副本仍可读。",
        ),
    }
)  # fmt: skip


def said(grant: Grant) -> list[tuple[Words, str | Words]]:
    """What a grant says, line by line."""
    return [
        (Words("Owner", "所有者"), grant.owner),
        (Words("Reader", "读者"), grant.reader),
        (Words("Purpose", "用途"), grant.purpose),
        (Words("Metering points", "计量点"), ", ".join(grant.points) or ALL),
        (Words("Period", "期间"), f"{day_of(grant.from_at)} – {day_of(grant.to_at)} (UTC+8)"),
        (Words("Until the end of", "有效期至"), f"{day_of(grant.expires_at)} (UTC+8)"),
        (Words("Documents", "附件"), str(len(grant.attachments))),
    ]


def listed(visit: Visit, own: Sequence[Kept], now: int, skip: int = 0) -> Response:
    """The list, with what to do next; `skip`: how many were shown before."""
    rows = [_row(kept, now) for kept in own]
    shown, paging = sliced(rows, skip, Address("/handover/grants"))
    waiting = [one for one in rows if one["state"] in (State.EVIDENCE, State.DRAFTED)]
    return visit.page("handover/grants.html", rows=shown, paging=paging, waiting=waiting)


def one(
    visit: Visit, kept: Kept, now: int, filled: Filled | None = None, error: FormError | None = None, *,
    at: Sequence[AtGateway] = (),
) -> Response:  # fmt: skip
    """A grant's page: the form, or what is to sign, or what is to hand over; with what went wrong in the form.

    `at`: of a revoked one, how its reader's token stands at the gateways.
    """
    whole = bundle.decode(kept.evidence)
    draft = None if kept.draft is None else bundle.decode(kept.draft)
    terms = None if draft is None else granted(draft)
    state = kept.state(None if terms is None else terms.expires_at, now)
    scope = None if draft is None else scope_of(draft, whole)
    return visit.page(
        "handover/grant.html",
        status=200 if error is None else 422,
        kept=kept,
        gateways=at,
        at_command=not at or any(not one.can_end and not one.is_gone for one in at),
        state=str(state),
        tone=STATES[state][0],
        state_words=STATES[state][1],
        next_words=_NEXT[state],
        whole=scope_of(whole),
        first_day=day_of(whole.from_at),
        last_day=day_of(whole.to_at),
        lines=[] if terms is None else said(terms),
        scope=scope,
        foreseen=_foreseen(scope),
        owner_digits=_digits(kept.owner_key),
        reader_digits=_digits(kept.reader_key),
        filled=filled or _filled(visit, terms, kept),
        wrong_at="" if error is None else error.field,
        wrong="" if error is None else error.words,
    )


def _foreseen(scope: Scope | None) -> list[Words]:
    """What the reader's verification will say of what is withheld: the owner sees it before it signs."""
    if scope is None:
        return []
    found = []
    gone = [one.point for one in scope.points if one.is_withheld]
    if gone:
        found.append(
            Words(
                f"Finding 506 for {len(gone)} metering points of which nothing is carried: the site's plan lists them.",
                f"有 {len(gone)} 个计量点未披露，读者将看到核验结论 506（计量点清单列有该点）。",
            )
        )
    if not scope.is_full:
        found.append(
            Words(
                "Totals by registers instead of complete figures: the load curve is not shown.",
                "仅显示表底差合计，不显示负荷曲线。",
            )
        )
    hidden = sum(1 for one in scope.documents if one.size is None)
    if hidden:
        found.append(
            Words(f"Note 705, of documents withheld: {hidden}.", f"有 {hidden} 份附件未附，读者将看到提示 705。")
        )
    return found


def _row(kept: Kept, now: int) -> dict[str, Any]:
    terms = None if kept.draft is None else granted(bundle.decode(kept.draft))
    state = kept.state(None if terms is None else terms.expires_at, now)
    return {
        "id": kept.id,
        "state": state,
        "tone": STATES[state][0],
        "words": STATES[state][1],
        "reader": "" if terms is None else terms.reader,
        "purpose": "" if terms is None else terms.purpose,
        "expires_at": None if terms is None else terms.expires_at,
        "made_at": kept.made_at,
        "made_by": kept.made_by,
    }


def _filled(visit: Visit, terms: Grant | None, kept: Kept) -> Filled:
    """The form as it was filled in before, or empty."""
    if terms is None:
        return Filled(visit.visitor.of.english, "", "", "", "", "")
    organisation = "" if kept.reader_organisation is None else kept.reader_organisation.hex()
    owner_key, reader_key = (kept.owner_key or b"").hex(), (kept.reader_key or b"").hex()
    return Filled(
        terms.owner, owner_key, terms.reader, reader_key, terms.purpose, day_of(terms.expires_at),
        points=terms.points, reader_organisation=organisation, token_name=kept.token_name,
    )  # fmt: skip


def _digits(key: bytes | None) -> str:
    return "" if key is None else fingerprint.digits(keys.decode_public_key(key).kid)
