"""The pages around bundles say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text, sealing
from tally_chain.finding_help import HELP
from tally_chain.findings import Code
from tests.docs import bundle_examples

DOCS = Path(__file__).parents[2] / "docs"
FORMATS = ("bundle", "grant", "policy", "sealed-bundle")


@pytest.mark.parametrize("page", FORMATS)
def test_worked_examples_are_computed(page: str) -> None:
    """Every block is what the code writes today; `python -m tests.docs.bundle_examples` fills them."""
    text = (DOCS / "formats" / f"{page}.md").read_text("utf-8")
    assert bundle_examples.BLOCK.search(text)
    assert bundle_examples.filled(text) == text


def test_the_example_policy_can_be_read() -> None:
    """What the page shows is a policy."""
    text = (DOCS / "formats" / "policy.md").read_text("utf-8")
    found = bundle_examples.BLOCK.search(text)
    assert found
    assert policy_text.parse("\n".join(found[0].split("\n")[1:-1])).logs


LIMITS = {
    "bundle": (
        bundle,
        (
            "MAX_BUNDLE_BYTES",
            "MAX_ENTRIES",
            "MAX_SECTIONS",
            "MAX_PROOF_BYTES",
            "MAX_ATTACHMENTS",
            "MAX_ATTACHMENT_BYTES",
        ),
    ),
    "sealed-bundle": (sealing, ("MAX_READERS", "KEY_BYTES", "NONCE_BYTES", "WRAPPED_BYTES")),
}


@pytest.mark.parametrize("page", LIMITS)
def test_limits_are_those_of_the_code(page: str) -> None:
    """Number by number."""
    text = (DOCS / "formats" / f"{page}.md").read_text("utf-8")
    module, names = LIMITS[page]
    for name in names:
        assert f"| `{name}` | {getattr(module, name)} |" in text, name


@pytest.mark.parametrize("page", ["threat-model.md", "reader-guide.md"])
def test_numbers_on_the_pages_are_codes(page: str) -> None:
    """A finding named on a page exists, by number and by name."""
    text = (DOCS / page).read_text("utf-8")
    known = {code.number: code.name for code in Code}
    named = re.findall(r"\b([1-7]\d\d) `([A-Z_]+)`", text)
    assert named
    for number, name in named:
        assert known[int(number)] == name


def test_every_code_has_a_chinese_name_and_advice() -> None:
    """A finding that nobody can act on is noise."""
    assert set(HELP) == set(Code)
    names = [one.name for one in HELP.values()]
    assert len(set(names)) == len(names)
    assert all(one.advice.endswith(".") and one.advice_zh.endswith("。") for one in HELP.values())
    # One advice in English is one in Chinese: whoever changes the one has to change the other.
    assert len({one.advice for one in HELP.values()}) == len({one[1:] for one in HELP.values()})
