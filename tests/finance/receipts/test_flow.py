"""The demo of the main flow, once: every figure against arithmetic of its own, and what a reader does with its folder.

The arithmetic takes the scale's own tickets (not the signed statements), the published months of the price series, and
the terms as they are written here again.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest

from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.receipts.history import SignedOperation, read_history
from tally_chain.receipts.pins import read_receipt_pins
from tally_chain.receipts.views import view
from tally_edge import command
from tally_trial import plants
from tally_trial.receipts_demo import run, works
from tally_trial.receipts_demo.cast import FIRMS, number_of
from tally_trial.receipts_demo.commands import reading
from tally_trial.receipts_demo.record import Record
from tests.docs.pages import DOCS

pytestmark = pytest.mark.slow

ISSUED, DELIVERED, CANCELLED, MERGED = 1, 5, 6, 3
FREE = 0
ADVANCE, WARNING, LIQUIDATION = Fraction(70, 100), Fraction(80, 100), Fraction(90, 100)
RATE = Fraction(435, 10_000)
DRAWN = 380_000
MAIZE_2013 = ("297.06", "278.93", "234.89", "207.41", "201.73", "199.14", "197.50")
"""June to December, IMF, USD a tonne."""


@dataclass(frozen=True)
class Played:
    folder: Path
    lines: tuple[str, ...]
    main: Record
    default: Record

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("receipts") / "demo"
    lines: list[str] = []
    main, default = run.run(folder, lines.append)
    return Played(folder, tuple(lines), main, default)


@pytest.fixture(scope="module")
def weighed() -> dict[str, int]:
    """Kilograms by traffic, as the scale showed them."""
    with resources.as_file(resources.files("tally_trial.receipts_demo") / "silo.toml") as profile:
        plant = plants.opened(str(profile), works.SEED, works.DAYS)
    sums: dict[str, int] = {}
    for ticket in plant.instruments["weighbridge"].tickets:  # type: ignore[attr-defined]
        sums[ticket.weighing.traffic] = sums.get(ticket.weighing.traffic, 0) + ticket.net_kg
    return sums


def price(day: int) -> Fraction:
    """Yuan a tonne on a day: from day 13 a month of 2013 takes four days, cut to the fen."""
    months = [Fraction(each) for each in MAIZE_2013]
    place = Fraction(max(0, day - 13), 4)
    low = min(floor(place), 6)
    shape = months[low] if low == 6 else months[low] + (months[low + 1] - months[low]) * (place - low)
    return Fraction(floor(2300 * shape / months[0] * 100), 100)


def owed(principal: Fraction, days: int) -> Fraction:
    """With interest, Act/360."""
    return principal * (1 + RATE * days / 360)


def up(value: Fraction, step: Fraction = Fraction(1, 100)) -> Decimal:
    return Decimal(ceil(value / step)) * Decimal(step.numerator) / step.denominator


def down(value: Fraction, step: Fraction = Fraction(1, 100)) -> Decimal:
    return Decimal(floor(value / step)) * Decimal(step.numerator) / step.denominator


def figure(record: Record, name: str) -> Decimal:
    return Decimal(record.figures[name])


def position(folder: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((folder / "positions" / f"{name}.json").read_text("utf-8")))


# The main flow


def test_draw(played: Played, weighed: dict[str, int]) -> None:
    pledged_t = Fraction(weighed["harvest"], 1000)
    value = pledged_t * price(12)
    assert figure(played.main, "draw_value") == down(value)
    assert figure(played.main, "draw_lendable") == down(value * ADVANCE)
    assert figure(played.main, "warning_price") == up(Fraction(DRAWN) / WARNING / pledged_t)
    assert figure(played.main, "liquidation_price") == up(Fraction(DRAWN) / LIQUIDATION / pledged_t)
    found = position(played.folder, "drawn")
    assert (found["exposure"], found["line"]) == ("380000.00", "none")
    assert "search-used" in " ".join(found["against_new_credit"])


def test_margin_call(played: Played, weighed: dict[str, int]) -> None:
    """On the first day on which the price has loan to value at 80 %."""
    pledged_t = Fraction(weighed["harvest"], 1000)
    day = next(day for day in range(13, 40) if owed(Fraction(DRAWN), day - 12) / (pledged_t * price(day)) >= WARNING)
    assert played.main.figures["call_on"] == date(2026, 1, 1 + day).isoformat()
    exposure = up(owed(Fraction(DRAWN), day - 12))
    assert figure(played.main, "call_price") == Decimal(str(float(price(day))))
    assert figure(played.main, "call_exposure") == exposure
    value = pledged_t * price(day)
    assert figure(played.main, "call_cash") == up(Fraction(exposure) - value * ADVANCE)
    assert figure(played.main, "call_kg") == ceil((Fraction(exposure) / ADVANCE - value) / price(day) * 1000)
    assert position(played.folder, f"day-{day - 1}")["line"] == "none"
    assert position(played.folder, "margin-call")["line"] == "warning"


def test_top_up(played: Played, weighed: dict[str, int]) -> None:
    """Of the second receipt so much is taken as the lot's lower bound still carries."""
    found = position(played.folder, "topped-up")
    lower_kg = Decimal(found["lots"][0]["secured_kg"])
    assert figure(played.main, "top_up_kg") == lower_kg - weighed["harvest"]
    assert figure(played.main, "call_kg") < figure(played.main, "top_up_kg") <= weighed["second"]
    assert figure(played.main, "top_up_lendable") == down(Fraction(lower_kg) / 1000 * price(24) * ADVANCE)
    assert Decimal(found["exposure"]) == up(owed(Fraction(DRAWN), 12))
    assert (found["margin_call_until"], found["line"]) == (None, "none")


