"""The ledger of misstatements as TOML (错报汇总表): what a reviewer writes down while reviewing. Exact numbers; no IO.

figure = "total-location"                # the figure of the report that it is held against
level = 0.05                             # of that figure (optional: 5 %, above 500 kt 2 %)

[[misstatement]]
text = "an invoice of June counts twice"
where = "invoice 2026-06"                # what it opens to: a line, a meter, an invoice
stated_kg = 41250.5                      # kgCO2e as the report has it
right_kg = 20625.25                      # kgCO2e as the reviewer finds it
sort = "factual"                         # factual, judged or projected (optional)
corrected = false                        # whether the report as it stands is right again (optional)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import ReviewError
from tally_finance.review import toml_text
from tally_finance.review.ledger import Ledger, Materiality, Misstatement, Sort
from tally_finance.review.reported import Reported

_SORTS: Final = {one.name.lower(): one for one in Sort}
_PPM: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """A ledger against a figure of a report. `digest`: SHA-256 of the file; `unsound`: as the report is."""

    ledger: Ledger
    figure: str
    total: Fraction
    materiality: Materiality
    digest: bytes
    unsound: str

    @property
    def level_ppm(self) -> int:
        """The level of materiality in millionths. Raises ReviewError where it is finer."""
        millionths = self.materiality.limit / self.total * _PPM
        if millionths.denominator != 1:
            raise ReviewError("a level of materiality has at most six places")
        return int(millionths)


def load(file: Path, about: Reported) -> Held:
    """The ledger of a file, held against a report. Raises ConfigError naming file and key, ReviewError."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    return parse(data, file, about)


def parse(data: bytes, file: Path, about: Reported) -> Held:
    """The same of a file's bytes; `file` is how errors name it."""
    try:
        root = toml_text.table(data.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    name, level = root.text("figure"), root.optional_share("level")
    entries = [_misstatement(number, each) for number, each in enumerate(root.tables("misstatement"), 1)]
    root.done()
    if level is not None and (level <= 0 or level * _PPM % 1):
        raise root.fault("level", "lies between 0 and 1, with at most six places")
    ledger, total = Ledger(entries), Fraction(about.figure(name).kg)
    found = ledger.materiality(total, None if level is None else Fraction(level))
    return Held(ledger, name, total, found, sha256(data).digest(), about.unsound)


def _misstatement(number: int, table: Table) -> Misstatement:
    stated, right = table.amount("stated_kg"), table.amount("right_kg")
    if stated == right:
        raise table.fault("right_kg", "is what was stated: that is no misstatement")
    made = Misstatement(
        number,
        table.text("text"),
        table.text("where"),
        Fraction(stated) - Fraction(right),
        table.one_of("sort", _SORTS, "factual"),
        table.flag("corrected", default=False),
    )
    table.done()
    return made
