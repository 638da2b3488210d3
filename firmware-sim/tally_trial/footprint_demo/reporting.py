"""What the borrower does: a report, kept; a restated one, kept after it; the report for others to read."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from string import Template
from typing import Any, Final

from tally_edge import durable
from tally_trial.footprint_demo.cast import MAKER
from tally_trial.footprint_demo.exports import EXPORTS, SHEET
from tally_trial.footprint_demo.script import Script
from tally_trial.footprint_demo.site import BUNDLE, POLICY, Site

BOOKS: Final = "sqlite:///books.db"
FIRST, SECOND = "reports/1", "reports/2"
NATION: Final = "CN"
OWN_FACTORS: Final = "sheets/own.factors"
TRUST: Final = ("--policy", POLICY)
"""The words by which a reader verifies."""
INVENTORY: Final = "sheets/inventory.toml"
WITHOUT_PROVINCE: Final = "sheets/inventory-1.toml"


class Reporting:
    """The reports of a site, made by the commands."""

    def __init__(self, script: Script, site: Site) -> None:
        """None is made yet."""
        self.script, self.site = script, site
        self.kept_at = 0
        """When the first report was kept, Unix seconds."""

    def said(self, report: str = SECOND) -> dict[str, Any]:
        """What a report says."""
        return dict(json.loads((self.script.folder / report / "report.json").read_bytes()))

    def first(self) -> None:
        """A report whose inventory leaves the province out: the nation's factor is the lower one."""
        inventory = self.script.folder / INVENTORY
        text = inventory.read_text("utf-8").replace(f'["{self.site.province}", ', "[")
        durable.write_file(self.script.folder / WITHOUT_PROVINCE, text.encode())
        durable.make_folder(self.script.folder / "reports")
        self._report(WITHOUT_PROVINCE, FIRST)
        self._keep(FIRST, "first", "first report of the period")
        self.kept_at = int(time.time())
        said = self.said(FIRST)
        bought = next(one for one in said["media"] if one["name"] == "electricity")
        self.script.say(
            "report 报告",
            f"{_number(bought['bought'])} kWh bought, {bought['percent']['measured']} % measured; location-based "
            f"{_kg(said, 'total-location')}, U95 {_number(said['figures']['total-location']['u95_kg'])} kg",
        )
        for one in said["rounded"]:
            self.script.say(
                "rounding 舍入损失",
                f"{one['name']} adds up to {one['stated_t']} t: rounding each interval lost "
                f"{Decimal(one['stated_lost_percent']):.1f} % of {Decimal(one['exact_t']):.2f} t",
            )

    def again(self) -> None:
        """The restated report, by the province's factor; the first one stays."""
        while int(time.time()) <= self.kept_at:
            time.sleep(0.05)  # versions are told apart by whole seconds
        self._report(INVENTORY, SECOND)
        self._keep(SECOND, "correction", f"the factor of {self.site.province} goes before the nation's")
        said = self.said()
        self.script.say(
            "restated 重述",
            f"location-based {_kg(said, 'total-location')}, market-based {_kg(said, 'total-market')}; computed again "
            "from the evidence, byte for byte",
        )

    def exported(self, verifier: str) -> None:
        """The report for others to read. `verifier`: id of the key that signed the verification."""
        folder = self.script.folder
        sheet = (resources.files(__package__) / SHEET).read_text("utf-8")
        values = {"borrower": self.site.borrower, "province": self.site.province}
        durable.write_file(folder / SHEET, Template(sheet).substitute(values).encode())
        durable.make_folder(folder / "exports")
        created = datetime.now(UTC).replace(microsecond=0).isoformat()
        for one in EXPORTS:
            verb, *words = (
                word.format(product=self.site.product, created=created, verifier=verifier) for word in one.words
            )
            self.script.run("finance", "export", verb, SECOND, *TRUST, *words, "-o", f"exports/{one.file}")
        self.script.say("exports 导出", ", ".join(f"exports/{one.file}" for one in EXPORTS))

    def _report(self, sheet: str, out: str) -> None:
        self.script.run("finance", "footprint", "report", BUNDLE, *TRUST, "--sheet", sheet, "--out", out)
        self.script.run("finance", "footprint", "verify", out, *TRUST)

    def _keep(self, report: str, reason: str, why: str) -> None:
        words = ("--books", BOOKS, "--reason", reason, "--by", MAKER.name, "--why", why)
        self.script.run("finance", "review", "keep", report, *words)


def own_factors(site: Site, signer: str) -> tuple[str, ...]:
    """The words by which a reader takes the site's own factors; none where it has none. `signer`: their key's id."""
    return ("--own", OWN_FACTORS, "--signer", signer) if site.own else ()


def _kg(said: dict[str, Any], figure: str) -> str:
    return f"{_number(said['figures'][figure]['kg'])} kg"


def _number(text: str) -> str:
    return f"{Decimal(text):,}"
