"""The table of docs/performance.md, made from build/bench.json: `python -m tests.bench.page` after `make bench`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN = "<!-- what follows is written by python -m tests.bench.page -->"
END = "<!-- end -->"

_READINGS = ("1 readings", "15 readings", "60 readings")

Row = tuple[str, tuple[str, ...], str]
"""What is measured; where it stands in bench.json, keys joined by "/"; the aim."""

ROWS: tuple[Row, ...] = (
    *(
        (title, tuple(f"ingest/{readings}/{key}" for readings in _READINGS), aim)
        for title, key, aim in (
            ("bytes of a statement of 1, 15, 60 readings", "bytes", ""),
            ("floor: bare signature checks/s, one core", "floor_signature_per_s", ""),
            ("floor: signature checks and strict decoding/s", "floor_signature_and_decode_per_s", ""),
            ("appended/s, one core", "one_core_per_s", ""),
            ("appended/s of the signature floor", "one_core_of_signature_floor", "0.6, 0.5, –"),
            ("appended/s of the decoding floor", "one_core_of_decode_floor", ""),
            ("appended, sealed and confirmed/s, one core", "one_core_confirmed_per_s", ""),
            ("floor: two processes of bare checks/s", "floor_two_processes_per_s", ""),
            ("floor: two processes of one", "floor_two_processes_of_one", ""),
            ("appended/s, two cores", "two_cores_per_s", ""),
            ("two cores of one", "two_cores_of_one", "1.7"),
        )
    ),
    ("statements published/s, wanted and achieved", ("latency/rate_wanted_per_s", "latency/rate_achieved_per_s"), ""),
    *(
        (f"{title}: p50, p95, p99 ms", tuple(f"latency/{key}/{share}" for share in ("p50", "p95", "p99")), aim)
        for title, key, aim in (
            ("floor: listener that stores nothing, to PUBACK", "floor_listener_alone", ""),
            ("publish to PUBACK", "acknowledged_ms", ""),
            ("publish to confirmation", "confirmed_ms", "p95 under 1000"),
            ("publish to published checkpoint", "checkpoint_ms", ""),
        )
    ),
    ("floor: one fsync of 4 kB, ms", ("latency/floor_fsync_ms",), ""),
    ("cores used: gateway, clients", ("latency/gateway_cpu_share", "latency/clients_cpu_share"), ""),
    ("gateway's memory at start and end, MB", ("latency/gateway_rss_mb_start", "latency/gateway_rss_mb_end"), "flat"),
    ("seconds until a gateway is ready", ("latency/start_s",), ""),
    ("bytes a statement of 15 readings: itself", ("latency/statement_bytes",), ""),
    ("… in the log's tiles", ("latency/log_bytes_per_statement",), ""),
    ("… in state.sqlite", ("latency/state_bytes_per_statement",), ""),
    ("… in Parquet", ("latency/parquet_bytes_per_statement",), ""),
    ("statements/s at a rebuild of the segments, start included", ("latency/rebuilt_per_s",), ""),
    *(
        (f"{title}: p50, p99 ms", tuple(f"alert/{key}/{share}" for share in ("p50", "p99")), aim)
        for title, key, aim in (
            ("floor: signing to confirmation, a lender's watch beside", "floor_confirmed_ms", ""),
            (
                "signing to stored alert, the whole watch over 1,000 receipts, at 500 statements/s",
                "alert_ms",
                "p99 under 5000",
            ),
            ("a hold's block to its stored alert, in the same run", "held_ms", ""),
        )
    ),
    ("cores used by the watch", ("alert/watch_cpu_share",), ""),
    ("entries of the long log", ("log/entries",), ""),
    ("entries appended and sealed/s without checks", ("log/appended_and_sealed_per_s",), ""),
    ("a seal of 250 entries, ms", ("log/seal_ms_p50",), ""),
    ("memory at the last tenth over the second", ("log/rss_growth_last_over_second_tenth",), "1"),
    ("opening a log of 1,000 and the long one, ms", ("log/open_short_ms", "log/open_long_ms"), "alike"),
    (
        "verification of a bundle, statements/s: floor, verified",
        ("verify/verification/floor_statements_per_second", "verify/verification/statements_per_second"),
        "",
    ),
    (
        "a bundle of 10 MB in a browser, s: floor of bare signature checks, verified, a report of it until its verdict",
        ("browser/floor_signatures_s", "browser/verified_s", "browser/report_opened_s"),
        "under 10",
    ),
    ("first paint of that report, ms", ("browser/report_first_paint_ms",), "under 1000"),
    (
        "bytes of a proof at 2^10, 2^16, 2^20",
        ("verify/proof_bytes/1024", "verify/proof_bytes/65536", "verify/proof_bytes/1048576"),
        "",
    ),
    ("bytes of a totals bundle beyond its key facts", ("verify/totals_bytes/beyond",), "under 4000"),
    (
        "position of 1,000 receipts after one price, s: floor of bare decoding, fold alone, all of it",
        ("book/floor_decode_s", "book/fold_s", "book/price_to_position_s"),
        "all under 2",
    ),
    *(
        (f"{title}: p50, p95 ms", (f"portal/{key}/p50", f"portal/{key}/p95"), aim)
        for title, key, aim in (
            ("floor: a file of the portal's kit under the load below, in the server", "floor_server_ms", ""),
            ("the same as a reader has it", "floor_readers_ms", ""),
            (
                "pages of every kind, 20 readers, 1,000 receipts, a site-year, 500 statements/s, in the server",
                "server_ms",
                "p95 under 300",
            ),
            ("the same as readers have them", "readers_ms", ""),
            ("the same in the server where nobody pauses", "without_pause/server_ms", ""),
        )
    ),
    ("pages/s then", ("portal/without_pause/pages_per_s",), ""),
    ("p95 of the slowest kind of page where readers pause, ms", ("portal/slowest_kind_p95_ms",), "under 300"),
    ("first paint of the slowest landing page, ms", ("portal/first_paint_ms",), "under 1000"),
    ("processor time of the portal's process for a page, ms", ("portal/cpu_ms_a_page",), ""),
    (
        "a site-year of 7.0 million intervals, s: floor of a bare sum, counted from Parquet, its rows in no order",
        ("activity/floor_sum_s", "activity/ordered_s", "activity/shuffled_s"),
        "under 60",
    ),
    ("memory of that at its highest, MB", ("activity/peak_mb",), "under 2048"),
    (
        "a report of as many from verified statements, s of one core: floor of bare decoding, in order, in none",
        ("footprint/floor_decoding_s", "footprint/ordered_cpu_s", "footprint/shuffled_cpu_s"),
        "under 60",
    ),
    (
        "memory of that at its highest, MB; steps of its trace",
        ("footprint/peak_mb", "footprint/steps_of_trace"),
        "under 2048, –",
    ),
    ("floor: a Python that does nothing, ms", ("start/floor_python_ms",), ""),
    ("tallystick --help, verify --help, ms", ("start/help_ms", "start/verify_help_ms"), ""),
    ("imports of edge run and gateway run, ms", ("start/edge_agent_imports_ms", "start/gateway_imports_ms"), ""),
    ("gas: deploying, registering a log", ("gas/deploy", "gas/register"), ""),
    ("gas of an anchor: first, across 2^16, across 2^20", (
        "gas/first", "gas/65535->65536 (17 hashes)", "gas/1048575->1048577 (22 hashes)"), ""),
)  # fmt: skip


_DEEP = ("ingest", "verify", "latency", "alert")
"""Sections whose values stand in parts; a name behind them may have a slash of its own."""


def value_at(results: dict[str, Any], place: str) -> float:
    """The number at a place. Raises KeyError where the run has none."""
    found: Any = results
    for key in (
        place.split("/") if place.startswith("portal") else place.split("/", 2 if place.startswith(_DEEP) else 1)
    ):
        found = found[key]
    return float(found)


def table(results: dict[str, Any]) -> str:
    """The table as Markdown, the hardware above it."""
    return "\n".join(_lines(results))


def _lines(results: dict[str, Any]) -> Iterator[str]:
    hardware = results["hardware"]
    loads = ", ".join(
        f"{name} {values['load_average_before']:.1f}"
        for name, values in results.items()
        if "load_average_before" in values
    )
    yield (
        f"{hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gb']:.0f} GB, Linux"
        f" {hardware['kernel']}, Python {hardware['python']}, cryptography {hardware['cryptography']}. Load average"
        f" before each section: {loads or 'not kept'}.\n"
    )
    yield "| measured | value | aim |"
    yield "|---|---|---|"
    for title, places, aim in ROWS:
        yield f"| {title} | {' · '.join(_shown(value_at(results, place)) for place in places)} | {aim} |"


def _shown(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value != int(value) else f"{value:.0f}"


def written(page: str, results: dict[str, Any]) -> str:
    """The page with its table made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{after}"


def main() -> int:
    """Write the page."""
    results = json.loads(Path("build/bench.json").read_text("utf-8"))
    PAGE.write_text(written(PAGE.read_text("utf-8"), results), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
