"""`tallystick finance serve` and `token`: a desk answers whoever was given a token, by TLS beyond loopback."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from tally_finance.api.serving import must_be_private
from tally_gateway.tls import TlsFiles, create_ca, issue_server
from tests.chain.registry.parties import fresh
from tests.finance.test_receipt_commands import Bank, bank

__all__ = ["bank"]


@contextmanager
def serving(bank: Bank, *more: str) -> Iterator[str]:
    words = ["serve", *bank.desk, *bank.chain, "--port", "0", "--key", bank.path("stranger.json"), "--every", "0.2"]
    words += more
    command = [sys.executable, "-m", "tally_edge.command", "finance", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert "entries of the chain read" in lines[0], process.stderr.read() if process.stderr else ""
        yield lines[1].split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM), errors
    assert "Traceback" not in errors, errors


def test_a_token_opens_its_role_until_it_is_revoked(bank: Bank) -> None:
    lender = bank.yard.whose("lender").hex()
    made = bank.did(
        "token", "new", "bank-reader", "--organisation", lender, "--role", "lender", "--read-only", *bank.desk
    )
    headers = {"authorization": f"Bearer {made['token']}"}
    with serving(bank) as url, httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        assert client.get("/healthz").json() == {"healthy": True}
        (receipt,) = client.get("/v1/receipts").json()["items"]
        assert receipt["number"] == "0x" + bank.names["receipt"].hex()
        (position,) = client.get("/v1/facilities").json()
        assert position["facility"] == "F-1"
        assert client.post("/v1/sync", headers={"idempotency-key": "a-key-of-mine"}).status_code == 403
        bank.did("token", "revoke", "bank-reader", *bank.desk)
        assert client.get("/v1/receipts").status_code == 401
    (listed,) = [one for one in bank.did("token", "list", *bank.desk)["tokens"] if one["name"] == "bank-reader"]
    assert listed["revoked_at"] is not None
    assert made["token"] not in (bank.folder / "books.db").read_bytes().decode("latin-1")
    assert bank.say("token", "revoke", "bank-reader", *bank.desk).code != 0


def test_a_name_is_given_once(bank: Bank) -> None:
    words = ("token", "new", "twice", "--organisation", fresh().hex(), "--role", "court", *bank.desk)
    assert bank.say(*words).code == 0
    again = bank.say(*words)
    assert again.code != 0
    assert "take another name" in again.err


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    files, now = TlsFiles(tmp_path_factory.mktemp("tls")), datetime.now(UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files


def test_it_serves_by_tls_with_a_certificate_and_in_no_other_way_then(bank: Bank, tls: TlsFiles) -> None:
    words = ("--tls-certificate", str(tls.server_cert), "--tls-key", str(tls.server_key))
    with serving(bank, *words) as url:
        assert url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(tls.ca_cert))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with httpx.Client(base_url=url, verify=context, trust_env=False) as client:
            assert client.get("/healthz").json() == {"healthy": True}
            assert client.get("/v1/receipts").status_code == 401
        with httpx.Client(trust_env=False) as plain, pytest.raises(httpx.TransportError):
            plain.get(url.replace("https", "http") + "/healthz")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.example"])
def test_beyond_loopback_it_does_not_serve_in_the_clear(bank: Bank, host: str) -> None:
    said = bank.say("serve", *bank.desk, *bank.chain, "--host", host)
    assert said.code != 0
    assert "tokens would cross the network in the clear" in said.err


def test_what_is_loopback_or_private_may_be_served() -> None:
    context = ssl.create_default_context()
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        must_be_private(host, None, open_anyway=False)
    must_be_private("0.0.0.0", None, open_anyway=True)
    must_be_private("0.0.0.0", context, open_anyway=False)


def test_half_a_pair_and_a_key_that_others_may_read_are_refused(bank: Bank, tls: TlsFiles) -> None:
    words = ("serve", *bank.desk, *bank.chain)
    assert "belong together" in bank.say(*words, "--tls-certificate", tls.server_cert).err
    assert "belong together" in bank.say(*words, "--tls-key", tls.server_key).err
    pair = ("--tls-certificate", tls.server_cert, "--tls-key", tls.server_key)
    tls.server_key.chmod(0o640)
    try:
        assert "may be read by others" in bank.say(*words, *pair).err
    finally:
        tls.server_key.chmod(0o600)
    assert "no usable server certificate" in bank.say(*words, *pair[:2], "--tls-key", tls.ca_key).err
