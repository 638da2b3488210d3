"""Operations: begun, or prepared and tested by the desk; signed by whoever must; sent. Keys stay with their owners."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from tally_chain.errors import OperationError
from tally_chain.receipts.history import SignedOperation
from tally_chain.receipts.kinds.kind import Kind, Measure
from tally_chain.receipts.operation_file import OperationFile, encode
from tally_chain.receipts.operations import KINDS, from_plain
from tally_chain.receipts.signing import signer_of
from tally_chain.receipts.views import heads_needed
from tally_chain.registry.organisations import key_id_of
from tally_finance.api.asked_forms import OperationAsked, PrepareAsked, SignatureAsked, SubstituteAsked, WithdrawalAsked
from tally_finance.api.forms import ID_PATTERN, After, IdInPath, Limit, read, written
from tally_finance.api.pages import Page, paged, paged_as_listed
from tally_finance.api.preparing_forms import asked_of
from tally_finance.api.refusing import missing
from tally_finance.api.rights import KEY_ROLES
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Keyed, Once, Served, Service, allowed
from tally_finance.api.sight import Sight
from tally_finance.api.tokens import Bearer
from tally_finance.api.told_desk import OperationTold, WithdrawalTold, operation_told
from tally_finance.desk import preparing, reserving
from tally_finance.desk.asked import Asked, asked_in
from tally_finance.desk.drafts import Draft
from tally_finance.desk.preparing import TESTED
from tally_finance.desk.syncing import refresh, sync
from tally_finance.errors import BookError, DeskError
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

UnderWay = Annotated[bool | None, Query(description="only those that are neither sent nor over, or only the others")]
About = Annotated[str | None, Query(pattern=ID_PATTERN, description="only those that name this receipt, lot or slot")]
Newest = Annotated[bool, Query(description="what was begun last comes first, in place of the order of ids")]


def operation_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "operations", allowed)
    _beginning(router)
    _listing(router)
    _signing(router)
    return router


def _beginning(router: APIRouter) -> None:
    @router.post(
        "/prepared",
        summary="An operation of the lender, tested on the position after it; 409 with the reasons if not allowed",
        response_model=OperationTold,
        status_code=201,
    )
    def prepared(asked: PrepareAsked, once: Keyed) -> Response:
        def do() -> OperationTold:
            service = once.service
            refresh(service.desk)
            _must_be_the_pledgors(service.sight(once.bearer), asked)
            wanted = asked_of(asked)
            kept = _held_already(service, once.bearer, wanted)
            if kept is None:
                made = preparing.prepare(service.desk, wanted, keep=partial(_keeping, service, once.bearer))
                kept = service.drafts.get(made.file.digest)
            return _told(kept)

        return once(do)

    @router.post(
        "/operations",
        summary="Begin an operation that one of your keys signs",
        response_model=OperationTold,
        status_code=201,
    )
    def begun(asked: OperationAsked, once: Keyed) -> Response:
        def do() -> OperationTold:
            service = once.service
            return _told(_kept(service, once.bearer, _begun(service, once.bearer, asked), None))

        return once(do)


def _listing(router: APIRouter) -> None:
    @router.get("/operations", summary="The operations that are yours to sign, or that you began")
    def operations(
        bearer: Allowed,
        service: Served,
        *,
        after: After = None,
        limit: Limit = 50,
        under_way: UnderWay = None,
        about: About = None,
        newest: Newest = False,
    ) -> Page[OperationTold]:
        sight, now = service.sight(bearer), service.desk.now()
        name = None if about is None else read(about)
        seen = [
            (one.file.digest, one)
            for one in service.drafts.all()
            if under_way in (None, one.is_under_way(now))
            and (name is None or one.file.operation.names(name))
            and sight.operation(one.file, one.begun_by)
        ]
        if newest:
            seen.sort(key=lambda one: one[1].begun_at, reverse=True)
            return paged_as_listed(seen, after, limit, lambda _, one: _told(one))
        return paged(seen, after, limit, lambda _, one: _told(one))


def _signing(router: APIRouter) -> None:
    @router.get("/operations/{digest}", summary="An operation and its file")
    def operation(digest: IdInPath, bearer: Allowed, service: Served) -> OperationTold:
        return _told(_draft(service, bearer, digest))

    @router.post(
        "/operations/{digest}/signatures",
        summary="Add a signature of your own key",
        response_model=OperationTold,
        status_code=201,
    )
    def signed(digest: IdInPath, asked: SignatureAsked, once: Keyed) -> Response:
        def do() -> OperationTold:
            service, draft = once.service, _draft(once.service, once.bearer, digest)
            _must_be_own(service, once.bearer, draft.file, asked)
            if draft.file.operation.kind in TESTED and once.bearer.organisation == service.desk.sheet.lender:
                reserving.must_be_held(service.desk, draft.file)
            return _told(service.drafts.sign(read(digest), asked.place, read(asked.signature)))

        return once(do)

    @router.post(
        "/operations/{digest}/send",
        summary="Bring an operation that all have signed to its contract; a prepared one is tested on the loan of now",
        response_model=OperationTold,
        status_code=201,
    )
    def sent(digest: IdInPath, once: Keyed) -> Response:
        return once(lambda: _told(_sent(once, digest)))

    @router.post(
        "/operations/{digest}/withdraw",
        summary="Hold nothing any more for a prepared operation that you have not signed; its draft is discarded",
        response_model=WithdrawalTold,
        status_code=201,
    )
    def withdrawn(digest: IdInPath, asked: WithdrawalAsked, once: Keyed) -> Response:
        def do() -> WithdrawalTold:
            ended, *_ = reserving.withdraw(
                once.service.desk, read(digest), asked.reason,
                key=once.book_key, no_copy_was_signed=asked.no_copy_was_signed,
            )  # fmt: skip
            return WithdrawalTold(digest=digest, entry=ended.entry.seq)

        return once(do)


def _must_be_the_pledgors(sight: Sight, asked: PrepareAsked) -> None:
    """Goods that take the place of others are tested, and told of, where their holder is who has pledged the others."""
    if isinstance(asked, SubstituteAsked) and not sight.of_one_holder(read(asked.receipt), read(asked.instead)):
        raise ApiError(
            404,
            "not found",
            Words(
                f"the pledgor holds no receipt {asked.instead} that you could take instead",
                f"出质人未持有可供置换的仓单 {asked.instead}",
            ),
        )


def _begun(service: Service, bearer: Bearer, asked: OperationAsked) -> OperationFile:
    kind = KINDS.get(asked.kind)
    if kind is None:
        raise ApiError(
            400,
            "the request is not understood",
            Words(f"there is no operation {asked.kind!r}", f"没有操作 {asked.kind!r}"),
        )
    if not any(set(signer.roles) & KEY_ROLES[bearer.role] for signer in kind.signers):
        raise ApiError(
            403,
            "not for this role",
            Words(
                f"{kind.name} is signed by no key of a {bearer.role}", f"角色 {bearer.role} 的密钥不能签署 {kind.name}"
            ),
        )
    if kind.name in TESTED:
        raise ApiError(
            409,
            "not tested",
            Words(
                f"{kind.name} goes through /v1/prepared, which tests the loan first",
                f"{kind.name} 须先经 /v1/prepared 测算",
            ),
        )
    sight = service.sight(bearer)
    values = _with_blocks(service, kind, _with_heads(sight, kind, asked))
    operation = from_plain(kind.name, values)
    unseen = sight.unseen(operation)
    if unseen is not None:
        raise _not_seen(unseen[0], written(unseen[1]))
    return service.desk.begin(operation)


def _with_heads(sight: Sight, kind: Kind, asked: OperationAsked) -> dict[str, object]:
    """The values with the heads that are missing, of what the bearer sees. Raises OperationError for anything else."""
    values = dict(asked.values)
    for name, named_by in heads_needed(kind).items():
        if name in values or named_by not in values:
            continue
        named = values[named_by]
        if isinstance(named, list):
            values[name] = [_head(sight, named_by, one) for one in named]
        else:
            values[name] = _head(sight, named_by, named)
    return values


def _with_blocks(service: Service, kind: Kind, values: dict[str, object]) -> dict[str, object]:
    """The values with the blocks that are missing: a new party signs by a key that was bound before what was read."""
    known = str(max(service.desk.view.history.last_block - 1, 0))
    since = {field.name: known for field in kind.fields if field.measure is Measure.BLOCK}
    return since | values


def _head(sight: Sight, named_by: str, value: object) -> str:
    try:
        head = sight.head(named_by, bytes.fromhex(str(value).removeprefix("0x")))
    except ValueError:
        head = None
    if head is None:
        raise _not_seen(named_by, value)
    return written(head)


def _not_seen(named_by: str, value: object) -> OperationError:
    """The same of what is another's and of what is not there."""
    return OperationError(f"{named_by} {value!s:.66} is not one that you see")


