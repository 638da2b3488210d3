"""Who may what: every route with the roles that it opens to. No IO.

A route that is not here is not served. What a role may ask, it may ask of its own alone (`sight`): a keeper of its
slots and lots, a depositor of the receipts that it holds, a lender of what is pledged to it, an inspector of the lots
that it witnesses, a court's liaison of the receipts whose numbers it knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tally_chain.registry.roles import KeyRole


class Role(StrEnum):
    """What a token's organisation is here."""

    KEEPER = "keeper"
    """保管人"""
    DEPOSITOR = "depositor"
    """存货人, 持单人"""
    LENDER = "lender"
    """质权人"""
    INSPECTOR = "inspector"
    """检验人, 监管人"""
    COURT = "court"
    """司法协助"""
    REVIEWER = "reviewer"
    """审查人"""
    VERIFIER = "verifier"
    """核查机构"""


DESK_ROLES: Final = (Role.KEEPER, Role.DEPOSITOR, Role.LENDER, Role.INSPECTOR, Role.COURT)
"""That a lender's desk opens to; reviewers and verifiers are those of `review_api`."""

KEY_ROLES: Final[Mapping[Role, frozenset[KeyRole]]] = MappingProxyType(
    {
        Role.KEEPER: frozenset({KeyRole.KEEPER}),
        Role.DEPOSITOR: frozenset({KeyRole.HOLDER}),
        Role.LENDER: frozenset({KeyRole.LENDER}),
        Role.INSPECTOR: frozenset({KeyRole.INSPECTOR, KeyRole.VERIFIER}),
        Role.COURT: frozenset({KeyRole.COURT_LIAISON}),
    }
)
"""By which keys an organisation signs what it begins here."""


@dataclass(frozen=True, slots=True)
class Right:
    """`writes`: only tokens that may write. `own_book`: a lender only where the book is its own."""

    roles: frozenset[Role]
    writes: bool = False
    own_book: bool = False


_ALL: Final = frozenset(DESK_ROLES)
_PARTIES: Final = _ALL - {Role.COURT}
_KEPT: Final = frozenset({Role.KEEPER, Role.DEPOSITOR, Role.LENDER})
_BOOK: Final = Right(frozenset({Role.LENDER}), own_book=True)
_BOOKING: Final = Right(frozenset({Role.LENDER}), writes=True, own_book=True)
_LOAN: Final = Right(frozenset({Role.LENDER, Role.DEPOSITOR}), own_book=True)

RIGHTS: Final[Mapping[tuple[str, str], Right]] = MappingProxyType(
    {
        ("GET", "/v1/me"): Right(_ALL),
        ("GET", "/v1/receipts"): Right(_PARTIES),
        ("GET", "/v1/receipts/{number}"): Right(_ALL),
        ("GET", "/v1/receipts/{number}/history"): Right(_ALL),
        ("GET", "/v1/receipts/{number}/papers"): _BOOK,
        ("POST", "/v1/receipts/{number}/ownership"): _BOOKING,
        ("POST", "/v1/receipts/{number}/filing"): _BOOKING,
        ("GET", "/v1/lots"): Right(_PARTIES),
        ("GET", "/v1/lots/{lot}"): Right(_PARTIES),
        ("GET", "/v1/lots/{lot}/attestations"): Right(_PARTIES),
        ("POST", "/v1/lots/{lot}/evidence"): Right(frozenset({Role.KEEPER, Role.LENDER}), writes=True, own_book=True),
        ("GET", "/v1/sites"): Right(_PARTIES),
        ("GET", "/v1/sites/{site}"): Right(_PARTIES),
        ("GET", "/v1/lots/{lot}/evidence"): _BOOK,
        ("GET", "/v1/lots/{lot}/evidence/{digest}"): _BOOK,
        ("GET", "/v1/lots/{lot}/evidence/{digest}/bundle"): _BOOK,
        ("GET", "/v1/lots/{lot}/evidence/{digest}/statements/{statement}"): Right(
            frozenset({Role.KEEPER, Role.LENDER}), own_book=True
        ),
        ("GET", "/v1/slots"): Right(frozenset({Role.KEEPER})),
        ("GET", "/v1/slots/{slot}"): Right(frozenset({Role.KEEPER})),
        ("GET", "/v1/pledges"): Right(_KEPT),
        ("GET", "/v1/pledges/{receipt}"): Right(_KEPT),
        ("GET", "/v1/orders"): Right(_KEPT),
        ("GET", "/v1/orders/{order}"): Right(_KEPT),
        ("GET", "/v1/orders/{order}/left"): Right(frozenset({Role.KEEPER, Role.LENDER}), own_book=True),
        ("GET", "/v1/facilities"): _LOAN,
        ("POST", "/v1/facilities"): _BOOKING,
        ("GET", "/v1/facilities/{facility}"): _LOAN,
        ("GET", "/v1/facilities/{facility}/account"): _LOAN,
        ("GET", "/v1/facilities/{facility}/lots"): _LOAN,
        ("GET", "/v1/facilities/{facility}/course"): _LOAN,
        ("POST", "/v1/facilities/{facility}/draws"): _BOOKING,
        ("POST", "/v1/facilities/{facility}/repayments"): _BOOKING,
        ("POST", "/v1/facilities/{facility}/fees"): _BOOKING,
        ("POST", "/v1/facilities/{facility}/searches"): _BOOKING,
        ("POST", "/v1/facilities/{facility}/reserve"): _BOOKING,
        ("GET", "/v1/pledged"): _BOOK,
        ("GET", "/v1/summary"): _BOOK,
        ("GET", "/v1/prices"): _BOOK,
        ("GET", "/v1/prices/{commodity}"): _BOOK,
        ("POST", "/v1/quotes"): _BOOKING,
        ("POST", "/v1/papers"): _BOOKING,
        ("GET", "/v1/alerts"): _BOOK,
        ("POST", "/v1/alerts/{number}/acknowledge"): _BOOKING,
        ("POST", "/v1/alerts/{number}/end"): _BOOKING,
        ("GET", "/v1/close"): _BOOK,
        ("GET", "/v1/closes"): _BOOK,
        ("POST", "/v1/closes"): _BOOKING,
        ("GET", "/v1/closes/{digest}"): _BOOK,
        ("GET", "/v1/closes/{digest}/check"): _BOOK,
        ("POST", "/v1/sync"): _BOOKING,
        ("GET", "/v1/computations/{digest}"): _BOOK,
        ("POST", "/v1/prepared"): _BOOKING,
        ("GET", "/v1/operations"): Right(_ALL),
        ("POST", "/v1/operations"): Right(_ALL, writes=True),
        ("GET", "/v1/operations/{digest}"): Right(_ALL),
        ("POST", "/v1/operations/{digest}/signatures"): Right(_ALL, writes=True),
        ("POST", "/v1/operations/{digest}/send"): Right(_ALL, writes=True),
        ("POST", "/v1/operations/{digest}/withdraw"): _BOOKING,
    }
)
"""Method and path of every route."""
