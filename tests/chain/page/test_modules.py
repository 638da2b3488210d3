"""The verifier's modules: short, on their own, and each beside the Python module that it mirrors."""

from __future__ import annotations

import re
from pathlib import Path

import tally_chain
import tally_edge

VERIFIER = Path(tally_chain.__file__ or "").parent / "page" / "js"
ALL = sorted(VERIFIER.rglob("*.js"))
MAX_LINES = 400
ENTRANCES = {"verify.js", "sealing.js", "reader_key.js"}
"""What a page imports; everything else is imported by these."""

OWN = {
    "codes",
    "exact",
    "key_file",
    "octets",
    "sha256",
    "shown",
    "text",
    "toml",
    "verify",
    "verify/signatures",
    "verify/time_text",
}
"""What Python has elsewhere or brings with it: the map is in docs/verifier-in-javascript.md."""

_IMPORTED = re.compile(r'^(?:import|\}).* from "([^"]+)";$', re.MULTILINE)


def _imports(module: Path) -> set[str]:
    found = _IMPORTED.findall(module.read_text("utf-8"))
    return {str((module.parent / name).resolve().relative_to(VERIFIER)) for name in found}


def test_they_are_short_and_need_nothing_but_each_other() -> None:
    assert {path.name: lines for path in ALL if (lines := path.read_text("utf-8").count("\n")) > MAX_LINES} == {}
    there = {str(path.relative_to(VERIFIER)) for path in ALL}
    imported = {name for module in ALL for name in _imports(module)}
    assert imported <= there
    assert there - imported == ENTRANCES


def test_nothing_makes_code_or_asks_the_network() -> None:
    """Not even by mistake: the pages' policy would stop it, and this says so sooner."""
    dangerous = re.compile(
        r"\beval\b|\bFunction\(|innerHTML|\bfetch\(|XMLHttpRequest|import\(\w|Math\.random|parseFloat"
    )
    assert [(path.name, found[0]) for path in ALL if (found := dangerous.search(path.read_text("utf-8")))] == []


def test_each_has_its_counterpart() -> None:
    """A rule is changed in two places; both have one name."""
    roots = [Path(package.__file__).parent for package in (tally_edge, tally_chain) if package.__file__]
    names = {path.relative_to(VERIFIER).with_suffix("").as_posix() for path in ALL} - OWN
    assert {name for name in names if not any((root / f"{name}.py").is_file() for root in roots)} == set()
