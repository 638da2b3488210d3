"""How long the portal's pages take while much is going on: 20 readers turn pages of every kind, statements flow in.

Three processes beside this one share the machine: a portal (a book of many receipts with the chain's state beside it,
the report of a site-year on the reviewers' shelf, real accounts), a gateway that takes statements at a steady rate
from this process, and the readers'. Server time is from a request's coming in until its answer is out; readers' time
is from asking until all of it is there. The floor is a file of the kit from the same server under the same load.

Readers pause between pages (`pause_s` in the mean); `without_pause` is the same with none, which shows how many pages a
second there are in it. Every page was read once before: what a first look costs stands apart, as `first_s_slowest`.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from tally_edge.pinned_tls import client_context
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.intake.clients import ClientFile
from tally_gateway.tls import TlsFiles
from tests.bench import page_readers
from tests.bench.bench_latency import DEVICES, READINGS, cpu_s
from tests.bench.load import devices, statements
from tests.bench.page_readers import FLOOR, Found, Read
from tests.bench.portal_house import LANDINGS, House, started_with
from tests.bench.running import enrolment, found, percentiles, port_of, running, wait_for
from tests.bench.shelved_year import SMALL, shelved
from tests.bench.steady import PER_CLIENT_PER_S, Client, publish
from tests.browser import chromium
from tests.browser.kinds import kind_of
from tests.world import Stream, p256

YEARS: Final = Path("build/bench")
_PAINT: Final = """() => new Promise((told) => {
  const look = () => {
    const paint = performance.getEntriesByType("paint").find((one) => one.name === "first-contentful-paint");
    if (paint) told(paint.startTime); else setTimeout(look, 20);
  };
  look();
})"""
_SLOWEST: Final = 12
_OF_HURRIED: Final = ("pages_per_s", "server_ms", "readers_ms", "refused", "refused_kinds")
_SHARE: Final = 4
"""The run without pauses, and the floor, take this part of the run's time."""
_AGAIN: Final = 10


def run(
    receipts: int = 1000, meters: int = 200, intervals: int = 35_040, rate: int = 500,
    seconds: float = 300, pause_s: float = 1.0, most_kinds: int = 100, most_painted: int = 100,
) -> dict[str, Any]:  # fmt: skip
    """Measure, and report. `most_kinds`: of pages that a role's readers look for; `most_painted`: of landing pages."""
    share = seconds / _SHARE
    with tempfile.TemporaryDirectory(dir=Path("build")) as held, _gateway(Path(held) / "gateway", rate) as gateway:
        years = Path(held) if intervals <= SMALL else YEARS
        years.mkdir(parents=True, exist_ok=True)
        year = years / f"year-{meters}-{intervals}"
        digest = shelved(year, meters, intervals)
        house = House(held, receipts, str(year.absolute()), digest.hex(), gateway.url, gateway.token)
        with _portal(house) as portal, _readers(portal) as readers:
            explored: dict[str, Found] = readers("explore", most_kinds)
            portal.times()
            with gateway.under_load(seconds + 2 * share) as load:
                paced = _measured(portal, readers, seconds, pause_s)
                hurried = _measured(portal, readers, share, 0.0)
                floor = _measured(portal, readers, share, pause_s, FLOOR)
            paints = _paints(portal, most_painted)
            opened = {} if intervals <= SMALL else _opened(readers, digest)  # it is tested elsewhere
    kinds = sorted({kind for one in explored.values() for kind in one.pages})
    return {
        "receipts": receipts,
        "meters": meters,
        "readers": len(LANDINGS),
        "pause_s": pause_s,
        "kinds": len(kinds),
        "statements_per_s": load.achieved,
        "not_there": sorted({text for one in explored.values() for text in one.wrong}),
        "first_s_slowest": _slowest_first(explored),
        **paced,
        "without_pause": {
            name: hurried[name] for name in ("pages_per_s", "server_ms", "readers_ms", "refused", "refused_kinds")
        },
        "floor_server_ms": floor["server_ms"],
        "floor_readers_ms": floor["readers_ms"],
        "first_paint_ms": max(paints.values()),
        "first_paints_ms": paints,
        **opened,
    }


@dataclass
class _Portal:
    process: subprocess.Popen[str]
    told: dict[str, Any]

    def times(self) -> list[tuple[str, float]]:
        """Path and seconds of every request since it was asked last."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        found: list[tuple[str, float]] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def _portal(house: House) -> Iterator[_Portal]:
    with subprocess.Popen(started_with(house), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield _Portal(process, json.loads(process.stdout.readline()))
        assert process.stdin is not None
        process.stdin.close()


@contextmanager
def _readers(portal: _Portal) -> Iterator[Callable[..., Any]]:
    """The readers' process; asked by (what, arguments…)."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=page_readers.serve, args=(theirs, portal.told, LANDINGS), name="readers")
    process.start()

    def asked(*what: object) -> Any:
        ours.send(what)
        return ours.recv()

    try:
        yield asked
    finally:
        ours.send(("over",))
        process.join(30)


