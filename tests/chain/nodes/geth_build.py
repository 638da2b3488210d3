"""go-ethereum for the tests, built from the Go module proxy: python -m tests.chain.nodes.geth_build

1.13 is the last line of geth that runs Clique by itself. `geth/go.mod` names the version and `geth/go.sum` holds the
hashes of everything that goes into it, so nothing is taken on trust but the compiler. The binary is kept in build/.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

MODULE = Path(__file__).with_name("geth")
BUILD = Path(__file__).resolve().parents[3] / "build" / "geth"
PROGRAM = "github.com/ethereum/go-ethereum/cmd/geth"
LEAST_GO = (1, 21)
"""What geth 1.13 asks for."""
CHECKS_LINKS = (1, 23)
"""From here on the linker refuses what one of geth's dependencies (a profiler) reaches for, unless told otherwise."""
TOOLCHAIN = "go1.22.12"
"""Fetched as a module where the system's Go is older, as Debian 12's is; a Go from 1.21 on would do the same itself."""
FETCH_S = 600
BUILD_S = 3_600
"""Ten minutes on two shared cores; the bound is for a machine that hangs."""


class NotToBeHadError(Exception):
    """This machine has no Go, or no way to the modules: nothing is wrong, and the network cannot be had."""


def version() -> str:
    """The pinned version of geth."""
    found = re.search(r"go-ethereum v(\S+)", (MODULE / "go.mod").read_text("utf-8"))
    assert found is not None
    return found[1]


def geth() -> Path:
    """The binary, built once. Raises NotToBeHadError; a build that fails raises CalledProcessError."""
    path = BUILD / f"geth-{version()}"
    if path.is_file():
        return path
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.is_file():
            _build(path)
    return path


def _build(path: Path) -> None:
    print(f"building geth {version()}, once; it takes minutes", file=sys.stderr, flush=True)
    go = _go()
    _fetch([go, "mod", "download"])
    made = path.with_suffix(".new")
    flags = "-s -w -checklinkname=0" if _numbers(go) >= CHECKS_LINKS else "-s -w"
    # Without cgo there is no need of a C compiler. Others share the machine.
    command = ["nice", "-n", "10", go, "build", "-trimpath", f"-ldflags={flags}", "-o", str(made), PROGRAM]
    subprocess.run(command, cwd=MODULE, env=_environment(), check=True, timeout=BUILD_S)
    made.rename(path)


def _go() -> str:
    """A Go that is new enough. Raises NotToBeHadError."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise NotToBeHadError("go-ethereum: Go is not installed")
    if _numbers(go) >= LEAST_GO:
        return go
    return _newer_go(go, f"golang.org/toolchain@v0.0.1-{TOOLCHAIN}.{_env(go, 'GOOS')}-{_env(go, 'GOARCH')}")


def _numbers(go: str) -> tuple[int, int]:
    found = re.match(r"go(\d+)\.(\d+)", _env(go, "GOVERSION"))
    return (int(found[1]), int(found[2])) if found else (99, 0)  # a development build, newer than any


def _env(go: str, name: str) -> str:
    done = subprocess.run([go, "env", name], cwd=MODULE, env=_environment(), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _newer_go(go: str, toolchain: str) -> str:
    """The pinned toolchain, which the proxy carries as a module; its hash is checked by the checksum database."""
    _fetch([go, "mod", "download", toolchain])
    folder = Path(_env(go, "GOMODCACHE")) / toolchain
    for program in [*(folder / "bin").iterdir(), *(folder / "pkg" / "tool").rglob("*")]:
        if program.is_file():
            program.chmod(0o755)  # modules carry no permissions
    return str(folder / "bin" / "go")


def _fetch(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=MODULE, env=_environment(), capture_output=True, text=True, timeout=FETCH_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotToBeHadError(f"go-ethereum: no answer from the Go module proxy in {FETCH_S} s") from None
    if done.returncode != 0:
        raise NotToBeHadError(f"go-ethereum: {' '.join(command[1:3])} failed: {done.stderr.strip()[-300:]}")


def _environment() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def main() -> int:
    """Build, and say where it is."""
    started = time.monotonic()
    try:
        path = geth()
    except NotToBeHadError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"geth {version()}: {path} ({time.monotonic() - started:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