def test_repayment_and_release(played: Played, weighed: dict[str, int]) -> None:
    interest = owed(Fraction(DRAWN), 25) - DRAWN
    assert figure(played.main, "repaid_part_interest") == down(interest)
    left = DRAWN + interest - 200_000
    assert figure(played.main, "repaid_part_left") == up(left)
    assert figure(played.main, "released_kg") == weighed["release"]
    rest = owed(left, 12)
    assert figure(played.main, "repaid_rest") == up(rest)
    assert figure(played.main, "repaid_rest_interest") == down(rest - left)
    assert figure(played.main, "repaid_rest_left") == 0
    found = position(played.folder, "discharged")
    assert (found["exposure"], found["lots"]) == ("0.00", [])


def test_what_came_went(played: Played, weighed: dict[str, int]) -> None:
    came, out = weighed["harvest"] + weighed["second"], weighed["release"]
    assert figure(played.main, "merged_kg") == came - out
    assert figure(played.main, "delivered_kg") == weighed["delivery"]
    assert figure(played.main, "rest_kg") == came - out - weighed["delivery"]


# The default branch


def test_sale(played: Played, weighed: dict[str, int]) -> None:
    pledged_t = Fraction(weighed["harvest"], 1000)
    proceeds = down(pledged_t * price(32))
    costs, keeper = down(Fraction(proceeds) / 50), down(pledged_t * 30 / 2)
    exposure = up(owed(Fraction(DRAWN), 20))
    assert figure(played.default, "sale_proceeds") == proceeds
    assert figure(played.default, "sale_costs") == costs
    assert figure(played.default, "sale_keeper") == keeper
    assert figure(played.default, "sale_owed") == exposure
    assert figure(played.default, "sale_surplus") == proceeds - costs - keeper - exposure > 0
    assert position(played.folder / run.DEFAULT, "sold")["exposure"] == "0.00"


# The chain


@pytest.fixture(params=["", run.DEFAULT])
def branch(played: Played, request: pytest.FixtureRequest) -> Iterator[tuple[str, Path, EmbeddedEngine]]:
    folder = played.folder / request.param
    engine = EmbeddedEngine.open_reader(folder / "chain")
    yield request.param, folder, engine
    engine.close()


def test_title_on_the_chain(branch: tuple[str, Path, EmbeddedEngine]) -> None:
    name, folder, engine = branch
    receipts = read_receipt_pins(folder / "pins.json").contracts.receipts
    found = {
        each: view(engine, receipts, "Receipts", "receiptOf", number_of(each))
        for each in ("WR-1", "WR-2", *(("WR-3",) if not name else ()))
    }
    assert all(one["encumbrance"] == FREE and one["pledged"] == 0 for one in found.values())
    holders = {each: bytes(one["holder"]["organisation"]) for each, one in found.items()}
    if name:
        assert {each: one["state"] for each, one in found.items()} == {"WR-1": ISSUED, "WR-2": ISSUED}
        assert holders == {"WR-1": FIRMS["buyer"].id, "WR-2": FIRMS["borrower"].id}
    else:
        assert {each: one["state"] for each, one in found.items()} == {
            "WR-1": MERGED, "WR-2": MERGED, "WR-3": CANCELLED,
        }  # fmt: skip
        assert holders["WR-3"] == FIRMS["keeper"].id


def test_every_operation_is_left_as_a_file(branch: tuple[str, Path, EmbeddedEngine]) -> None:
    name, folder, engine = branch
    pins = read_receipt_pins(folder / "pins.json")
    history = read_history(engine, pins.contracts.places(), pins.organisations)
    done = [one.operation.kind for one in history.entries if isinstance(one, SignedOperation)]
    files = sorted(folder.joinpath("operations").iterdir())
    if name:  # from the fork on; before it they stand beside those of the main flow
        files = [*sorted(folder.parent.joinpath("operations").iterdir())[: len(done) - len(files)], *files]
    assert [file.stem.partition("-")[2] for file in files] == done


# What a reader does


def test_the_readers_commands(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    for said, words in reading(played.folder):
        assert words[0] == "tallystick"
        assert command.main(words[1:]) == 0, said
        assert capsys.readouterr().out


def test_pictures(played: Played) -> None:
    for folder, record in ((played.folder, played.main), (played.folder / run.DEFAULT, played.default)):
        text = (folder / "timeline.svg").read_text("utf-8")
        root = ET.fromstring(text)
        shown = " ".join(root.itertext())
        assert all(step.name in shown for step in record.steps)
        assert "nan" not in text.casefold()


def test_the_pictures_of_the_guide_are_those_of_the_demo(played: Played) -> None:
    for name, folder in (("main", played.folder), ("default", played.folder / run.DEFAULT)):
        shown = DOCS / "pictures" / f"receipts-{name}.svg"
        assert shown.read_text("utf-8") == (folder / "timeline.svg").read_text("utf-8"), f"copy it to {shown}"


def test_a_folder_that_is_not_empty_is_left_alone(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(played.folder.iterdir())
    assert command.main(["finance", "demo", "receipts", "--dir", str(played.folder)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert sorted(played.folder.iterdir()) == before


@pytest.mark.parametrize("page", ["keeper-guide.md", "lender-guide.md"])
def test_the_guides_tell_what_happened(played: Played, page: str) -> None:
    """Every sum, every mass and every price in the worked case is one of the demo's output."""
    text = (DOCS / page).read_text("utf-8").split("## A worked case", 1)[1]
    told = set(re.findall(r"CNY [\d,.]*\d(?:/t)?|[\d,]*\d kg", text))
    shown = set(re.findall(r"CNY [\d,.]*\d(?:/t)?|[\d,]*\d kg", played.text))
    assert len(told) > 8
    assert told <= shown, sorted(told - shown)
