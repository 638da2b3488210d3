"""Make the vectors again: `python -m tests.vectors.generate`. The keys are fixed (testkeys), so the bytes are too.

A module `cases_<name>.py` beside this one with a function `cases()` is all that another format needs, and a reader of
its own in `readers.READERS`.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.vectors.case import HERE, Case


def cases() -> Iterator[Case]:
    """The cases of every `cases_*` module."""
    for path in sorted(HERE.glob("cases_*.py")):
        yield from importlib.import_module(f"tests.vectors.{path.stem}").cases()


def files() -> dict[Path, str]:
    """Every file of every case, by its path relative to this package. Raises ValueError for a name used twice."""
    out: dict[Path, str] = {}
    for case in cases():
        made = case.files()
        if out.keys() & made.keys():
            raise ValueError(f"two cases are called {case.folder}")
        out |= made
    return out


def main() -> None:
    """Write them all, in place of what was there for the same formats."""
    made = files()
    for name in {path.parts[0] for path in made}:
        shutil.rmtree(HERE / name, ignore_errors=True)
    for path, text in made.items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_text(text, "utf-8")
    print(f"{len({path.parent for path in made})} cases of {len({path.parts[0] for path in made})} formats")


if __name__ == "__main__":
    main()
