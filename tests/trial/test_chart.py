"""The picture of a run: what was done stands behind the lanes that it is about, and nothing is written over another."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from tally_sim.plant.interface import Happening
from tally_trial.chart import Chart, Lane, Marked
from tally_trial.scene import DAY_S
from tests.trial.yard import BEGINS

SVG = "{http://www.w3.org/2000/svg}"


def lane(about: str, *values: str) -> Lane:
    return Lane(about, about, "kg", [(BEGINS + n * 3_600, Decimal(value)) for n, value in enumerate(values)])


def marked(begins: int, *about: str) -> Marked:
    return Marked(Happening("x", "", begins, begins + DAY_S, "What."), "fault", "verdict", frozenset(about))


def drawn(lanes: list[Lane], marks: list[Marked], days: int = 7) -> ET.Element:
    return ET.fromstring(Chart("t", "s", BEGINS, BEGINS + days * DAY_S, lanes, marks).render())


def texts(root: ET.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def test_a_happening_stands_behind_its_own_lanes_and_one_of_the_site_behind_all() -> None:
    lanes = [lane("m1", "0", "1"), lane("m1", "0", "1"), lane("m2", "0", "1")]
    root = drawn(lanes, [marked(BEGINS, "m1"), marked(BEGINS)])
    assert texts(root).count("1") == 2
    assert texts(root).count("2") == 3
    assert len([one for one in root.iter(f"{SVG}rect") if one.get("fill-opacity")]) == 5


def test_numbers_of_happenings_that_begin_together_stand_under_one_another() -> None:
    root = drawn([lane("m1", "0", "1")], [marked(BEGINS, "m1"), marked(BEGINS + 60, "m1"), marked(BEGINS, "m1")])
    heights = {one.text: one.get("y") for one in root.iter(f"{SVG}text") if one.text in ("1", "2", "3")}
    assert len(set(heights.values())) == 3


@pytest.mark.parametrize("days", [2, 14, 30, 84, 366])
def test_no_date_is_written_over_the_last_one(days: int) -> None:
    dates = [one for one in drawn([], [], days).iter(f"{SVG}text") if re.fullmatch(r"\d\d-\d\d", one.text or "")]
    *_, before, last = dates
    assert last.get("text-anchor") == "end"
    assert Decimal(last.get("x", "0")) - Decimal(before.get("x", "0")) >= 80


@pytest.mark.parametrize(
    ("values", "says"),
    [(("0.149", "0.151"), "0.149 … 0.151 kg"), (("0", "12000.4"), "0 … 12,000 kg"), (("0.5", "7.25"), "0.5 … 7.25 kg")],
)
def test_the_ends_of_a_lane_are_told_apart(values: tuple[str, str], says: str) -> None:
    assert says in texts(drawn([lane("m1", *values)], []))


def test_what_nobody_signed_is_dashed() -> None:
    true = Lane("heap", "true heap", "kg", [(BEGINS, Decimal(1)), (BEGINS + DAY_S, Decimal(2))], true=True)
    signed, dashed = list(drawn([lane("m1", "0", "1"), true], []).iter(f"{SVG}path"))
    assert signed.get("stroke-dasharray") is None
    assert dashed.get("stroke-dasharray")


def test_what_was_done_is_told_in_one_line_that_goes_into_the_picture() -> None:
    assert "1  fault x: What; verdict" in texts(drawn([], [marked(BEGINS)]))
    long = Marked(Happening("x", "", BEGINS, BEGINS + 1, "y" * 300), "fault", "verdict", frozenset())
    (line,) = [text for text in texts(drawn([], [long])) if text.startswith("1  fault")]
    assert len(line) == 190
    assert line.endswith("…")
