"""The pages themselves, made from this package's own files: the shell of a report, and the viewer. No other IO.

A page is one file: its style and its program stand in it, and its own policy (CSP) names both by their SHA-256, so that
nothing else in it runs. A report reaches no network at all; a viewer reaches only the node that its reader types in.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from tally_chain.page.joining import join
from tally_chain.page.report_file import Shell

EARLIER_SHELLS: Final[frozenset[bytes]] = frozenset()
"""Digests of the shells that earlier versions wrote; their reports stay known."""

MADE: Final = "made/known.js"
"""A module that no file holds: what pages know of the Python side, written when they are made."""

HEAD_SELECTOR: Final = "f339e3b2"
"""Of `head(bytes32)`. These three stand here in full because the bare install has no Keccak; a test computes them."""
ANCHORED_TOPIC: Final = "66f44feafeb090fc1b904bc656d494972a54a2e717b2b9af33b647821cf28c5a"
CODE_HASHES: Final = (
    "0dee408683e576a2694a83ec992c9e85baa29169a0097e7a772ba1b58d72f104",
    "c82cbd7575891b1f0a19bd754ea920be8d49957d90319478145fd363d9fe97e4",
)
"""Keccak-256 of the code of LogAnchor: as committed, and as it was before."""

_DATA: Final = "<!-- the data -->\n"
_NO_NETWORK: Final = "connect-src 'none'"
_OWN_NODE: Final = "connect-src https: http://127.0.0.1:* http://localhost:*"
"""A node of the reader's choice: over TLS, or on the reader's own machine."""


@functools.cache
def report_shell() -> Shell:
    """The page around the data of a report."""
    page = _page("report.html", "show/report_main.js", "", _NO_NETWORK)
    head, _, tail = page.partition(_DATA)
    return Shell(head.encode(), tail.encode())


@functools.cache
def viewer() -> bytes:
    """The viewer, the same bytes wherever this version writes it."""
    shells = json.dumps(sorted(digest.hex() for digest in known_shells()))
    contract = json.dumps({"head": HEAD_SELECTOR, "anchored": ANCHORED_TOPIC, "codeHashes": CODE_HASHES})
    known = f"export const KNOWN_SHELLS = {shells};\nexport const CONTRACT = {contract};\n"
    return _page("viewer.html", "show/viewer_main.js", known, _OWN_NODE).encode()


def known_shells() -> frozenset[bytes]:
    """The digests of the shells that this program writes or ever wrote."""
    return EARLIER_SHELLS | {report_shell().digest}


def viewer_digest() -> str:
    """SHA-256 of the viewer, hex: what its reader compares."""
    return hashlib.sha256(viewer()).hexdigest()


def _page(template: str, entry: str, known: str, connect: str) -> str:
    folder = resources.files("tally_chain.page")
    modules = {path: file.read_text("utf-8") for path, file in _modules(folder)}
    modules[MADE] = known
    style = "".join((folder / name).read_text("utf-8") for name in ("shared/look.css", "page.css"))
    script = join(modules, entry)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            connect,
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = (folder / template).read_text("utf-8")
    for name, text in (("policy", policy), ("style", style), ("script", script)):
        if page.count(f"@{name}@") != 1:
            raise ValueError(f"{template} has no place, or several, for @{name}@")
        page = page.replace(f"@{name}@", text)
    return page


def _modules(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    """Every JavaScript module below a folder, by its path."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _modules(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(".js"):
            yield f"{above}{entry.name}", entry


def _hash(text: str) -> str:
    """A source as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
