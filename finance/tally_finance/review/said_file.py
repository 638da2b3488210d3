"""What a conclusion or a verification says, as TOML: words of people, bound to a report by the command. No IO.

[conclusion]                                     [verification]
bank = "…"                                       verifier = "…"
reviewer = "…"          # who signs              lead = "…"               # who leads the work
borrower = "…"                                   borrower = "…"
loan = "…"                                       standard = "ISO 14064-3:2019"
use_of_proceeds = "…"                            independence = "…"       # its ties, in its own words
catalogue = "…"         # item of the catalogue  level = "limited"        # or reasonable
decision = "eligible"   # with_conditions,       type = "unmodified"      # qualified, adverse, disclaimer
                        # not_eligible           basis = "…"              # of another type: why
conditions = []                                  visited_at = 2026-11-03T09:00:00+08:00     # optional
until = 2027-11-28T00:00:00+08:00                until = 2027-11-28T00:00:00+08:00

                                                 [verification.accreditation]
                                                 body = "CNAS"
                                                 number = "…"
                                                 until = 2027-06-30T00:00:00+08:00

The level of materiality and the number of misstatements are the ledger's, never typed. A ledger that is material lets
nobody conclude that a loan is eligible without a condition, and no verification be unmodified; nor does a report that
says itself that its evidence does not hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import ReviewError
from tally_finance.review import toml_text
from tally_finance.review.ledger_file import Held
from tally_finance.review.opinions import (
    Accreditation,
    Bound,
    Conclusion,
    Decision,
    Level,
    Said,
    Type,
    Verification,
)

_DECISIONS: Final = {one.name.lower(): one for one in Decision}
_LEVELS: Final = {one.name.lower(): one for one in Level}
_TYPES: Final = {one.name.lower(): one for one in Type}

CONCLUSION_DRAFT: Final = """[conclusion]
bank = ""
reviewer = ""                                # who signs
borrower = ""
loan = ""                                    # the loan's number
use_of_proceeds = ""                         # what it pays for (募集资金用途)
catalogue = ""                               # item of the catalogue of green activities (绿色金融支持项目目录)
decision = "eligible"                        # eligible, with_conditions, not_eligible
conditions = []
until = 2000-01-01T00:00:00+08:00            # at most three years from the signing on
"""

VERIFICATION_DRAFT: Final = """[verification]
verifier = ""
lead = ""                                    # who leads the work
borrower = ""
standard = "ISO 14064-3:2019"
independence = ""                            # what binds the verifier to borrower and bank
level = "limited"                            # limited, reasonable
type = "unmodified"                          # unmodified, qualified, adverse, disclaimer
# basis = ""                                 # of another type than unmodified: why
# visited_at = 2000-01-01T09:00:00+08:00     # when somebody was at the site
until = 2000-01-01T00:00:00+08:00            # at most three years from the signing on

[verification.accreditation]
body = ""
number = ""
until = 2000-01-01T00:00:00+08:00
"""


def conclusion(file: Path, bound: Bound, held: Held) -> Conclusion:
    """A bank's conclusion on a report. Raises ConfigError naming file and key, ReviewError."""
    return _conclusion_of(toml_text.table(_text(file), file), bound, held)


def verification(file: Path, bound: Bound, held: Held) -> Verification:
    """A third party's verification of a report. Raises ConfigError naming file and key, ReviewError."""
    return _verification_of(toml_text.table(_text(file), file), bound, held)


def parse(kind: type[Said], text: str, file: Path, bound: Bound, held: Held) -> Said:
    """The words of an opinion as text; `file` is how errors name it. Raises ConfigError, ReviewError."""
    root = toml_text.table(text, file)
    return _conclusion_of(root, bound, held) if kind is Conclusion else _verification_of(root, bound, held)


def _conclusion_of(root: Table, bound: Bound, held: Held) -> Conclusion:
    """See conclusion."""
    told = root.table("conclusion", needed=True)
    made = Conclusion(
        bound,
        told.text("bank"),
        told.text("reviewer"),
        told.text("borrower"),
        told.text("loan"),
        told.text("use_of_proceeds"),
        told.text("catalogue"),
        told.one_of("decision", _DECISIONS),
        told.texts("conditions"),
        held.level_ppm,
        len(held.ledger.entries),
        told.instant("until"),
    )
    told.done()
    root.done()
    if made.decision is Decision.ELIGIBLE and (against := _against(held)):
        raise ReviewError(f"{against}: no loan is eligible on it without a condition")
    return made


def _verification_of(root: Table, bound: Bound, held: Held) -> Verification:
    """See verification."""
    told = root.table("verification", needed=True)
    by = told.table("accreditation", needed=True)
    made = Verification(
        bound,
        told.text("verifier"),
        told.text("lead"),
        told.text("borrower"),
        told.text("standard"),
        Accreditation(by.text("body"), by.text("number"), by.instant("until")),
        told.text("independence"),
        told.one_of("level", _LEVELS),
        told.one_of("type", _TYPES),
        held.level_ppm,
        told.instant("until"),
        told.optional_text("basis"),
        told.optional_instant("visited_at"),
    )
    for table in (by, told, root):
        table.done()
    if made.type is Type.UNMODIFIED and (against := _against(held)):
        raise ReviewError(f"{against}: the verification is not unmodified")
    return made


def _against(held: Held) -> str:
    return "what was found wrong is material" if held.materiality.is_material else held.unsound


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
