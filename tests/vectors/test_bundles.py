"""The vectors of bundles: files alone, as another implementation would use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text
from tally_chain.verify.verifier import verify
from tests.vectors import generate_bundles

FOLDERS = sorted(folder for folder in generate_bundles.HERE.iterdir() if folder.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_vector_verifies_as_expected(folder: Path) -> None:
    """Codes, figures and verdict are those of the file, and the folder's name tells the verdict."""
    wanted = json.loads((folder / "expected.json").read_text("utf-8"))
    trusted = policy_text.parse((folder / "policy.toml").read_text("utf-8"))
    evidence = bundle.decode((folder / "bundle.tally").read_bytes())
    verdict = verify(evidence, trusted, now=wanted["at"])
    assert generate_bundles.expected(verdict, wanted["at"]) == wanted
    assert verdict.holds == (not folder.name.endswith("_fail"))


def test_the_vectors_are_what_the_generator_writes() -> None:
    """Nothing was edited by hand, nothing is left over, and nothing depends on chance."""
    assert generate_bundles.main(["--check"]) == 0
