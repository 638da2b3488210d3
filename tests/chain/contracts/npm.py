"""Fetches test tools from npm into build/: the Solidity compiler and the anvil node. Absent npm is a skip, by name."""

from __future__ import annotations

import base64
import hashlib
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tally_chain.solidity import SOLC_VERSION, unpack_compiler

BUILD = Path(__file__).resolve().parents[3] / "build"
ANVIL_VERSION = "1.7.1"
# SHA-512 of the npm tarballs, as npm writes integrity; other machines have no pin and trust npm's own.
ANVIL_SHA512 = {
    "amd64": "+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg==",
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


def soljson() -> Path:
    """The Solidity compiler, fetched once."""
    path = BUILD / "solc" / "soljson.js"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(unpack_compiler(pack(f"solc@{SOLC_VERSION}")))
    return path


def anvil() -> Path:
    """The anvil binary, fetched once; its package needs no Node to run."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or platform.system() != "Linux":
        pytest.skip(f"anvil: no binary package for {platform.system()} {platform.machine()}")
    path = BUILD / "node" / "anvil"
    if not path.is_file():
        tarball = pack(f"@foundry-rs/anvil-linux-{machine}@{ANVIL_VERSION}")
        digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        assert ANVIL_SHA512.get(machine, digest) == digest, "another anvil than the pinned one"
        path.parent.mkdir(parents=True, exist_ok=True)
        archive = BUILD / "npm" / "anvil.tgz"
        archive.write_bytes(tarball)
        with tarfile.open(archive) as opened:
            member = opened.extractfile("package/bin/anvil")
            assert member is not None
            path.write_bytes(member.read())
        path.chmod(0o755)
    return path
