"""Readers of pages over connections that stay open: they find every kind of page, and then turn pages at a pace.

Each is a thread with a connection and a session of its own. A kind of page is one address, whichever a reader found
first by links from where it began; what a chart draws, or a field offers, counts as a page.
"""

from __future__ import annotations

import gzip
import html
import http.client
import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tests.browser.kinds import LEFT_ALONE, kind_of

FLOOR: Final = "/static/kit.css"
"""What is read in place of pages, to see what a page can not undercut."""
TIMEOUT_S: Final = 900.0
"""The first page that opens a year's evidence waits until all of it is verified."""

_ANCHOR: Final = re.compile(r"<a\b[^>]*>")
_HREF: Final = re.compile(r'\bhref="([^"]*)"')
_CHART: Final = re.compile(r'\bdata-(?:chart|choices)="([^"]*)"')
_BEGINS: Final = frozenset({"/account/password"})
"""Each look at it draws a secret that waits to be set up, and of those one network has only so many."""
_SEED: Final = 20_261_128


def serve(pipe: Connection, told: Mapping[str, Any], landings: Mapping[str, str]) -> None:
    """The readers' process: answers (what, arguments…) until "over". `landings`: where each reader begins."""
    cookie = told["cookie"]
    everybody = [Reader(told["port"], name, f"{cookie}={secret}") for name, secret in told["cookies"].items()]
    pages: dict[str, dict[str, str]] = {}
    while True:
        what, *given = pipe.recv()
        if what == "over":
            return
        if what == "explore":
            explored = _explored(everybody, landings, *given)
            pages = {name: one.pages for name, one in explored.items()}
            pipe.send(explored)
        elif what == "open":
            reader = next(one for one in everybody if one.name.startswith("reviewer"))
            pipe.send(open_evidence(reader, *given))
        else:
            seconds, pause_s, path = given
            each = [(one, {FLOOR: path} if path else pages[one.name]) for one in everybody]
            pipe.send(turn(each, seconds, pause_s))


@dataclass
class Reader:
    """One of them: who, and what stays with it. `cookie` is a whole header."""

    port: int
    name: str
    cookie: str
    _open: http.client.HTTPConnection | None = None

    def get(self, path: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Status, body, headers; a connection that was closed meanwhile is opened anew."""
        for _ in range(2):
            if self._open is None:
                self._open = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
            headers = {"accept": "text/html", "accept-encoding": "gzip", "cookie": self.cookie}
            try:
                self._open.request("GET", path, headers=headers)
                answer = self._open.getresponse()
                return answer.status, answer.read(), answer.headers
            except (http.client.RemoteDisconnected, ConnectionError):
                self._open.close()
                self._open = None
        raise ConnectionError(f"{path} was not answered")

    def close(self) -> None:
        """Its connection."""
        if self._open is not None:
            self._open.close()
            self._open = None


@dataclass
class Found:
    """What a reader got to: kind to address, what took how long the first time (seconds), what was not there."""

    pages: dict[str, str] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def _explored(everybody: Sequence[Reader], landings: Mapping[str, str], most: int) -> dict[str, Found]:
    """People of one role get to the same pages, so the first of a role looks for them."""
    by_landing: dict[str, Found] = {}
    for one in everybody:
        landing = landings[one.name]
        if landing not in by_landing:
            by_landing[landing] = explore(one, landing, most)
            one.close()
    return {one.name: by_landing[landings[one.name]] for one in everybody}


def explore(reader: Reader, begins: str, most: int) -> Found:
    """Every kind of page that links lead to from `begins`, at most so many."""
    found, waiting, seen = Found(), [begins], set[str]()
    while waiting and len(found.pages) < most:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        began = time.monotonic()
        status, body, headers = reader.get(path)
        taken = time.monotonic() - began
        if status in (302, 303, 307):
            waiting.insert(0, urljoin(path, headers["location"]))
            continue
        if status != 200:
            found.wrong.append(f"{status} {path}")
            continue
        if (headers["content-disposition"] or "").startswith("attachment"):
            continue
        if path not in _BEGINS:
            found.pages[kind_of(path)], found.first[kind_of(path)] = path, taken
        if headers.get_content_type() == "text/html":
            if headers["content-encoding"] == "gzip":
                body = gzip.decompress(body)
            waiting += list(_links(path, body.decode()))
    return found


def _links(path: str, text: str) -> list[str]:
    tags = [one for one in _ANCHOR.findall(text) if " download" not in one]
    hrefs = [one[1] for one in map(_HREF.search, tags) if one is not None] + _CHART.findall(text)
    there = [urljoin(path, html.unescape(one).partition("#")[0]) for one in hrefs]
    own = (one for one in there if not urlsplit(one).scheme and not LEFT_ALONE.match(urlsplit(one).path))
    return [one for one in own if one.startswith("/")]


def open_evidence(reader: Reader, digest: str, times: int) -> tuple[float, list[float]]:
    """Seconds until a load of a report is first opened down to its statements, and of so many later looks at it."""
    path, taken = f"/open/report/{digest}/load-1", []
    for _ in range(1 + times):
        began = time.monotonic()
        status, body, _ = reader.get(path)
        taken.append(time.monotonic() - began)
        assert status == 200, body[:300]
    reader.close()
    return taken[0], taken[1:]


@dataclass(frozen=True)
class Read:
    """A page as its reader had it. `seconds`: from asking until all of it was there."""

    kind: str
    seconds: float
    status: int


def turn(readers: Sequence[tuple[Reader, Mapping[str, str]]], seconds: float, pause_s: float) -> list[Read]:
    """All readers at once for so long, each in an order of its own; between pages a pause of `pause_s` in the mean.

    Each reads a page at least, also where the time is over before its first pause is.
    """
    lists: list[list[Read]] = [[] for _ in readers]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_turn, args=(reader, pages, until, pause_s, number, lists[number]))
        for number, (reader, pages) in enumerate(readers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for some in lists for one in some]


def _turn(
    reader: Reader, pages: Mapping[str, str], until: float, pause_s: float, number: int, read: list[Read]
) -> None:
    chance, order = random.Random(_SEED + number), list(pages.items())
    while True:
        chance.shuffle(order)
        for kind, path in order:
            time.sleep(chance.uniform(0, 2 * pause_s))
            if read and time.monotonic() >= until:
                reader.close()
                return
            began = time.monotonic()
            status, _, _ = reader.get(path)
            read.append(Read(kind, time.monotonic() - began, status))
