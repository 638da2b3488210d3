"""The page of a product footprint's evidence says what its schema and the code do."""

from __future__ import annotations

import json
import re

import jsonschema_rs

from tally_finance.export.pact_extension import DIGITS, SCHEMA, SPEC_VERSION
from tests.docs.pages import DOCS

PAGE = (DOCS / "formats" / "footprint-evidence.md").read_text("utf-8")
SCHEMA_FILE = json.loads((DOCS / "formats" / "footprint-evidence.schema.json").read_text("utf-8"))


def test_every_property_stands_on_the_page() -> None:
    table = PAGE.partition("## data")[2].partition("\n## ")[0]
    rows = [row.group(1) for row in re.finditer(r"^\| (`[^|]+) \|", table, re.MULTILINE)]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(SCHEMA_FILE["properties"])


def test_the_example_follows_the_schema() -> None:
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    validator = jsonschema_rs.Draft202012Validator(SCHEMA_FILE)
    assert [str(one) for one in validator.iter_errors(example)] == []
    assert set(SCHEMA_FILE["properties"]) - set(example) == {"instruments", "verification"}
    example["u95PerDeclaredUnit"] = 8
    assert list(validator.iter_errors(example))


def test_names_and_digits() -> None:
    assert SCHEMA_FILE["$id"] == SCHEMA
    assert f"`{SCHEMA}`" in PAGE
    assert f"| `specVersion` | `{SPEC_VERSION}`" in PAGE
    assert DIGITS == 10
    assert "to ten significant digits" in PAGE
