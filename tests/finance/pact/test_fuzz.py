"""schemathesis on the host, by its own document and by the published one: no 5xx, and answers as published."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.pact.app import Host, host_of, make_app
from tests.finance.pact.examples import BAR, another, text
from tests.finance.pact.published import FILE
from tests.finance.pact.test_host import ANSWERS

EXAMPLES = int(os.environ.get("TALLYSTICK_FUZZ_EXAMPLES", "15"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, str]]:
    engine = engine_for(f"sqlite:///{tmp_path_factory.mktemp('pact') / 'books.db'}")
    migrate(engine)
    host = host_of(engine, "huaxin", lambda: 1_772_323_200)
    for one in (BAR, another(), another(precedingPfIds=[BAR["id"]])):
        host.footprints.publish(text(one), host.clock())
    client, secret = host.partners.make("acme", None, ANSWERS, host.clock())
    token = host.partners.admit(client, secret, host.clock())
    assert token is not None
    yield host, token
    engine.dispose()


def run(schema: Any, host: Host, headers: dict[str, str], checks: tuple[Any, ...], path: str, method: str) -> None:
    operation = schema[path][method]

    @given(st.data())
    @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        case.headers = {**(case.headers or {}), **headers}
        answer = case.call(base_url="http://testserver")
        case.validate_response(answer, checks=checks)
        assert answer.status_code < 500
        if not headers:
            assert answer.status_code in {400, 401}

    ask()


PATHS = [("/3/footprints", "GET"), ("/3/footprints/{id}", "GET"), ("/3/events", "POST"), ("/auth/token", "POST")]


@pytest.mark.parametrize(("path", "method"), PATHS)
def test_by_its_own_document(made: tuple[Host, str], path: str, method: str) -> None:
    host, token = made
    schema = schemathesis.openapi.from_asgi("/openapi.json", make_app(host, is_private=True))
    run(schema, host, {"authorization": f"Bearer {token}"}, (not_a_server_error,), path, method)


@pytest.mark.shared
@pytest.mark.parametrize(("path", "method"), PATHS[:3])
@pytest.mark.parametrize("who", ["partner", "nobody"])
def test_by_the_published_one(made: tuple[Host, str], shared: Path, path: str, method: str, who: str) -> None:
    host, token = made
    assert FILE.is_relative_to(shared)
    document = yaml.safe_load(FILE.read_text("utf-8"))
    schema = schemathesis.openapi.from_dict(document)
    schema.app = make_app(host, is_private=True)
    headers = {"authorization": f"Bearer {token}"} if who == "partner" else {}
    checks = (not_a_server_error, status_code_conformance, response_schema_conformance)
    run(schema, host, headers, checks, path, method)
