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


# The two examples of the Web3 Secret Storage Definition, version 3: one password, one key.
_SECRET = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
_CIPHER = {
    "pbkdf2": {
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "scrypt": {
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
}


@pytest.mark.parametrize("kdf", sorted(_CIPHER))
def test_key_files_of_any_wallet_open(tmp_path: Path, kdf: str) -> None:
    path = tmp_path / "key.json"
    crypto = {"cipher": "aes-128-ctr", "kdf": kdf, **_CIPHER[kdf]}
    path.write_text(json.dumps({"version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "crypto": crypto}))
    path.chmod(0o600)
    assert open_keystore(path, lambda: "testpassword").address == Account.from_key(_SECRET).address