def _must_be_own(service: Service, bearer: Bearer, file: OperationFile, asked: SignatureAsked) -> None:
    """A signature that leads to a key of the bearer's organisation, of a role that signs there. Raises ApiError."""
    if asked.place >= len(file.places):
        raise ApiError(
            400,
            "the request is not understood",
            Words(f"there are {len(file.places)} places, from 0", f"共有 {len(file.places)} 个签署位置，从 0 起"),
        )
    address = signer_of(file.digest, read(asked.signature))
    history = service.desk.view.history
    key = history.registry.keys.get(key_id_of(address))
    if key is None or not key.good_at(history.last_block, service.desk.now()):
        raise ApiError(
            403, "no good key", Words(f"{address} is nobody's good key here", f"{address} 不是此处登记的有效密钥")
        )
    if key.organisation != bearer.organisation:
        raise ApiError(403, "another's key", Words(f"{address} is not a key of yours", f"{address} 不是贵方的密钥"))
    if address == file.signed_by_pair(asked.place):
        raise ApiError(
            409,
            "another key signs",
            Words(
                f"{address} has signed already: the second signature is another key's",
                f"{address} 已签署；第二个签名须由另一把密钥作出",
            ),
        )
    if key.role not in file.signer_at(asked.place).roles:
        wanted = " or ".join(role.word for role in file.signer_at(asked.place).roles)
        raise ApiError(
            403,
            "another role",
            Words(
                f"{address} is of a {key.role.word}, and place {asked.place} of a {wanted}",
                f"{address} 的角色为 {key.role.word}，而位置 {asked.place} 须为 {wanted}",
            ),
        )


