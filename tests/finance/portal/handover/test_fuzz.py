"""schemathesis over the routes of handover and drill-down: nothing breaks, and nobody is shown what is another's.

TALLYSTICK_FUZZ_EXAMPLES makes it longer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.finance.portal.handover.parties import Hall, hall
from tests.finance.portal.signed_in import COOKIE

EXAMPLES = int(os.environ.get("TALLYSTICK_FUZZ_EXAMPLES", "2"))
WHO = ("owner", "reader", "other", "nobody")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hall, dict[str, str], list[Any]]]:
    """A hall with a signed grant and an arrival, their ids, and its operations, each with what generates its requests:
    made once for all who ask."""
    with hall(tmp_path_factory.mktemp("fuzzed")) as made:
        grant = made.signed()
        data = made.get("owner", f"{grant}/file/evidence.sealed.tally").content
        ids = {"grant": grant.rpartition("/")[2], "arrival": made.arrived(data).rpartition("/")[2]}
        schema = schemathesis.openapi.from_dict(made.get("owner", "/openapi.json").json())
        described = [one.ok() for one in schema.get_all_operations()]
        asked = [one for one in described if one.path.startswith(("/handover", "/open"))]
        yield made, ids, [(one, one.as_strategy(generation_mode=GenerationMode.POSITIVE)) for one in asked]


@pytest.mark.parametrize("who", WHO)
def test_nothing_breaks(busy: tuple[Hall, dict[str, str], list[Any]], who: str) -> None:
    """Whatever is asked, with real ids or any, by whoever: below 500, and another's ids are not there."""
    made, ids, asked = busy
    assert len(asked) > 20
    for operation, requests in asked:
        _ask_all(made, ids, operation, requests, who)


def _ask_all(made: Hall, ids: dict[str, str], operation: Any, requests: Any, who: str) -> None:
    @seed(7)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=requests, real=st.booleans())
    def ask(case: Any, real: bool) -> None:
        path = operation.path
        for name, value in case.path_parameters.items():
            path = path.replace("{" + name + "}", ids.get(name, str(value)) if real else quote(str(value), safe=""))
        if operation.method.upper() == "GET":
            made.client.cookies.set(COOKIE, who)
            query = {name: str(value) for name, value in (case.query or {}).items()}
            answer = made.client.get(path, params=query, headers={"accept": "text/html"})
        else:
            body = case.body if isinstance(case.body, dict) else {}
            values = {name: str(value)[:2_000] for name, value in body.items() if name not in ("csrf", "once")}
            answer = made.post(who, path, **values)
        assert answer.status_code < 500, (operation.method, path, answer.text)
        named = real and any(one in path for one in ids.values())
        if who == "nobody" or (who == "other" and named):
            assert answer.status_code >= 300, (who, operation.method, path)

    ask()
