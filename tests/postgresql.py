"""A real PostgreSQL on a free loopback port, with a database of its own for each test.

Use the `postgresql` fixture (import it and `postgresql_server` into a conftest.py). Where the server is not installed
the test is skipped; it is the Debian package `postgresql`. The server refuses to run as root, so as root it runs as the
user that the package made, or as nobody; without a socket file, and with a password.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port

_START_S = 60.0
_USER = "tally"


def programs() -> Path | None:
    """The folder of its programs; Debian keeps each version's outside the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def _unprivileged() -> int | None:
    """The user that the server runs as where this process is root."""
    if os.getuid() != 0:
        return None
    names = {user.pw_name: user.pw_uid for user in pwd.getpwall()}
    return names.get("postgres", names.get("nobody"))


class PostgreSql:
    """One server with a cluster of its own, in a folder outside pytest's, which only root may enter."""

    def __init__(self, programs: Path) -> None:
        self._programs, self._user = programs, _unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="tallystick-postgresql-"))
        self._password, self.port = secrets.token_hex(16), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def start(self) -> None:
        """Make the cluster and start it; returns when it accepts connections."""
        word = self._folder / "password"
        word.write_text(self._password)
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
            os.chown(word, self._user, -1)
        log = (self._folder / "log").open("ab")
        data = str(self._folder / "data")
        made = [str(self._programs / "initdb"), "-D", data, "-U", _USER, "-A", "scram-sha-256", "--pwfile", str(word)]
        subprocess.run([*made, "-E", "UTF8", "--no-sync"], user=self._user, cwd="/", stdout=log, stderr=log, check=True)
        options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}", "fsync=off")
        run = [str(self._programs / "postgres"), "-D", data, *(f"--{option}" for option in options)]
        self._process = subprocess.Popen(run, user=self._user, cwd="/", stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, "the database does not answer"
                time.sleep(0.05)
            else:
                return

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"books{self._databases}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name)

    def dump(self, url: str) -> bytes:
        """The database at `url` as SQL, which makes an empty one alike."""
        run = [str(self._programs / "pg_dump"), "--no-owner", "--inserts", url]
        lines = subprocess.run(run, check=True, capture_output=True).stdout.splitlines(keepends=True)
        return b"".join(line for line in lines if not line.startswith(b"\\"))  # those are commands of psql

    def stop(self) -> None:
        """End it and delete the cluster."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # ends sessions and frees its shared memory, as SIGKILL would not
            self._process.wait(_START_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _address(self, database: str) -> str:
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSql]:
    """A server for all tests of this process."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: it is the Debian package postgresql")
    server = PostgreSql(found)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgresql(postgresql_server: PostgreSql) -> str:
    """The URL of an empty database."""
    return postgresql_server.database()
