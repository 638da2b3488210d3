"""What a book's database keeps to itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tally_finance.book.database import engine_for


def test_a_new_database_is_read_by_nobody_else(tmp_path: Path) -> None:
    """Hashes of passwords, secrets and bundles stand in it, whatever the umask of who made it."""
    before = os.umask(0o022)
    try:
        engine = engine_for(f"sqlite:///{tmp_path / 'portal.db'}")
        with engine.execution_options(writes=True).begin() as connection:
            connection.execute(text("CREATE TABLE one (secret TEXT)"))
            modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert "portal.db-wal" in modes
    assert set(modes.values()) == {0o600}


def test_a_database_that_was_opened_to_a_group_stays_so(tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    file.touch(0o640)
    file.chmod(0o640)
    engine = engine_for(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert file.stat().st_mode & 0o777 == 0o640


def test_an_error_tells_no_values(tmp_path: Path) -> None:
    """It goes to the service's messages."""
    engine = engine_for(f"sqlite:///{tmp_path / 'portal.db'}")
    with engine.connect() as connection, pytest.raises(OperationalError) as raised:
        connection.execute(text("INSERT INTO nothing VALUES (:secret)"), {"secret": "a-secret-of-somebody"})
    engine.dispose()
    assert "a-secret-of-somebody" not in str(raised.value)
