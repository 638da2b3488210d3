"""What was measured so far, one line of JSON per job: a measurement that was cut off goes on where it was.

Lines of other code are of no use, so the folder is named after the code that was measured.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MEASURED = ("edge", "chain", "gateway", "finance", "firmware-sim", "tests/detection")
SUFFIXES = {".py", ".toml"}
WRITES_ONLY = {"__main__.py", "page.py", "picture.py"}
"""What makes the page, or tests it, does not change what is measured."""

SAY_EVERY = 20

Job = list[Any]
"""Plain values that name a job: they come back from JSON as they were."""


def code(root: Path = ROOT) -> str:
    """A name for the code as it stands."""
    digest = hashlib.sha256()
    for folder in MEASURED:
        for path in sorted((root / folder).rglob("*")):
            aside = folder == "tests/detection" and (path.name in WRITES_ONLY or path.name.startswith("test_"))
            if path.suffix in SUFFIXES and not aside:
                digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def read(path: Path) -> dict[str, Any]:
    """What a journal holds, by job; a last line that was cut off is not there."""
    kept = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            job, result = json.loads(line)
        except json.JSONDecodeError:
            continue
        kept[json.dumps(job)] = result
    return kept


def fill(
    path: Path,
    jobs: Sequence[Job],
    work: Callable[[Job], Any],
    workers: int | None = None,
    initializer: Callable[[], None] | None = None,
) -> list[Any]:
    """The result of every job, in the order of `jobs`; only those that `path` lacks are done, on all cores."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = read(path)
    torn = path.exists() and not path.read_bytes().endswith(b"\n")
    lacking = [job for job in jobs if json.dumps(job) not in kept]
    with (
        path.open("a", encoding="utf-8") as file,
        ProcessPoolExecutor(workers or os.cpu_count(), initializer=initializer) as pool,
    ):
        file.write("\n" if torn else "")
        for done, (job, result) in enumerate(zip(lacking, pool.map(work, lacking), strict=True), 1):
            line = json.dumps([job, result])
            file.write(line + "\n")
            file.flush()
            kept[json.dumps(job)] = json.loads(line)[1]
            if done % SAY_EVERY == 0 or done == len(lacking):
                print(f"{path.stem}: {len(jobs) - len(lacking) + done} of {len(jobs)}", flush=True)
    return [kept[json.dumps(job)] for job in jobs]
