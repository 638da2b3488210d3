"""What bank and verifier do: object, sign, tell what was known when; and what becomes of an edited figure."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tally_edge import durable
from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.trace import canonical
from tally_finance.review import reported
from tally_finance.review.kept import line_of
from tally_trial.errors import TrialError
from tally_trial.footprint_demo import papers
from tally_trial.footprint_demo.cast import BANK, LEAD, LOAN, MAKER, OPENED_BY, REVIEWER, VERIFIER, Person
from tally_trial.footprint_demo.exports import EXPORTS
from tally_trial.footprint_demo.reporting import BOOKS, FIRST, NATION, SECOND, TRUST, Reporting, own_factors
from tally_trial.footprint_demo.script import Script
from tally_trial.footprint_demo.site import Site

FIGURE: Final = "total-location"
POWER: Final = "purchased electricity"
"""The use of that name in the inventory."""
LEDGER_1, LEDGER_2 = "review/ledger-1.toml", "review/ledger-2.toml"
CONCLUSION, VERIFICATION = "review/conclusion.opinion", "review/verification.opinion"
PORTFOLIO: Final = "review/portfolio.toml"
CHECKLIST: Final = "review/checklist.md"
AS_KNOWN: Final = "review/as-known-then.json"
CHEAT: Final = "cheat"
SEED: Final = "3f1c9ab2d47708e5c1aa6209b7f4d318"
"""Dice, thrown when the report was there."""


def line(folder: Path) -> str:
    """The name under which the versions of the demo's report are kept."""
    return line_of(reported.load(folder / FIRST), FIGURE)


