"""docs/operating-registry.md says commands that are understood, and words that are said."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tally_chain import contract_abi
from tally_chain.cli.registry_calls import read_batch
from tally_edge import command
from tests.docs.pages import DOCS, parsers

PAGE = (DOCS / "operating-registry.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
LINES = [
    line for block in BLOCKS for line in re.sub(r"\\\n\s*", "", block).splitlines() if line.startswith("tallystick ")
]
ADDRESSES = ("TIMELOCK", "ORGANISATIONS", "REGISTRAR_KEY", "BANK_A_KEY", "BANK_B_KEY", "KEEPER_KEY")
NODES = ("NODE", "OUR_NODE", "THEIR_NODE")


def filled(line: str) -> list[str]:
    """The words of a line, with something of the right form for each $NAME."""

    def value(found: re.Match[str]) -> str:
        if found[1] in ADDRESSES:
            return "0x" + "11" * 20
        return "https://node.example:8545" if found[1] in NODES else "0x" + "22" * 32

    return shlex.split(re.sub(r"\$(\w+)", value, line.partition(" > ")[0]))


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_page_is_understood(line: str) -> None:
    options = command.build().parser.parse_args(filled(line)[1:])
    assert callable(options.run)


def test_the_page_tells_of_every_command() -> None:
    names = [name.removeprefix("tallystick ") for name, _ in parsers() if name.startswith("tallystick registry ")]
    assert len(names) > 20
    told = " ".join(PAGE.split())
    for name in names:
        assert name in told, name


def test_the_batch_of_the_page_is_understood(tmp_path: Path) -> None:
    (block,) = [block for block in BLOCKS if block.startswith("# parties.txt")]
    file = tmp_path / "parties.txt"
    file.write_text("\n".join(shlex.join(filled(line)) for line in block.splitlines()[1:]), "utf-8")
    assert [line.kind for line in read_batch(file)] == ["register-organisation"] * 4 + ["bind-key"] * 4


def test_what_the_page_says_is_said() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)
    assert len(rows) == 10
    said = "".join(path.read_text("utf-8") for path in (DOCS.parent / "chain" / "tally_chain").rglob("*.py"))
    errors = {name for contract in contract_abi.CONTRACTS for name, _, _ in contract_abi.load(contract).errors.values()}
    for row in rows:
        for part in filter(None, (part.strip() for part in row.split("…"))):
            assert part in errors or part in said, part
