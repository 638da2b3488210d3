"""Signed notes: strict both ways."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import note
from tally_chain.errors import NoteError
from tally_chain.note import Note, NoteSignature
from tests.vectors import testkeys

KEY = testkeys.ED_DEVICE
VERIFIER = note.verifier_key_of("example.com/log", KEY)
TEXT = "example.com/log\nhello\n"


def signed(text: str = TEXT) -> Note:
    return Note(text, (note.sign(text, VERIFIER.name, KEY),))


def test_a_signed_note_reads_back_and_verifies() -> None:
    data = signed().encode()
    assert note.decode(data) == signed()
    assert note.verify(note.decode(data), [VERIFIER]) == [VERIFIER]
    assert note.decode_verifier_key(VERIFIER.encode()) == VERIFIER


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1))
def test_any_printable_text_reads_back(line: str) -> None:
    whole = signed(f"{line}\n")
    assert note.decode(whole.encode()) == whole


def test_every_altered_byte_is_noticed() -> None:
    data = signed().encode()
    for at in range(len(data)):
        for flip in (0x01, 0x20, 0x80):
            altered = bytes([*data[:at], data[at] ^ flip, *data[at + 1 :]])
            with pytest.raises(NoteError):
                note.verify(note.decode(altered), [VERIFIER])


def test_unknown_signatures_are_kept_and_mean_nothing() -> None:
    stranger = NoteSignature("witness.example", b"abcd", bytes(72))
    both = Note(TEXT, (stranger, *signed().signatures))
    assert note.verify(note.decode(both.encode()), [VERIFIER]) == [VERIFIER]
    with pytest.raises(NoteError, match="is not signed by"):
        note.verify(Note(TEXT, (stranger,)), [VERIFIER])
    with pytest.raises(NoteError, match="no key"):
        note.verify(both, [])


def test_a_false_signature_beside_a_true_one_spoils_the_note() -> None:
    false = NoteSignature(VERIFIER.name, VERIFIER.key_id, bytes(64))
    with pytest.raises(NoteError, match="does not verify"):
        note.verify(Note(TEXT, (*signed().signatures, false)), [VERIFIER])


LINE = signed().encode().split(b"\n\n")[1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no empty line"),
        (b"text\n" + LINE, "no empty line"),
        (b"text\n\n", "end in a newline"),
        (b"text\n\n" + LINE[:-1], "end in a newline"),
        (b"text\n\n" + LINE + b"\n", "end in a newline|no empty line|signature line"),
        (b"text\n\nfoo\n", "not a signature line"),
        (b"text\n\n" + LINE.replace("—".encode(), b"-"), "not a signature line"),
        (b"te\x00xt\n\n" + LINE, "control"),
        (b"te\rxt\n\n" + LINE, "control"),
        (b"te\xffxt\n\n" + LINE, "UTF-8 at byte 2"),
        (b"text\n\n" + LINE[:-2] + b"!\n", "base64"),
        ("text\n\n— a+b AAAAAAA=\n".encode(), "not a key name"),
        ("text\n\n— name\n".encode(), "a name and a signature"),
        ("text\n\n— name AAAAAA==\n".encode(), "too short"),
        ("text\n\n— name AAAAAAB=\n".encode(), "one base64 form"),
        (b"text\n\n" + LINE * 101, "at most 100"),
        (b"x" * 1_000_001, "at most 1000000"),
    ],
)
def test_a_malformed_note_is_refused_by_name(data: bytes, says: str) -> None:
    with pytest.raises(NoteError, match=says):
        note.decode(data)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        "name+00000000",
        VERIFIER.encode().replace(VERIFIER.key_id.hex(), "00000000"),
        VERIFIER.encode().replace(VERIFIER.key_id.hex(), VERIFIER.key_id.hex().upper() + "0"),
        f"{VERIFIER.name}+{VERIFIER.key_id.hex()}+" + base64.b64encode(bytes([4, *bytes(32)])).decode(),
        "a+b+c",
        "na me" + VERIFIER.encode()[len(VERIFIER.name) :],
        VERIFIER.encode() + "=",
        VERIFIER.encode() + "\n",
    ],
)
def test_a_malformed_verifier_key_is_refused(line: str) -> None:
    with pytest.raises(NoteError):
        note.decode_verifier_key(line)


def test_only_ed25519_signs_notes() -> None:
    with pytest.raises(NoteError, match="Ed25519"):
        note.verifier_key_of("name", testkeys.DEVICE)


def test_what_would_not_read_back_is_not_written() -> None:
    for text in ("no newline", "", "bad\rchar\n"):
        with pytest.raises(NoteError):
            Note(text, (NoteSignature("name", b"abcd", b"x"),)).encode()
