"""A device that signs: points, a clock, a stream, and the power that goes and comes back. No IO.

    device = Device(DeviceSetup("urn:dev:org:32473-mill:a1", zone), Key.of_seed("a1"), [point_of(uri, meter, begins)])
    device.start(begins)
    for said in device.run(ends): ...

What it says is a function of what its meters show: how far each `run` goes changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from tally_sim.device.clock import DeviceClock
from tally_sim.device.metering import Memory, Point
from tally_sim.device.sampling import Sampling
from tally_sim.device.signing import Key, Kind, Said, Stream
from tally_sim.device.site_time import SiteTime
from tally_sim.errors import DeviceError


@dataclass(frozen=True, slots=True)
class DeviceSetup:
    """Who signs, and where: the site's time zone and the utility's reading day."""

    uri: str
    zone: ZoneInfo
    reading_day: int = 1
    clock: DeviceClock = field(default_factory=DeviceClock)
    lost_since: int | None = None
    """An earlier stream of this device is lost since then (Unix seconds): the first thing that is said of a point."""


class Device:
    """One key, some meters. `now` is the true time (Unix seconds) up to which it has run."""

    def __init__(self, setup: DeviceSetup, key: Key, points: Sequence[Point]) -> None:
        """Off, and new: nothing is remembered."""
        self.setup = setup
        self._site = SiteTime(setup.zone, setup.reading_day)
        self.stream = Stream(setup.uri, key, boot_count=0)
        self._points = list(points)
        self._memory: dict[str, Memory] = {}
        self._running: list[Sampling] = []
        self._said: list[Said] = []
        self.now = 0

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return bool(self._running)

    def start(self, at: int) -> None:
        """Power comes at `at`. Raises DeviceError where it has power already."""
        if self._running:
            raise DeviceError(f"{self.setup.uri} is on already")
        self.now = at
        self.stream.boot_count += 1
        shown = self.setup.clock.shows(at)
        for point in self._points:
            known = self._memory.get(point.uri)
            if known is not None and known.closed:
                continue
            sampling = Sampling(point, self._site, self._say, known)
            if known is None:
                sampling.lost_since = self.setup.lost_since
            sampling.begin(shown)
            self._running.append(sampling)

    def run(self, until: int) -> list[Said]:
        """Everything up to and including `until`, in the order of signing."""
        clock = self.setup.clock
        while self._running:
            shown = clock.shows(self.now)
            at = min(clock.when_it_shows(sampling.next_event(shown), self.now) for sampling in self._running)
            if at > until:
                break
            self.now = at
            shown = clock.shows(at)
            for sampling in self._running:
                if sampling.next_event(shown) <= shown:
                    sampling.run(shown, at, clock.stands(at))
        self.now = max(self.now, until)
        return self._taken()

    def stop(self, at: int) -> list[Said]:
        """Stop in order at `at`: what is packed is said."""
        said = self.run(at)
        for sampling in self._running:
            sampling.flush()
        self._forget()
        return said + self._taken()

    def cut(self, at: int) -> list[Said]:
        """Power fails at `at`: what was not said is gone."""
        said = self.run(at)
        self._forget()
        return said

    def close(self, at: int) -> list[Said]:
        """The closing settlement of every point; nothing follows it."""
        said = self.run(at - 1)
        self.now = at
        for sampling in self._running:
            sampling.run(self.setup.clock.shows(at), at, self.setup.clock.stands(at), closing=True)
            sampling.flush()
        self._forget()
        return said + self._taken()

    def exchange(self, at: int, uri: str, serial: str, facts: bytes, multiplier: int = 1) -> list[Said]:
        """The meter of a point is exchanged, and the device told so: it stops, and starts again with the new plate."""
        said = self.stop(at)
        self._points = [
            replace(point, serial=serial, facts=facts, multiplier=multiplier) if point.uri == uri else point
            for point in self._points
        ]
        self.start(at)
        return said

    def _forget(self) -> None:
        self._memory.update({sampling.point.uri: sampling.memory for sampling in self._running})
        self._running = []

    def _taken(self) -> list[Said]:
        said, self._said = self._said, []
        return said

    def _say(self, kind: Kind, subject: str, payload: bytes) -> Said:
        clock = self.setup.clock
        said = self.stream.say(kind, subject, payload, clock.at(self.now))
        self._said.append(said)
        return said
