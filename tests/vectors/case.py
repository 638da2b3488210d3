"""What a vector is: a folder `<format>/<case>[_fail]/`, the same for every format.

    input.hex     the bytes, lower-case hex, one line
    why.txt       one sentence: what this case shows
    error.json    in a `_fail` folder: {"error": class name, "text": fragment of its text}
    expected.json otherwise: what a reader gets out of the bytes, as JSON
    *.hex         further bytes that the reader needs (a key, an entry), by name

A format's reader takes the folder's bytes by name and returns what `expected.json` must hold, or raises.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Reader = Callable[[Mapping[str, bytes]], Any]


@dataclass(frozen=True)
class Case:
    """One vector. `error` is (class name, text fragment) for a case that must fail."""

    format: str
    name: str
    why: str
    data: Mapping[str, bytes] = field(default_factory=dict)
    expected: Any = None
    error: tuple[str, str] | None = None

    @property
    def folder(self) -> Path:
        """Where it stands, relative to this package."""
        return Path(self.format) / (self.name + ("_fail" if self.error else ""))

    def files(self) -> dict[Path, str]:
        """The texts of its files, by path relative to this package."""
        texts = {f"{name}.hex": data.hex() + "\n" for name, data in self.data.items()}
        texts["why.txt"] = self.why + "\n"
        if self.error:
            texts["error.json"] = _json({"error": self.error[0], "text": self.error[1]})
        else:
            texts["expected.json"] = _json(self.expected)
        return {self.folder / name: text for name, text in texts.items()}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def folders(format_name: str) -> Iterator[Path]:
    """The folders of a format's cases."""
    return (folder for folder in sorted((HERE / format_name).iterdir()) if folder.is_dir() and folder.name[0] != "_")


def load(folder: Path) -> Case:
    """Read a case back from its folder."""
    data = {path.stem: bytes.fromhex(path.read_text("utf-8").strip()) for path in sorted(folder.glob("*.hex"))}
    why = (folder / "why.txt").read_text("utf-8").rstrip("\n")
    name = folder.name.removesuffix("_fail")
    if folder.name.endswith("_fail"):
        error = json.loads((folder / "error.json").read_text("utf-8"))
        return Case(folder.parent.name, name, why, data, error=(error["error"], error["text"]))
    return Case(folder.parent.name, name, why, data, json.loads((folder / "expected.json").read_text("utf-8")))


def judge(case: Case, read: Reader) -> None:
    """Hold `read` to what the case says. Raises AssertionError."""
    try:
        got = read(case.data)
    except Exception as error:
        names = [cls.__name__ for cls in type(error).__mro__]
        if case.error is None or case.error[0] not in names or case.error[1] not in str(error):
            raise
        return
    assert case.error is None, f"{case.folder} was read as {got}"
    assert json.loads(_json(got)) == case.expected, case.folder
