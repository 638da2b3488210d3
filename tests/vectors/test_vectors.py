"""The vectors as they lie there: made by the generator, and judged by the readers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.vectors import case, generate
from tests.vectors.readers import READERS

FOLDERS = [folder for name in sorted(READERS) for folder in case.folders(name)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_vector_is_read_as_it_says(folder: Path) -> None:
    case.judge(case.load(folder), READERS[folder.parent.name])


def test_the_generator_makes_what_lies_there() -> None:
    made = generate.files()
    formats = {path.parts[0] for path in made}
    there = {
        path.relative_to(case.HERE): path.read_text("utf-8")
        for name in formats
        for path in (case.HERE / name).rglob("*")
        if path.is_file() and path.suffix in {".hex", ".txt", ".json"}
    }
    assert sorted(there) == sorted(made)
    assert [path for path in made if made[path] != there[path]] == []


def test_every_format_has_a_reader_and_both_sorts_of_case() -> None:
    counts = Counter((folder.parent.name, folder.name.endswith("_fail")) for folder in FOLDERS)
    folders = {path.name for path in case.HERE.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert folders - {"bundle"} <= set(READERS)  # bundles have a runner of their own, test_bundles.py
    assert [name for name in READERS if name != "log-opening" and 0 in (counts[name, True], counts[name, False])] == []


def test_every_vector_says_why() -> None:
    for folder in FOLDERS:
        assert (folder / "why.txt").read_text("utf-8").strip()
        if folder.name.endswith("_fail"):
            assert json.loads((folder / "error.json").read_text("utf-8"))["text"]


def test_a_runner_that_accepts_everything_fails() -> None:
    bad = case.load(case.HERE / "cbor" / "duplicate-key_fail")
    with pytest.raises(AssertionError):
        case.judge(bad, lambda data: "read")
    with pytest.raises(ValueError, match="other"):
        case.judge(bad, _raise)


def _raise(data: object) -> object:
    raise ValueError("other")
