"""`make cheats`: plays every pattern, a line each, and writes docs/cheats.md; 1 where something goes otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from tests.finance.cheats import page, playing
from tests.finance.cheats.case import Case
from tests.finance.cheats.catalogue import CASES


def main() -> int:
    """Play the cases that are named, or all, which also writes the page."""
    chosen = [case for case in CASES if case.name in sys.argv[1:] or not sys.argv[1:]]
    failed = 0
    for number, case in enumerate(chosen, 1):
        began = time.monotonic()
        wrong = [str(error) for step in _steps(case) if (error := _tried(step)) is not None]
        failed += bool(wrong)
        what = "NOT as told: " + "; ".join(wrong) if wrong else page.cell(case.says).replace("`", "")
        print(f"[{number}/{len(chosen)}] {case.title}: {what} ({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        return 1
    if len(chosen) == len(CASES):
        page.PAGE.write_text(page.render(CASES), "utf-8")
    return 0


def _steps(case: Case) -> Iterator[Callable[[], None]]:
    yield lambda: playing.check_fraud(case)
    yield lambda: playing.check_honest(case)
    yield lambda: playing.check_possible(case)
    for guard in case.guards:
        yield lambda guard=guard: playing.check_guard(case, guard)  # type: ignore[misc]  # its default is its type


def _tried(step: Callable[[], None]) -> AssertionError | None:
    try:
        step()
    except AssertionError as error:
        return error
    return None


if __name__ == "__main__":
    sys.exit(main())
