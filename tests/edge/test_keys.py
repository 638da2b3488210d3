"""Keys, thumbprints, and the one form of a signature that is accepted."""

from __future__ import annotations

import base64
import hashlib
import os
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_edge import cbor, durable, keys, signer
from tally_edge.errors import CoseError, DecodeError, KeyStoreError, SignatureError
from tests.edge.forge import known_ed25519_signer, known_signer, mutated

P256 = known_signer(1)
ED = known_ed25519_signer(1)
BOTH = [P256, ED]


def test_the_thumbprint_is_rfc_9679s_own_example() -> None:
    """RFC 9679 §6: an EC2 key and its SHA-256 thumbprint."""
    x = bytes.fromhex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")
    y = bytes.fromhex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")
    kid = keys.PublicKey(1, x, y).kid
    assert kid == hashlib.sha256(bytes.fromhex("a401022001215820") + x + bytes.fromhex("225820") + y).digest()
    assert kid.hex() == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"


@pytest.mark.parametrize("one", BOTH)
def test_keys_come_back(one: signer.FileSigner) -> None:
    key = one.public_key
    assert keys.decode_public_key(key.encode()) == key
    assert key.kid == hashlib.sha256(key.encode()).digest()


@given(st.sampled_from(BOTH).map(lambda one: one.public_key.encode()).flatmap(mutated))
@settings(max_examples=200)
def test_a_key_has_one_encoding(data: bytes) -> None:
    try:
        key = keys.decode_public_key(data)
    except DecodeError:
        return
    assert key.encode() == data


@pytest.mark.parametrize(
    "item",
    [
        [],
        {},
        {1: 2, -1: 1, -2: bytes(32)},
        {1: 2, -1: 1, -2: bytes(32), -3: bytes(32)},
        {1: 2, -1: 1, -2: bytes(31), -3: bytes(32)},
        {1: 2, -1: 1, -2: bytes(32), -3: b""},
        {1: 2, -1: 2, -2: bytes(32), -3: bytes(32)},
        {1: True, -1: 6, -2: known_ed25519_signer(1).public_key.x},
        {1: Decimal("1.0"), -1: 6, -2: known_ed25519_signer(1).public_key.x},
        {1: 1, -1: 6, -2: bytes(31)},
        {1: 1, -1: 6, -2: bytes(32), 4: b"kid"},
        {1: 1, -1: 7, -2: bytes(57)},
    ],
)
def test_other_keys_are_refused(item: cbor.Item) -> None:
    with pytest.raises(CoseError):
        keys.decode_public_key(cbor.encode(item))


SMALL = ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "00" * 31 + "80", "01" + "00" * 30 + "80"]
SMALL += ["26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"]
SMALL += ["c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"]


@pytest.mark.parametrize("point", SMALL)
def test_an_ed25519_key_of_small_order_is_refused(point: str) -> None:
    """With the neutral element as the key, R neutral and s zero verify over every message."""
    with pytest.raises(CoseError, match="small order"):
        keys.decode_public_key(cbor.encode({1: 1, -1: 6, -2: bytes.fromhex(point)}))


def test_why_small_orders_are_refused() -> None:
    neutral = bytes.fromhex(SMALL[1])
    keys.verify(keys.PublicKey(6, neutral), keys.EDDSA, neutral + bytes(32), b"anything at all")


def test_an_ed25519_key_off_the_curve_or_past_the_prime_is_refused() -> None:
    for point in (b"\x02" + bytes(31), b"\xed" + b"\xff" * 30 + b"\x7f", b"\xff" * 32):
        with pytest.raises(CoseError, match="not a point"):
            keys.decode_public_key(cbor.encode({1: 1, -1: 6, -2: point}))


@pytest.mark.parametrize("number", range(20))
def test_honest_ed25519_keys_are_points(number: int) -> None:
    key = known_ed25519_signer(number).public_key
    assert keys.decode_public_key(key.encode()) == key


