"""What a forger, or a bad connection, may do to a report's file: each takes the file, and gives another."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

MARK = b'<script type="application/vnd.tallystick.report.v1" id="tally-'


@dataclass(frozen=True)
class Trick:
    """A change of a report's file."""

    name: str
    play: Callable[[bytes, random.Random], bytes]


def block(file: bytes, name: str) -> re.Match[bytes]:
    """The block's line: group 1 before its base64, group 2 the base64, group 3 the rest of the line."""
    found = re.search(rb"(" + re.escape(MARK + name.encode() + b'">') + rb")([A-Za-z0-9+/=]*)(</script>\n)", file)
    assert found
    return found


def exchanged(file: bytes, name: str, content: bytes, *, digest: bool = True) -> bytes:
    """The file with another content of a block; with `digest` as a forger who has read the format would do it."""
    found = block(file, name)
    changed = file[: found.start(2)] + base64.b64encode(content) + file[found.end(2) :]
    if not digest:
        return changed
    start, end = block(changed, "title").start(), block(changed, "digest").start()
    return exchanged(changed, "digest", hashlib.sha256(changed[start:end]).digest(), digest=False)


def content(file: bytes, name: str) -> bytes:
    """What a block holds."""
    return base64.b64decode(block(file, name)[2])


def _letter(name: str) -> Callable[[bytes, random.Random], bytes]:
    """One letter of a block's base64 becomes another one."""

    def play(file: bytes, chance: random.Random) -> bytes:
        found = block(file, name)
        text = found[2].rstrip(b"=")
        place = found.start(2) + chance.randrange(len(text))
        others = bytes(
            letter
            for letter in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            if letter != file[place]
        )
        return file[:place] + bytes([chance.choice(others)]) + file[place + 1 :]

    return play


def _in_base64(inserted: bytes) -> Callable[[bytes, random.Random], bytes]:
    def play(file: bytes, chance: random.Random) -> bytes:
        found = block(file, "bundle")
        place = found.start(2) + chance.randrange(1, len(found[2]) - 4)
        return file[:place] + inserted + file[place:]

    return play


def _swap(old: bytes, new: bytes) -> Callable[[bytes, random.Random], bytes]:
    def play(file: bytes, chance: random.Random) -> bytes:
        assert old in file
        return file.replace(old, new, 1)

    return play


def _cut(share: float) -> Callable[[bytes, random.Random], bytes]:
    """The file ends inside its data."""

    def play(file: bytes, chance: random.Random) -> bytes:
        start, end = block(file, "title").start(), block(file, "digest").end(2)
        return file[: start + int((end - start) * share)]

    return play


def _twice(name: str, where: str) -> Callable[[bytes, random.Random], bytes]:
    """A block stands a second time: right behind itself, before all others, or behind the program."""

    def play(file: bytes, chance: random.Random) -> bytes:
        line = block(file, name)
        place = {"behind": line.end(), "before": block(file, "title").start(), "last": len(file)}[where]
        return file[:place] + line[0] + file[place:]

    return play


def _without(name: str) -> Callable[[bytes, random.Random], bytes]:
    def play(file: bytes, chance: random.Random) -> bytes:
        line = block(file, name)
        return file[: line.start()] + file[line.end() :]

    return play


def _between(inserted: bytes) -> Callable[[bytes, random.Random], bytes]:
    def play(file: bytes, chance: random.Random) -> bytes:
        place = block(file, "bundle").start()
        return file[:place] + inserted + file[place:]

    return play


def _other_ending(file: bytes, chance: random.Random) -> bytes:
    """Another way of writing the same last bytes: bits that decoding drops are set."""
    found = block(file, "digest")  # 32 bytes: one letter of padding, two bits that say nothing
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = found.end(2) - 2
    return file[:last] + bytes([letters[letters.index(file[last]) + 1]]) + file[last + 1 :]


def _order(file: bytes, chance: random.Random) -> bytes:
    first, second = block(file, "title"), block(file, "policy")
    return file[: first.start()] + second[0] + first[0] + file[second.end() :]


DATA_TRICKS = (
    *(Trick(f"letter of {name}", _letter(name)) for name in ("title", "policy", "made", "bundle", "digest")),
    *(
        Trick(f"{what} inside", _in_base64(inserted))
        for what, inserted in (
            ("space", b" "),
            ("line end", b"\n"),
            ("entity", b"&#65;"),
            ("zero", b"\0"),
            ("comment", b"<!-- -->"),
            ("comment and script", b"<!--<script>"),
            ("tag", b"<b>"),
            ("end of script", b"</script>"),
            ("url letter", b"-"),
            ("padding", b"="),
            ("four letters", b"AAAA"),
        )
    ),
    *(Trick(f"cut at {share}", _cut(share)) for share in (0.02, 0.3, 0.7, 0.999)),
    *(
        Trick(f"{name} twice, {where}", _twice(name, where))
        for name in ("title", "policy", "bundle", "digest")
        for where in ("behind", "before", "last")
    ),
    *(Trick(f"no {name}", _without(name)) for name in ("title", "policy", "made", "bundle", "digest")),
    Trick("other order", _order),
    Trick("comment between", _between(b"<!-- -->\n")),
    Trick("comment opened between", _between(b"<!--\n")),
    Trick("second bundle in a comment", _between(b"<!--" + MARK + b'bundle">AAAA</script>\n-->\n')),
    Trick("second script between", _between(b"<script></script>\n")),
    Trick("template between", _between(b"<template>\n")),
    Trick("text between", _between(b"x")),
    Trick("another attribute", _swap(MARK + b'bundle"', MARK + b'bundle" class="x"')),
    Trick("source", _swap(MARK + b'bundle"', MARK + b'bundle" src="data:,AAAA"')),
    Trick("another ending", _other_ending),
    Trick("other version", lambda file, chance: file.replace(b"report.v1", b"report.v2")),
    Trick("UTF-16", lambda file, chance: file.decode().encode("utf-16")),
)
"""The data are not what they were: refused before anything of them is believed."""

FORM_TRICKS = (
    Trick("line ends of Windows", lambda file, chance: file.replace(b"</script>\n<script", b"</script>\r\n<script")),
    Trick("capital letters", _swap(MARK + b"bundle", MARK.replace(b"script", b"SCRIPT") + b"bundle")),
    Trick("single quotes", _swap(b'id="tally-bundle"', b"id='tally-bundle'")),
    Trick("entity in the name", _swap(b'id="tally-bundle"', b'id="tally-&#98;undle"')),
    Trick("space in the tag", _swap(MARK + b"bundle", MARK.replace(b"<script ", b"<script  ") + b"bundle")),
    Trick(
        "space at the end tag",
        lambda file, chance: (
            file[: block(file, "bundle").end(2)] + b"</script >\n" + file[block(file, "bundle").end() :]
        ),
    ),
)
"""The same data, written in another way that an HTML parser takes for the same: the strict reader refuses it too."""

SHELL_TRICKS = (
    Trick("BOM", lambda file, chance: b"\xef\xbb\xbf" + file),
    Trick("text before", lambda file, chance: b"x" + file),
    Trick("text behind", lambda file, chance: file + b"x"),
    Trick("script behind", lambda file, chance: file + b"<script>alert(1)</script>\n"),
    Trick("script before", lambda file, chance: file.replace(b"<body>", b"<body><script>alert(1)</script>", 1)),
    Trick("page cut behind its data", lambda file, chance: file[: block(file, "digest").end()]),
    Trick("title of the page", lambda file, chance: file.replace(b"<html", b"<html data-x", 1)),
)
"""The data are as they were, the page around them is another: it shows in the shell's digest."""
