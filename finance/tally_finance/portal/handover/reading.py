"""An arrival under its reader's policy: whose policy, by which key it opens, and what the verification says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tally_chain import bundle, policy_text, reader_key, sealing
from tally_chain.cli.verify import read_policy
from tally_chain.errors import BundleError, PolicyError
from tally_chain.policy import Policy
from tally_chain.verify import one_statement_told, verdict
from tally_chain.verify.one_statement import Openable
from tally_edge import passphrase
from tally_edge.errors import KeyStoreError, TallyError
from tally_finance.api.openings import Openings
from tally_finance.portal.handover.arrivals import Arrival
from tally_finance.portal.opening.evidence_page import Asked
from tally_finance.portal.site import Site
from tally_gateway.errors import ApiError
from tally_gateway.pages.paging import ON_A_PAGE
from tally_gateway.pages.words import Words


@dataclass(frozen=True, slots=True)
class Trusted:
    """A policy, and in words whose it is."""

    policy: Policy
    whose: Words


def trusted(site: Site, organisation: bytes, arrival: Arrival) -> Trusted | None:
    """The policy that an arrival is read under; None where the reader has none. Raises ApiError 409, 503.

    What was brought with it counts first: a reader may have a policy for each owner. Else the desk's own, for the
    organisation whose desk it is: what a lender believes is nobody else's business.
    """
    if arrival.policy is not None:
        try:
            return Trusted(policy_text.parse(arrival.policy), Words("brought with the bundle", "随证据包上传的策略"))
        except TallyError as error:
            raise ApiError(
                409, "not as things stand", Words(f"the policy that was brought: {error}", f"所提交的策略有误：{error}")
            ) from None
    desk, reviews = site.desk_service, site.review_service
    if desk is not None and desk.desk.sheet.lender == organisation and desk.desk.policy is not None:
        return Trusted(desk.desk.policy, Words("of the lender's desk", "质权人工作台的策略"))
    if reviews is not None and reviews.sheet.organisation == organisation:
        try:
            return Trusted(read_policy(reviews.reading.policy), Words("of the reviewers' desk", "审查台的策略"))
        except PolicyError:
            raise ApiError(
                503,
                "it can not be read just now",
                Words("the desk's policy can not be read", "服务端的核验策略无法读取。"),
            ) from None
    return None


def desk_key(site: Site, organisation: bytes) -> reader_key.FileReaderKey | None:
    """The reader's key that the organisation's desk holds; None where it holds none, or does not open."""
    reviews = site.review_service
    if reviews is None or reviews.sheet.organisation != organisation or reviews.reading.key is None:
        return None
    try:
        return reader_key.load(reviews.reading.key, passphrase.read(reviews.reading.passphrase_file))
    except (KeyStoreError, TallyError):
        return None


def checked(data: bytes) -> bytes | None:
    """What an uploaded file holds in the clear; None for a sealed one. Raises ApiError 422 where it is neither."""
    try:
        if sealing.is_sealed(data):
            sealing.decode(data)
            return None
        bundle.decode(data)
    except BundleError as error:
        raise ApiError(
            422,
            "not a bundle",
            Words(f"this is not a bundle, or is damaged: {error}", f"该文件不是证据包，或已损坏：{error}"),
        ) from None
    return data


def opened_with(arrival: Arrival, kid: bytes, wrapping_key: bytes) -> bytes:
    """What a sealed arrival holds, by the key of this file that a browser derived. Raises ApiError 422."""
    try:
        sealed = sealing.decode(arrival.body)
        inside = sealing.open_with(sealed, sealing.recipient_of(sealed, kid), wrapping_key)
        bundle.decode(inside)
    except BundleError as error:
        raise ApiError(422, "it does not open", Words(f"the file {error}", f"文件无法解密：{error}")) from None
    return inside


def opened_by(arrival: Arrival, key: reader_key.FileReaderKey) -> bytes:
    """What a sealed arrival holds, by a desk's own key. Raises ApiError 422."""
    try:
        inside = sealing.open_sealed(arrival.body, key)
        bundle.decode(inside)
    except BundleError as error:
        raise ApiError(422, "it does not open", Words(f"the file {error}", f"文件无法解密：{error}")) from None
    return inside


def verified(openings: Openings, arrival: Arrival, policy: Policy, now: int) -> tuple[Openable, int]:
    """The opened bundle under a policy, verified now or within the hour, and when. Raises ApiError 409 while sealed."""
    inside = arrival.opened
    if inside is None:
        raise ApiError(
            409, "not as things stand", Words("the bundle is sealed still: open it first", "证据包尚未解密，请先打开。")
        )

    def read() -> tuple[Openable, int]:
        openable = Openable(bundle.decode(inside), policy, now=now, reader_key=arrival.opened_by)
        return openable, len(inside)

    return openings.of((arrival.organisation, arrival.id, arrival.opened_by), policy, now, read)


def told(openable: Openable, verified_at: int, asked: Asked = Asked()) -> dict[str, Any]:  # noqa: B008  it is frozen
    """As the lender's desk tells of evidence: verdict, subjects, and the statements of one."""
    of_subject = len(openable.by_subject.get(asked.subject, []))
    subjects = sorted(openable.by_subject.items(), key=lambda one: (-len(one[1]), one[0]))
    part = subjects[asked.subjects :][:ON_A_PAGE]
    return {
        "verdict": verdict.to_json(openable.examined.verdict),
        "subjects": [{"subject": name, "statements": len(those)} for name, those in part],
        "subjects_in_all": len(openable.by_subject),
        "statements": one_statement_told.listed(openable, asked.subject, asked.skip, ON_A_PAGE),
        "statements_in_all": of_subject,
        "verified_at": verified_at,
    }