def test_other_curves_are_refused() -> None:
    with pytest.raises(CoseError, match="secp384r1"):
        keys.from_object(ec.generate_private_key(ec.SECP384R1()).public_key())


@pytest.mark.parametrize("one", BOTH)
@given(st.binary(max_size=100))
@settings(max_examples=20)
def test_signatures_verify_and_are_deterministic(one: signer.FileSigner, message: bytes) -> None:
    signature = one.sign(message)
    assert signature == one.sign(message)
    key = one.public_key
    keys.verify(key, key.algorithm, signature, message)
    with pytest.raises(SignatureError, match="does not verify"):
        keys.verify(key, key.algorithm, signature, message + b"x")


def test_the_twin_of_a_signature_is_refused() -> None:
    signature = P256.sign(b"reading")
    s = int.from_bytes(signature[32:], "big")
    assert s <= keys.P256_ORDER // 2
    twin = signature[:32] + (keys.P256_ORDER - s).to_bytes(32, "big")
    with pytest.raises(SignatureError, match="above n/2"):
        keys.verify(P256.public_key, keys.ES256, twin, b"reading")


@pytest.mark.parametrize(
    ("signature", "fragment"),
    [
        (bytes(64), "outside 1..n-1"),
        (b"\xff" * 64, "outside 1..n-1"),
        (b"\1" * 32 + bytes(32), "outside 1..n-1"),
        (bytes(63), "64 bytes"),
        (bytes(65), "64 bytes"),
        (b"\1" * 64, "does not verify"),
    ],
)
def test_signatures_of_another_form_are_refused(signature: bytes, fragment: str) -> None:
    with pytest.raises(SignatureError, match=fragment):
        keys.verify(P256.public_key, keys.ES256, signature, b"")


@pytest.mark.parametrize("algorithm", [keys.EDDSA, keys.ED25519, -36, 0])
def test_an_algorithm_of_another_curve_is_refused(algorithm: int) -> None:
    with pytest.raises(SignatureError, match="does not go with this key"):
        keys.verify(P256.public_key, algorithm, P256.sign(b""), b"")


@pytest.mark.parametrize("algorithm", list(keys.CURVE_OF_ALGORITHM))
def test_new_keys_are_kept_encrypted_and_open_again(tmp_path: Path, algorithm: int) -> None:
    made = signer.generate(algorithm)
    path = tmp_path / "device.key"
    made.save(path, "correct horse")
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    assert signer.load(path, "correct horse").public_key == made.public_key
    with pytest.raises(KeyStoreError, match="wrong passphrase"):
        signer.load(path, "wrong horse it is")
    with pytest.raises(KeyStoreError, match="never overwritten"):
        made.save(path, "correct horse")
    path.chmod(0o640)
    with pytest.raises(KeyStoreError, match="read by others"):
        signer.load(path, "correct horse")


def test_key_files_that_do_not_serve(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreError, match="cannot read"):
        signer.load(tmp_path / "none", "correct horse")
    with pytest.raises(KeyStoreError, match="fewer than"):
        P256.save(tmp_path / "key", "short")
    with pytest.raises(KeyStoreError, match="not in the table"):
        signer.generate(-36)
    path = tmp_path / "damaged"
    durable.write_file(path, b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + base64.b64encode(bytes(40)), mode=0o600)
    with pytest.raises(KeyStoreError, match="does not open"):
        signer.load(path, "correct horse")


def test_a_key_of_another_type_is_not_loaded(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # this one test alone

    path = tmp_path / "ed448"
    sealed = ed448.Ed448PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"correct horse"),
    )
    durable.write_file(path, sealed, mode=0o600)
    with pytest.raises(KeyStoreError, match="outside the table"):
        signer.load(path, "correct horse")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    durable.write_file(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [child.name for child in tmp_path.iterdir()] == ["state"]


def test_folders_are_made_with_their_parents(tmp_path: Path) -> None:
    durable.make_folder(tmp_path / "a" / "b" / "c")
    durable.make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
