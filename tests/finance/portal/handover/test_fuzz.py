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
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hall, dict[str, str], Any]]:
    """A hall with a signed grant and an arrival, their ids, and its interface's description."""
    with hall(tmp_path_factory.mktemp("fuzzed")) as made:
        grant = made.signed()
        data = made.get("owner", f"{grant}/file/evidence.sealed.tally").content
        ids = {"grant": grant.rpartition("/")[2], "arrival": made.arrived(data).rpartition("/")[2]}
        yield made, ids, schemathesis.openapi.from_dict(made.get("owner", "/openapi.json").json())


@pytest.mark.parametrize("who", WHO)
def test_nothing_breaks(busy: tuple[Hall, dict[str, str], Any], who: str) -> None:
    """Whatever is asked, with real ids or any, by whoever: below 500, and another's ids are not there."""
    schema = busy[2]
    described = [one.ok() for one in schema.get_all_operations()]
    asked = [one for one in described if one.path.startswith(("/handover", "/open"))]
    assert len(asked) > 20
    for operation in asked:
        _ask_all(busy, operation, who)


def _ask_all(busy: tuple[Hall, dict[str, str], Any], operation: Any, who: str) -> None:
    made, ids, _ = busy

    @seed(7)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE), real=st.booleans())
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
