"""Tables whose making was cut short anywhere are finished by the next start."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tally_chain.tree import leaf_hash, root_of
from tally_edge import signer
from tally_gateway import state
from tally_gateway.aggregate import journal
from tally_gateway.aggregate.journal import HeadsJournal
from tally_gateway.errors import StateError
from tests.chain.anchoring.engines import ProcessDied
from tests.gateway.aggregate.stage import signed

HEADS = "tallystick.example/heads/1"


class _Mortal(sqlite3.Connection):
    """Dies before statement number `at`, and takes its file with it as a dying process does."""

    at = 0

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        type(self).at -= 1
        if type(self).at == 0:
            self.close()
            raise ProcessDied
        return super().execute(*arguments)


def _make_journal(folder: Path) -> None:
    HeadsJournal(folder / "heads.sqlite", HEADS).close()


def _make_tables(folder: Path) -> None:
    state.open_state(folder, bytes(32)).close()


@pytest.mark.parametrize("make", [_make_journal, _make_tables])
def test_whatever_statement_it_died_at(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, died = sqlite3.connect, 0
    while True:
        folder = tmp_path / str(died)
        folder.mkdir()
        _Mortal.at = died + 1
        with monkeypatch.context() as patched:
            patched.setattr(sqlite3, "connect", lambda *a, **k: real(*a, factory=_Mortal, **k))
            try:
                make(folder)
            except (ProcessDied, sqlite3.ProgrammingError, StateError):
                died += 1
            else:
                break
        make(folder)
        make(folder)
    assert died > 8


def test_what_an_earlier_program_left_half_made_is_finished_and_anothers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "heads.sqlite"
    _make_journal(tmp_path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM fact")
    _make_journal(tmp_path)
    with pytest.raises(StateError, match="another aggregator"):
        HeadsJournal(path, "tallystick.example/heads/2")
    kept = HeadsJournal(path, HEADS)
    kept.add(signed("example.org/1", 1, root_of([leaf_hash(b"1")]), signer.generate()), [])
    kept.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM fact")
    with pytest.raises(StateError):
        HeadsJournal(path, HEADS)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"PRAGMA user_version = {journal._VERSION + 1}")
    with pytest.raises(StateError, match="version"):
        HeadsJournal(path, HEADS)
    _make_tables(tmp_path)
    with closing(sqlite3.connect(tmp_path / state.FILE_NAME)) as db, db:
        db.execute("DELETE FROM fact")
    _make_tables(tmp_path)
    with pytest.raises(StateError, match="another log"):
        state.open_state(tmp_path, bytes(range(32)))
