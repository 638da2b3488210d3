"""Alerts about the evidence and its devices (6xx): silence, gaps, failures, the log itself. No IO."""

from __future__ import annotations

from collections.abc import Iterator

from tally_chain.verify.verdict import time_text
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_sources import LogSeen, MeterSeen


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about evidence."""
    for meter in seen.meters:
        yield from _of_meter(meter, seen.at, limits)
    for gap in seen.gaps:
        if gap.before > seen.at - limits.told_s:
            said = {"after": time_text(gap.after), "before": time_text(gap.before), "reason": gap.reason}
            yield Alert(Code.GAP_DECLARED, f"{gap.point}, gap after {gap.after}", said, (gap.evidence,))
    for missing in seen.missing:
        said = {"count": str(missing.count), "first": str(missing.first_seq)}
        yield Alert(Code.STATEMENT_MISSING, f"device {missing.device}", said, (missing.evidence,))
    for one in seen.failures:
        if one.at > seen.at - limits.told_s:
            said = {"number": str(one.number), "name": one.name, "detail": one.detail}
            yield Alert(Code.EVIDENCE_FAILS, f"{one.name}, {one.touches}", said, one.evidence)
    for log in seen.logs:
        yield from _of_log(log, seen.at, limits)


def _of_meter(meter: MeterSeen, now: int, limits: Limits) -> Iterator[Alert]:
    last_at = meter.since if meter.last_at is None else meter.last_at
    if (now - last_at - limits.delivery_s) * 10 > meter.cadence_s * limits.silence_tenths:
        said = {"last_at": time_text(last_at), "cadence_s": str(meter.cadence_s)}
        yield Alert(Code.SILENT, meter.point, said, (meter.evidence,))


def _of_log(log: LogSeen, now: int, limits: Limits) -> Iterator[Alert]:
    if log.contradicts:
        yield Alert(Code.LOG_CONTRADICTS, f"log {log.origin}", {"why": log.contradicts}, log.evidence)
    elif now - log.last_at > limits.quiet_s:
        said = {"last_at": time_text(log.last_at), "why": log.trouble or "it does not answer"}
        yield Alert(Code.LOG_QUIET, f"log {log.origin}", said, log.evidence)
