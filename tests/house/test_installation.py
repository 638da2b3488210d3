"""What each extra installs is enough for its part, and no more than its part needs. Without a network.

A wheel is built from the tree. For each extra, an empty environment gets the wheel and a copy of exactly those packages
that the wheel's own metadata asks for (found here, where everything is installed); then every module of the parts that
the extra stands for is imported there.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tally_chain.page import skeleton

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

LIGHT = {"cbor2", "cryptography", "cffi", "pycparser"}
"""What verifying a bundle takes."""

NOT_ON_THE_EDGE = {"duckdb", "pyarrow", "fastapi", "uvicorn", "py-evm", "coincurve", "mqtt5", "aiomqtt", "pydantic"}

VIEWER = "import sys; from tally_edge import command; sys.exit(command.main(['viewer', '--digest']))"
VERIFY = "import sys; from tally_edge import command; sys.exit(command.main(['verify', '--help']))"
IMPORT_ALL = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        importlib.import_module(module.name)
"""


@dataclass(frozen=True)
class Built:
    """The wheel, and what it asks for."""

    wheel: Path
    requirements: tuple[Requirement, ...]

    def closure(self, extra: str) -> set[str]:
        """The packages that installing `tallystick[extra]` brings, by canonical name, itself left out."""
        found: set[tuple[str, str]] = set()
        waiting = [(requirement, extra) for requirement in self.requirements]
        asked = {extra}
        while waiting:
            requirement, under = waiting.pop()
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": under}):
                continue
            name = canonicalize_name(requirement.name)
            for below in {"", *requirement.extras}:
                if name == "tallystick":
                    if below and below not in asked:
                        asked.add(below)
                        waiting += [(own, below) for own in self.requirements]
                    continue
                if (name, below) not in found:
                    found.add((name, below))
                    texts = importlib.metadata.distribution(name).requires or []
                    waiting += [(Requirement(text), below) for text in texts]
        return {name for name, _ in found}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", folder, ROOT], check=True, timeout=120, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, folder / "opened"], check=True, timeout=60)
    (metadata,) = (folder / "opened").glob("*.dist-info")
    requires = importlib.metadata.Distribution.at(metadata).requires or []
    return Built(wheel, tuple(Requirement(text) for text in requires))


def environment(folder: Path, built: Built, packages: set[str]) -> Path:
    """A new environment with the wheel and copies of `packages`; its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    for name in packages:
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or []:
            if ".." in file.parts or file.suffix == ".pyc":
                continue
            _copy(Path(str(distribution.locate_file(file))), site / file)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    # What is imported compiles itself, the rest is never read.
    subprocess.run([*pip, "--no-compile", built.wheel], check=True, timeout=120, capture_output=True)
    return python


def _copy(source: Path, target: Path) -> None:
    """With its time, and with what is compiled of it here, which holds for that time: spares compiling it again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    if source.suffix == ".py":
        compiled, again = (Path(importlib.util.cache_from_source(path)) for path in (source, target))
        if compiled.is_file():
            again.parent.mkdir(exist_ok=True)
            shutil.copy2(compiled, again)


def run(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # Isolated: neither this environment's variables nor the working folder lead back to the tree.
    return subprocess.run(
        [str(python), "-I", *words], cwd=python.parent, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_bare_installation_verifies_and_names_the_extras(built: Built, tmp_path: Path) -> None:
    assert built.closure("") <= LIGHT
    python = environment(tmp_path / "bare", built, built.closure(""))
    verify = run(python, "-c", VERIFY)
    assert (verify.returncode, verify.stderr) == (0, "")
    assert "--policy" in verify.stdout
    viewer = run(python, "-c", VIEWER)
    assert (viewer.returncode, viewer.stdout) == (0, f"{skeleton.viewer_digest()}\n"), viewer.stderr
    script = subprocess.run(
        [python.with_name("tallystick"), "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "verify" in script.stdout
    served = run(python, "-m", "tally_edge.command", "gateway", "run", "--dir", "nowhere")
    assert served.returncode == 2
    assert "Traceback" not in served.stderr


@pytest.mark.parametrize(
    ("extra", "packages"),
    [
        ("edge", ["tally_edge", "tally_sim"]),
        ("chain", ["tally_chain"]),
        ("gateway", ["tally_edge", "tally_chain", "tally_gateway", "tally_sim"]),
        ("trial", ["tally_finance", "tally_trial"]),
    ],
)
def test_an_extra_brings_what_its_part_imports(built: Built, tmp_path: Path, extra: str, packages: list[str]) -> None:
    closure = built.closure(extra)
    if extra == "edge":
        assert not closure & NOT_ON_THE_EDGE
    python = environment(tmp_path / extra, built, closure)
    done = run(python, "-c", IMPORT_ALL, *packages)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_wheel_carries_what_runs_and_no_tests(built: Built) -> None:
    names = {path.name for path in (built.wheel.parent / "opened").iterdir()}
    parts = {"tally_edge", "tally_chain", "tally_gateway", "tally_finance", "tally_sim", "tally_trial"}
    assert {name for name in names if not name.endswith(".dist-info")} == parts
