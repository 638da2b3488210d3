"""A silo's weighbridge for four days, from a bundle that verifies, against orders that the lender gave beforehand."""

from __future__ import annotations

import pytest

from tally_chain.verify.verifier import examine
from tally_finance.quantity.evidence import Evidence, evidence_of
from tally_finance.quantity.tickets import Weighed, weighed
from tally_finance.release.matching import Watched, match
from tally_finance.release.order import G_PER_KG, Floor, ReleaseOrder
from tally_finance.release.picker import Picker, SeenPlate
from tally_finance.release.remark import Name
from tally_trial import plants
from tally_trial.play import play
from tally_trial.scene import look_at

RECEIPT = b"\x77" * 32


@pytest.fixture(scope="module")
def seen() -> tuple[Evidence, Weighed, dict[bytes, SeenPlate]]:
    """What the scale signed, and the keeper's openings of every plate, by what was signed."""
    plant = plants.opened("grain-silo", 5, 4)
    played = play(look_at(plant, 5, only={"weighbridge", "level_a", "level_b"}))
    evidence = evidence_of(examine(played.bundle, played.policy, now=played.now))
    point = next(point for point in evidence.packs if point.endswith("weighbridge"))
    opened = [SeenPlate(one.plate, one.salt) for one in plant.course.weighings]
    return evidence, weighed(evidence, point), {one.commitment: one for one in opened}


def orders(out: Weighed, openings: dict[bytes, SeenPlate]) -> list[ReleaseOrder]:
    """One for each load, as if the lender had known: its vehicle, its mass, an hour around its time."""
    found = []
    for number, load in enumerate(one for one in out.tickets if not one.came):
        assert load.plate is not None
        picker = Picker(openings[load.plate].plate, f"driver {number}", bytes([number]) * 16)
        quantity = int(load.net_kg) * G_PER_KG
        found.append(
            ReleaseOrder(
                bytes([number + 1]) * 32, RECEIPT, quantity, picker.digest, load.at - 1_800, load.at + 1_800, picker
            )
        )
    return found


def watched(seen: tuple[Evidence, Weighed, dict[bytes, SeenPlate]]) -> Watched:
    evidence, out, openings = seen
    return Watched(out, tuple(openings.values()), evidence.from_at, evidence.to_at)


def test_every_load_has_its_order(seen: tuple[Evidence, Weighed, dict[bytes, SeenPlate]]) -> None:
    _, out, openings = seen
    given = orders(out, openings)
    found = match(given, watched(seen))
    assert len(given) > 15
    assert found.remarks == found.unordered == ()
    assert all(one.quantity_g == one.order.quantity_g for one in found.released)
    evidence = [one.execution(bytes(32), 0, {})["evidence"] for one in found.released]
    assert len({ids[0] for ids in evidence}) == len(given)


def test_one_phone_call(seen: tuple[Evidence, Weighed, dict[bytes, SeenPlate]]) -> None:
    """Of one load the order was never given: it alone is told, with its ticket."""
    _, out, openings = seen
    given = orders(out, openings)
    missing = given.pop(7)
    found = match(given, watched(seen))
    assert [one.name for one in found.alarms] in ([Name.NO_ORDER], [Name.OUTSIDE_WINDOW])
    (load,) = found.unordered
    assert int(load.net_kg) * G_PER_KG == missing.quantity_g
    assert found.alarms[0].touches == f"ticket {load.number}"


def test_a_kilogram_too_much(seen: tuple[Evidence, Weighed, dict[bytes, SeenPlate]]) -> None:
    _, out, openings = seen
    given = orders(out, openings)
    short = given[3]
    given[3] = ReleaseOrder(
        short.order, RECEIPT, short.quantity_g - G_PER_KG, short.names, short.from_at, short.until_at, short.picker
    )
    found = match(given, watched(seen))
    assert [(one.name, one.touches) for one in found.remarks] == [(Name.OVER_PICK, short.name)]


def test_plates_that_the_keeper_keeps_to_itself(seen: tuple[Evidence, Weighed, dict[bytes, SeenPlate]]) -> None:
    evidence, out, openings = seen
    found = match(orders(out, openings), Watched(out, (), evidence.from_at, evidence.to_at))
    assert {one.name for one in found.alarms} == {Name.PLATE_UNKNOWN}
    assert len(found.unordered) == len(found.released)


def test_a_dynamic_pledge(seen: tuple[Evidence, Weighed, dict[bytes, SeenPlate]]) -> None:
    evidence, out, _ = seen
    went = sum(int(one.net_kg) * G_PER_KG for one in out.tickets if not one.came)
    assert match([], watched(seen), Floor(RECEIPT, went, evidence.to_at)).remarks == ()
    found = match([], watched(seen), Floor(RECEIPT, went - 1, evidence.to_at))
    assert [one.name for one in found.remarks] == [Name.UNDER_FLOOR]