def _sent(once: Once, digest: str) -> Draft:
    service, draft = once.service, _draft(once.service, once.bearer, digest)
    if draft.sent is not None:
        return draft
    if draft.file.missing:
        draft.file.signatures  # noqa: B018  raises, naming who has not signed
    transaction = _carried_out(service, draft.file.digest)
    if transaction is None:
        if service.sender is None:
            raise ApiError(
                409,
                "nothing is sent from here",
                Words(
                    "take the file to the chain: tallystick operation send",
                    "请自行将文件提交上链：tallystick operation send",
                ),
            )
        _must_still_hold(once, draft.file)
        transaction = service.sender.send(draft.file)
        sync(service.desk)
    return service.drafts.sent(read(digest), transaction)


def _must_still_hold(once: Once, file: OperationFile) -> None:
    """Tested on the loan of now. What stands in the lender's book, its limits and its alerts are nobody else's."""
    desk = once.service.desk
    try:
        preparing.must_still_hold(desk, file)
    except (DeskError, BookError):
        if once.bearer.organisation == desk.sheet.lender:
            raise
        raise ApiError(
            409,
            "not allowed",
            Words("the lender's desk does not let it go as things stand", "按当前状态，质权人系统不予放行"),
        ) from None


def _carried_out(service: Service, digest: bytes) -> bytes | None:
    """The transaction that carried it out, by whomever it was brought, or by us before we could say so."""
    entries = service.desk.view.history.entries
    return next(
        (one.moment.tx_hash for one in entries if isinstance(one, SignedOperation) and one.digest == digest), None
    )


def _kept(service: Service, bearer: Bearer, file: OperationFile, computation: bytes | None) -> Draft:
    kept = service.drafts.begin(file, by=bearer.organisation, at=service.desk.now(), computation=computation)
    if not service.sight(bearer).operation(kept.file, kept.begun_by):
        raise ApiError(
            409,
            "begun already",
            Words(
                "another party has begun the very same operation: ask it for the file",
                "另一方已拟制同一操作，请向其索取文件",
            ),
        )
    return kept


@contextmanager
def _keeping(service: Service, bearer: Bearer, made: preparing.Prepared) -> Iterator[None]:
    _kept(service, bearer, made.file, made.computation.digest)
    try:
        yield
    except (BookError, DeskError):
        service.drafts.discard(made.file.digest, partial(reserving.must_be_unsigned, service.desk))
        raise


def _held_already(service: Service, bearer: Bearer, wanted: Asked) -> Draft | None:
    """The draft that does the very same and is held for: of two at one head of a receipt only one could be carried out.

    So whoever asks again, also after a crash that left no answer, is given the same.
    """
    held = {one.operation for one in service.desk.state().goods.reservations.open(service.desk.now())}
    return next(
        (
            one
            for one in service.drafts.all()
            if one.file.digest in held
            and one.sent is None
            and one.begun_by == bearer.organisation
            and asked_in(one.file.operation) == wanted
        ),
        None,
    )


def _draft(service: Service, bearer: Bearer, digest: str) -> Draft:
    try:
        draft = service.drafts.get(read(digest))
    except DeskError:
        raise missing("operation") from None
    sight = service.sight(bearer)
    if not sight.operation(draft.file, draft.begun_by) and not sight.asks(draft.file):
        raise missing("operation")
    return draft


def _told(draft: Draft) -> OperationTold:
    return operation_told(draft, encode(draft.file))
