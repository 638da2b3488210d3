"""schemathesis over a reviewers' desk: no 5xx, answers as the document has them, nothing without a right.

The oracle is the table of rights, and the organisations: of a stranger's answers none may name what is another's.
TALLYSTICK_FUZZ_EXAMPLES makes it longer.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tally_finance.review_api.rights import RIGHTS
from tests.finance.generated_requests import Generated, generated
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import OWN, PEOPLE, Desk

EXAMPLES = int(os.environ.get("TALLYSTICK_FUZZ_EXAMPLES", "4"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
WHO = [*PEOPLE, "nobody"]


def known(made: tuple[Desk, str]) -> dict[str, list[str]]:
    """What there is, by the names that paths, queries and bodies have for it."""
    desk, digest = made
    said = json.loads((desk.service.shelf.place(bytes.fromhex(digest)) / "report.json").read_bytes())
    return {
        "digest": [digest], "baseline": [digest], "against": [digest], "product": ["coil", "nothing"],
        "part": [*said["evidence"], *said["sheets"].values()], "kind": ["archive", "conclusion"],
        "item": ["total-location", "line-1", "load-1", "product-1"], "figure": ["total-market", "scope-1"],
        "ledger": [reviews.LEDGER, "level = 1e99", ""], "words": [reviews.CONCLUSION, reviews.VERIFICATION],
        "key": [reviews.LI.public_key.encode().hex()],
    }  # fmt: skip


@pytest.fixture(scope="module")
def interface(made: tuple[Desk, str]) -> list[Generated]:
    return generated(made[0].client.get("/openapi.json").json(), RIGHTS)


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_nothing_breaks_and_nothing_opens(made: tuple[Desk, str], interface: list[Generated], who: str) -> None:
    assert sum(play(made, asked, who) for asked in interface) >= len(RIGHTS)


def play(made: tuple[Desk, str], asked: Generated, who: str) -> int:
    """Some generated requests, most of them with names of things that there are."""
    dice, count, there_is = random.Random(f"{who} {asked.route[1]}"), 0, known(made)
    right = RIGHTS[asked.route]
    organisation, role, may_write = PEOPLE.get(who, (b"", None, False))
    allowed = role in right.roles and (may_write or not right.writes) and (organisation == OWN or not right.own_book)

    @seed(20261128)
    @settings(
        max_examples=EXAMPLES if allowed and organisation == OWN else 2, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(case=asked.requests)
    def once(case: Any) -> None:
        nonlocal count
        if dice.random() < 0.7:
            for part in (case.path_parameters, case.query, case.body):
                for name in sorted(part.keys() & there_is.keys()) if isinstance(part, dict) else ():
                    part[name] = dice.choice(there_is[name])
        headers = made[0].headers(None if who == "nobody" else who)
        answer = case.call(base_url=str(made[0].client.base_url), headers={**headers, "idempotency-key": "0" * 8})
        count += 1
        text = answer.content.decode("utf-8", "replace")
        where = f"{who} {case.method} {case.formatted_path}: {answer.status_code} {text[:300]}"
        assert answer.status_code < 500, where
        if who == "nobody":
            assert answer.status_code in (400, 401, 404, 405), where
        if not allowed:
            assert answer.status_code >= 400, where
        if organisation != OWN:
            assert "Works 1" not in text, where
        case.validate_response(answer, checks=CHECKS)

    once()
    return count
