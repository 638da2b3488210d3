"""The document's examples are right: what it shows as a request is understood, by its own schema and by the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest

from tally_finance.api.rights import Role
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import office

NUMBER = "0x" + "5a" * 32
FREE = {"boolean": True}
"""What needs no example."""


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with counter(office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))) as opened:
        yield opened


def example(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """What a schema shows: its own example, or its parts'."""
    if "$ref" in schema:
        found: Any = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return example(found, document)
    for word in ("const", "enum", "examples"):
        if word in schema:
            return schema[word] if word == "const" else schema[word][0]
    if "anyOf" in schema or "oneOf" in schema:
        return example((schema.get("anyOf") or schema["oneOf"])[0], document)
    if schema["type"] == "object":
        return {name: example(one, document) for name, one in schema["properties"].items()}
    if schema["type"] == "array":
        return [example(schema["items"], document)]
    assert schema["type"] in FREE, schema
    return FREE[schema["type"]]


def test_every_example_of_a_request_is_understood(made: Counter) -> None:
    document = made.client.get("/openapi.json").json()
    seen = 0
    for path, methods in document["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        schema = content["application/json"]["schema"]
        whole = [schema, *schema.get("oneOf", ())]
        for one in whole:
            body = example(one, document)
            jsonschema_rs.validate({**schema, "components": document["components"]}, body)
            filled = path.replace("{facility}", "copper").replace(
                "{number}", "1" if "alerts" in path else "0x" + "5a" * 32
            )
            answer = made.post(Role.LENDER, filled.replace("{digest}", "0x" + "5a" * 32), body)
            seen += 1
            assert answer.status_code not in (400, 500), (path, body, answer.text)
    assert seen > 10


def test_every_property_that_is_asked_says_by_an_example_what_it_is(made: Counter) -> None:
    document = made.client.get("/openapi.json").json()
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Asked"):
            jsonschema_rs.validate({**schema, "components": document["components"]}, example(schema, document))


def test_bodies_of_bytes_and_answers_to_too_much_are_in_the_document(made: Counter) -> None:
    document = made.client.get("/openapi.json").json()
    for path in ("/v1/lots/{lot}/evidence", "/v1/quotes"):
        assert list(document["paths"][path]["post"]["requestBody"]["content"]) == ["application/octet-stream"]
    for methods in document["paths"].values():
        for one in methods.values():
            assert {"401", "403", "429", "503"} <= one["responses"].keys()
