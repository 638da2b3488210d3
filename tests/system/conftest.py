"""A broker with TLS for the whole system."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator

import pytest

from tally_gateway.tls import TlsFiles, create_ca, issue_server
from tests.mosquitto import mosquitto as mosquitto  # noqa: PLC0414  a fixture, exported to this folder
from tests.system.plant import Plant, meters, site, wait_until


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """What the broker shows, and the CA that both sides trust."""
    files = TlsFiles(tmp_path_factory.mktemp("tls"))
    now = datetime.datetime.now(datetime.UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A plant that runs throughout."""
    now = int(time.time())
    made = Plant(
        tmp_path_factory.mktemp("bad") / "plant",
        site(meters(2, 0, cadence_s=1, pack_readings=2), now - 60, now + 86_400),
        anchored=False,
    )
    try:
        made.start_gateway()
        made.state_site()
        made.start_agent()
        wait_until(lambda: made.has_signed(4), "life")
        yield made
        assert made.gateway is not None
        assert made.gateway.code is None, made.gateway.tail()
        assert made.gateway.stop() == 0
    finally:
        made.stop()
