"""Opinions (结论, 核查声明): signed by persons' own keys, wherever those are. Nothing is signed here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Response

from tally_edge import keys
from tally_edge.errors import ConfigError
from tally_finance.api.refusing import missing
from tally_finance.api.rights import Role
from tally_finance.api.routing import guarded
from tally_finance.api.tokens import Bearer
from tally_finance.errors import ReviewError
from tally_finance.exact_json import plain
from tally_finance.review import ledger_file, opinions, said_file
from tally_finance.review.opinions import Conclusion, Opinion, Said, Verification
from tally_finance.review.reported import Reported
from tally_finance.review_api.asked_forms import DraftAsked, SignatureAsked
from tally_finance.review_api.forms import DigestInPath, PartInPath
from tally_finance.review_api.ledgers_kept import Whose
from tally_finance.review_api.opinions_kept import Brought
from tally_finance.review_api.service import Allowed, Served, Service, allowed
from tally_finance.review_api.told_review import DraftTold, ObjectionTold, OpinionTold
from tally_gateway.errors import ApiError
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.words import Words

_KINDS: Final[dict[str, type[Said]]] = {"conclusion": Conclusion, "verification": Verification}
_LEDGER, _WORDS = Path("ledger"), Path("words")
_BINARY: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "its bytes", "content": {"application/octet-stream": {}}}
}


def opinion_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1/reports/{digest}", "opinions", allowed)
    _telling(router)
    _taking(router)
    return router


def _telling(router: APIRouter) -> None:
    @router.get("/opinions", summary="The opinions on a report, and what is against each now")
    def listed(digest: DigestInPath, bearer: Allowed, service: Served) -> list[OpinionTold]:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        return [_told(service, about, one) for one in service.judged(bearer, about)]

    @router.get(
        "/opinions/{statement}",
        summary="An opinion's file, as it was signed",
        response_class=Response,
        responses=_BINARY,
    )
    def file(digest: DigestInPath, statement: PartInPath, bearer: Allowed, service: Served) -> Response:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        for one in service.judged(bearer, about):
            if one.opinion.statement.id.hex() == statement:
                return attachment(opinions.encode(one.opinion), f"{statement[:16]}.opinion")
        raise missing("opinion")


def _taking(router: APIRouter) -> None:
    @router.post("/drafts", summary="The very bytes to sign, of an opinion's words and ledger (待签)")
    def draft(digest: DigestInPath, asked: DraftAsked, bearer: Allowed, service: Served) -> DraftTold:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        held = ledger_file.parse(asked.ledger.encode(), _LEDGER, about)
        said = said_file.parse(_KINDS[asked.kind], asked.words, _WORDS, about.bound, held)
        key, now = keys.decode_public_key(bytes.fromhex(asked.key)), service.clock()
        _must_sign(service, bearer, key.kid, said)
        made = opinions.unsigned(said, key, now)
        return DraftTold(kind=asked.kind, signed_at=now, to_sign=made.to_sign.hex(), file=made.file.hex())

    @router.post("/signatures", summary="The signature of a draft", status_code=201)
    def signed(digest: DigestInPath, asked: SignatureAsked, bearer: Allowed, service: Served) -> OpinionTold:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        return _taken(
            service, bearer, about, opinions.signed(bytes.fromhex(asked.file), bytes.fromhex(asked.signature))
        )

    @router.post("/opinions", summary="A signed opinion, as its file is", status_code=201)
    def taken(
        digest: DigestInPath,
        data: Annotated[bytes, Body(media_type="application/octet-stream")],
        bearer: Allowed,
        service: Served,
    ) -> OpinionTold:
        about = service.read(bearer, bytes.fromhex(digest))[2]
        return _taken(service, bearer, about, opinions.decode(data))


def _taken(service: Service, bearer: Bearer, about: Reported, opinion: Opinion) -> OpinionTold:
    """Keep an opinion that stands for this very report. Raises ApiError 422 for any other."""
    now = service.clock()
    _must_sign(service, bearer, opinion.key.kid, opinion.said)
    against = opinions.standing(opinion, about.bound, now, service.sheet.signers.keys())
    if against:
        raise ApiError(422, "it does not stand", "; ".join(f"{one.name.value}: {one.text}" for one in against))
    brought = Brought(opinion, bearer.name, now)
    service.opinions.add(brought)
    _archive(service, bearer, about, opinion)
    return next(
        _told(service, about, one)
        for one in service.opinions.all(about.digest)
        if one.opinion.statement.id == opinion.statement.id
    )


def _archive(service: Service, bearer: Bearer, about: Reported, opinion: Opinion) -> None:
    """Archive the ledger that an organisation wrote, where its own opinion was signed on it.

    An opinion says the level of its ledger, and a conclusion how many misstatements it has, but not its digest: a draft
    that differs in these, or is not whole, is another and stays a draft.
    """
    if service.sheet.signers[opinion.key.kid].organisation != bearer.organisation:
        return
    stands = service.ledgers.newest(Whose(bearer.organisation, about.digest))
    if stands is None or stands.saved.opinion is not None:
        return
    try:
        held = ledger_file.parse(stands.saved.text.encode(), _LEDGER, about)
        said, count = opinion.said, len(held.ledger.entries)
        counted = said.misstatements if isinstance(said, Conclusion) else count
        if (held.level_ppm, count) == (said.materiality_ppm, counted):
            service.ledgers.archive(stands, opinion.statement.id, bearer.name, service.clock())
    except (ConfigError, ReviewError):  # half written, or somebody saved another meanwhile
        return


def _must_sign(service: Service, bearer: Bearer, kid: bytes, said: Said) -> None:
    """Whose keys sign what: a conclusion this desk's, a verification any other organisation's on the list.

    A verifier brings its own; a reviewer brings what a verifier handed over. Raises ApiError 422.
    """
    signing, own = service.sheet.signers.get(kid), service.sheet.organisation
    if signing is None:
        raise ApiError(
            422,
            "unknown key",
            Words(
                f"unknown-key: {kid.hex()} is none of those whose opinions are taken here",
                f"unknown-key：{kid.hex()} 不在可受理意见的密钥之列",
            ),
        )
    is_own = bearer.role is Role.REVIEWER and bearer.organisation == signing.organisation == own
    if isinstance(said, Conclusion) and not is_own:
        raise ApiError(
            422,
            "not its key",
            Words(
                "a conclusion is the bank's: its reviewer brings it, signed by its key",
                "审查结论属于银行，须由其审查员以本行密钥签署提交",
            ),
        )
    if isinstance(said, Verification) and signing.organisation == own:
        raise ApiError(
            422,
            "not its key",
            Words(
                "not-independent: a key of the bank signs no third party's verification",
                "not-independent：银行的密钥不能签署第三方核查意见",
            ),
        )
    if bearer.role is Role.VERIFIER and signing.organisation != bearer.organisation:
        raise ApiError(
            422,
            "not its key",
            Words("a verifier brings what its own key signed", "核查机构只能提交以自有密钥签署的意见"),
        )


def _told(service: Service, about: Reported, one: Brought) -> OpinionTold:
    opinion, sheet, now = one.opinion, service.sheet, service.clock()
    against = opinions.standing(opinion, about.bound, now, sheet.signers.keys())
    parties = {sheet.bank, about.entity} - {""}
    for_score = opinions.for_score(opinion, about.bound, now, sheet.third_parties, parties=parties)
    signing = sheet.signers.get(opinion.key.kid)
    return OpinionTold(
        statement=opinion.statement.id.hex(),
        kind=opinion.statement.claims.kind.value,
        key=opinion.key.kid.hex(),
        organisation=None if signing is None else signing.organisation.hex(),
        person=None if signing is None else signing.name,
        signed_at=opinion.signed_at,
        until=opinion.said.until,
        brought_by=one.by,
        arrived_at=one.at,
        stands=not against,
        against=[ObjectionTold(name=each.name.value, text=each.text) for each in against],
        makes_quality_1=not for_score,
        said=plain(opinion.said),
    )
