"""Operators of a portal over two gateways, one of which runs."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from sqlalchemy import create_engine

from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.gateways.room import operator_room
from tally_finance.portal.opening import room as opening
from tally_finance.portal.site import GatewaySheet, Site
from tally_finance.portal.visit import Visit
from tally_finance.portal.visitor import OPERATOR
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pages import assembly
from tally_gateway.pages.words import Words
from tests.finance.portal.signed_in import COOKIE, Cookies, form
from tests.gateway.console.test_state import meter, operated, plan, stated
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import device, make_world
from tests.ports import free_port

HTML = {"accept": "text/html"}
OURS, THEIRS = b"\x01" * 32, b"\x02" * 32


def site_of(folder: Path, url: str, token: str) -> tuple[Site, Cookies]:
    """A portal over the gateway at `url`, and one that does not answer."""
    file = folder / "gateway.token"
    file.write_text(token)
    file.chmod(0o600)
    gone = f"http://127.0.0.1:{free_port()}"
    theirs = GatewaySheet("theirs", gone, file, None, THEIRS)
    gateways = (GatewaySheet("yard", url, file), GatewaySheet("gone", gone, file), theirs)
    sessions = Cookies()
    sessions.add("op", OURS, OPERATOR)
    sessions.add("looker", OURS, OPERATOR, may_write=False)
    sessions.add("lender", OURS, "lender")
    sessions.add("stranger", THEIRS, OPERATOR)
    name = Words("Portal", "门户")
    return Site(name, "http://portal", OURS, create_engine("sqlite://"), sessions, gateways=gateways), sessions


async def test_an_operator_sees_every_gateway_and_nobody_else_any(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    token = TokenFile(world.folder / "api-tokens.toml").add("portal", frozenset({Scope.OPERATE, Scope.SUBMIT}))
    async with operated(world, stream) as at:
        await at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream), stream.readings())
        await at.state()
        site, sessions = site_of(tmp_path, str(at.client.base_url), token)
        app = assembly.build(
            site.name, [operator_room(Gateways(site.gateways, site.organisation))], sessions, visit=Visit
        )
        app.state.site = site

        async def seen(who: str, path: str) -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal", cookies={COOKIE: who}) as one:
                return await one.get(path, headers=HTML)

        told = await seen("op", "/operator")
        assert told.status_code == 200, told.text
        assert "gone: no answer" in told.text
        assert world.config.gateway.origin in told.text
        kid = stream.kid.hex()
        for path in ("", "/devices", f"/devices/{kid}", "/points", "/refusals", "/log", "/onboarding", "/operations"):
            assert (await seen("op", f"/operator/yard{path}")).status_code == 200
            assert (await seen("lender", f"/operator/yard{path}")).status_code == 403
            assert (await seen("stranger", f"/operator/yard{path}")).status_code == 404
            assert (await seen("op", f"/operator/gone{path}")).status_code in (200, 503)
        theirs = await seen("stranger", "/operator")
        assert (theirs.status_code, theirs.headers["location"]) == (303, "/operator/theirs")
        assert (await seen("op", "/operator/theirs")).status_code == 404
        assert (await seen("stranger", "/operator/theirs")).status_code == 503  # theirs, and it does not answer
        assert (await seen("op", "/operator/nobody")).status_code == 404
        assert "does not answer" in (await seen("op", "/operator/gone/replace")).text
        chart = await seen("op", "/operator/yard/log/growth.json")
        assert chart.json()["values"][0][-1] == "5"


async def test_a_place_in_the_log_opens_down_to_its_proof(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    tokens = TokenFile(world.folder / "api-tokens.toml")
    token = tokens.add("portal", frozenset({Scope.OPERATE, Scope.ENTRIES}))
    short = tokens.add("short", frozenset({Scope.OPERATE}))
    async with operated(world, stream) as at:
        await at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream), stream.readings())
        await eventually(lambda: at.service.parts.log.head.size > 4)  # there is no proof before
        await at.state()
        for given, status, says in ((token, 200, 'id="step-path"'), (short, 503, "not of scope entries")):
            site, sessions = site_of(tmp_path, str(at.client.base_url), given)
            gateways = Gateways(site.gateways, site.organisation)
            rooms = [operator_room(gateways), opening.room(site, gateways)]
            app = assembly.build(site.name, rooms, sessions, visit=Visit)
            app.state.site = site
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal", cookies={COOKIE: "op"}) as one:
                device_page = await one.get(f"/operator/yard/devices/{stream.kid.hex()}", headers=HTML)
                (newest,) = set(re.findall(r'href="(/open/log/yard/4)"', device_page.text))
                opened = await one.get(newest, headers=HTML)
                assert (opened.status_code, says in opened.text) == (status, True), opened.text


async def test_who_may_only_look_sends_no_form(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    token = TokenFile(world.folder / "api-tokens.toml").add("portal", frozenset({Scope.OPERATE, Scope.SUBMIT}))
    async with operated(world, device()) as at:
        one = stated(world, plan(world))
        site, sessions = site_of(tmp_path, str(at.client.base_url), token)
        app = assembly.build(
            site.name, [operator_room(Gateways(site.gateways, site.organisation))], sessions, visit=Visit
        )
        app.state.site = site
        files = [("statements", ("0.cose", one.encoded))]
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            for who, status in (("looker", 403), ("lender", 403), ("stranger", 404), ("op", 303)):
                client.cookies.set(COOKIE, who)
                answer = await client.post("/operator/yard/statements", data=form(), files=files)
                assert answer.status_code == status
            key = answer.headers["location"].removeprefix("/operator/yard/statements/")
            client.cookies.set(COOKIE, "looker")
            assert (await client.get(f"/operator/yard/statements/{key}", headers=HTML)).status_code == 404
            client.cookies.set(COOKIE, "op")
            done = await client.post(f"/operator/yard/statements/{key}/submit", data=form())
            assert done.status_code == 303
            assert "in the log" in (await client.get(f"/operator/yard/statements/{key}", headers=HTML)).text
        assert (await at.state())["log"]["size"] == 2
