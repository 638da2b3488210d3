"""A real Mosquitto with TLS, passwords and access rules, on a free loopback port.

Use the `mosquitto` fixture (import it into a conftest.py). Where the broker is not installed the test is skipped; it
is the Debian package `mosquitto`.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_gateway.tls import TlsFiles
from tests.ports import free_port

_SBIN = "/usr/sbin/mosquitto"
# A broker that listens answers within milliseconds; the first start on a busy machine may take seconds.
_START_S = 60.0


def broker_program() -> str | None:
    """Where Mosquitto is; Debian puts it outside the PATH of ordinary users."""
    return shutil.which("mosquitto") or (_SBIN if Path(_SBIN).exists() else None)


class Mosquitto:
    """One broker. Users: `gateway` reads every up topic, writes every down topic, and does both with canaries; every
    other name has its own two."""

    def __init__(self, program: str, folder: Path, files: TlsFiles) -> None:
        self._program, self._folder, self.tls_files = program, folder, files
        self.port = free_port()
        self._passwords = {"gateway": "gateway-password"}
        self._process: subprocess.Popen[bytes] | None = None

    def add_user(self, name: str, password: str) -> None:
        """Before `start`."""
        self._passwords[name] = password

    def start(self, *extra: str) -> None:
        """Write the configuration (with `extra` lines) and start; returns when it accepts connections."""
        config = self._write_config(extra)
        log = (self._folder / "mosquitto.log").open("ab")
        self._process = subprocess.Popen([self._program, "-c", str(config)], stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + _START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert self._process.poll() is None, (self._folder / "mosquitto.log").read_text()
                assert time.monotonic() < deadline, "the broker does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def _write_config(self, extra: tuple[str, ...]) -> Path:
        passwords, access, config = (self._folder / name for name in ("passwords", "access", "mosquitto.conf"))
        passwords.write_text("".join(f"{name}:{word}\n" for name, word in self._passwords.items()))
        passwords.chmod(0o600)
        subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)
        access.write_text(
            "pattern write tally/1/%u/up\npattern read tally/1/%u/down\n"
            "user gateway\ntopic read tally/1/+/up\ntopic write tally/1/+/down\n"
            "topic readwrite tally/1/+/canary\n"
        )
        access.chmod(0o600)
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"cafile {self.tls_files.ca_cert}",
            f"certfile {self.tls_files.server_cert}",
            f"keyfile {self.tls_files.server_key}",
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {access}",
            "user root",
            "persistence true",
            f"persistence_location {self._folder}/",
            *extra,
        ]
        config.write_text("\n".join(lines) + "\n")
        return config


@pytest.fixture
def mosquitto(tmp_path: Path, tls_files: TlsFiles) -> Iterator[Mosquitto]:
    """A broker that is not started yet; stopped at the end. Needs a `tls_files` fixture."""
    program = broker_program()
    if program is None:
        pytest.skip("Mosquitto is not installed: it is the Debian package mosquitto")
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Mosquitto(program, folder, tls_files)
    yield broker
    broker.kill()
