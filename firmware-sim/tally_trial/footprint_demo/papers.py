"""The papers of a review (审查文件), as they are filled in: ledger, conclusion, verification, portfolio."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from tally_edge import durable
from tally_trial.footprint_demo.cast import BANK, LEAD, LOAN, OUTSTANDING, REVIEWER, VERIFIER, WHOLE

_DAYS: Final = {"visited": -2, "until": 365, "accredited": 700}
"""From the day of the demo on."""


def write(folder: Path, borrower: str, now: int) -> None:
    """Conclusion, verification and portfolio, to be filled with `now` (Unix seconds)."""
    today = datetime.fromtimestamp(now, UTC).replace(microsecond=0)
    values = {name: (today + timedelta(days=days)).isoformat() for name, days in _DAYS.items()}
    values |= {
        "bank": BANK,
        "reviewer": REVIEWER.name,
        "verifier": VERIFIER,
        "lead": LEAD.name,
        "borrower": borrower,
        "loan": LOAN,
        "outstanding": OUTSTANDING,
        "whole": WHOLE,
    }
    durable.make_folder(folder)
    here = resources.files(__package__) / "papers"
    for name in ("conclusion.toml", "verification.toml", "portfolio.toml"):
        text = Template((here / name).read_text("utf-8")).substitute(values)
        durable.write_file(folder / name, text.encode())


def ledger(file: Path, stated_kg: Decimal, right_kg: Decimal, where: str, *, corrected: bool) -> None:
    """The ledger of the one thing that was found wrong: the nation's factor where the province's goes before it."""
    entry = {
        "stated": f"{stated_kg:f}",
        "right": f"{right_kg:f}",
        "where": where,
        "corrected": "true" if corrected else "false",
    }
    text = (resources.files(__package__) / "papers" / "ledger.toml").read_text("utf-8")
    durable.write_file(file, Template(text).substitute(entry).encode())
