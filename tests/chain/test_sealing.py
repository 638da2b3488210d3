"""Bundles sealed to readers: both ways, strictly, and as another library reads them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain import reader_key, sealing
from tally_chain.errors import SealError
from tally_edge import cbor
from tally_edge.errors import KeyStoreError
from tests.interop import environment
from tests.world import ed, p256

ONE, OTHER, THIRD = reader_key.generate(), reader_key.generate(), reader_key.generate()
SEALED = sealing.seal(b"a bundle", [ONE.public_key, OTHER.public_key])


@given(st.binary(max_size=5000))
@settings(max_examples=20, deadline=None)
def test_every_reader_opens_what_was_sealed(data: bytes) -> None:
    """Both readers, and nobody else."""
    sealed = sealing.seal(data, [ONE.public_key, OTHER.public_key])
    assert sealing.is_sealed(sealed)
    assert sealing.open_sealed(sealed, ONE) == data
    assert sealing.open_sealed(sealed, OTHER) == data
    with pytest.raises(SealError, match="is sealed to"):
        sealing.open_sealed(sealed, THIRD)


def test_no_two_sealings_are_alike() -> None:
    """Key, nonce and ephemeral keys are fresh."""
    again = sealing.seal(b"a bundle", [ONE.public_key, OTHER.public_key])
    one, two = sealing.decode(SEALED), sealing.decode(again)
    assert one.nonce != two.nonce
    assert one.ciphertext != two.ciphertext
    keys = [recipient.ephemeral for sealed in (one, two) for recipient in sealed.recipients]
    assert len(set(keys)) == 4


def test_every_flipped_byte_is_an_error() -> None:
    """Nothing in the file can change unseen, for the reader whose key it is; another reader's part is its own."""
    mine = sealing.seal(b"a bundle", [ONE.public_key])
    for at in range(len(mine)):
        flipped = mine[:at] + bytes([mine[at] ^ 1]) + mine[at + 1 :]
        with pytest.raises(SealError):
            sealing.open_sealed(flipped, ONE)


@given(st.binary(max_size=200))
def test_any_bytes_are_sealed_or_an_error(data: bytes) -> None:
    """Decoding raises SealError alone."""
    for candidate in (data, b"\xd8\x60" + data, b"\xd8\x60" + cbor.encode([data, {5: data}, data, []])):
        with pytest.raises(SealError):
            sealing.decode(candidate)


@pytest.mark.parametrize(
    ("readers", "match"),
    [
        ([], "1..64"),
        ([ONE.public_key, ONE.public_key], "twice"),
        ([ed("reader").public_key], "P-256"),
        ([p256(f"reader {number}").public_key for number in range(65)], "1..64"),
    ],
)
def test_readers_that_none_can_be_sealed_to(readers: list[object], match: str) -> None:
    """Nobody, one twice, another curve, too many."""
    with pytest.raises(SealError, match=match):
        sealing.seal(b"", readers)  # type: ignore[arg-type]


def test_a_reader_key_in_a_file(tmp_path: Path) -> None:
    """Encrypted, not readable by others, never overwritten."""
    path = tmp_path / "reader.pem"
    with pytest.raises(KeyStoreError, match="fewer than"):
        ONE.save(path, "short")
    ONE.save(path, "a long passphrase")
    assert sealing.open_sealed(SEALED, reader_key.load(path, "a long passphrase")) == b"a bundle"
    with pytest.raises(KeyStoreError, match="exists"):
        ONE.save(path, "a long passphrase")
    with pytest.raises(KeyStoreError, match="wrong passphrase"):
        reader_key.load(path, "another passphrase")
    path.chmod(0o644)
    with pytest.raises(KeyStoreError, match="others"):
        reader_key.load(path, "a long passphrase")
    with pytest.raises(KeyStoreError, match="cannot read"):
        reader_key.load(tmp_path / "none", "a long passphrase")


_PEER = """
import json, sys
from cwt import COSE, COSEKey
job = json.load(sys.stdin)
private = COSEKey.new({1: 2, -1: 1, -2: bytes.fromhex(job["x"]), -3: bytes.fromhex(job["y"]),
                       -4: bytes.fromhex(job["d"]), 2: bytes.fromhex(job["kid"]), 3: -31, 4: [7]})
opened = COSE.new().decode(bytes.fromhex(job["sealed"]), private, context={"alg": "A256KW"})
print(opened.hex())
"""


def test_another_library_opens_what_we_seal() -> None:
    """python-cwt, which builds the context for the key derivation itself."""
    try:
        python = environment.ensure()
    except environment.CannotMake as error:
        pytest.skip(f"the environment of the independent libraries can not be made: {error}")
    numbers = ONE._private_key.private_numbers()
    public = ONE.public_key
    job = {
        "x": public.x.hex(),
        "y": public.y.hex(),
        "d": numbers.private_value.to_bytes(32, "big").hex(),
        "kid": public.kid.hex(),
        "sealed": sealing.seal(b"a bundle", [OTHER.public_key, ONE.public_key]).hex(),
    }
    done = subprocess.run([python, "-c", _PEER], input=json.dumps(job), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert bytes.fromhex(done.stdout.strip()) == b"a bundle"
