"""A circuit breaker: an endpoint that keeps failing rests, ever longer, and costs no timeout meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Callable

# One failure is chance; with this many in a row the endpoint rests.
FAILURES_IN_A_ROW = 3
FIRST_REST_SECONDS = 5.0
# It is looked at again at least so often, however long it has been away.
LONGEST_REST_SECONDS = 300.0


class Breaker:
    """Whether an endpoint may be asked now. `monotonic` counts seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._rest_seconds = FIRST_REST_SECONDS
        self._rests_until = float("-inf")

    @property
    def closed(self) -> bool:
        """Whether it may be asked: it works, or has rested and gets one try."""
        return self._monotonic() >= self._rests_until

    def worked(self) -> None:
        """It answered."""
        self._failures, self._rest_seconds = 0, FIRST_REST_SECONDS

    def failed(self) -> None:
        """It did not answer, or not rightly. After a rest, one failure suffices for the next, longer one."""
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            self._rests_until = self._monotonic() + self._rest_seconds
            self._rest_seconds = min(2 * self._rest_seconds, LONGEST_REST_SECONDS)
