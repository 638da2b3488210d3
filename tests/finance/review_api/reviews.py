"""A reviewers' desk over a real port: a bank's reviewer and lender, a verifier, another bank; reports of the mill."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from tally_chain import bundle, policy_text
from tally_chain.policy import Policy
from tally_chain.verify.verifier import examine
from tally_edge import signer
from tally_edge.keys import Signer
from tally_finance.activity import boundary_file
from tally_finance.api.quotas import Quotas
from tally_finance.api.rights import Role
from tally_finance.api.tokens import Bearer
from tally_finance.factors.shipping import shipped
from tally_finance.report import archive, folder, inventory_file
from tally_finance.report.making import report_of
from tally_finance.review_api import sheet_file
from tally_finance.review_api.app import make_app
from tally_finance.review_api.computing import Reading
from tally_finance.review_api.service import Service, service_of
from tally_gateway.intake.quota import Rate
from tests.finance.activity import works
from tests.finance.api.counter import served
from tests.finance.report import mill
from tests.world import START, World

DAYS = 12
NOW = START + 395 * works.DAY_S
MUCH = Quotas(requests=Rate(10_000, 1_000_000), body_bytes=Rate(1 << 30, 8 << 30), at_once=64)

OWN, VERIFIERS, OTHER = (hashlib.sha256(name.encode()).digest() for name in ("bank", "verifiers", "another bank"))
PEOPLE = {
    "reviewer": (OWN, Role.REVIEWER, True),
    "reader": (OWN, Role.REVIEWER, False),
    "lender": (OWN, Role.LENDER, True),
    "verifier": (VERIFIERS, Role.VERIFIER, True),
    "other reviewer": (OTHER, Role.REVIEWER, True),
    "other lender": (OTHER, Role.LENDER, True),
    "strange verifier": (hashlib.sha256(b"strange").digest(), Role.VERIFIER, True),
}
"""Whose token, in which role, whether it may write."""
LI, WANG, ABROAD = signer.generate(), signer.generate(), signer.generate()
"""Of the bank's reviewer, of the verifier, and of the other bank."""

CONCLUSION = """[conclusion]
bank = "Bank of the Delta"
reviewer = "Li Wei"
borrower = "Works 1"
loan = "GL-2026-17"
use_of_proceeds = "an electric furnace"
catalogue = "1.4.2"
decision = "eligible"
conditions = []
until = 2027-12-01T00:00:00+08:00
"""
VERIFICATION = """[verification]
verifier = "Verifiers Ltd"
lead = "Wang Fang"
borrower = "Works 1"
standard = "ISO 14064-3:2019"
independence = "none"
level = "limited"
type = "unmodified"
until = 2027-12-01T00:00:00+08:00
[verification.accreditation]
body = "CNAS"
number = "V-17"
until = 2027-12-01T00:00:00+08:00
"""
LEDGER = 'figure = "total-location"\n'


def world_of(days: int = DAYS, **counted: list[int]) -> World:
    """The works; `grid`: what its meter counts day by day."""
    per_day = {(works.GRID, "energy_import"): counted["grid"]} if counted else None
    return works.run(works.opened(), days, per_day)


def report(at: Path, world: World, days: int = DAYS, believed: Policy | None = None, now: int = NOW) -> bytes:
    """The archive of the works' report under a policy, whose folder is made beneath `at`."""
    at.mkdir(parents=True)
    data = bundle.encode(world.bundle(hours=days * works.DAY_H))
    sheet = mill.sheets(at)
    read, boundary = inventory_file.load(sheet), boundary_file.load(at / "boundary.toml")
    digest = hashlib.sha256(data).digest()
    trusted = works.policy_of(world) if believed is None else believed
    examined = examine(bundle.decode(data), trusted, now=now)
    folder.write(at / "report", report_of(examined, read, boundary, shipped(), (digest,)), [data])
    return archive.pack(folder.read(at / "report"))


@dataclass
class Clock:
    """The desk's time, which tests move."""

    at: int = NOW

    def __call__(self) -> int:
        return self.at


@dataclass
class Desk:
    """A desk that is served. `people`: tokens by who has them."""

    service: Service
    client: httpx.Client
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, who: str | None) -> dict[str, str]:
        return {} if who is None else {"authorization": f"Bearer {self.tokens[who]}"}

    def get(self, who: str | None, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, headers=self.headers(who), params=query)

    def post(self, who: str | None, path: str, body: Any = None, key: str = "a-key-of-mine") -> httpx.Response:
        headers = {**self.headers(who), "idempotency-key": key}
        if isinstance(body, bytes):
            headers["content-type"] = "application/octet-stream"
            return self.client.post(path, content=body, headers=headers)
        return self.client.post(path, json={} if body is None else body, headers=headers)

    def ends(self, who: str, digest: str, within_s: float = 60) -> dict[str, Any]:
        """What became of a report that was sent."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.get(who, f"/v1/arrivals/{digest}").json()
            if found["state"] != "computing":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{digest} is still being computed")

    def sent(self, data: bytes, who: str = "reviewer") -> str:
        """The digest of a report that was sent and is kept now."""
        answer = self.post(who, "/v1/reports", data)
        assert answer.status_code == 202, answer.text
        digest: str = answer.json()["digest"]
        assert self.ends(who, digest)["state"] == "kept"
        return digest


def sheet(at: Path, world: World, signers: dict[bytes, tuple[Signer, str]] | None = None) -> Path:
    """The desk's sheet and its policy."""
    at.mkdir(parents=True, exist_ok=True)
    (at / "policy.toml").write_text(policy_text.write(works.policy_of(world)))
    known = signers or {OWN: (LI, "Li Wei"), VERIFIERS: (WANG, "Wang Fang"), OTHER: (ABROAD, "Zhao Lei")}
    text = f'desk = "green"\norganisation = "{OWN.hex()}"\nbank = "Bank of the Delta"\n'
    text += 'policy = "policy.toml"\nreports = "reports"\n'
    for organisation, (key, name) in known.items():
        text += f'[[signer]]\nkey = "{key.public_key.kid.hex()}"\n'
        text += f'organisation = "{organisation.hex()}"\nname = "{name}"\n'
    (at / "reviews.toml").write_text(text)
    return at / "reviews.toml"


@contextlib.contextmanager
def desk(engine: Engine, file: Path, clock: Clock | None = None, quotas: Quotas = MUCH) -> Iterator[Desk]:
    """A desk over a migrated database; tokens are made where there are none yet."""
    read, time_of = sheet_file.load(file), clock or Clock()
    asked: Callable[[], int] = time_of
    with contextlib.ExitStack() as stack:
        reading = Reading(read.policy, read.key)
        service = stack.enter_context(service_of(engine, read, reading, asked, quotas))
        at = stack.enter_context(served(make_app(service)))
        made = Desk(service, stack.enter_context(httpx.Client(base_url=at, trust_env=False, timeout=120)), time_of)
        for who, (organisation, role, may_write) in PEOPLE.items():
            name = f"{who.replace(' ', '-')}-{time.monotonic_ns()}"
            bearer = Bearer(name, organisation, role, may_write)
            made.tokens[who] = service.tokens.make(bearer, now=time_of(), valid_s=10 * works.DAY_S)
        yield made
