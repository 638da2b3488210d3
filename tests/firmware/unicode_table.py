"""Writes the firmware's table of unprintable characters: `python -m tests.firmware.unicode_table` (with a Python whose
unicodedata is of the page's version of Unicode).
"""

from __future__ import annotations

import sys
import unicodedata

from tests.firmware.build import SOURCES

VERSION = "14.0.0"
"""Of Unicode: docs/formats/statement.md keeps writers to it. Also what unicodedata of Python 3.11 holds."""
TABLE = SOURCES / "core" / "unprintable.c"
PER_LINE = 8
_HEAD = f"""/* What is not printable in Unicode {VERSION}: written by tests/firmware/unicode_table.py. */
#include "unprintable.h"

/* Runs: so many printable characters, then so many that are not, from U+0000 on. Behind the last all are not. */
static const uint16_t RUNS[][2] = {{
"""
_TAIL = """};

bool is_unprintable(uint32_t character) {
    uint32_t at = 0;
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++) {
        if (character < (at += RUNS[i][0])) return false;
        if (character < (at += RUNS[i][1])) return true;
    }
    return true;
}
"""
_MOST = 65_535


def runs() -> list[tuple[int, int]]:
    """(printable, not printable), from U+0000 to the last printable character; longer ones than fit are cut in two."""
    found: list[tuple[int, int]] = []
    counts = [0, 0]
    for point in range(sys.maxunicode + 1):
        printable = chr(point).isprintable()
        if (printable and counts[1]) or max(counts) == _MOST:
            found.append((counts[0], counts[1]))
            counts = [0, 0]
        counts[not printable] += 1
    found.append((counts[0], counts[1]))
    while not found[-1][0]:  # the table ends behind the last printable character
        found.pop()
    return [*found[:-1], (found[-1][0], 0)]


def table() -> str:
    """The C source."""
    pairs = [f"{{{printable}, {other}}}," for printable, other in runs()]
    lines = ["    " + " ".join(pairs[begin : begin + PER_LINE]) for begin in range(0, len(pairs), PER_LINE)]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL


if __name__ == "__main__":
    if unicodedata.unidata_version != VERSION:
        sys.exit(f"this Python knows Unicode {unicodedata.unidata_version}, the page {VERSION}")
    TABLE.write_text(table(), "utf-8")
