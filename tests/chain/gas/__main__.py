"""`make gas`: measures, prints the table, writes build/gas.json and docs/gas.md."""

from __future__ import annotations

import json
import sys

import pytest

from tests.chain.contracts.npm import BUILD
from tests.chain.gas import others, ours, page


def main() -> int:
    """Measures ours and theirs; 1 when a limit is broken."""
    try:
        measured = {"ours": ours.measure(), "others": others.measure()}
    except pytest.skip.Exception as reason:
        print(f"the numbers of others need npm: {reason}", file=sys.stderr)
        return 1
    BUILD.mkdir(exist_ok=True)
    (BUILD / "gas.json").write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    broken = page.broken_limits(measured["ours"])
    text = page.text(measured["ours"], measured["others"])
    page.PAGE.write_text(text, "utf-8")
    print(text)
    for what in broken:
        print(what)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
