"""A portal with accounts over a database: people who sign in, a clock that tests move, passwords that cost little."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pyotp
from argon2 import PasswordHasher
from sqlalchemy import Engine

from tally_edge import keys, signer
from tally_finance.portal.accounts import setting_up
from tally_finance.portal.accounts.account import organisation_of
from tally_finance.portal.accounts.password import Passwords
from tally_finance.portal.accounts.sealing import Sealing
from tally_finance.portal.accounts.service import Accounts
from tally_finance.portal.accounts.settings import Provider, Settings
from tally_finance.portal.app import Portal
from tally_finance.portal.site import Site
from tally_gateway.pages.words import Words
from tests.in_process import InProcess

HOST, OTHER = b"\x11" * 32, b"\x22" * 32
ADDRESS: Final = "http://localhost"
PASSWORD: Final = "a mule between two rivers"
START: Final = 1_780_000_000
CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_SQUARE = re.compile(r'class="typed">([A-Z2-7 ]+)<')
_KEY = re.compile(r'name="key" value="([0-9a-f]{64})"')
_GUARD = re.compile(r'name="(csrf|once)" value="([^"]+)"')


@dataclass
class Clock:
    """Seconds that stand until a test moves them."""

    now: int = START

    def __call__(self) -> int:
        return self.now


@dataclass
class Person:
    """Somebody with a password and an app, in a browser of its own."""

    rig: Rig
    name: str
    secret: str
    client: InProcess
    codes: tuple[str, ...] = ()
    root: str = ""

    def code(self) -> str:
        """A code that was not shown yet."""
        self.rig.clock.now += 30
        return pyotp.TOTP(self.secret).at(self.rig.clock.now)

    def sign_in(self, **form: str) -> httpx.Response:
        """By password and code."""
        given = {"name": self.name, "password": PASSWORD, "code": self.code(), **form}
        return self.client.post("/sign-in", data=given, headers=HTML)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers={**HTML, **headers})

    def post(
        self, path: str, page: str = "/account", headers: dict[str, str] | None = None, **form: Any
    ) -> httpx.Response:
        """A form as a page has it, sent."""
        return self.client.post(path, data={**self.guard(page), **form}, headers={**HTML, **(headers or {})})

    def guard(self, page: str = "/account") -> dict[str, str]:
        """What a page's forms bring back."""
        return dict(_GUARD.findall(self.get(page).text))


HTML: Final = {"accept": "text/html"}


@dataclass
class Rig:
    """The portal and its accounts."""

    accounts: Accounts
    portal: Portal
    clock: Clock
    people: dict[str, Person] = field(default_factory=dict)
    runner: Any = None

    def client(self, address: str = ADDRESS) -> InProcess:
        """A browser without cookies."""
        return InProcess(self.portal, self.runner, address)

    def link(self, name: str, organisation: bytes, *roles: str) -> str:
        """An invitation's secret."""
        return setting_up.invite(self.accounts, name, organisation, frozenset(roles), "test")

    def invited(self, name: str, organisation: bytes, *roles: str) -> Person:
        """Somebody who went through an invitation and is signed in."""
        return self.set_up(name, self.link(name, organisation, *roles))

    def here(self, name: str, organisation: bytes, *roles: str) -> Person:
        """Somebody who signed in just now, for the first time or again: another test may have moved the clock."""
        person = self.people.get(name)
        if person is None:
            return self.invited(name, organisation, *roles)
        assert person.sign_in().status_code == 303
        return person

    def set_up(self, name: str, link: str) -> Person:
        """Somebody who sets up a password by a link's secret."""
        client = self.client()
        page = client.get(f"/invitation/{link}", headers=HTML)
        assert page.status_code == 200, page.text
        secret = _SQUARE.findall(page.text)[0].replace(" ", "")
        person = Person(self, name, secret, client)
        form = {"key": _KEY.findall(page.text)[0], "password": PASSWORD, "code": person.code()}
        answer = client.post(f"/invitation/{link}", data=form, headers=HTML)
        assert answer.status_code == 200, answer.text
        person.codes = tuple(re.findall(r"<li><code>([a-z0-9-]+)</code></li>", answer.text))
        self.people[name] = person
        return person


def portal_of(engine: Engine, *, address: str = ADDRESS, provider: Provider | None = None, **site: Any) -> Rig:
    """A portal over a migrated database with two organisations; nobody asks it yet."""
    clock = Clock()
    settings = Settings(address, Words("Test portal", "测试门户"), HOST, Path("none"), Path("none"), provider=provider)
    secrets = signer.generate(keys.EDDSA), Sealing(b"k" * 32)
    accounts = Accounts(engine, settings, secrets, clock, Passwords(CHEAP))
    for identity, latin, chinese, roles in (
        (
            HOST,
            "Bank of the Delta",
            "三角洲银行",
            ("lender", "reviewer", "operator", "keeper", "owner", "administrator"),
        ),
        (OTHER, "Granary of the North", "北方粮仓", ("keeper", "depositor")),
    ):
        if accounts.directory.organisation(identity) is None:
            accounts.directory.add_organisation(organisation_of(identity, latin, chinese, roles), clock())
    portal = Portal(Site(settings.name, address, HOST, engine, accounts, **site))
    return Rig(accounts, portal, clock)


@contextmanager
def rig(engine: Engine, **options: Any) -> Iterator[Rig]:
    """The same, asked in this process; options as of `portal_of`."""
    made = portal_of(engine, **options)
    with asyncio.Runner() as runner:
        made.runner = runner
        yield made
