"""A revoked grant's page ends its reader's token at a running gateway, where the portal may; else it says who does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from tally_finance.portal.app import rooms
from tally_finance.portal.handover.grants import Chosen, Grants
from tally_finance.portal.site import GatewaySheet, Site
from tally_finance.portal.visit import Visit
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pages import assembly
from tests.finance.portal.handover.parties import EVIDENCE, HTML, MILL, OTHER, OWNER_KEY, READER_KEY, portal
from tests.finance.portal.signed_in import COOKIE, form
from tests.gateway.console.test_state import operated
from tests.gateway.service.world import device, make_world
from tests.ports import free_port

KEYS = OWNER_KEY.public_key.encode(), READER_KEY.public_key.encode()
COMMAND = "tallystick gateway token remove first-bank"


def revoked(site: Site, organisation: bytes) -> str:
    """The path of a grant that was revoked, of a reader with a token."""
    grants = Grants(site.engine, lambda: 1_800_000_000)
    name = grants.begin(organisation, "owner", EVIDENCE)
    grants.choose(organisation, name, Chosen(EVIDENCE, *KEYS, None, "first-bank", "{}"))
    grants.revoke(organisation, name, "owner", "the loan was repaid")
    return f"/handover/grants/{name}"


def over(app: FastAPI, url: str, folder: Path, token: str) -> tuple[FastAPI, Site]:
    """The same portal over gateways: the mill's that runs, one of its that does not, another's."""
    file = folder / f"{token[:8]}.token"
    file.write_text(token)
    file.chmod(0o600)
    silent = f"http://127.0.0.1:{free_port()}"
    gateways = (
        GatewaySheet("yard", url, file, None, MILL), GatewaySheet("gone", silent, file, None, MILL),
        GatewaySheet("theirs", url, file, None, OTHER),
    )  # fmt: skip
    old: Site = app.state.site
    site = Site(old.name, old.address, old.organisation, old.engine, old.sessions, gateways=gateways)
    made = assembly.build(site.name, rooms(site), site.sessions, visit=Visit)
    made.state.site = site
    return made, site


async def test_a_token_is_ended_where_the_portal_may(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    tokens = TokenFile(world.folder / "api-tokens.toml")
    reads = tokens.add("first-bank", frozenset({Scope.ENTRIES}))
    may, may_not = (tokens.add(name, scopes) for name, scopes in (
        ("portal", frozenset({Scope.OPERATE, Scope.READERS})), ("short", frozenset({Scope.OPERATE})),
    ))  # fmt: skip
    async with operated(world, stream) as at:
        url = str(at.client.base_url)
        with portal(tmp_path) as (bare, _, _):
            short, _ = over(bare, url, tmp_path, may_not)
            full, site = over(bare, url, tmp_path, may)
            path = revoked(site, MILL)

            async def asked(app: FastAPI, who: str, method: str, on: str, **sent: Any) -> httpx.Response:
                transport = httpx.ASGITransport(app)
                async with httpx.AsyncClient(
                    transport=transport, base_url="http://127.0.0.1", cookies={COOKIE: who}, headers=HTML
                ) as one:
                    return await one.request(method, on, **sent)

            def said(page: str, gateway: str) -> str:
                found = re.search(rf"<li>Gateway {gateway} (.*?)</li>", page, re.DOTALL)
                return "" if found is None else found[1]

            without = (await asked(short, "owner", "GET", path)).text
            assert "can not be asked by this portal" in said(without, "yard")
            assert COMMAND in without
            page = (await asked(full, "owner", "GET", path)).text
            assert "still serves entries" in said(page, "yard")
            assert "End the reader's token there" in said(page, "yard").replace("&#39;", "'")
            assert "does not answer" in said(page, "gone")
            assert "theirs" not in page
            assert "<button" not in said((await asked(full, "looking", "GET", path)).text, "yard")
            ended = f"{path}/end-token"
            for who, gateway, app, status in (
                ("looking", "yard", full, 403), ("reader", "yard", full, 403), ("other", "yard", full, 404),
                ("owner", "theirs", full, 404), ("owner", "yard", short, 403), ("owner", "gone", full, 503),
                ("owner", "yard", full, 303), ("owner", "yard", full, 404),
            ):  # fmt: skip
                answer = await asked(app, who, "POST", ended, data=form(gateway=gateway))
                assert answer.status_code == status, (who, gateway, answer.text)
            assert "knows no such token" in said((await asked(full, "owner", "GET", path)).text, "yard")
            entry = await at.client.get("/entries/0", headers={"authorization": f"Bearer {reads}"})
            assert entry.status_code == 401
