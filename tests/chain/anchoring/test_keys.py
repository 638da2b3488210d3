"""Transaction keys at rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_account import Account

from tally_chain.anchoring.keys import (
    SCRYPT_WORK_FACTOR,
    FeeOffer,
    Transaction,
    create_keystore,
    open_keystore,
    password_file,
)
from tally_chain.errors import TransactionKeyError

FAST = 1 << 10


def secret() -> str:
    return "correct horse"


def test_a_key_comes_back_and_signs(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "tx.json"
    address = create_keystore(path, secret, work_factor=FAST)
    key = open_keystore(path, secret)
    assert key.address == address
    assert path.stat().st_mode & 0o777 == 0o600
    fee = FeeOffer(dynamic=True, max_fee_wei=9, priority_fee_wei=1)
    signed = key.sign(Transaction(77, 3, address, b"\x01", 50_000, fee))
    assert Account.recover_transaction(signed.raw) == address
    assert json.loads(path.read_text())["crypto"]["kdf"] == "scrypt"
    assert SCRYPT_WORK_FACTOR == 262_144


def test_keys_are_not_overwritten_or_left_open(tmp_path: Path) -> None:
    path = tmp_path / "tx.json"
    create_keystore(path, secret, work_factor=FAST)
    with pytest.raises(TransactionKeyError, match="never overwritten"):
        create_keystore(path, secret, work_factor=FAST)
    with pytest.raises(TransactionKeyError, match="wrong password"):
        open_keystore(path, lambda: "wrong horse")
    with pytest.raises(TransactionKeyError, match="empty password"):
        create_keystore(tmp_path / "other.json", str)
    path.chmod(0o640)
    with pytest.raises(TransactionKeyError, match="readable by others"):
        open_keystore(path, secret)
    with pytest.raises(TransactionKeyError, match="No such file"):
        open_keystore(tmp_path / "none.json", secret)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 3}', "{" * 20_000])
def test_what_is_no_key_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tx.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(TransactionKeyError):
        open_keystore(path, secret)


def test_passwords_from_files(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse\r\nsecond line\n")
    path.chmod(0o644)
    with pytest.raises(TransactionKeyError, match="readable by others"):
        password_file(path)()
    path.chmod(0o600)
    assert password_file(path)() == "correct horse"
    path.write_bytes(b"x" * 2000)
    with pytest.raises(TransactionKeyError, match="too long"):
        password_file(path)()
