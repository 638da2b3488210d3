"""A console's session: whose use keeps it awake."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request

from tally_gateway.console.sessions import COOKIE, IDLE_S, ConsoleSessions
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pages.guest import BY_ITSELF


def request_of(value: str, *, by_itself: bool) -> Request:
    headers = [(b"cookie", f"{COOKIE}={value}".encode())]
    headers += [(BY_ITSELF.encode(), b"1")] if by_itself else []
    return Request({"type": "http", "headers": headers})


def test_a_page_that_looks_by_itself_keeps_no_session_awake(tmp_path: Path) -> None:
    now = [0.0]
    tokens = TokenFile(tmp_path / "tokens.toml")
    sessions = ConsoleSessions(tokens, "mill", lambda: now[0])
    value = sessions.begin(tokens.add("operator", frozenset({Scope.OPERATE})))
    for _ in range(3):
        now[0] += IDLE_S / 2
        assert sessions.guest_of(request_of(value, by_itself=False)) is not None
    now[0] += IDLE_S - 1
    assert sessions.guest_of(request_of(value, by_itself=True)) is not None
    now[0] += 2
    assert sessions.guest_of(request_of(value, by_itself=False)) is None
