"""`make museum`: plays every case, proves that its guards are needed, prints the table and writes docs/museum.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import pytest

from tests.museum import page
from tests.museum.case import Case
from tests.museum.catalogue import CASES
from tests.museum.hall import PlayError, Stop
from tests.museum.playing import played, prove


def main() -> int:
    """Play the cases that are named, or all, which also writes the page; 1 where something goes otherwise than told."""
    parser = argparse.ArgumentParser(prog="python -m tests.museum", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(case.name for case in CASES)}")
    parser.add_argument("--quick", action="store_true", help="take no guards out: nothing is compiled")
    options = parser.parse_args()
    if unknown := set(options.cases) - {case.name for case in CASES}:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    chosen = [case for case in CASES if not options.cases or case.name in options.cases]
    stops: dict[str, tuple[Stop, ...]] = {}
    failed: list[str] = []
    for number, case in enumerate(chosen, 1):
        began = time.monotonic()
        said = _told(case, stops, failed, quick=options.quick)
        print(f"[{number}/{len(chosen)}] {case.name}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print("\n".join(failed), file=sys.stderr)
        return 1
    for line in page.table(chosen, stops):
        print(line)
    if not options.cases:
        page.PAGE.write_text(page.render(CASES, stops), "utf-8")
    return 0


def _told(case: Case, stops: dict[str, tuple[Stop, ...]], failed: list[str], *, quick: bool) -> str:
    def tried(what: str, step: Callable[[], object]) -> None:
        try:
            step()
        except (AssertionError, pytest.skip.Exception) as error:
            failed.append(f"{case.name}, {what}: {error}")

    def fraud() -> None:
        stops[case.name] = played(case.fraud)
        if not stops[case.name]:
            raise PlayError("nothing refuses it")

    before = len(failed)
    tried("the fraud", fraud)
    tried("the same by honest people", lambda: played(case.honest))
    if case.possible is not None:
        possible = case.possible
        tried("what remains", lambda: played(possible))
    for guard in () if quick else case.guards:
        tried(guard.difference, lambda guard=guard: prove(case, guard))  # type: ignore[misc]  # its default is its type
    if len(failed) > before:
        return "NOT as told"
    proven = "" if quick else f"; {_counted(len(case.guards), 'guard')} taken out, each missed"
    return f"{_counted(len(stops[case.name]), 'refusal')}, honest goes through{proven}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
