"""`make bench`: every claim of speed and size, measured beside floors of the same run. Writes build/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import cryptography

OUTPUT = Path("build/bench.json")

SECTIONS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    # name: title, module, arguments in full, arguments in short
    "ingest": (
        "statements verified, decoded strictly, durably appended",
        "bench_ingest",
        {"count": 10_000},
        {"count": 300, "rounds": 3},
    ),
    "latency": (
        "publish to confirmation at a steady rate",
        "bench_latency",
        {"rate": 500, "seconds": 30},
        {"rate": 50, "seconds": 1},
    ),
    "alert": (
        "a statement's signing to the stored alert that it raises, at a steady rate",
        "bench_alert",
        {"rate": 500, "seconds": 30, "receipts": 1000},
        {"rate": 50, "seconds": 2, "receipts": 20, "hold_every_s": 0.5},
    ),
    "log": ("the log over an hour's load", "bench_log", {"count": 1_800_000}, {"count": 2_500}),
    "fleet": (
        "ten thousand devices in one process, a statement a device and minute",
        "bench_fleet",
        {"devices": 10_000, "minutes": 10, "live_seconds": 120},
        {"devices": 300, "minutes": 2, "live_seconds": 2},
    ),
    "verify": (
        "verification of a bundle, sizes of proofs",
        "bench_verify:results",
        {},
        {"statements": 60, "totals": 200},
    ),
    "browser": (
        "a report of 10 MB verified in a browser, beside the bare signature checks there",
        "bench_browser",
        {"kilobytes": 10_000},
        {"kilobytes": 40},
    ),
    "book": (
        "a lender's position from its journal after one price has changed",
        "bench_book",
        {"receipts": 1000},
        {"receipts": 20, "rounds": 1},
    ),
    "portal": (
        "the portal's pages: 20 readers, 1,000 receipts, a site-year, a gateway under load",
        "bench_portal",
        {},
        {
            "receipts": 10,
            "meters": 25,
            "intervals": 96,
            "rate": 50,
            "seconds": 0.4,
            "pause_s": 0.2,
            "most_kinds": 4,
            "most_painted": 2,
        },
    ),
    "activity": (
        "a site-year of 200 meters at a quarter hour: from Parquet to totals, hours, months and digests",
        "bench_activity",
        {},
        {"meters": 3, "intervals": 500},
    ),
    "footprint": (
        "a site-year of 200 meters at a quarter hour: from verified statements to the whole report",
        "bench_footprint",
        {},
        {"meters": 25, "intervals": 96, "verify": True},
    ),
    "tables": (
        "the load curves of 200 meters at a quarter hour as Parquet and as CSV, and what memory that takes",
        "bench_tables",
        {},
        {"meters": 3, "intervals": 500},
    ),
    "start": ("commands until they answer", "bench_start", {"rounds": 7}, {"rounds": 1, "cold": 0}),
    "gas": ("gas of an anchor", "gas:gas_per_anchor", {}, {"steps": ((65_535, 65_536), (1_048_575, 1_048_577))}),
}


def hardware() -> dict[str, Any]:
    """What the numbers were measured on."""
    model = platform.processor() or "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "cryptography": cryptography.__version__,
    }


def main(argv: list[str] | None = None) -> int:
    """Run the sections, print them, and write them to build/bench.json."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--short",
        action="store_true",
        help="small, one or two minutes of one core in all: shows that it runs, not how fast",
    )
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)} (all)")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="FILE", help=f"where to write ({OUTPUT})")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.sections) - SECTIONS.keys()
    if unknown:
        parser.error(f"unknown section {sorted(unknown)}")
    OUTPUT.parent.mkdir(exist_ok=True)
    results: dict[str, Any] = {}
    if arguments.sections and arguments.output.exists():  # what is measured anew replaces what was
        results = json.loads(arguments.output.read_text("utf-8"))
    results["hardware"] = hardware()
    _show("hardware", results["hardware"])
    for name in arguments.sections or SECTIONS:
        title, module, full, short = SECTIONS[name]
        print(f"\n{name}: {title} …", file=sys.stderr, flush=True)
        name_of_module, _, function = module.partition(":")
        run: Callable[..., dict[str, Any]] = getattr(import_module(f"tests.bench.{name_of_module}"), function or "run")
        start, load = time.monotonic(), os.getloadavg()[0]
        results[name] = run(**(short if arguments.short else full))
        results[name]["load_average_before"] = load
        results[name]["seconds_taken"] = round(time.monotonic() - start, 1)
        _show(name, results[name])
        arguments.output.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nwritten to {arguments.output}")
    return 0


def _show(name: str, values: dict[str, Any], indent: str = "  ") -> None:
    print(f"{indent[2:]}{name}")
    for key, value in values.items():
        if isinstance(value, dict):
            _show(key, value, indent + "  ")
        elif isinstance(value, float):
            print(f"{indent}{key:44} {value:,.3f}" if abs(value) < 100 else f"{indent}{key:44} {value:,.0f}")
        elif isinstance(value, list):
            print(f"{indent}{key:44} {' '.join(f'{one:.4g}' if isinstance(one, float) else str(one) for one in value)}")
        else:
            print(f"{indent}{key:44} {value}")


if __name__ == "__main__":
    sys.exit(main())
