"""Bundles that Python sealed, opened in the browser with the reader's key file."""

from __future__ import annotations

import base64
from pathlib import Path

from tally_chain import reader_key, sealing
from tally_chain.errors import SealError
from tally_chain.reader_key import FileReaderKey
from tests.chain.page.verifier_page import VerifierPage

PASSPHRASE = "a reader's passphrase 密码"


def test_what_is_sealed_opens_for_its_reader_alone(verifier_page: VerifierPage, tmp_path: Path) -> None:
    """The content for its reader; Python's own words for another key, and for every sort of damage."""
    mine, other = reader_key.generate(), reader_key.generate()
    mine.save(tmp_path / "mine.pem", PASSPHRASE)
    pem = (tmp_path / "mine.pem").read_text("utf-8")
    content = bytes(range(256)) * 20
    sealed = sealing.seal(content, [other.public_key, mine.public_key])
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(0, len(sealed), 41)]
    files = [sealed, sealing.seal(content, [other.public_key]), content, sealed + b"\0", *flipped]
    encoded = [base64.b64encode(file).decode() for file in files]
    for file, got in zip(files, verifier_page.run("/sealed.js", "opened", encoded, pem, PASSPHRASE), strict=True):
        assert got == _in_python(file, mine)
    assert verifier_page.faults == []


def _in_python(file: bytes, mine: FileReaderKey) -> dict[str, str]:
    try:
        content = sealing.open_sealed(file, mine)
    except SealError as error:
        return {"refused": "SealError", "text": str(error)}
    return {"kid": mine.public_key.kid.hex(), "opened": base64.b64encode(content).decode()}


def test_a_key_does_not_open_with_another_passphrase(verifier_page: VerifierPage, tmp_path: Path) -> None:
    mine = reader_key.generate()
    mine.save(tmp_path / "mine.pem", PASSPHRASE)
    pem = (tmp_path / "mine.pem").read_text("utf-8")
    shorter = pem.replace("MIH", "MIG", 1)  # the length in the first bytes of its DER
    assert shorter != pem
    wrong = [(pem, "another passphrase"), ("no key", PASSPHRASE), (shorter, PASSPHRASE)]
    for text, passphrase in wrong:
        (got,) = verifier_page.run("/sealed.js", "opened", [""], text, passphrase)
        assert got["refused"] == "KeyStoreError", got
