"""Prometheus metrics of the service. The table is the documentation's; a test compares.

No label has more values than this program has words: nothing per device, per client or per key, so a site with ten
thousand meters has as many series as one with one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tally_chain.anchoring.alarms import Alarm
from tally_chain.errors import HeadRefusal
from tally_edge.answers import RefusalReason
from tally_gateway.aggregate.head_counters import HeadCounters
from tally_gateway.anchor_feed import AnchorCounters
from tally_gateway.counters import PipelineCounters
from tally_gateway.health import Standing
from tally_gateway.http.counters import HttpCounters
from tally_gateway.intake.counters import IntakeCounters

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class MetricText:
    """One metric: its kind, what it says, its label where it has one."""

    kind: str
    text: str
    label: str = ""


METRICS: Final[dict[str, MetricText]] = {
    "tallystick_log_entries": MetricText("gauge", "Entries committed to the log."),
    "tallystick_log_sealed_entries": MetricText("gauge", "Entries under the newest checkpoint."),
    "tallystick_log_anchored_entries": MetricText("gauge", "Entries under the newest final anchor."),
    "tallystick_log_projected_entries": MetricText("gauge", "Entries written to the segments."),
    "tallystick_checkpoint_age_seconds": MetricText("gauge", "Age of the newest checkpoint."),
    "tallystick_anchor_age_seconds": MetricText("gauge", "Age of the newest final anchor; absent without one."),
    "tallystick_disk_free_bytes": MetricText("gauge", "Free space where the log lies."),
    "tallystick_healthy": MetricText("gauge", "1 when /healthz finds no fault."),
    "tallystick_statements_appended_total": MetricText("counter", "Statements appended."),
    "tallystick_statements_repeated_total": MetricText("counter", "Statements that stood in the log already."),
    "tallystick_fork_offers_total": MetricText("counter", "Third and later statements at one place: counted only."),
    "tallystick_refusals_total": MetricText("counter", "Messages refused.", "reason"),
    "tallystick_batches_unavailable_total": MetricText(
        "counter", "Batches turned away for want of space or a process."
    ),
    "tallystick_asks_total": MetricText("counter", "Asks of agents."),
    "tallystick_asks_refused_total": MetricText("counter", "Asks whose confirmation could not be checked."),
    "tallystick_asks_over_budget_total": MetricText("counter", "Asks of clients that had asked too much."),
    "tallystick_confirmations_total": MetricText("counter", "Confirmations handed to a connection."),
    "tallystick_statements_confirmed_total": MetricText("counter", "Statements in those confirmations."),
    "tallystick_down_lost_total": MetricText("counter", "Answers and refusals that no connection took."),
    "tallystick_seals_total": MetricText("counter", "Checkpoints made."),
    "tallystick_seal_failures_total": MetricText("counter", "Seals that failed for want of space."),
    "tallystick_seal_seconds": MetricText("gauge", "How long the newest seal took, proofs included."),
    "tallystick_anchors_submitted_total": MetricText("counter", "Heads handed to the anchoring client."),
    "tallystick_anchors_final_total": MetricText("counter", "Heads that became final on the chain."),
    "tallystick_anchors_refused_total": MetricText("counter", "Heads that the contract refused."),
    "tallystick_chain_unavailable_total": MetricText("counter", "Times the chain did not answer."),
    "tallystick_heads_taken_total": MetricText("counter", "An aggregator's: heads taken into the log of heads."),
    "tallystick_heads_repeated_total": MetricText("counter", "An aggregator's: heads that it held already."),
    "tallystick_heads_refused_total": MetricText("counter", "An aggregator's: heads refused.", "reason"),
    "tallystick_anchor_alarm": MetricText(
        "gauge", "1 while this keeps heads from the chain (docs/operating-chains.md).", "alarm"
    ),
    "tallystick_intake_events_total": MetricText("counter", "What the ways in count (docs/formats/mqtt.md).", "event"),
    "tallystick_http_events_total": MetricText(
        "counter", "Sockets and refusals of the HTTP side (docs/operating-gateway.md).", "event"
    ),
}

OF_AGGREGATORS: Final = frozenset(name for name in METRICS if name.startswith("tallystick_heads_"))
"""What a gateway has not; an aggregator tells these beside all that a gateway tells."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a scrape looks at."""

    standing: Standing
    pipeline: PipelineCounters
    anchors: AnchorCounters | None
    intakes: Sequence[IntakeCounters]
    http: HttpCounters = field(default_factory=HttpCounters)
    heads: HeadCounters | None = None
    """An aggregator's."""


