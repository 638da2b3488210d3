"""What the routes of this room, and others that ask for a fresh proof, share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Request, Response

from tally_finance.errors import AccountError, DeskError, TooSoonError
from tally_finance.portal.accounts.account import Account
from tally_finance.portal.accounts.service import Accounts, SignedIn
from tally_finance.portal.accounts.sessions import Session
from tally_finance.portal.accounts.signing_in import Come
from tally_finance.portal.accounts.tokens_made import LENDING, REVIEWING, TokensMade
from tally_finance.portal.accounts.wording import said
from tally_finance.portal.visit import Visit
from tally_gateway.errors import ApiError
from tally_gateway.pages.visit import csrf_checked, own_path
from tally_gateway.pages.words import Words

PROVE: Final = "/account/prove"
_FRESH: Final = Words(
    f"this asks for a proof of who you are that is at most five minutes old: go to {PROVE}, then try again",
    f"该操作须在五分钟内验证过身份：请先打开 {PROVE} 完成验证，再重新办理",
)


class ProofNeededError(ApiError):
    """What is sensitive was asked for, and the last proof is older than five minutes (403)."""

    def __init__(self, words: str) -> None:
        super().__init__(403, "prove who you are again", words)


def accounts_of(visit: Visit) -> Accounts:
    """The accounts of this portal. Raises ApiError 404 where people come in another way."""
    found = visit.site.sessions
    if not isinstance(found, Accounts):
        raise ApiError(404, "not found", Words("this portal has no accounts of its own", "本门户未设自有账户"))
    return found


def own(visit: Visit) -> tuple[Account, Session]:
    """The visitor's account and session."""
    guest = visit.visitor
    account = accounts_of(visit).directory.account(guest.name)
    if not isinstance(guest, SignedIn) or guest.session is None or account is None:
        raise ApiError(401, "nobody is signed in", Words("sign in first", "请先登录"))
    return account, guest.session


def has_password(accounts: Accounts, account: Account) -> bool:
    """Whether somebody proves who it is by password and code."""
    return accounts.directory.password(account.name) is not None and accounts.factors.has_totp(account.name)


def is_fresh(visit: Visit) -> bool:
    """Whether the visitor proved who it is a moment ago; also where people come in another way than by accounts."""
    guest = visit.visitor
    if not isinstance(guest, SignedIn) or guest.session is None:
        return True
    return guest.session.times.is_fresh(accounts_of(visit).clock())


def must_be_fresh(visit: Visit) -> None:
    """For what is sensitive. Raises ProofNeededError where the last proof is older than five minutes."""
    if not is_fresh(visit):
        raise ProofNeededError(_FRESH.within(visit.language))


def to_prove(visit: Visit) -> Response | None:
    """For pages that lead to what is sensitive: first to the proof, where the last one is too old."""
    if is_fresh(visit):
        return None
    return visit.back(f"{PROVE}?next={quote(visit.request.url.path, safe='')}")


def let_in(visit: Visit, come: Come, to: str) -> Response:
    """On to a path of ours, with the cookie of a new session; the session of before ends."""
    answer = visit.back(own_path(to))
    keep(visit, come, answer)
    return answer


def keep(visit: Visit, come: Come, answer: Response) -> None:
    """Put the cookie of a new session on an answer."""
    accounts = accounts_of(visit)
    if isinstance(visit.guest, SignedIn) and visit.guest.session is not None:
        accounts.sessions.end(visit.guest.name, visit.guest.session.id, accounts.clock())
    settings = accounts.settings
    answer.set_cookie(settings.cookie, come.secret, path="/", secure=settings.secure, httponly=True, samesite="lax")


def tokens_of(visit: Visit) -> TokensMade:
    """The tokens of the interfaces here."""
    site = visit.site
    found = {}
    if site.desk_service is not None:
        found[LENDING] = (site.desk_service.desk.sheet.book, site.desk_service.tokens)
    if site.review_service is not None:
        found[REVIEWING] = (site.review_service.sheet.desk, site.review_service.tokens)
    return TokensMade(site.engine, found)


@contextmanager
def refusing(visit: Visit) -> Iterator[None]:
    """What can not be becomes a page that says so, in the visitor's language."""
    try:
        yield
    except TooSoonError as error:
        raise ApiError(429, "too many tries", said(error, visit.language), retry_after_s=error.wait_s) from None
    except (AccountError, DeskError) as error:
        raise ApiError(422, "not taken", said(error, visit.language)) from None


async def guarded_of(request: Request, _: Annotated[None, Depends(csrf_checked)]) -> Visit:
    """For what a script or a plain button sends: the session's token, without a key of its own."""
    return Visit(request)


Guarded = Annotated[Visit, Depends(guarded_of)]