def _measured(
    portal: _Portal, readers: Callable[..., Any], seconds: float, pause_s: float, path: str = ""
) -> dict[str, Any]:
    before = cpu_s(portal.process.pid)
    read: list[Read] = readers("turn", seconds, pause_s, path)
    used = cpu_s(portal.process.pid) - before
    server = [(kind_of(path), taken) for path, taken in portal.times()]
    by_kind: dict[str, list[float]] = {}
    for kind, taken in server:
        by_kind.setdefault(kind, []).append(taken)
    p95 = {kind: percentiles(some)["p95"] for kind, some in by_kind.items()}
    slowest = sorted(p95.items(), key=lambda one: -one[1])[:_SLOWEST]
    return {
        "pages": len(read),
        "pages_per_s": len(read) / seconds,
        "cpu_ms_a_page": used / len(read) * 1000,
        "refused": sum(1 for one in read if one.status != 200),
        "refused_kinds": sorted({f"{one.status} {one.kind}" for one in read if one.status != 200}),
        "server_ms": percentiles([taken for _, taken in server]),
        "readers_ms": percentiles([one.seconds for one in read]),
        "slowest_kind_p95_ms": slowest[0][1],
        "slowest": {kind: percentiles(by_kind[kind]) for kind, _ in slowest},
    }


def _opened(readers: Callable[..., Any], digest: bytes) -> dict[str, Any]:
    """How long a load of the year takes down to its statements: the first look verifies all of them."""
    first_s, again = readers("open", digest.hex(), _AGAIN)
    return {"evidence_first_s": first_s, "evidence_again_ms": percentiles(again)}


def _paints(portal: _Portal, most: int) -> dict[str, float]:
    """The first paint of each landing page in a browser that has none of its files yet, milliseconds."""
    found, address = {}, f"http://127.0.0.1:{portal.told['port']}"
    people = {landing: name for name, landing in LANDINGS.items()}
    with chromium.browser() as browser:
        browser.new_page().goto(address + FLOOR)  # what a browser does once when it starts is none of a page's
        for landing, name in islice(people.items(), most):
            context = browser.new_context()
            secret = portal.told["cookies"][name]
            context.add_cookies([{"name": portal.told["cookie"], "value": secret, "url": address}])
            page = context.new_page()
            page.goto(address + landing)
            found[landing] = float(page.evaluate(_PAINT))
            context.close()
    portal.times()
    return found


def _slowest_first(explored: Mapping[str, Found]) -> dict[str, float]:
    first = {kind: taken for one in explored.values() for kind, taken in one.first.items()}
    return dict(sorted(first.items(), key=lambda one: -one[1])[:_SLOWEST])


class _Gateway:
    """A gateway that runs, and what is published to it."""

    def __init__(self, folder: Path, rate: int, http: int, uplinks: Sequence[Any], clients: Sequence[Client]) -> None:
        self.url, self.achieved = f"http://127.0.0.1:{http}", 0.0
        self.token = TokenFile(folder / "api-tokens.toml").add("operator", frozenset({Scope.OPERATE}))
        self._rate, self._uplinks, self._clients = rate, uplinks, clients
        self._fleet = devices(DEVICES)

    @contextmanager
    def under_load(self, seconds: float) -> Iterator[_Gateway]:
        """While it lasts statements come at the rate, for so many seconds at least."""
        load = list(statements(self._fleet, int(self._rate * (seconds + 2)), READINGS))
        thread = threading.Thread(target=self._publish, args=(load,), name="load")
        thread.start()
        yield self
        thread.join()

    def _publish(self, load: Sequence[bytes]) -> None:
        dealt = [(number % DEVICES % len(self._clients), encoded) for number, encoded in enumerate(load)]
        done = publish(self._uplinks, self._clients, dealt, self._rate)
        self.achieved = len(load) / done.seconds


@contextmanager
def _gateway(folder: Path, rate: int) -> Iterator[_Gateway]:
    authority = Stream(p256("bench authority"), "urn:dev:org:32473-office")
    found(folder, authority)
    names = [f"plant-{number}" for number in range(max(1, -(-rate // PER_CLIENT_PER_S)))]
    file = ClientFile(folder / "clients.toml")
    tokens = {name: file.add(name) for name in names}
    said = [enrolment(authority, device) for device in devices(DEVICES)]
    with running(folder) as process:
        mqtt, http = (wait_for(partial(port_of, folder, of), process, folder) for of in ("mqtt", "http"))
        clients = [Client(name) for name in names]
        tls = client_context(TlsFiles(folder / "tls").ca_cert)
        uplinks = [client.open(tokens[client.name], mqtt, tls) for client in clients]
        try:
            publish(uplinks, clients, [(0, encoded) for encoded in said], PER_CLIENT_PER_S)
            for client in clients:
                client.acknowledged.clear()
            yield _Gateway(folder, rate, http, uplinks, clients)
        finally:
            for uplink in uplinks:
                uplink.stop()
