"""Fetches test tools from npm into build/: the Solidity compiler, OpenZeppelin, anvil and forge.

Absent npm is a skip, by name; run by hand (`python -m tests.chain.contracts.npm`) it fetches the first two.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tally_chain.solidity import OPENZEPPELIN_VERSION, SOLC_VERSION, unpack_compiler, unpack_openzeppelin

BUILD = Path(__file__).resolve().parents[3] / "build"
FOUNDRY_VERSION = "1.7.1"
# SHA-512 of the npm tarballs, as npm writes integrity; other machines have no pin and trust npm's own.
FOUNDRY_SHA512 = {
    "anvil-linux-amd64": "+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg==",
    "forge-linux-amd64": "/HQddyTanVOJKgvilmZrf8VOf7mhvwrWb59W73w5W5flX7b6zNh9CR6hKZzJwiRRi5Sxk/JOFEYIeKsQx7Teqg==",
}
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def pack(package: str) -> bytes:
    """The tarball of an npm package; skips the test where npm or its registry cannot be reached."""
    if shutil.which("npm") is None:
        pytest.skip(f"{package}: npm is not installed")
    folder = BUILD / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"{package}: npm pack failed: {done.stderr.strip()[:200]}")
    return (folder / done.stdout.strip().splitlines()[-1]).read_bytes()


@contextmanager
def _alone() -> Iterator[None]:
    """Tests run in several processes, and each of them may be the first to want a tool."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put(path: Path, content: bytes, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.new")
    made.write_bytes(content)
    made.chmod(mode)
    made.rename(path)


def soljson() -> Path:
    """The Solidity compiler, fetched once."""
    path = BUILD / "solc" / "soljson.js"
    with _alone():
        if not path.is_file():
            _put(path, unpack_compiler(pack(f"solc@{SOLC_VERSION}")))
    return path


def openzeppelin() -> Path:
    """The Solidity sources of OpenZeppelin, fetched once; the folder that stands for @openzeppelin/contracts."""
    folder = BUILD / "openzeppelin"
    stamp = folder / "version.txt"
    with _alone():
        if not stamp.is_file() or stamp.read_text("utf-8") != OPENZEPPELIN_VERSION:
            for name, source in unpack_openzeppelin(pack(f"@openzeppelin/contracts@{OPENZEPPELIN_VERSION}")).items():
                _put(folder / name, source)
            stamp.write_text(OPENZEPPELIN_VERSION, "utf-8")
    return folder


def anvil() -> Path:
    """The anvil binary, fetched once; its package needs no Node to run."""
    return _foundry("anvil")


def forge() -> Path:
    """The forge binary, fetched once; it needs no Node to run, but the compiler that it is given does."""
    return _foundry("forge")


def _foundry(tool: str) -> Path:
    machine = _MACHINES.get(platform.machine())
    if machine is None or platform.system() != "Linux":
        pytest.skip(f"{tool}: no binary package for {platform.system()} {platform.machine()}")
    path = BUILD / "node" / tool
    with _alone():
        if not path.is_file():
            _put(path, _pinned(tool, f"{tool}-linux-{machine}"), 0o755)
    return path


def _pinned(tool: str, name: str) -> bytes:
    tarball = pack(f"@foundry-rs/{name}@{FOUNDRY_VERSION}")
    digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    assert FOUNDRY_SHA512.get(name, digest) == digest, f"another {tool} than the pinned one"
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as opened:
        member = opened.extractfile(f"package/bin/{tool}")
        assert member is not None
        return member.read()


if __name__ == "__main__":
    print(soljson())
    print(openzeppelin())
