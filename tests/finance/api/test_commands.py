"""`tallystick finance serve` and `token`: a desk answers whoever was given a token, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.chain.registry.parties import fresh
from tests.finance.test_receipt_commands import Bank, bank

__all__ = ["bank"]


@contextmanager
def serving(bank: Bank) -> Iterator[str]:
    words = ["serve", *bank.desk, *bank.chain, "--port", "0", "--key", bank.path("stranger.json"), "--every", "0.2"]
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
