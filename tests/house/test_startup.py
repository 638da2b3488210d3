"""What a command must not wait for: heavy packages are imported where they are used, and nowhere before."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = frozenset(
    {"asyncio", "coincurve", "duckdb", "eth", "eth_abi", "eth_account", "fastapi", "httpx", "mqtt5", "openpyxl"}
    | {"paho", "prometheus_client", "py_ecc", "pyarrow", "pydantic", "pymodbus", "uvicorn"}
)

PROGRAM = """
import sys
from tally_edge import command
try:
    command.main(sys.argv[1:])
except SystemExit:
    pass
print("imported:", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported_by(*arguments: str, program: str = PROGRAM) -> set[str]:
    """The top-level packages that a process has imported when its command has run."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stderr.rpartition("imported:")[2].split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("verify", "--help"),
        ("verify", "absent.tally", "--policy", "absent.toml"),
        ("gateway", "run", "--help"),
        ("edge", "run", "--help"),
        ("demo", "--help"),
    ],
    ids=" ".join,
)
def test_a_light_command_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    imported = imported_by(*arguments)
    assert "tally_edge" in imported
    assert not imported & HEAVY


def test_a_gateway_imports_the_chain_that_it_uses_and_no_query_engine() -> None:
    program = "import sys, tally_gateway.service\n" + PROGRAM.splitlines()[-1]
    assert not imported_by(program=program) & {"eth", "httpx", "duckdb", "pymodbus", "openpyxl"}


def test_the_processes_that_check_import_no_chain_and_no_server() -> None:
    program = "import sys, tally_gateway.checking\n" + PROGRAM.splitlines()[-1]
    assert not imported_by(program=program) & (HEAVY - {"asyncio"})
