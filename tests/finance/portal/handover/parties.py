"""A mill that hands evidence over, a bank that reads it, and a portal with both of them; keys are for tests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from tally_chain import bundle, granting, policy_text, reader_key
from tally_chain.policy import TrustedKey
from tally_finance.portal.app import rooms
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.handover import room as handover
from tally_finance.portal.handover.arrivals import Arrivals
from tally_finance.portal.handover.grants import Grants
from tally_finance.portal.site import Site
from tally_finance.portal.visit import Visit
from tally_gateway.pages import assembly
from tally_gateway.pages.room import Room
from tally_gateway.pages.words import Words
from tests.chain.verify.case import NOW, plain
from tests.finance.migrated import migrated
from tests.finance.portal.signed_in import COOKIE, Cookies, form
from tests.in_process import InProcess, asked
from tests.world import World, p256

MILL, BANK, OTHER = (hashlib.sha256(name.encode()).digest() for name in ("mill", "bank", "other"))
OWNER_KEY = p256("owner")
READER_KEY = reader_key.generate()
HTML = {"accept": "text/html"}
WORLD: World = plain()
EVIDENCE = bundle.encode(WORLD.bundle(hours=3))
POLICY = policy_text.write(
    replace(WORLD.policy(), owners=(TrustedKey(OWNER_KEY.public_key, "Mill"),), reader="First Bank")
)


@dataclass
class Clock:
    """The portal's time, which tests move."""

    at: int = NOW

    def __call__(self) -> int:
        return self.at


@dataclass
class Hall:
    """A portal, asked as whoever `who` names."""

    client: InProcess
    clock: Clock
    sessions: Cookies
    grants: Grants
    """What stands behind the pages."""
    arrivals: Arrivals
    """Likewise."""

    def get(self, who: str, path: str) -> httpx.Response:
        self.client.cookies.set(COOKIE, who)
        return self.client.get(path, headers=HTML)

    def post(self, who: str, path: str, files: Any = None, **values: Any) -> httpx.Response:
        self.client.cookies.set(COOKIE, who)
        return self.client.post(path, data=form(**values), files=files, headers=HTML)

    def brought(self, who: str = "owner", data: bytes = EVIDENCE) -> str:
        """The path of a new grant."""
        answer = self.post(who, "/handover/grants", {"evidence": ("evidence.tally", data)})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def drafted(self, files: Any = None, **changed: Any) -> str:
        """The path of a grant whose terms stand."""
        path = self.brought()
        answer = self.post("owner", f"{path}/terms", files, **(terms() | changed))
        assert answer.status_code == 303, re.sub(r"<[^>]+>", "", answer.text)
        return path

    def signed(self, files: Any = None, **changed: Any) -> str:
        """The path of a grant that the owner signed with its own key."""
        path = self.drafted(files, **changed)
        draft = bundle.decode(self.get("owner", f"{path}/file/draft.tally").content)
        granted = bundle.encode(granting.sign_draft(draft, OWNER_KEY, self.clock()))
        answer = self.post("owner", f"{path}/signed", {"file": ("signed.tally", granted)})
        assert answer.status_code == 303, answer.text
        return path

    def sealed(self, files: Any = None, **changed: Any) -> bytes:
        """The sealed file of a new grant."""
        path = self.signed(files, **changed)
        return self.get("owner", f"{path}/file/evidence.sealed.tally").content

    def arrived(self, data: bytes, policy: str | None = POLICY, name: str = "evidence.sealed.tally") -> str:
        """The path of a bundle that the bank brought."""
        files: dict[str, Any] = {"bundle": (name, data)}
        if policy is not None:
            files["policy"] = ("policy.toml", policy.encode())
        answer = self.post("reader", "/handover/arrivals", files)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])


def terms() -> dict[str, Any]:
    """A form as an owner fills it in."""
    return {
        "owner": "Mill",
        "owner_key": OWNER_KEY.public_key.encode().hex(),
        "reader": "First Bank",
        "reader_key": READER_KEY.public_key.encode().hex(),
        "purpose": "a loan against steel",
        "expires": "2026-12-31",
    }


@contextmanager
def portal(folder: Path) -> Iterator[tuple[FastAPI, Clock, Cookies]]:
    """A portal with an owner, a reader, somebody else, and people who may only look."""
    engine = migrated(folder / "portal.db")
    sessions, clock = Cookies(), Clock()
    sessions.add("owner", MILL, "owner")
    sessions.add("looking", MILL, "owner", may_write=False)
    sessions.add("reader", BANK, "lender")
    sessions.add("other", OTHER, "owner", "lender")
    site = Site(Words("Portal", "门户"), "http://127.0.0.1", BANK, engine, sessions)
    made = [one for one in rooms(site) if "handover" not in one.package]
    timed: list[Room] = [*made, handover.room(site, Gateways(site.gateways, site.organisation), clock)]
    app = assembly.build(site.name, timed, sessions, visit=Visit)
    app.state.site = site
    yield app, clock, sessions
    engine.dispose()


@contextmanager
def hall(folder: Path) -> Iterator[Hall]:
    """That portal, asked without a socket."""
    with portal(folder) as (app, clock, sessions), asked(app) as client:
        engine = app.state.site.engine
        yield Hall(client, clock, sessions, Grants(engine, clock), Arrivals(engine, clock))
