"""Fuel and its laboratory: the cases of the Ministry of Ecology and Environment about coal samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tally_sim.plant.interface import Instrument
from tally_trial.plants import BEGINS
from tests.finance.cheats import injections
from tests.finance.cheats.case import MEE, Case, Guard, nothing
from tests.finance.cheats.instruments import CoalScale, Laboratory
from tests.finance.cheats.sheets import Sheets
from tests.finance.cheats.stage import CHECK, DAY_S, FEBRUARY, REPORT, VERIFY, Said, honest, played, told

ANALYSES = Said(CHECK, "analyses")
LOWER = "value = 0.02050"
STATED = "value = 0.02200"


def edited() -> frozenset[Said]:
    """The works states less than its laboratory signed; and one analysis is bettered in the file."""
    sheet = told(played(), Sheets().inventory_with(STATED, LOWER))
    return sheet | told(played(injected=injections.known("altered-value", "lab")))


def one_batch() -> frozenset[Said]:
    """One sample is burned, and its result signed as that of ten."""

    def same(_: Mapping[str, Instrument]) -> Sequence[Instrument]:
        return (Laboratory(BEGINS, differ=False),)

    return told(played(cover=same))


def swapped(_: Mapping[str, Instrument]) -> Sequence[Instrument]:
    """The laboratory gets coal from another heap."""
    return (Laboratory(BEGINS, j_per_kg=17_000_000),)


POOR = Sheets().inventory_with(STATED, "value = 0.01700")


def fake_sample() -> frozenset[Said]:
    """What burns as poorly as that must be burned in larger amounts: the reviewer's range is of that coal."""
    return told(played(cover=swapped), POOR.boundary_with("usual = [0.049, 0.054]", "usual = [0.063, 0.070]"))


def fake_sample_alone() -> frozenset[Said]:
    return told(played(cover=swapped), POOR)


def late_reports() -> frozenset[Said]:
    """January's analyses are signed on the 27th of February, dated in January, by the laboratory's own key."""
    return told(played(injected=injections.signed_late("lab", BEGINS, FEBRUARY - DAY_S, BEGINS + 57 * DAY_S)))


def dropped() -> frozenset[Said]:
    """An analysis that is too high is taken out of the laboratory's stream."""
    return told(played(injected=injections.known("withheld-day", "lab")))


def less_coal(instruments: Mapping[str, Instrument]) -> Sequence[Instrument]:
    """A fifth of the coal goes round the belt scale."""
    scale = instruments["coal"]
    assert isinstance(scale, CoalScale)
    return (CoalScale(scale.charged, counts=Decimal("0.8")),)


def _alike(_: object) -> tuple[()]:
    return ()


CASES = (
    Case(
        name="edited-reports",
        title="Edited laboratory reports",
        chinese="篡改化验报告",
        done=(
            "An editable template: dates of sample, test and report and their numbers changed, the QR code "
            f"deleted ({MEE})."
        ),
        played=(
            "The works states 20.5 GJ/t where its laboratory signed analyses of 22.0 on average; then one "
            "signed analysis is bettered in the file on its way to the bank."
        ),
        says=(ANALYSES, Said(VERIFY, "TREE_MISMATCH")),
        also=(Said(VERIFY, "BUNDLE_EMPTY"), Said(VERIFY, "PLAN_MISSING"), Said(REPORT, "FootprintError")),
        remains=(
            "A calorific value that names no laboratory: the check is told as not made, and the line rests "
            "on what is stated."
        ),
        fraud=edited,
        honest=honest,
        guards=(Guard("tally_finance.report.analyses._mean", nothing, ANALYSES),),
    ),
    Case(
        name="one-batch",
        title="One batch sold as many samples",
        chinese="一批样品充当多批",
        done=f"One batch was analysed and sold as twelve monthly samples ({MEE}).",
        played="The laboratory burns one sample and signs its result as that of ten.",
        says=(ANALYSES,),
        remains=(
            "A laboratory that changes the last digits by hand: they are its signature's, and a second "
            "laboratory's analyses of the same months tell."
        ),
        fraud=one_batch,
        honest=honest,
        guards=(Guard("tally_finance.report.analyses._alike", _alike, ANALYSES),),
    ),
    Case(
        name="fake-samples",
        title="Fake coal samples",
        chinese="煤样调包",
        done=f"The sample that the laboratory got was of other coal than was burned ({MEE}).",
        played=(
            "An honest laboratory analyses swapped coal of 17 GJ/t. The reviewer's range of coal for bars is "
            "that of such coal, and the belt scale shows a quarter less."
        ),
        says=(Said(REPORT, "ratio-unusual"), Said(CHECK, "comparison")),
        remains=(
            "Out of reach of signatures: nothing in the evidence says which heap a sample is of. Without a "
            "range for the coal that is claimed nothing is said (played); dual custody and a visit are what "
            "there is."
        ),
        fraud=fake_sample,
        honest=honest,
        guards=(
            Guard("tally_finance.activity.comparing.Compared.unusual", property(nothing), Said(CHECK, "comparison")),
        ),
        possible=fake_sample_alone,
    ),
    Case(
        name="false-laboratory",
        title="Monthly reports written afterwards",
        chinese="化验机构倒签月报",
        done=(f"A laboratory wrote monthly reports afterwards under old dates, and forged the raw records ({MEE})."),
        played=(
            "January's analyses are signed at the end of February under January's dates, by the laboratory's "
            "own key; then one analysis is left out of what the bank gets."
        ),
        says=(ANALYSES, Said(REPORT, "late"), Said(VERIFY, "MISSING_STATEMENT")),
        also=(Said(VERIFY, "UNCOVERED_INTERVAL"), Said(VERIFY, "SETTLEMENT_LINK"), Said(REPORT, "FootprintError")),
        remains=(
            "A laboratory that forges each month in time. Its key is enrolled by the office, so the office "
            "can revoke it; identical values at several sites are for whoever sees several."
        ),
        fraud=lambda: late_reports() | dropped(),
        honest=honest,
        guards=(
            Guard("tally_finance.report.analyses._by_month", nothing, ANALYSES),
            Guard("tally_finance.activity.site.late", nothing, Said(REPORT, "late")),
        ),
    ),
    Case(
        name="less-fuel",
        title="Fuel that was not weighed",
        chinese="少报燃料",
        done=f"Fuel was left out of the sum ({MEE}).",
        played="A fifth of the coal goes round the belt scale.",
        says=(Said(REPORT, "ratio-unusual"), Said(CHECK, "comparison")),
        remains=(
            "A share that stays within the range of coal for bars, and one that was never weighed from the "
            "first day on where no range is stated."
        ),
        fraud=lambda: told(played(cover=less_coal)),
        honest=honest,
        guards=(
            Guard("tally_finance.activity.comparing.Compared.unusual", property(nothing), Said(CHECK, "comparison")),
        ),
    ),
)
