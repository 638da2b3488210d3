"""One process at a time numbers the transactions of a key on a chain, whatever folder each was started in.

The locks are flocks: the kernel gives them back when a process dies, so a file that is left behind locks nobody out.
They lie under names of the key and the chain in every folder of this user on this machine that can be had, because
what one process reaches (a session's runtime folder, a home) may be hidden from another (a service): two processes
exclude each other where they share one of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tally_chain.errors import LaneTakenError

# For containers of one machine that share a volume and nothing else; then this folder alone is used.
LANES_VARIABLE: Final = "TALLYSTICK_LANES"


class NonceLane:
    """The right to number the transactions of one key on one chain. Raises LaneTakenError.

    `directories` hold the locks, all of which are taken.
    """

    def __init__(self, directories: Iterable[Path], chain_id: int, address: str) -> None:
        self._locks: list[int] = []
        try:
            for directory in dict.fromkeys(directories):
                self._locks.append(_take(directory / f"{chain_id}-{address.lower()}.lane", address, chain_id))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives the lane back."""
        while self._locks:
            os.close(self._locks.pop())


def machine_directories() -> list[Path]:
    """Where this user's processes on this machine meet, as far as they can be had; made where they are missing."""
    named = os.environ.get(LANES_VARIABLE)
    if named:
        Path(named).mkdir(mode=0o700, parents=True, exist_ok=True)
        return [Path(named)]
    user = os.geteuid()
    found = [(Path(tempfile.gettempdir()), f"tallystick-lanes-{user}"), (Path(f"/run/user/{user}"), "tallystick-lanes")]
    # Not $HOME: what a session and a service are told differs, the account's home does not.
    with contextlib.suppress(KeyError):
        found.append((Path(pwd.getpwuid(user).pw_dir), ".local/state/tallystick/lanes"))
    return [above / name for above, name in found if above.is_dir() and _is_ours(above / name)]


def take_lock(path: Path) -> int:
    """An exclusive flock on a file, which is made. Raises LaneTakenError where another holds it, and OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise LaneTakenError(f"another process holds {path}") from error
    return handle


def _take(path: Path, address: str, chain_id: int) -> int:
    try:
        return take_lock(path)
    except LaneTakenError as error:
        text = f"another process sends with the transaction key {address} on chain {chain_id}"
        raise LaneTakenError(f"{text}: it holds {path}") from error
    except OSError as error:
        raise LaneTakenError(f"{path} can not be locked: {error.strerror}") from error


def _is_ours(directory: Path) -> bool:
    """Makes the folder if it can; whether it is this user's alone. In a temporary folder another may have made it."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return False
        if stat.S_IMODE(found.st_mode) & 0o077:
            directory.chmod(0o700)
        return os.access(directory, os.W_OK | os.X_OK)
    except OSError:
        return False
