"""A broker with TLS for the whole system."""

from __future__ import annotations

import datetime

import pytest

from tally_gateway.tls import TlsFiles, create_ca, issue_server
from tests.mosquitto import mosquitto as mosquitto  # noqa: PLC0414  a fixture, exported to this folder


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """What the broker shows, and the CA that both sides trust."""
    files = TlsFiles(tmp_path_factory.mktemp("tls"))
    now = datetime.datetime.now(datetime.UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files
