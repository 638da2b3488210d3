"""The pages of the formats hold what the vectors and the code say."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.vectors import explain

NAMES = ("statement", "proof", "head-entry", "authority", "refusal", "ask", "anchor-notice")
PAGES = [explain.PAGES / f"{name}.md" for name in NAMES]
LIMIT = re.compile(r"^\| `(\w+)\.([A-Z_]+)` \| (-?\d+) \|", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_hex_of_a_page_is_the_vectors(page: Path) -> None:
    blocks = list(explain.BLOCK.finditer(page.read_text("utf-8")))
    assert blocks
    for block in blocks:
        lines = block[0].split("\n")[1:-1]
        shown = "".join(line.partition("#")[0] for line in lines)
        assert bytes.fromhex(shown) == explain.bytes_of(block[2]), block[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_limits_of_a_page_are_the_codes(page: Path) -> None:
    limits = LIMIT.findall(page.read_text("utf-8"))
    assert limits
    for module, name, value in limits:
        package = "tally_chain" if module == "head_entry" else "tally_edge"
        assert getattr(importlib.import_module(f"{package}.{module}"), name) == int(value), name


def test_every_kind_of_the_authority_has_a_section() -> None:
    from tally_edge.authority import PAYLOAD_OF_KIND  # noqa: PLC0415  # the list of kinds, for this test

    text = (explain.PAGES / "authority.md").read_text("utf-8")
    assert [kind.value for kind in PAYLOAD_OF_KIND if f"\n## {kind.value} " not in text] == []


def test_the_example_of_an_operation_is_one() -> None:
    from tally_chain.receipts import operation_file  # noqa: PLC0415  # for this test

    text = (explain.PAGES / "operation.md").read_text("utf-8")
    example = text.partition("```json\n")[2].partition("```")[0]
    file = operation_file.decode(example.encode())
    assert (file.operation.kind, file.missing) == ("Endorse", (1, 2))
    assert operation_file.encode(file) == example
    for name in ("MAX_FILE_BYTES", "MOST_SIGNERS"):
        assert f"| `operation_file.{name}` | {getattr(operation_file, name)} |" in text
