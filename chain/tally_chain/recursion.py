"""The interpreter's recursion limit, put back after imports that raise it. No IO.

py_ecc, which py-evm and eth-account import, sets it to 100,000 for the whole process. Then deeply nested JSON from
anybody is no RecursionError any more: the C scanner overruns the thread's stack, and the process is gone.
"""

from __future__ import annotations

import sys
from typing import Final

LIMIT: Final = 1_000
"""The interpreter's own. An EVM call of ours nests two deep, and no format here deeper than 16."""


def bound() -> None:
    """Lower the limit to LIMIT where a library has raised it."""
    sys.setrecursionlimit(min(sys.getrecursionlimit(), LIMIT))
