"""Two processes with folders of their own, one key: only one of them numbers its transactions."""

from __future__ import annotations

import os
import secrets
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.lane import LANES_VARIABLE, NonceLane, machine_directories
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.errors import LaneTakenError
from tests.chain.anchoring.engines import anchorer
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage

HOLDER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from tally_chain.anchoring import lane
from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import AnchorTarget
from tests.chain.contracts.stage import OWNER, TX_KEY
lane.pwd = SimpleNamespace(getpwuid=lambda _: SimpleNamespace(pw_dir=sys.argv[3]))
target = AnchorTarget(int(sys.argv[2]), bytes(32), OWNER.address, bytes(32))
try:
    held = Anchorer(None, TX_KEY, target, EMBEDDED, Path(sys.argv[1]) / "journal.sqlite")
except Exception as error:
    print(type(error).__name__, flush=True)
else:
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary folder and home of a machine with nothing on it."""
    monkeypatch.delenv(LANES_VARIABLE)
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tally_chain.anchoring.lane.tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    home = SimpleNamespace(pw_dir=str(tmp_path / "home"))
    monkeypatch.setattr("tally_chain.anchoring.lane.pwd.getpwuid", lambda _: home)
    return tmp_path


@contextmanager
def process(folder: Path, chain_id: int, home: str = "/nonexistent") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process with a journal of its own in `folder`, and what became of its lane."""
    command = [sys.executable, "-c", HOLDER, str(folder), str(chain_id), home]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as found:
        assert found.stdout is not None
        try:
            yield found, found.stdout.readline().strip()
        finally:
            found.kill()


def test_two_processes_with_folders_of_their_own_exclude_each_other(machine: Path) -> None:
    chain = secrets.randbelow(2**40)  # other runs on this machine are no concern of this one
    with process(machine / "gw1", chain) as (first, held):
        assert held == "held"
        with process(machine / "gw2", chain) as (_, taken), process(machine / "gw3", chain + 1) as (_, elsewhere):
            assert (taken, elsewhere) == ("LaneTakenError", "held")
        first.send_signal(signal.SIGKILL)
        first.wait()
        with process(machine / "gw2", chain) as (_, after):
            assert after == "held"


def test_a_home_in_common_is_enough(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may have a temporary folder of its own."""
    chain, home = secrets.randbelow(2**40), str(machine / "home")
    with process(machine / "gw1", chain, home) as (_, held):
        monkeypatch.setenv("TMPDIR", str(machine / "home"))
        with process(machine / "gw2", chain, home) as (_, taken):
            assert (held, taken) == ("held", "LaneTakenError")


def test_two_clients_of_one_process_exclude_each_other_too(embedded: Stage, tmp_path: Path) -> None:
    first, second = embedded.registered(), embedded.registered()
    with anchorer(embedded.engine, first, tmp_path / "gw1"):
        with pytest.raises(LaneTakenError, match=f"key {TX_KEY.address} on chain {first.chain_id}"):
            Anchorer(embedded.engine, TX_KEY, second, EMBEDDED, tmp_path / "gw2" / "journal.sqlite")
        with closing(Anchorer(embedded.engine, OWNER, second, EMBEDDED, tmp_path / "gw3" / "journal.sqlite")):
            pass
    with anchorer(embedded.engine, second, tmp_path / "gw2"):
        pass


def test_one_folder_in_common_is_enough(machine: Path) -> None:
    """A service may see another temporary folder, or another home, than a session does."""
    names = [machine / name for name in ("a", "b", "c")]
    for name in names:
        name.mkdir()
    with closing(NonceLane(names[:2], 1, TX_KEY.address)):
        with pytest.raises(LaneTakenError):
            NonceLane(names[1:], 1, TX_KEY.address)
        with closing(NonceLane(names[2:], 1, TX_KEY.address)):  # what the refused one had taken is given back
            pass


def test_the_folders_are_this_users_alone(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_user = machine / "tmp" / f"tallystick-lanes-{os.geteuid()}"
    of_user.mkdir(mode=0o755)
    (of_user / f"1-{TX_KEY.address.lower()}.lane").write_bytes(b"left behind")
    assert of_user in machine_directories()
    assert stat.S_IMODE(of_user.stat().st_mode) == 0o700
    with closing(NonceLane([of_user], 1, TX_KEY.address)):
        pass
    of_user.rename(machine / "moved")
    of_user.symlink_to(machine / "moved")  # as another user may in a folder that all may write to
    assert of_user not in machine_directories()
    monkeypatch.setenv(LANES_VARIABLE, str(machine / "shared"))
    assert machine_directories() == [machine / "shared"]
