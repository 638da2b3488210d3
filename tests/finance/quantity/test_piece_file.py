"""The sheet of a store of pieces: read exactly, and refused by file and key."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.quantity import piece_file, sheet, stocktake, store_file
from tally_finance.quantity.attested import Rules
from tally_finance.quantity.store import Bridge, Hall, Pieces, Store
from tests.finance.quantity.sheet import SHEET

D = Decimal
FILE = Path("hall.toml")
PAGE = Path(__file__).parents[3] / "docs" / "attested-quantity.md"
SHOWN = PAGE.read_text("utf-8").split("```toml\n")[2].split("```")[0]
"""The sheet of the page."""


def test_the_page() -> None:
    base = "urn:dev:org:32473-metal:"
    assert piece_file.parse(SHOWN, FILE) == Pieces(
        name="Hall A",
        halls=(
            Hall(
                scale=Bridge(f"{base}door_a", D(1), D("0.3")),
                gate=f"{base}gate_a",
                reader=f"{base}shelf_a",
                counter=f"{base}camera_a",
                opening={"AL-000017": D("1003.5"), "AL-000018": D(988)},
            ),
        ),
        opening_u_kg=D(1),
        fresh_s=86_400,
        witnesses=2,
        read_rate=D("0.98"),
        chance=D("0.001"),
        rules=Rules(),
    )


def test_the_numbers_of_the_page() -> None:
    """j = 2 for one piece and 4 for 400, at p = 0.98 and α = 0.001."""
    assert stocktake.misses_that_count(D("0.98"), D("0.001")) == 2
    assert stocktake.misses_that_count(D("0.98"), D("0.001") / 400) == 4
    assert 1 / (400 * D("0.02") ** 2 * 2) == D("3.125")  # days, at two looks a day


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("witnesses = 2", "witnesses = 1", "pieces.witnesses: 1 is not from 2 to 4"),
        ("fresh_hours = 24", "fresh_hours = 0", "pieces.fresh_hours: 0 is not from 1 to 720"),
        ("read_rate = 0.98", "read_rate = 1", "pieces.read_rate: 1 is no share below 1"),
        ("read_rate = 0.98", "read_rate = 0", "pieces.read_rate: is not above zero"),
        ("chance = 0.001", "chance = 0.0", "pieces.chance: is not above zero"),
        ("chance = 0.001", "", "pieces.chance: is missing"),
        ("shelf_a", "gate_a", "hall: a metering point stands twice"),
        ('"AL-000018" = 988', '"AL-000018" = -1', "hall[1].opening.AL-000018: -1 is not a number from zero on"),
        ('"AL-000018" = 988', '" " = 988', "hall[1].opening. : is not a known setting"),
        ("interval_kg = 1", "interval_kg = 1\nplate = 2", "hall[1].scale.plate: is not a known setting"),
        ('gate = "', 'colour = "red"\ngate = "', "hall[1].colour: is not a known setting"),
        ("[pieces]", "[rules]\nstep_kg = 0\n\n[pieces]", "rules.step_kg: is not above zero"),
        ("[pieces]", "[rules]\nbook_alone = true\n\n[pieces]", "rules.book_alone: is not a known setting"),
        ("[pieces]", "[pieces", "hall.toml: "),
    ],
)
def test_refused(was: str, now: str, why: str) -> None:
    assert was in SHOWN
    with pytest.raises(ConfigError, match=re.escape(why)) as refused:
        piece_file.parse(SHOWN.replace(was, now, 1), FILE)
    assert str(refused.value).startswith("hall.toml: ")


def test_a_store_without_a_hall() -> None:
    with pytest.raises(ConfigError, match="hall: is missing"):
        piece_file.parse(SHOWN[: SHOWN.index("[[hall]]")], FILE)


def test_a_serial_in_two_halls() -> None:
    hall = SHOWN[SHOWN.index("[[hall]]") :]
    other = re.sub(r"(gate|shelf|camera|door)_a", r"\1_b", hall)
    assert len(piece_file.parse(SHOWN + other.replace("AL-", "BL-"), FILE).halls) == 2
    with pytest.raises(ConfigError, match="hall: a serial lay in two halls"):
        piece_file.parse(SHOWN + other, FILE)


def test_either_kind_of_sheet() -> None:
    ends = 1_767_196_800 + 30 * 86_400
    assert isinstance(sheet.parse(SHOWN, FILE, ends), Pieces)
    assert sheet.parse(SHEET, FILE, ends) == store_file.parse(SHEET, FILE, ends)
    assert isinstance(sheet.parse(SHEET, FILE, ends), Store)
