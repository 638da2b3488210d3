"""Outputs of simulated stores: grain that goes out and what more of it lies there, and pieces by their serials."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tally_chain.verify.verifier import Examined, examine
from tally_finance.activity import boundary_file
from tally_finance.activity.site import site_of
from tally_finance.errors import QuantityError
from tally_finance.quantity import sheet as store_sheet
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.pieces import PiecePosition
from tally_finance.quantity.position import Position
from tally_finance.quantity.store import Store
from tally_finance.report import inventory_file, outputs
from tally_finance.report.outputs import Output
from tally_trial import plants
from tally_trial.play import Played, play
from tally_trial.scene import look_at, point_of
from tests.finance.quantity import piece_hall, yard
from tests.finance.quantity.sheet import SHEET

BOUNDARY = """
name = "Store"
timezone = "Asia/Shanghai"

[[version]]
from = 2025-01-01T00:00:00+08:00
reason = "first"

[[version.meter]]
name = "scale"
medium = "output"
role = "counter"
point = "{point}"
register = "{register}"
unit = "kg"
"""
INVENTORY = """
entity = "Store"
boundary = "boundary.toml"
regions = ["CN"]

[[use]]
name = "electricity"
medium = "electricity"
as = "electricity"

[products]
[[products.product]]
name = "goods"
attested = "store.toml"
way = "{way}"
"""
MOIST = ("moisture_at_intake", "moisture_limit", "moisture_sample_u")
DRY = "\n".join(line for line in SHEET.splitlines() if not line.startswith(MOIST))


def verified(played: Played) -> Examined:
    return examine(played.bundle, played.policy, now=played.now)


def made(of: Examined, folder: Path, store: str, way: str, register: tuple[str, str]) -> Output:
    point, name = register
    (folder / "boundary.toml").write_text(BOUNDARY.format(point=point, register=name))
    (folder / "store.toml").write_text(store)
    (folder / "inventory.toml").write_text(INVENTORY.format(way=way))
    read = inventory_file.load(folder / "inventory.toml")
    assert read.products is not None
    site = site_of(of, boundary_file.load(folder / "boundary.toml"))
    return outputs.outputs(read.products.every, of, site, read)["goods"]


@pytest.fixture(scope="module")
def silo() -> Examined:
    """Four days."""
    return verified(play(look_at(plants.opened("grain-silo", 5, 4), 5, only={"weighbridge", "level_a", "level_b"})))


BRIDGE = (point_of("weighbridge"), "kg_out")


def test_what_went_out_and_what_more_lies_there(silo: Examined, tmp_path: Path) -> None:
    """The same numbers as the store's own position; what density and gauges are wrong by at both ends cancels."""
    found = made(silo, tmp_path, DRY, "out", BRIDGE)
    evidence = evidence_of(silo)
    store = store_sheet.parse(DRY, tmp_path / "store.toml", evidence.to_at)
    position = store_sheet.position_of(evidence, store)
    assert isinstance(store, Store)
    assert isinstance(position, Position)
    assert position.measured is not None
    went = position.weighed_kg(came=False)
    exact = went + position.measured.value - position.opening.value
    assert found.amount.number == Fraction(exact.quantize(Decimal("0.001"), ROUND_FLOOR))
    by_itself = found_u(found)
    assert by_itself < (position.measured.u**2 + position.opening.u**2).sqrt() / 2
    assert found.attested is not None
    names = {one.name.partition(" ")[0] for one in found.attested.shown}
    assert names == {"ticket", "stock"}


def found_u(of: Output) -> Decimal:
    """The standard uncertainty, by hand: each group as a sum, all as squares."""
    groups: dict[str, Decimal] = {}
    for one in of.contributions:
        name = one.group or one.name
        groups[name] = groups.get(name, Decimal(0)) + Decimal(one.u.number.numerator) / one.u.number.denominator
    return sum((u * u for u in groups.values()), Decimal(0)).sqrt()


def test_what_went_out_and_what_came_balance(silo: Examined, tmp_path: Path) -> None:
    """The silo makes nothing: what went out and what more lies there is what came in, as far as both are sure."""
    came, made_of = (made(silo, tmp_path, DRY, way, BRIDGE) for way in ("in", "out"))
    apart = abs(came.amount.number - made_of.amount.number)
    assert apart <= 2 * (found_u(came) + found_u(made_of))


def test_goods_that_dry_have_no_change_of_stock(silo: Examined, tmp_path: Path) -> None:
    with pytest.raises(QuantityError, match="of goods in bulk that do not dry"):
        made(silo, tmp_path, SHEET, "out", BRIDGE)


def test_what_lay_there_before_is_seen_and_not_stated(silo: Examined, tmp_path: Path) -> None:
    stated = DRY + "\n[opening]\nat = 2026-01-01T00:00:00+08:00\nkg = 1\nu_kg = 0\n"
    with pytest.raises(QuantityError, match="before is stated, and not what its gauges saw"):
        made(silo, tmp_path, stated, "out", BRIDGE)


def test_pieces_count_once_by_their_serials(tmp_path: Path) -> None:
    plant = piece_hall.warehouse(tmp_path / "plant", 3, 4)
    of = verified(play(look_at(plant, 3, only=set(piece_hall.WATCHED))))
    text, door = piece_hall.sheet_of(plant), (point_of("door_a"), "kg_in")
    evidence = evidence_of(of)
    position = store_sheet.position_of(evidence, store_sheet.parse(text, tmp_path / "store.toml", evidence.to_at))
    assert isinstance(position, PiecePosition)
    came = [one for one in position.tickets if one.came]
    serials = {one.serial for one in came}
    assert len(came) >= len(serials) > 10
    pieces = made(of, tmp_path, text, "pieces", door)
    assert (pieces.amount.number, pieces.amount.unit, pieces.contributions) == (len(serials), "piece", ())
    mass = made(of, tmp_path, text, "in", door)
    first = {one.serial: one.net_kg for one in sorted(came, key=lambda one: one.at, reverse=True)}
    assert mass.amount.number == sum(first.values())


def test_a_piece_that_comes_again_was_made_once() -> None:
    """It is weighed in, leaves, and is weighed in again: the first weighing counts, and the sums say more."""
    first, again, other = (
        yard.weighing(yard.BEGINS + 60 * number, number, 1000 + number, 0, piece=serial)
        for number, serial in enumerate(("A", "A", "B"), 1)
    )
    evidence = yard.evidence([yard.sums(yard.BEGINS, 0, 0), first, again, other, yard.sums(yard.ENDS, 3006, 0)])
    known: set[str] = set()
    found = outputs._weighings(evidence, yard.store().bridge, known, came=True)
    assert [one.serial for one in found.tickets] == ["A", "B"]
    assert found.estimate.value == 1001 + 1003
    assert outputs._weighings(evidence, yard.store().bridge, known, came=True).tickets == ()  # over another scale
