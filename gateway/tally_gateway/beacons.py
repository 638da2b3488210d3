"""Beacons: anchored heads that agents put into their statements, so that a reader knows these were signed after them.

Of all anchored heads one per window is a beacon, the first: a bundle has to show each beacon that its statements name,
with its place in the log. Every agent is told when it asks, before the answer, and when there is a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tally_chain.anchoring.reading import Anchor
from tally_edge import statement, wire
from tally_edge.answers import AnchorNotice
from tally_edge.keys import Signer
from tally_edge.statement import Claims, Kind
from tally_gateway.confirm import Route

WINDOW_S: Final = 6 * 3_600
"""A year has 1,460 beacons at most, about a megabyte of a bundle that holds the whole year."""

MAX_CLIENTS: Final = 10_000
"""Who is told of a new beacon; who asked longest ago is forgotten, and told when it asks again."""


class Beacons:
    """The newest beacon and who follows it. Used from the event loop."""

    def __init__(self, signer: Signer, log_id: bytes, clock: Callable[[], int]) -> None:
        """`signer` is the log's proof key."""
        self._signer, self._clock = signer, clock
        self._log = f"urn:tallystick:log:{log_id.hex()}"
        self._routes: dict[str, Route] = {}
        self._of: Anchor | None = None
        self.notice: bytes | None = None
        """The signed notice of the newest beacon, once there is one."""

    def learn(self, anchors: Sequence[Anchor]) -> bool:
        """Look at every final anchor, oldest first; whether there is a new beacon."""
        if not anchors:
            return False
        found = beacon_of(anchors)
        if found == self._of:
            return False
        self._of = found
        kid = self._signer.public_key.kid
        claims = Claims(Kind.ANCHOR_NOTICE, kid, self._log, self._log, self._clock())
        payload = wire.encode(AnchorNotice(found.size, found.root, found.block_time_seconds))
        self.notice = statement.sign(claims, payload, self._signer).encoded
        return True

    def follow(self, route: Route) -> None:
        """`route` asked: tell it of new beacons."""
        self._routes.pop(route.client, None)
        if len(self._routes) >= MAX_CLIENTS:
            del self._routes[next(iter(self._routes))]
        self._routes[route.client] = route  # last in, last out

    async def tell(self) -> None:
        """Send the notice to all that follow; who is away hears it when it asks again."""
        if self.notice is None:
            return
        for route in list(self._routes.values()):
            await route.send(route.client, self.notice)


def beacon_of(anchors: Sequence[Anchor]) -> Anchor:
    """The first anchor in the window of the newest. `anchors` has at least one, oldest first."""
    window = anchors[-1].block_time_seconds // WINDOW_S
    found = anchors[-1]
    for anchor in reversed(anchors):
        if anchor.block_time_seconds // WINDOW_S != window:
            break
        found = anchor
    return found
