"""What the pages on trades and vouchers say is what contracts and operations are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from tally_chain import contract_abi
from tally_chain.receipts.operations import KINDS, typehash

DOCS = Path(__file__).parents[3] / "docs" / "formats"


@pytest.mark.parametrize("contract", ["Trades", "Vouchers"])
def test_a_page_names_every_operation_and_view(contract: str) -> None:
    text = (DOCS / f"{contract.lower()}.md").read_text("utf-8")
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    common = {"ORGANISATIONS", "domainSeparator", "eip712Domain", "history"}
    own = {name for name in contract_abi.load(contract).functions if not name.isupper() and not name.startswith("MAX_")}
    assert named == own - common


@pytest.mark.parametrize("contract", ["Trades", "Vouchers"])
def test_a_page_has_every_type_word_for_word(contract: str) -> None:
    text = (DOCS / f"{contract.lower()}.md").read_text("utf-8")
    types = {line.partition("(")[0]: line for line in re.findall(r"^[A-Z]\w+\(bytes32 [^)]*\)$", text, re.MULTILINE)}
    assert set(types) == {name for name, kind in KINDS.items() if kind.contract == contract}
    for name, line in types.items():
        assert keccak(text=line) == typehash(name)
