"""The 41 conformance cases of PACT 3.0 against a running host, and what they leave out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tally_edge.pinned_tls import client_context
from tests.finance.pact.conformance import CASES, EVENTS, Context
from tests.finance.pact.published import published
from tests.finance.pact.running import pair


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    folder: Path = tmp_path_factory.mktemp("pact")
    with pair(folder) as both, httpx.Client(verify=client_context(both.ours.ca), trust_env=False) as http:
        made = Context(both, http, published())
        made.begin()
        yield made


def test_all_cases_in_order(context: Context) -> None:
    """One after the other, because some are answers to others."""
    assert len(CASES) == 41
    for _, case in CASES.values():
        case(context)


@pytest.mark.parametrize(
    ("headers", "form", "status", "error"),
    [
        ({}, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"authorization": "Basic !!"}, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"authorization": "Basic /w=="}, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({}, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, {}, 400, "invalid_request"),
    ],
)
def test_tokens_refused(
    context: Context, headers: dict[str, str], form: dict[str, str], status: int, error: str
) -> None:
    answer = context.http.post(f"{context.base}/auth/token", headers=headers, data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_revoked_partner_is_out_at_once(context: Context) -> None:
    partners = context.pair.ours.host.partners
    client, secret = partners.make("short", None, None, 1)
    answer = context.http.post(
        f"{context.base}/auth/token", auth=(client, secret), data={"grant_type": "client_credentials"}
    )
    token = answer.json()["access_token"]
    assert context.get("/3/footprints", token).status_code == 200
    partners.revoke("short", 2)
    assert context.get("/3/footprints", token).status_code == 401


def test_another_product_is_forbidden(context: Context) -> None:
    client, secret = context.pair.ours.host.partners.make("rails", ["urn:pact:none"], None, 1)
    answer = context.http.post(
        f"{context.base}/auth/token", auth=(client, secret), data={"grant_type": "client_credentials"}
    )
    token = answer.json()["access_token"]
    assert context.get("/3/footprints", token).json() == {"data": []}
    refused = context.get(f"/3/footprints/{context.first.id}", token)
    assert (refused.status_code, refused.json()["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize("query", ["limit=-1", "limit=x", "limit=1&limit=2", "x-tallystick-after=-1", "created=now"])
def test_queries_refused(context: Context, query: str) -> None:
    answer = context.get(f"/3/footprints?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", EVENTS, 400),
        (b"", EVENTS, 400),
        (b"{}", "application/json", 400),
        (b"x" * (9 << 20), EVENTS, 413),
        (json.dumps({"specversion": "1.0", "type": "x"}).encode(), EVENTS, 400),
    ],
)
def test_events_refused(context: Context, body: bytes, kind: str, status: int) -> None:
    headers = {"authorization": f"Bearer {context.token}", "content-type": kind}
    assert context.http.post(f"{context.base}/3/events", content=body, headers=headers).status_code == status


def test_a_host_that_is_not_believed_gets_it_later(context: Context) -> None:
    carrier, mail = context.pair.carrier, context.pair.ours.host.mail
    carrier.send_waiting()
    context.post("RequestCreated", {"productId": ["urn:pact:later"]}, name="later")
    carrier.tls, kept = True, carrier.tls  # the system's authorities know nothing of this one
    assert carrier.send_waiting() == 0
    letter = mail.sent()[-1]
    assert (letter.tries, letter.done_at) == (1, None)
    assert "CERTIFICATE_VERIFY_FAILED" in letter.said
    carrier.tls = kept
    assert carrier.send_waiting() == 0, "its time has not come"
