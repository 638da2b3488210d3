"""What the pages say of the registries is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tally_chain import contract_abi, solidity
from tally_chain.registry.organisations import Reason
from tally_chain.registry.roles import KeyRole

DOCS = Path(__file__).parents[3] / "docs" / "formats"
VECTORS = json.loads(Path(__file__).with_name("nullifiers.json").read_text("utf-8"))


def test_the_example_of_the_page_is_the_vector() -> None:
    text = (DOCS / "claims.md").read_text("utf-8")
    vector = VECTORS["nullifiers"][0]
    assert vector["nullifier"] in text
    assert vector["issuer"] in text
    assert vector["spellings"][0][0] in text


def test_roles_and_reasons_are_numbered_alike() -> None:
    """On the page, in Python and in the contract."""
    page = (DOCS / "organisations.md").read_text("utf-8")
    source = (solidity.SOURCES / "Organisations.sol").read_text("utf-8")
    for enum, name in ((KeyRole, "Role"), (Reason, "Reason")):
        body = re.search(rf"enum {name} \{{([^}}]+)\}}", source)
        assert body is not None
        contract = [word.strip() for word in body[1].split(",")]
        assert contract[0] == "None"
        assert [word.lower() for word in contract[1:]] == [one.name.replace("_", "").lower() for one in enum]
        for one in enum:
            assert f"{int(one)} {one.name.replace('_', ' ').lower()}" in page, one


def test_every_call_of_the_page_is_the_contracts() -> None:
    rows = re.findall(r"^\| `(\w+)\(([^)]*)\)`", (DOCS / "claims.md").read_text("utf-8"), re.MULTILINE)
    functions = contract_abi.load("Claims").functions
    assert len(rows) == 7
    for name, arguments in rows:
        assert len(functions[name]) == len(arguments.split(",")), name


def test_the_contracts_say_what_is_signed() -> None:
    source = (solidity.SOURCES / "Claims.sol").read_text("utf-8")
    page = (DOCS / "claims.md").read_text("utf-8")
    types = re.findall(r'"((?:Claim|Release)\([^"]+\))"', source)
    assert len(types) == 2
    assert all(one in page for one in types)
