"""What the tree may hold: who imports whom, how long a module gets, what is never written down."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tally_edge import command
from tally_edge.errors import TallyError

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(ROOT / place for place in (
    "edge/tally_edge", "chain/tally_chain", "gateway/tally_gateway", "finance/tally_finance", "firmware-sim/tally_sim",
    "firmware-sim/tally_trial",
))  # fmt: skip
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "tools").rglob("*.py"))]
MAX_LINES = 400

FORBIDDEN = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "--index" + "-url",
    "/wo" + "rk/",
    "/ro" + "ot/",
    "/ho" + "me/",
    "TO" + "DO",
    "FIX" + "ME",
)
"""Hosts of registries, paths of somebody's machine, and promises."""


def test_parts_import_one_way() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def test_the_simulator_imports_nothing_of_what_it_tests() -> None:
    for path in (ROOT / "firmware-sim" / "tally_sim").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            foreign = [name for name in names if name.startswith("tally_") and not name.startswith("tally_sim")]
            assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_an_init_is_a_docstring_and_nothing_else(package: Path) -> None:
    folders = {path.parent for path in package.rglob("*.py")}
    for folder in folders:
        body = ast.parse((folder / "__init__.py").read_text("utf-8")).body
        assert len(body) == 1, folder
        assert isinstance(body[0], ast.Expr), folder
        assert isinstance(body[0].value, ast.Constant), folder


def test_modules_are_short_and_not_bags() -> None:
    long = {
        str(path.relative_to(ROOT)): n
        for path in MODULES
        if (n := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}
    bags = {"utils", "helpers", "common", "models", "misc"}
    assert [path for path in MODULES if path.stem in bags] == []


def test_nothing_forbidden_is_written_down() -> None:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = done.stdout.split("\0") if done.returncode == 0 else [str(path) for path in SOURCES]
    assert len(names) > 100
    found = []
    for name in filter(None, names):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        found += [(name, word) for word in FORBIDDEN if word.encode() in data and b"\x00" not in data[:1024]]
    assert found == []


def test_every_error_stands_in_its_tree_and_ends_in_a_code() -> None:
    known = set()
    for package in ("tally_edge", "tally_chain", "tally_gateway", "tally_finance", "tally_trial"):
        module = importlib.import_module(f"{package}.errors")
        for name, family in vars(module).items():
            if isinstance(family, type) and issubclass(family, TallyError):
                known.add(name)
                assert command.exit_code_of(family) in range(1, 5)
                if family.__module__ == module.__name__:
                    assert f"── {name} " in (module.__doc__ or "") or family is TallyError, (
                        f"{name} in {module.__name__}"
                    )
    assert set(command.EXIT_CODE_OF) <= known


def test_importing_everything_touches_no_network() -> None:
    program = """
import importlib, pkgutil, sys

def watch(event, args):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}:
        raise SystemExit(f"{event} {args}")

sys.addaudithook(watch)
for name in ("tally_edge", "tally_chain", "tally_gateway", "tally_finance", "tally_sim", "tally_trial"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
