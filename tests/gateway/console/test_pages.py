"""The console of a running gateway, as a browser without scripts has it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tally_gateway.admission import Message
from tally_gateway.console.own import SIGN_IN
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pages.headers import POLICY
from tally_gateway.pipeline import Incoming
from tests.gateway.console.test_state import Operated, meter, operated, plan, stated
from tests.gateway.service.world import POINT, Stream, World, device, make_world

HTML = {"accept": "text/html"}
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:")


@dataclass
class Browser:
    """A browser that has signed in."""

    at: Operated
    client: httpx.AsyncClient
    token: str

    async def page(self, path: str, status: int = 200) -> str:
        """A page, which holds nothing inline."""
        answer = await self.client.get(path, headers=HTML)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-security-policy"] == POLICY
        assert not INLINE.search(answer.text), INLINE.search(answer.text)
        return answer.text

    async def csrf(self, path: str) -> str:
        """The token that the forms of a page bring back."""
        found = re.search(r'name="csrf" value="([^"]+)"', await self.page(path))
        assert found is not None
        return found[1]


@contextlib.asynccontextmanager
async def browsing(
    world: World, stream: Stream, scopes: frozenset[Scope] = frozenset({Scope.OPERATE, Scope.SUBMIT})
) -> AsyncIterator[Browser]:
    async with operated(world, stream, scopes) as at:
        token = str(at.client.headers["authorization"]).removeprefix("Bearer ")
        async with httpx.AsyncClient(base_url=at.client.base_url, timeout=10) as client:
            answer = await client.post(SIGN_IN, data={"token": token, "next": "/console/devices"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/devices")
            cookie = answer.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "samesite=strict" in cookie.lower()
            yield Browser(at, client, token)


async def test_every_page_is_made_in_both_languages(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with browsing(world, stream) as by:
        await by.at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream))
        sent = [stream.readings() for _ in range(4)]
        await by.at.take(*sent[:2], device().readings())
        pipeline = by.at.service.parts.pipeline
        await pipeline.take([Incoming(Message(sent[3].encoded), "test", None, 4_321)])
        await by.at.state()
        kid = stream.kid.hex()
        paths = ["", "/devices", "/devices?show=holes&search=steel", f"/devices/{kid}", "/points", "/refusals"]
        paths += [f"/points/one?name={POINT}", "/refusals?reason=unknown_key", "/log"]
        for path in paths:
            english = await by.page(f"/console{path}")
            by.client.cookies.set("language", "zh-CN")
            chinese = await by.page(f"/console{path}")
            by.client.cookies.delete("language")
            assert 'lang="zh-CN"' in chinese
            assert english != chinese
        assert "Statements missing below what has come: 1, of 1 device." in await by.page("/console")
        told = await by.page(f"/console/devices/{kid}")
        assert ">2<" in told  # the missing number
        assert "0.03" in told
        assert "4,319" in told  # in its outbox: numbers 2 and 4 to 4,321
        assert "4,319" in await by.page("/console/devices?show=outbox")
        assert "tallystick edge resend" in await by.page("/console/refusals?reason=unknown_key")
        growth = (await by.client.get("/console/log/growth.json")).json()
        assert growth["values"][0][-1] == "7"
        await by.page("/console/devices/" + "0" * 64, 404)


async def test_nobody_gets_in_without_a_token_that_opens_it(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    async with browsing(world, device()) as by, httpx.AsyncClient(base_url=by.client.base_url) as stranger:
        answer = await stranger.get("/console", headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{SIGN_IN}?next=%2Fconsole")
        assert (await stranger.get("/console/log/growth.json")).status_code == 401
        assert (await stranger.post(SIGN_IN, data={"token": "0" * 64}, headers=HTML)).status_code == 401
        file = TokenFile(world.folder / "api-tokens.toml")
        reader = file.add("bank", frozenset({Scope.ENTRIES}))
        assert (await stranger.post(SIGN_IN, data={"token": reader}, headers=HTML)).status_code == 403
        assert "console" not in stranger.cookies
        elsewhere = await stranger.post(SIGN_IN, data={"token": by.token, "next": "https://evil.example/"})
        assert elsewhere.headers["location"] == "/console"
        from_evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert (await stranger.post(SIGN_IN, data={"token": by.token}, headers=from_evil)).status_code == 403


async def test_a_session_ends_with_its_token_or_by_signing_out(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    async with browsing(world, device()) as by:
        assert (await by.client.post("/console/sign-out", data={"csrf": "x"})).status_code == 403
        old = by.client.cookies["console"]
        csrf = await by.csrf("/console")
        assert (await by.client.post("/console/sign-out", data={"csrf": csrf})).status_code == 303
        by.client.cookies.set("console", old)
        assert (await by.client.get("/console", headers=HTML)).status_code == 303
        by.client.cookies.clear()
        again = await by.client.post(SIGN_IN, data={"token": by.token})
        assert again.status_code == 303
        assert by.client.cookies["console"] != old
        await by.page("/console")
        TokenFile(world.folder / "api-tokens.toml").remove("operator")
        assert (await by.client.get("/console", headers=HTML)).status_code == 303


async def test_guessing_tokens_is_slowed_down(tmp_path: Path) -> None:
    async with browsing(make_world(tmp_path / "g"), device()) as by:
        answers = [(await by.client.post(SIGN_IN, data={"token": str(one)})).status_code for one in range(12)]
        assert answers[:5] == [401] * 5
        assert 429 in answers
