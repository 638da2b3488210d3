"""A report's file: read strictly, or not at all."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import BundleError, ReportPageError
from tally_chain.page import report_file
from tally_chain.page.report_file import ReportData, Shell
from tests.chain.page.tricks import DATA_TRICKS, FORM_TRICKS, SHELL_TRICKS, Trick

SHELL = Shell(b"<!doctype html>\n<html><body>\n", b"<script>1</script>\n</body></html>\n")
DATA = ReportData("Mill, January 一月", "version = 1\n", 1_767_225_600, bytes(range(256)))
FILE = report_file.encode(DATA, SHELL)


def test_what_is_written_is_read_back() -> None:
    read = report_file.decode(FILE)
    assert (read.data, read.shell) == (DATA, SHELL)
    assert read.digest == hashlib.sha256(b"".join(FILE.splitlines(keepends=True)[2:6])).digest()


@given(
    title=st.text(max_size=100),
    policy=st.text(max_size=300),
    made_at=st.integers(0, 2**40),
    bundle=st.binary(max_size=300),
)
def test_every_content_survives(title: str, policy: str, made_at: int, bundle: bytes) -> None:
    data = ReportData(title, policy, made_at, bundle)
    assert report_file.decode(report_file.encode(data, SHELL)).data == data


@given(place=st.integers(0, len(FILE) - 1), byte=st.integers(0, 255))
def test_one_changed_byte_is_refused_or_shows_in_the_shell(place: int, byte: int) -> None:
    changed = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    try:
        read = report_file.decode(changed)
    except ReportPageError:
        return
    assert read.data == DATA
    assert (read.shell == SHELL) == (changed == FILE)


@pytest.mark.parametrize("trick", [*DATA_TRICKS, *FORM_TRICKS], ids=lambda trick: trick.name)
def test_a_trick_with_the_data_is_refused(trick: Trick) -> None:
    changed = trick.play(FILE, random.Random(7))
    assert changed != FILE
    with pytest.raises(ReportPageError):
        report_file.decode(changed)


@pytest.mark.parametrize("trick", SHELL_TRICKS, ids=lambda trick: trick.name)
def test_a_trick_with_the_page_around_shows_in_its_digest(trick: Trick) -> None:
    read = report_file.decode(trick.play(FILE, random.Random(7)))
    assert read.data == DATA
    assert read.shell.digest != SHELL.digest


def test_head_and_tail_can_not_be_moved_into_one_another() -> None:
    assert Shell(b"ab", b"c").digest != Shell(b"a", b"bc").digest


def test_what_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(ReportPageError, match="at most"):
        report_file.decode(b"<" * (report_file.MAX_BYTES + 1))
    with pytest.raises(ReportPageError, match="more than 400 bytes"):
        report_file.encode(ReportData("x" * 401, "", 0, b""), SHELL)


@pytest.mark.parametrize("made", [b"", b"01", b"-1", b"1e3", "１".encode(), str(2**41).encode()])
def test_the_time_is_written_in_one_way(made: bytes) -> None:
    lines = FILE.splitlines(keepends=True)
    lines[4] = (
        b'<script type="application/vnd.tallystick.report.v1" id="tally-made">'
        + base64.b64encode(made)
        + b"</script>\n"
    )
    digest = base64.b64encode(hashlib.sha256(b"".join(lines[2:6])).digest())
    lines[6] = b'<script type="application/vnd.tallystick.report.v1" id="tally-digest">' + digest + b"</script>\n"
    with pytest.raises(ReportPageError, match="time"):
        report_file.decode(b"".join(lines))


def test_pages_are_told_from_bundles() -> None:
    for page in (FILE, b"\xef\xbb\xbf <html>", b"\n\t<"):
        assert report_file.is_page(page)
    for other in (b"", b"\xa6\x00", b"\xd8\x60", b"x<"):
        assert not report_file.is_page(other)
    assert issubclass(ReportPageError, BundleError)