class Reviewing:
    """The review of a site's reports, by the commands. `ids`: of the keys."""

    def __init__(self, script: Script, site: Site, reporting: Reporting, ids: Mapping[Person, str]) -> None:
        """Nothing was looked at yet."""
        self.script, self.site, self.reporting, self.ids = script, site, reporting, ids

    def objects(self) -> None:
        """The factor is not the rule's: by hand, from the first report's own lines; and nobody signs that."""
        papers.write(self.script.folder / "review", self.site.borrower, int(time.time()))
        stated, right, where = self._by_hand(self.reporting.said(FIRST))
        papers.ledger(self.script.folder / LEDGER_1, stated, right, where, corrected=False)
        self.script.run("finance", "review", "ledger", FIRST, "--ledger", LEDGER_1, code=1)
        self._concluded(FIRST, LEDGER_1, code=1)
        self.script.say(
            "ledger 错报汇总",
            f"{where} has the nation's factor, and {self.site.province} goes before it: {right - stated:,.0f} kg too "
            "low, more than 5 %, material; no conclusion can be signed",
        )

    def _by_hand(self, said: Mapping[str, Any]) -> tuple[Decimal, Decimal, str]:
        """A figure as it is stated and as it is right, kg CO2e, and the line where they part."""
        line = next(one for one in said["lines"] if (one["use"], one["scope"]) == (POWER, "2 location-based"))
        year = int(said["factor_year"])
        wrong, right = (
            choose(shipped(), "electricity.grid", regions, year, Basis.LOCATION).factor.value
            for regions in ((NATION,), (self.site.province, NATION))
        )
        stated = Decimal(said["figures"][FIGURE]["kg"])
        return stated, stated + Decimal(line["gas_kg"]) / wrong * (right - wrong), str(line["id"])

    def visits(self) -> None:
        """Which meters to visit."""
        told = self.script.run("finance", "review", "sample", SECOND, "--seed", SEED).splitlines()
        visits = [line for line in told if ", serial " in line]
        drawn = sum(line.endswith(": drawn") for line in visits)
        names = ", ".join(dict.fromkeys(line.partition(" ")[0].rpartition(":")[2] for line in visits))
        self.script.say("visits 抽查", f"{names}: {len(visits) - drawn} by a reason, {drawn} drawn by the seed")

    def signs(self) -> None:
        """The two documents on the restated report. Raises TrialError where it is not what was reckoned by hand."""
        stated, right, where = self._by_hand(self.reporting.said(FIRST))
        restated = self.reporting.said()["figures"][FIGURE]["kg"]
        if abs(right - Decimal(restated)) > 1:
            raise TrialError(f"by hand the restated report says {right} kg, and it says {restated} kg")
        papers.ledger(self.script.folder / LEDGER_2, stated, right, where, corrected=True)
        self.script.run("finance", "review", "ledger", SECOND, "--ledger", LEDGER_2)
        self._concluded(SECOND, LEDGER_2)
        before = self._score()
        self._verified(SECOND, LEDGER_2)
        self.script.run("finance", "review", "check", CONCLUSION, SECOND, "--signer", self.ids[REVIEWER])
        self.script.run("finance", "review", "check", VERIFICATION, SECOND, "--signer", self.ids[LEAD], "--bank", BANK)
        after = self._score("--verification", VERIFICATION, *self._known, "--bank", BANK)
        self.script.say("conclusion 结论", f"{REVIEWER.name}, {BANK}: eligible, bound to report, trace, factors, heads")
        self.script.say("verification 核查声明", f"{LEAD.name}, {VERIFIER}: unmodified, reasonable assurance")
        self.script.say("data quality PCAF", f"{before} by signatures of devices alone, {after} with the verification")

    @property
    def _known(self) -> tuple[str, ...]:
        return ("--signer", self.ids[REVIEWER], "--signer", self.ids[LEAD])

    def _score(self, *words: str) -> str:
        return self.script.run("finance", "review", "score", SECOND, *words).strip().rpartition(": ")[2]

    def _concluded(self, report: str, ledger: str, code: int = 0) -> None:
        self._signed("conclude", REVIEWER, (report, "review/conclusion.toml", ledger, CONCLUSION), code)

    def _verified(self, report: str, ledger: str) -> None:
        self._signed("verification", LEAD, (report, "review/verification.toml", ledger, VERIFICATION), 0)

    def _signed(self, verb: str, by: Person, files: tuple[str, str, str, str], code: int) -> None:
        report, words, ledger, out = files
        key = ("--key", by.file, "--passphrase-file", OPENED_BY)
        about = ("--words", words, "--ledger", ledger, *key, "--out", out)
        self.script.run("finance", "review", verb, report, *about, code=code)

    def closes(self) -> None:
        """Portfolio, trace, what was known before the restatement, and the checklist."""
        told = self.script.run("finance", "review", "portfolio", PORTFOLIO, *self._known, "--bank", BANK)
        self.script.say("portfolio 融资排放", told.splitlines()[0])
        words = ("finance", "trace", "replay", f"{SECOND}/trace.json", *own_factors(self.site, self.ids[MAKER]))
        replayed = self.script.run(*words).strip().splitlines()
        self.script.say("trace 计算轨迹", replayed[-1])
        self._as_known_then()
        exports = [word for one in EXPORTS for word in ("--export", f"exports/{one.stands_for}")]
        self.script.run(
            "finance", "review", "checklist", SECOND, "--opinion", CONCLUSION, "--opinion", VERIFICATION, *self._known,
            "--ledger", LEDGER_2, "--portfolio", PORTFOLIO, "--bank", BANK, "--loan", LOAN, "--books", BOOKS,
            *exports, "--out", CHECKLIST, code=1,
        )  # fmt: skip
        told_in = (self.script.folder / CHECKLIST).read_text("utf-8")
        answered = next(line for line in told_in.splitlines() if line.startswith("Report "))
        self.script.say("checklist 审查清单", f"{answered.rpartition(': ')[2]} The rest says `not shown` 未提供")

    def _as_known_then(self) -> None:
        """The first report is still there, to the byte, for whoever was told of it. Raises TrialError."""
        folder = self.script.folder
        at = datetime.fromtimestamp(self.reporting.kept_at, UTC).isoformat()
        words = ("--line", line(folder), "--known-at", at, "--out", AS_KNOWN)
        self.script.run("finance", "review", "versions", "--books", BOOKS, *words)
        if (folder / AS_KNOWN).read_bytes() != (folder / FIRST / "report.json").read_bytes():
            raise TrialError("the version that was known before the restatement is not the first report")
        self.script.say("versions 重述", f"two; as known at {at}: the first report, byte for byte")

    def catches(self) -> None:
        """A figure is edited in a copy of the report: computing it again names it, and the conclusion leaves it."""
        folder = self.script.folder
        shutil.copytree(folder / SECOND, folder / CHEAT)
        file = folder / CHEAT / "report.json"
        said = json.loads(file.read_bytes())
        said["figures"][FIGURE]["kg"] = str(int(said["figures"][FIGURE]["kg"]) * 9 // 10)
        durable.write_file(file, canonical(said))
        verified = self.script.run("finance", "footprint", "verify", CHEAT, *TRUST, code=1)
        differs = next(one for one in verified.splitlines() if one.startswith("differs"))
        self.script.run("finance", "review", "check", CONCLUSION, CHEAT, "--signer", self.ids[REVIEWER], code=1)
        self.script.say("cheat 篡改", f"a tenth less in {CHEAT}/report.json: {' '.join(differs.split())}")
