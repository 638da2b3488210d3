"""A report's folder as a review meets one: its figures are made up, its shape is that of docs/formats/report.md."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from tally_finance.footprint.trace import canonical

FROM, TO = 1_735_660_800, 1_767_196_800
"""2025 in Shanghai."""

TRACE = canonical({"format": "tallystick trace 1", "results": {}, "steps": []})

FACTOR = {
    "digest": sha256(b"factor").hexdigest(),
    "activity": "electricity.grid",
    "region": "CN-JS",
    "data_year": "2023",
    "value": "0.5978",
    "unit": "kgCO2/kWh",
    "rule": "narrowest region, newest year before",
    "fallback": True,
    "sources": [{"title": "a notice", "locator": "table 3", "read": "primary"}],
    "alternatives": [{"digest": sha256(b"other").hexdigest(), "why_not": "a wider region"}],
}


def digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def figure(kg: int, u95: int = 0) -> dict[str, Any]:
    return {
        "kg": str(kg),
        "u95_kg": str(u95),
        "conservative_kg": str(kg + u95),
        "u95_percent": "1.0",
        "drivers": [["meter grid", "80.0"], ["factor CN-JS", "20.0"]],
        "unstated": ["factor water.supply"],
        "marks": [],
    }


def meter(point: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "point": point,
        "register": "energy_import",
        "medium": "electricity",
        "unit": "kWh",
        "measured": "990",
        "bridged": "10",
        "estimated": "0",
        "missing": "0",
        "longest_gap_s": "900",
        "serial": f"SN-{point}",
        "calibrated_until": str(TO + 86_400),
        "exchanges": "0",
    }
    return plain | changes


def line(name: str, scope: str, kg: int, rests: str = "devices") -> dict[str, Any]:
    return {"name": name, "scope": scope, "kg": str(kg), "rests": rests}


def document(**changes: Any) -> dict[str, Any]:
    """The report as an object."""
    plain: dict[str, Any] = {
        "format": "tallystick report 1",
        "method": "tallystick footprint method 1",
        "site": "Rolling mill",
        "from": str(FROM),
        "to": str(TO),
        "figures": {
            "scope-2-location": figure(100_000, 1_000),
            "scope-2-market": figure(80_000, 900),
            "total-location": figure(100_000, 1_000),
            "total-market": figure(80_000, 900),
        },
        "trace": sha256(TRACE).hexdigest(),
        "registry": digest("factors"),
        "roots": [{"log_id": digest("log"), "size": "35040", "root": digest("root")}],
        "lines": [line("grid", "2 location-based", 100_000), line("grid", "2 market-based", 80_000)],
        "meters": [meter(f"m{number}") for number in range(6)],
        "integrity": {"holds": True, "findings": []},
        "checks": [
            {"kind": "invoice", "name": "invoice 2025-01", "made": True, "holds": True, "text": "1000 against 1000"},
            {"kind": "sub-meters", "name": "sub-meters", "made": False, "holds": False, "text": "no sub-meters"},
        ],
        "entity": "Rolling Mill Ltd",
        "factors": [FACTOR],
        "instruments": {
            "covered_kwh": "100",
            "remainder_kwh": "900",
            "certificates": ["GEC-1"],
            "contracts": [],
            "refused": [{"number": "GEC-2", "why": "cancelled for another"}],
        },
        "products": [{"name": "coil", "amount": "500", "unit": "t", "kg": "100000", "amount_u95": "5"}],
        "remarks": [],
    }
    return plain | changes


def folder(path: Path, **changes: Any) -> Path:
    """A folder with the report and its trace."""
    path.mkdir(parents=True)
    (path / "report.json").write_bytes(canonical(document(**changes)))
    (path / "trace.json").write_bytes(TRACE)
    return path
