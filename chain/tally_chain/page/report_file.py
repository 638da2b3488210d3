"""A report: one HTML page that carries a bundle, and the strict reader of it. Verdict-critical: no IO.

    report = head, data, tail
    data   = title, policy, made, bundle, digest              one block each, in this order, a line each
    block  = '<script type="application/vnd.tallystick.report.v1" id="tally-', name, '">', base64, '</script>', LF
    title  = UTF-8, what whoever made the file calls it       made = decimal Unix seconds
    policy = UTF-8, the TOML that it was verified under       bundle = an open bundle
    digest = SHA-256 over the four lines before it

Head and tail are the page around the data, its own program among them: the *shell*. Its digest is

    SHA-256( head || 0x00 || tail )

and tells whether the page is one that this program writes. Nothing of a shell is ever run or believed here. Base64 is
RFC 4648 §4 on one line, with its padding, in the one way in which these bytes can be written, so a block holds no `<`
and a browser sees the same five blocks that this reader sees.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from tally_chain.errors import ReportPageError
from tally_edge.wire import MAX_TIME

TYPE: Final = "application/vnd.tallystick.report.v1"
NAMES: Final = ("title", "policy", "made", "bundle", "digest")
MAX_TITLE_BYTES: Final = 400
"""A line above a page: a hundred Chinese characters."""
MAX_POLICY_BYTES: Final = 4 << 20
"""A policy with twenty thousand heads."""
MAX_BUNDLE_BYTES: Final = 64 << 20
"""A browser holds the page, the base64 and the bytes at once; larger evidence travels as a bundle."""
MAX_SHELL_BYTES: Final = 8 << 20
"""Ten times what a page with its program takes."""
MAX_BYTES: Final = MAX_SHELL_BYTES + 4 * (MAX_TITLE_BYTES + MAX_POLICY_BYTES + MAX_BUNDLE_BYTES) // 3 + 4096

_MARK: Final = f'<script type="{TYPE}" id="tally-'.encode()
_END: Final = b"</script>\n"
_LIMIT: Final = {
    "title": MAX_TITLE_BYTES,
    "policy": MAX_POLICY_BYTES,
    "made": 20,
    "bundle": MAX_BUNDLE_BYTES,
    "digest": 32,
}


@dataclass(frozen=True, slots=True)
class ReportData:
    """What a report carries. `title` and `made_at` (Unix seconds) are the words of whoever made it: nobody signs them.

    `policy` is that of whoever made it too; a reader has another.
    """

    title: str
    policy: str
    made_at: int
    bundle: bytes


@dataclass(frozen=True, slots=True)
class Shell:
    """The page around the data: what stands before the first block, and after the last."""

    head: bytes
    tail: bytes

    @property
    def digest(self) -> bytes:
        """What a shell is known by."""
        return hashlib.sha256(self.head + b"\0" + self.tail).digest()


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report taken apart. `digest` is over the data alone: it is read aloud to compare two copies."""

    data: ReportData
    shell: Shell
    digest: bytes


def is_page(file: bytes) -> bool:
    """Whether a file can only be meant as a page: neither a bundle nor a sealed one begins like that."""
    return file.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def encode(data: ReportData, shell: Shell) -> bytes:
    """The report as a file, which `decode` takes. Raises ReportPageError."""
    try:
        parts = (data.title.encode(), data.policy.encode(), str(data.made_at).encode(), data.bundle)
    except UnicodeEncodeError:
        raise ReportPageError("the title or the policy is not text that a report can carry") from None
    lines = b"".join(_block(name, part) for name, part in zip(NAMES[:4], parts, strict=True))
    file = shell.head + lines + _block("digest", hashlib.sha256(lines).digest()) + shell.tail
    decode(file)  # what can not be read is not written
    return file


def decode(file: bytes) -> ReadReport:
    """Take a report apart. Raises ReportPageError naming what was wrong."""
    if len(file) > MAX_BYTES:
        raise ReportPageError(f"has {len(file)} bytes, at most {MAX_BYTES} are accepted")
    start = file.find(_MARK)
    if start < 0:
        raise ReportPageError("is a page that carries no data of a report")
    at, parts, signed = start, {}, start
    for name in NAMES:
        signed = at
        parts[name], at = _take(file, at, name)
    shell = Shell(file[:start], file[at:])
    for part in (shell.head, shell.tail):
        if b"application/vnd.tallystick.report" in part.lower():
            raise ReportPageError("carries data of a report outside of the five blocks")
    if len(shell.head) + len(shell.tail) > MAX_SHELL_BYTES:
        raise ReportPageError(f"has more than {MAX_SHELL_BYTES} bytes around its data")
    digest = hashlib.sha256(file[start:signed]).digest()
    if parts["digest"] != digest:
        raise ReportPageError("its data are not those that its digest was made over: they were changed or damaged")
    return ReadReport(_data(parts), shell, digest)


def _data(parts: dict[str, bytes]) -> ReportData:
    try:
        title, policy = parts["title"].decode(), parts["policy"].decode()
    except UnicodeDecodeError:
        raise ReportPageError("title or policy is not UTF-8 text") from None
    made = parts["made"]
    if not made.isdigit() or str(int(made)).encode() != made or int(made) > MAX_TIME:
        raise ReportPageError("the time at which it was made is not one")
    return ReportData(title, policy, int(made), parts["bundle"])


def _block(name: str, content: bytes) -> bytes:
    return _MARK + name.encode() + b'">' + base64.b64encode(content) + _END


def _take(file: bytes, at: int, name: str) -> tuple[bytes, int]:
    """The block `name` that begins at `at`, and where the next one does."""
    opening = _MARK + name.encode() + b'">'
    if not file.startswith(opening, at):
        raise ReportPageError(f"has no block {name!r} where it belongs: the five stand in a row, each once")
    begin = at + len(opening)
    end = file.find(b"<", begin)
    if end < 0 or not file.startswith(_END, end):
        raise ReportPageError(f"block {name!r} does not end: the file was cut, or something stands inside")
    if end - begin > 4 * _LIMIT[name] // 3 + 4:
        raise ReportPageError(f"block {name!r} holds more than {_LIMIT[name]} bytes")
    text = file[begin:end]
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ReportPageError(f"block {name!r} is not base64") from None
    if base64.b64encode(content) != text:
        raise ReportPageError(f"block {name!r} is base64 in another way of writing")
    if len(content) > _LIMIT[name]:
        raise ReportPageError(f"block {name!r} holds more than {_LIMIT[name]} bytes")
    return content, end + len(_END)
