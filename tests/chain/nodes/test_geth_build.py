"""A machine that cannot have go-ethereum is told so by name; what fails on one that can is a failure."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.chain.nodes import geth_build


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was built yet, and nothing was fetched."""
    monkeypatch.setattr(geth_build, "BUILD", tmp_path / "build")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GOPROXY", "off")


def a_go(folder: Path, name: str, does: str) -> Path:
    """A program in the place of Go: it says its version, and otherwise `does`."""
    program = folder / "go"
    program.write_text(f'#!/bin/sh\n[ "$1" = env ] && {{ echo {name}; exit; }}\n{does}\n')
    program.chmod(0o755)
    return program


def test_without_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(geth_build.NotToBeHadError, match="Go is not installed"):
        geth_build.geth()
    assert geth_build.main() == 2


def test_without_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    a_go(tmp_path, "go1.22.1", "echo module lookup disabled >&2; exit 1")
    with pytest.raises(geth_build.NotToBeHadError, match="mod download failed: module lookup disabled"):
        geth_build.geth()


def test_an_old_go_fetches_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    a_go(tmp_path, "go1.19.8", 'echo "asked for $3" >&2; exit 1')
    with pytest.raises(
        geth_build.NotToBeHadError, match=f"asked for golang.org/toolchain@v0.0.1-{geth_build.TOOLCHAIN}"
    ):
        geth_build.geth()


def test_a_build_that_fails_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    a_go(tmp_path, "go1.26.0", '[ "$1" = mod ] && exit 0; exit 1')
    with pytest.raises(subprocess.CalledProcessError):
        geth_build.geth()
    assert not [path for path in (tmp_path / "build").iterdir() if path.name.startswith("geth-")]


def test_everything_that_is_built_has_its_hash_in_the_tree() -> None:
    sums = (geth_build.MODULE / "go.sum").read_text("utf-8")
    wanted = re.findall(r"^\t(\S+) (v\S+)", (geth_build.MODULE / "go.mod").read_text("utf-8"), re.MULTILINE)
    assert len(wanted) > 50
    missing = [f"{name} {version}" for name, version in wanted if f"{name} {version}/go.mod h1:" not in sums]
    assert missing == []
    assert f"go-ethereum v{geth_build.version()} h1:" in sums
