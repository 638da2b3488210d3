"""What others learn of a report that they may not read: nothing, not even that it is there.

Every route is asked by every role: of one's own side by the table of rights, and as a stranger twice, about a report
that is there and about one that is not. Status and text must be the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tally_finance.api.rights import Role
from tally_finance.review_api.rights import REVIEW_ROLES, RIGHTS
from tally_finance.review_api.service import MAX_ARCHIVE_BYTES
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import PEOPLE, Desk

NOT_THERE = "99" * 32
STRANGERS = {Role.REVIEWER: "other reviewer", Role.LENDER: "other lender", Role.VERIFIER: "strange verifier"}
Made = tuple[Desk, str]
LOAN = """[[loan]]
loan = "L"
outstanding_cny = 1
whole_cny = 2
against = "evic"
report = "{report}"
"""


def body(path: str, digest: str) -> Any:
    """A request that is understood."""
    known: dict[str, Any] = {
        "/v1/reports/{digest}/footprints": {"product": "coil", "sheet": "name = \"Coil\""},
        "/v1/reports": b"nonsense",
        "/v1/reports/{digest}/readers": {"organisation": "11" * 32},
        "/v1/reports/{digest}/ledger": {"ledger": reviews.LEDGER},
        "/v1/reports/{digest}/ledger/draft": {"ledger": reviews.LEDGER, "revision": 0},
        "/v1/reports/{digest}/checklist": {"baseline": digest, "product": "coil"},
        "/v1/portfolio": {"loans": LOAN.format(report=digest)},
        "/v1/reports/{digest}/opinions": b"nonsense",
        "/v1/reports/{digest}/drafts": {
            "kind": "conclusion", "words": reviews.CONCLUSION, "ledger": reviews.LEDGER,
            "key": reviews.LI.public_key.encode().hex(),
        },
        "/v1/reports/{digest}/signatures": {"file": "00", "signature": "00" * 64},
        "/v1/reports/{digest}/versions": {"reason": "first", "why": "a reason"},
    }  # fmt: skip
    return known[path]


QUERY = {"seed": "5a" * 16, "product": "coil", "line": "a line"}


def ask(made: Made, who: str, route: tuple[str, str], digest: str) -> Any:
    desk, there = made
    method, path = route
    said = json.loads((desk.service.shelf.place(bytes.fromhex(there)) / "report.json").read_bytes())
    part = said["evidence"][0] if "/evidence/" in path else next(iter(said["sheets"].values()))
    filled = path.replace("{digest}", digest).replace("{part}", part).replace("{statement}", part)
    filled = filled.replace("{item}", "total-location").replace("{kind}", "archive").replace("{name}", "weak")
    if method == "GET":
        return desk.get(who, filled, against=digest, baseline=digest, **QUERY)
    return desk.post(
        who, filled, body(path, digest), hashlib.sha256(f"{who} {path} {digest}".encode()).hexdigest()[:32]
    )


@pytest.mark.parametrize("route", RIGHTS, ids=" ".join)
def test_a_stranger_learns_nothing(made: Made, route: tuple[str, str]) -> None:
    there = made[1]
    for role, who in STRANGERS.items():
        first, second = (ask(made, who, route, digest) for digest in (there, NOT_THERE))
        assert first.status_code == second.status_code, (who, first.text, second.text)
        assert first.text.replace(there, "") == second.text.replace(NOT_THERE, ""), who
        right = RIGHTS[route]
        if role not in right.roles or right.own_book:
            assert first.status_code == 403
        elif "{" in route[1] or route[1] == "/v1/portfolio":
            assert first.status_code == 404, first.text
        assert "Works 1" not in first.text


@pytest.mark.parametrize("route", RIGHTS, ids=" ".join)
def test_each_role_may_what_the_table_says(made: Made, route: tuple[str, str]) -> None:
    """Of the report's own side: 403 where the table gives nothing, and nowhere else."""
    desk, there = made
    right = RIGHTS[route]
    asked = NOT_THERE if right.writes else there
    for who in ("reviewer", "reader", "lender"):
        _, role, may_write = PEOPLE[who]
        answer = ask(made, who, route, asked)
        may = role in right.roles and (may_write or not right.writes)
        assert (answer.status_code != 403) == may, (who, answer.status_code, answer.text)
        assert answer.status_code < 500
    assert ask(made, "lender", route, asked).status_code != 401
    bare = desk.client.request(route[0], route[1].replace("{", "").replace("}", ""))
    assert bare.status_code == 401


def test_every_role_of_the_table_is_one_of_this_desk() -> None:
    assert set().union(*(right.roles for right in RIGHTS.values())) == set(REVIEW_ROLES)


def test_what_is_too_long_is_refused_before_it_is_read(made: Made) -> None:
    desk, digest = made
    long = {"ledger": "#" * 300_000}
    assert desk.post("reviewer", f"/v1/reports/{digest}/ledger", long).status_code == 413
    assert desk.post("reviewer", "/v1/reports", bytes(MAX_ARCHIVE_BYTES + 1)).status_code == 413
    assert desk.post("lender", "/v1/reports", bytes(1_000)).status_code == 403
