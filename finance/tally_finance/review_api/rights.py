"""Who may what of a reviewers' server: every route with the roles that it opens to. No IO.

A route that is not here is not served. Which reports an organisation may ask for, the shelf says; what it may not
read is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tally_finance.api.rights import Right, Role

REVIEW_ROLES: Final = (Role.REVIEWER, Role.VERIFIER, Role.LENDER)
"""审查人, 核查机构, 信贷人员: who judges a report, who verifies it as a third party, and who lends on it."""

_ALL: Final = frozenset(REVIEW_ROLES)
_READ: Final = Right(_ALL)
_JUDGE: Final = Right(frozenset({Role.REVIEWER, Role.VERIFIER}))
_SIGN: Final = Right(frozenset({Role.REVIEWER, Role.VERIFIER}), writes=True)
_REVIEW: Final = Right(frozenset({Role.REVIEWER}), writes=True)
_OWN: Final = Right(frozenset({Role.REVIEWER}), writes=True, own_book=True)
_LINES: Final = Right(frozenset({Role.REVIEWER, Role.LENDER}), own_book=True)

_OF_REPORT: Final = "/v1/reports/{digest}"

RIGHTS: Final[Mapping[tuple[str, str], Right]] = MappingProxyType(
    {
        ("GET", "/v1/me"): _READ,
        ("GET", "/v1/reports"): _READ,
        ("POST", "/v1/reports"): _SIGN,
        ("GET", "/v1/arrivals"): _JUDGE,
        ("GET", "/v1/arrivals/{digest}"): _JUDGE,
        ("GET", "/v1/work"): _JUDGE,
        ("GET", _OF_REPORT): _READ,
        ("GET", f"{_OF_REPORT}/report"): _READ,
        ("GET", f"{_OF_REPORT}/trace"): _READ,
        ("GET", f"{_OF_REPORT}/sheets"): _READ,
        ("GET", f"{_OF_REPORT}/sheets/{{part}}"): _READ,
        ("GET", f"{_OF_REPORT}/evidence/{{part}}"): _READ,
        ("GET", f"{_OF_REPORT}/figures"): _READ,
        ("GET", f"{_OF_REPORT}/checks"): _READ,
        ("GET", f"{_OF_REPORT}/open/{{item}}"): _READ,
        ("GET", f"{_OF_REPORT}/statements/{{statement}}"): _READ,
        ("GET", f"{_OF_REPORT}/differences"): _READ,
        ("GET", f"{_OF_REPORT}/series"): _READ,
        ("GET", f"{_OF_REPORT}/loads/{{item}}/curve"): _READ,
        ("GET", f"{_OF_REPORT}/loads/{{item}}/calendar"): _READ,
        ("GET", f"{_OF_REPORT}/sections"): _READ,
        ("GET", f"{_OF_REPORT}/sections/{{name}}"): _READ,
        ("GET", f"{_OF_REPORT}/exports"): _READ,
        ("GET", f"{_OF_REPORT}/exports/{{kind}}"): _READ,
        ("POST", f"{_OF_REPORT}/footprints"): _READ,
        ("GET", f"{_OF_REPORT}/readers"): Right(frozenset({Role.REVIEWER})),
        ("POST", f"{_OF_REPORT}/readers"): _REVIEW,
        ("GET", f"{_OF_REPORT}/sample"): _JUDGE,
        ("GET", f"{_OF_REPORT}/score"): _READ,
        ("GET", f"{_OF_REPORT}/reduction"): _READ,
        ("POST", f"{_OF_REPORT}/ledger"): _JUDGE,
        ("GET", f"{_OF_REPORT}/ledger/draft"): _JUDGE,
        ("POST", f"{_OF_REPORT}/ledger/draft"): _SIGN,
        ("GET", f"{_OF_REPORT}/ledger/revisions"): _JUDGE,
        ("POST", f"{_OF_REPORT}/checklist"): _JUDGE,
        ("POST", "/v1/portfolio"): Right(frozenset({Role.REVIEWER, Role.LENDER})),
        ("GET", f"{_OF_REPORT}/opinions"): _READ,
        ("POST", f"{_OF_REPORT}/opinions"): _SIGN,
        ("GET", f"{_OF_REPORT}/opinions/{{statement}}"): _READ,
        ("POST", f"{_OF_REPORT}/drafts"): _JUDGE,
        ("POST", f"{_OF_REPORT}/signatures"): _SIGN,
        ("GET", "/v1/lines"): _LINES,
        ("GET", "/v1/versions"): _LINES,
        ("POST", f"{_OF_REPORT}/versions"): _OWN,
    }
)
"""Method and path of every route. `own_book`: only for the organisation whose server it is."""
