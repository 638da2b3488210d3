"""The desk of an office over HTTP, with a token for every party."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.sending import send
from tally_finance.api.app import make_app
from tally_finance.api.quotas import Quotas
from tally_finance.api.rights import Role
from tally_finance.api.service import Service, service_of
from tally_finance.api.serving import LIMITS, server_of
from tally_finance.api.tokens import Bearer
from tally_gateway.http.door import HttpLimits
from tally_gateway.intake.quota import Rate
from tests.chain.contracts.stage import STRANGER
from tests.chain.receipts.yard import Yard
from tests.chain.registry.parties import fresh
from tests.finance.desk.office import Office

MUCH = Quotas(requests=Rate(10_000, 1_000_000), drafts=Rate(10_000, 10_000_000), at_once=64)
"""Tests ask more than a party does; `test_door` tries the quotas."""

FIRMS = {
    Role.KEEPER: "keeper",
    Role.DEPOSITOR: "holder",
    Role.LENDER: "lender",
    Role.INSPECTOR: "verifier",
    Role.COURT: "court",
}
"""The yard's key whose organisation has the role."""


@dataclass(frozen=True)
class Brought:
    """A Sender."""

    yard: Yard

    def send(self, file: OperationFile) -> bytes:
        stage = self.yard.parties.stage
        return send(stage.engine, STRANGER, stage.profile, file, self.yard.parties.at.organisations).tx_hash


@dataclass
class Counter:
    """`tokens` by role; `client` speaks to a real server."""

    office: Office
    service: Service
    app: FastAPI
    client: httpx.Client
    tokens: dict[Role, str]

    def headers(self, role: Role | None, key: str | None = None) -> dict[str, str]:
        found = {} if role is None else {"authorization": f"Bearer {self.tokens[role]}"}
        return found if key is None else {**found, "idempotency-key": key}

    def get(self, role: Role | None, path: str, **query: Any) -> Any:
        return self.client.get(path, headers=self.headers(role), params=query)

    def post(self, role: Role | None, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = self.headers(role, fresh().hex()[:32] if key is None else key)
        if isinstance(body, bytes):
            return self.client.post(path, content=body, headers=headers)
        return (
            self.client.post(path, headers=headers)
            if body is None
            else self.client.post(path, json=body, headers=headers)
        )

    def token(self, name: str, organisation: bytes, role: Role, *, may_write: bool = True, valid_s: int = 3600) -> str:
        bearer = Bearer(name, organisation, role, may_write)
        return self.service.tokens.make(bearer, now=self.office.desk.clock(), valid_s=valid_s)


@contextlib.contextmanager
def counter(office: Office) -> Iterator[Counter]:
    service = service_of(office.desk, Brought(office.yard), MUCH)
    app = make_app(service)
    with served(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        made = Counter(office, service, app, client, {})
        for role, key in FIRMS.items():
            made.tokens[role] = made.token(str(role), office.yard.whose(key), role, valid_s=86_400)
        yield made


@contextlib.contextmanager
def served(app: FastAPI, limits: HttpLimits = LIMITS) -> Iterator[str]:
    """The application behind a port of loopback."""
    server = server_of(app, "127.0.0.1", 0, limits=limits)
    host, port = server.bound
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        loops[0].call_soon_threadsafe(server.stop)
        thread.join(30)