class _Snapshot(Collector):
    """One scrape's values as a collector."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterable[Metric]:
        for name, value in values(self._measured):
            text = METRICS[name]
            family: CounterMetricFamily | GaugeMetricFamily
            labels = [text.label] if text.label else []
            if text.kind == "counter":
                family = CounterMetricFamily(name.removesuffix("_total"), text.text, labels=labels)
            else:
                family = GaugeMetricFamily(name, text.text, labels=labels)
            if isinstance(value, Mapping):
                for label, part in sorted(value.items()):
                    family.add_metric([label], part)
            else:
                family.add_metric([], value)
            yield family


def values(measured: Measured) -> Iterator[tuple[str, float | Mapping[str, float]]]:
    """Every metric's name with its value, or its values by label."""
    standing, pipeline, anchors = measured.standing, measured.pipeline, measured.anchors
    yield "tallystick_log_entries", standing.size
    yield "tallystick_log_sealed_entries", standing.sealed_size
    yield "tallystick_log_anchored_entries", standing.anchored_size
    yield "tallystick_log_projected_entries", standing.projected_size
    yield "tallystick_checkpoint_age_seconds", standing.checkpoint_age_s
    if standing.anchor_age_s is not None:
        yield "tallystick_anchor_age_seconds", standing.anchor_age_s
    yield "tallystick_disk_free_bytes", standing.free_bytes
    yield "tallystick_healthy", float(not standing.faults())
    yield "tallystick_statements_appended_total", pipeline.appended
    yield "tallystick_statements_repeated_total", pipeline.duplicates
    yield "tallystick_fork_offers_total", pipeline.fork_offers
    refused = {reason.name.lower(): float(pipeline.refused.get(reason, 0)) for reason in RefusalReason}
    yield "tallystick_refusals_total", refused
    yield "tallystick_batches_unavailable_total", pipeline.unavailable
    yield "tallystick_asks_total", pipeline.asks
    yield "tallystick_asks_refused_total", pipeline.asks_refused
    yield "tallystick_asks_over_budget_total", pipeline.asks_over_budget
    yield "tallystick_confirmations_total", pipeline.confirmations
    yield "tallystick_statements_confirmed_total", pipeline.confirmed_statements
    yield "tallystick_down_lost_total", pipeline.down_lost
    yield "tallystick_seals_total", pipeline.seals
    yield "tallystick_seal_failures_total", pipeline.seal_failures
    yield "tallystick_seal_seconds", pipeline.last_seal_s
    if anchors is not None:
        yield "tallystick_anchors_submitted_total", anchors.submitted
        yield "tallystick_anchors_final_total", anchors.final
        yield "tallystick_anchors_refused_total", anchors.refused
        yield "tallystick_chain_unavailable_total", anchors.unavailable
        yield "tallystick_anchor_alarm", {alarm.value: float(alarm in anchors.alarms) for alarm in Alarm}
    if measured.heads is not None:
        yield "tallystick_heads_taken_total", measured.heads.taken
        yield "tallystick_heads_repeated_total", measured.heads.repeated
        refused_heads = {reason.value: float(measured.heads.refused.get(reason, 0)) for reason in HeadRefusal}
        yield "tallystick_heads_refused_total", refused_heads
    yield "tallystick_intake_events_total", _intake_events(measured.intakes)
    yield (
        "tallystick_http_events_total",
        {name: float(count) for name, count in dataclasses.asdict(measured.http).items()},
    )


def _intake_events(intakes: Sequence[IntakeCounters]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for counters in intakes:
        for item in dataclasses.fields(counters):
            totals[item.name] = totals.get(item.name, 0.0) + getattr(counters, item.name)
    return totals


def render(measured: Measured) -> bytes:
    """The text of one scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(measured))
    return generate_latest(registry)
