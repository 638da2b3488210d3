"""Prometheus metrics of a watch. docs/watch.md holds the same table, which a test compares.

No label has more values than this program has words: nothing per lot, receipt or log.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

METRICS: Final[dict[str, tuple[str, str]]] = {
    "tallystick_watch_alerts": ("gauge", "Alerts that stand, by `severity`."),
    "tallystick_watch_blocking": ("gauge", "Those of them that allow no new credit."),
    "tallystick_watch_notes_total": ("counter", "Notes on alerts, by what `became` of them."),
    "tallystick_watch_entries": ("gauge", "Entries read of all logs."),
    "tallystick_watch_log_age_seconds": ("gauge", "Since the log that was heard longest ago answered and held."),
    "tallystick_watch_chain_entries": ("gauge", "Operations read of the chain."),
    "tallystick_watch_chain_age_seconds": ("gauge", "Since the chain was last read and held."),
    "tallystick_watch_book_entries": ("gauge", "Entries read of the lender's book."),
    "tallystick_watch_book_age_seconds": ("gauge", "Since the book was last read and held."),
    "tallystick_watch_judging_seconds": ("gauge", "How long the last judgement took, alerts stored."),
}
"""Every metric: its kind, and what it says."""

_LABELS: Final = {"tallystick_watch_alerts": ["severity"], "tallystick_watch_notes_total": ["became"]}


class Meters:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}
        self._counters: dict[str, Counter] = {}
        for name, (kind, text) in METRICS.items():
            labels = _LABELS.get(name, [])
            if kind == "counter":
                self._counters[name] = Counter(name, text, labels, registry=self.registry)
            else:
                self._gauges[name] = Gauge(name, text, labels, registry=self.registry)

    def show(self, name: str, value: float, label: str = "") -> None:
        """A gauge stands at a value; `name` without the common beginning."""
        gauge = self._gauges[f"tallystick_watch_{name}"]
        (gauge.labels(label) if label else gauge).set(value)

    def count(self, name: str, label: str) -> None:
        """A counter goes up by one."""
        self._counters[f"tallystick_watch_{name}"].labels(label).inc()
