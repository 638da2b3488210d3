"""The file of claims: what was written is what is read, and a fault names the file and what is wrong in it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tally_edge.errors import ConfigError
from tally_finance.report import claims_file
from tests.finance.report.test_inventory_file import CLAIMS

FILE = Path("claims.json")


def decoded(**changes: Any) -> claims_file.Claims:
    item = json.loads(claims_file.encode(CLAIMS)) | changes
    return claims_file.decode(json.dumps(item).encode(), FILE)


def test_what_was_written_is_what_is_read() -> None:
    assert decoded() == CLAIMS
    turned = replace(CLAIMS, entries=dict(reversed(CLAIMS.entries.items())))
    assert claims_file.encode(turned) == claims_file.encode(CLAIMS)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"format": "another"}, "this is no 'tallystick certificate claims 1'"),
        ({"more": 1}, "lacks or adds: more"),
        ({"block": -1}, "block is not a whole number"),
        ({"namespace": "0x12"}, "namespace is not 0x and 64"),
        ({"contract": ""}, "contract is not text"),
        ({"claims": {}}, "claims is no array"),
        ({"claims": [{"number": "GEC-1"}]}, "a claim has the names digest, holder, nullifier, number, salt"),
    ],
)
def test_a_fault_names_the_file(changes: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigError) as found:
        decoded(**changes)
    assert str(found.value).startswith("claims.json: ")
    assert error in str(found.value)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"holder": None}, "a claim that lives has a holder and a digest"),
        ({"digest": None}, "a claim that lives has a holder and a digest"),
        ({"salt": "0x" + "AB" * 32}, "salt is not 0x and 64"),
        ({"number": "GEC-2"}, "a certificate stands twice"),
        ({"nullifier": "0x" + "06" * 32}, "a certificate stands twice"),
        ({"number": 7}, "number is not text"),
    ],
)
def test_a_fault_of_a_claim(changes: dict[str, Any], error: str) -> None:
    first, second = json.loads(claims_file.encode(CLAIMS))["claims"]
    with pytest.raises(ConfigError, match=error):
        decoded(claims=[first | changes, second])
