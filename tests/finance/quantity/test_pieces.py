"""Goods with serials: which pieces count, by hand and over a simulated warehouse whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.verify.figures import Basis
from tally_chain.verify.verifier import examine
from tally_finance.errors import QuantityError
from tally_finance.quantity import piece_file
from tally_finance.quantity.attested import Standing
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.pieces import PiecePosition, State, piece_position
from tally_finance.quantity.remark import Name
from tally_finance.quantity.store import Hall
from tally_trial.play import play
from tally_trial.scene import look_at
from tests.finance.quantity.door import CAMERA, DOOR, GATE, HOUR, SHELF, Day, hall_store
from tests.finance.quantity.piece_hall import WATCHED, sheet_of, warehouse
from tests.finance.quantity.yard import BEGINS, ENDS

D = Decimal
NOON = BEGINS + 12 * HOUR
LAST = ENDS - HOUR


def states(found: PiecePosition) -> dict[str, State]:
    return {one.piece.serial: one.state for one in found.pieces}


def names(found: PiecePosition) -> list[Name]:
    return [one.name for one in found.remarks]


def test_pieces_that_gate_and_reader_see() -> None:
    """One lay there, one came; 1,003 kg to the kilogram and 998 on a scale that may be wrong by 2 kg and by 1 empty."""
    day = Day().come(NOON, "B", 998).look(LAST, "A", "B")
    found = piece_position(day.evidence(), hall_store({"A": 1_003}))
    assert states(found) == {"A": State.CONFIRMED, "B": State.CONFIRMED}
    assert (found.attested.quantity_kg, found.attested.standing, found.remarks) == (2_001, Standing.AGREE, ())
    assert found.attested.u_kg.quantize(D("0.001")) == D("1.291")  # √(2² + 1²) / √3
    assert (found.attested.lower_kg, found.attested.upper_kg) == (1_998, 2_004)
    assert found.allows_credit
    assert [one.place for one in found.pieces[1].piece.sources] == ["entry 0", "entry 1"]


def test_a_piece_that_left() -> None:
    day = Day().come(NOON, "B", 998).leave(NOON + 60, "B").look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_003}))
    assert (states(found), found.attested.quantity_kg) == ({"A": State.CONFIRMED}, 1_003)


def test_a_piece_that_comes_again_is_weighed_again() -> None:
    day = Day().leave(NOON, "A").enter(NOON + 60, "A").look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_003}))
    assert (found.pieces, names(found)) == ((), [Name.UNWEIGHED])
    again = Day().leave(NOON, "A").enter(NOON + 60, "A").weigh(NOON + 90, "A", 1_000).look(LAST, "A")
    found = piece_position(again.evidence(), hall_store({"A": 1_003}))
    assert (found.attested.quantity_kg, found.remarks) == (1_000, ())


def test_what_was_seen_before_it_left_does_not_count() -> None:
    """It was driven away and came again after the newest look: scale and gate saw it since, the readers did not."""
    day = Day().look(LAST - HOUR, "A").leave(LAST - 60, "A").come(LAST, "A", 1_000)
    found = piece_position(day.evidence(), hall_store({"A": 1_000}, witnesses=3))
    assert states(found) == {"A": State.UNSEEN}
    assert dict(found.pieces[0].seen) == {"scale": LAST, "gate": ENDS}


def test_one_witness_is_too_few() -> None:
    """The newest look misses B: it alone is not lent against, and may still be there."""
    day = Day().look(NOON, "A", "B").look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000, "B": 900}))
    assert states(found) == {"A": State.CONFIRMED, "B": State.UNSEEN}
    assert (found.attested.quantity_kg, found.attested.upper_kg, found.attested.standing) == (
        1_000,
        1_900,
        Standing.LESS,
    )
    assert (names(found), found.allows_credit) == ([Name.SERIAL_UNSEEN], True)
    assert not found.attested.is_short_of(D(1_900), D(0))


def test_misses_that_count_make_a_piece_missing() -> None:
    """Of two pieces one tag in fifty is missed: 0.02² is below 0.001 / 2, so two looks running are enough."""
    day = Day().look(NOON, "A", "B").look(LAST - HOUR, "A").look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000, "B": 900}))
    assert (found.misses, states(found)) == (2, {"A": State.CONFIRMED, "B": State.MISSING})
    assert (found.attested.lower_kg, found.attested.upper_kg) == (1_000, 1_000)
    assert found.attested.is_short_of(D(1_900), D(0))
    assert not found.attested.is_short_of(D(1_900), D(900))  # where the allowance is as large
    assert [(one.name, one.sentence) for one in found.remarks] == [(Name.SERIAL_MISSING, "1 pieces of 900 kg: B")]


def test_a_large_store_needs_more_misses() -> None:
    """Of 400 pieces two looks running miss some honest one in every sixth case: 0.02³ · 400 is above 0.001, too."""
    opening = {f"P{number}": 1_000 for number in range(400)}
    day = Day().look(LAST - HOUR, *list(opening)[1:]).look(LAST, *list(opening)[1:])
    found = piece_position(day.evidence(), hall_store(opening))
    assert (found.misses, states(found)["P0"]) == (4, State.UNSEEN)


def test_looks_before_it_came_do_not_miss_it() -> None:
    day = Day().look(NOON - 60, "A").come(LAST - 60, "B", 900).look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert states(found) == {"A": State.CONFIRMED, "B": State.CONFIRMED}  # by scale and gate, an hour ago


def test_missing_outweighs_whoever_says_otherwise() -> None:
    """A gate does not see what goes through a window, and a scale saw it hours ago."""
    day = Day().come(LAST - 3 * HOUR, "B", 900).look(LAST - HOUR, "A").look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert states(found)["B"] is State.MISSING
    assert dict(found.pieces[1].seen) == {"scale": LAST - 3 * HOUR, "gate": ENDS}


def test_what_was_seen_long_ago_does_not_count() -> None:
    day = Day().look(ENDS - 6 * HOUR - 1, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert (states(found), names(found)) == ({"A": State.UNSEEN}, [Name.SILENT, Name.SERIAL_UNSEEN])
    assert not found.allows_credit
    fresh = piece_position(Day().look(ENDS - 6 * HOUR, "A").evidence(), hall_store({"A": 1_000}))
    assert (states(fresh), fresh.remarks) == ({"A": State.CONFIRMED}, ())


def test_an_empty_hall_is_a_look_too() -> None:
    day = Day().look(LAST - HOUR).look(LAST)
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert (states(found), found.attested.upper_kg) == ({"A": State.MISSING}, 0)


def test_a_copy_of_a_tag() -> None:
    """Stones under the tag of a piece that lies there: it comes in twice, and counts nowhere."""
    day = Day().come(NOON, "A", 1_000).look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert (states(found), found.attested.quantity_kg, names(found)) == ({"A": State.STRUCK}, 0, [Name.SERIAL_TWICE])
    assert not found.allows_credit


def test_a_piece_that_was_swapped_shows_on_the_scale() -> None:
    """A dummy with the tag of a piece that was driven off: gate and reader go by the tag, the scale does not."""
    day = Day().weigh(NOON, "A", 800).look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert (states(found), names(found), found.allows_credit) == (
        {"A": State.STRUCK},
        [Name.WEIGHT_DIFFERS],
        False,
    )


def test_weighed_again_is_a_witness() -> None:
    """E_n up to 1: the scale is wrong by √5/√3 kg, so 2 kg more are the same piece and 3 kg are not."""
    day = Day().weigh(LAST, "A", 1_002).look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}, witnesses=3))
    assert (states(found), found.attested.quantity_kg) == ({"A": State.CONFIRMED}, 1_000)
    other = piece_position(Day().weigh(LAST, "A", 1_003).look(LAST, "A").evidence(), hall_store({"A": 1_000}))
    assert names(other) == [Name.WEIGHT_DIFFERS]


def test_a_counter_that_counts_enough() -> None:
    three = hall_store({"A": 1_000, "B": 900}, witnesses=3, counter=True)
    enough = piece_position(Day().look(LAST, "A", "B").count(LAST, 2).evidence(), three)
    assert set(states(enough).values()) == {State.CONFIRMED}
    fewer = piece_position(Day().look(LAST, "A", "B").count(LAST, 1).evidence(), three)
    assert set(states(fewer).values()) == {State.UNSEEN}


def test_a_counter_that_says_nothing() -> None:
    with pytest.raises(QuantityError, match=f"{CAMERA}: the bundle has no readings of it that hold"):
        piece_position(Day().look(LAST, "A").evidence(), hall_store({"A": 1_000}, counter=True))


def test_a_gate_that_lost_serials_confirms_nobody() -> None:
    day = Day().come(NOON, "B", 900).look(LAST, "A", "B")
    lost = piece_position(day.evidence(unread=1), hall_store({"A": 1_000}))
    assert set(states(lost).values()) == {State.UNSEEN}
    assert names(lost) == [Name.SUMS_DIFFER, Name.SERIAL_UNSEEN]
    silent = piece_position(day.evidence(silent=["passed_out"]), hall_store({"A": 1_000}))
    assert (names(silent)[0], silent.remarks[0].touches) == (Name.SILENT, f"{GATE}/passed_out")
    partly = day.evidence()
    figures = {
        **partly.figures,
        (GATE, "passed_in"): replace(partly.figures[GATE, "passed_in"], basis=Basis.INCOMPLETE),
    }
    doubtful = piece_position(replace(partly, figures=figures), hall_store({"A": 1_000}))
    assert (names(doubtful)[0], set(states(doubtful).values())) == (Name.SILENT, {State.UNSEEN})


def test_without_a_tag_it_is_nothing() -> None:
    """Stones without tags: the scale weighs them, no serial passes, and nothing counts."""
    day = Day().weigh(NOON, None, 1_000).look(LAST, "A")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert (found.attested.quantity_kg, names(found)) == (1_000, [Name.UNWEIGHED])


def test_one_serial_in_two_halls() -> None:
    base = hall_store({"A": 1_000})
    far = replace(base.halls[0], opening={"A": D(1_000)})
    found = piece_position(Day().look(LAST, "A").evidence(), replace(base, halls=(base.halls[0], far)))
    assert set(states(found).values()) == {State.STRUCK}
    assert names(found) == [Name.SERIAL_TWICE]


def test_a_serial_that_is_read_in_another_hall() -> None:
    """One hall lists it, and the newest look of another reads it."""
    base = hall_store({"A": 1_000})
    door, gate, shelf = (f"urn:example:{name}-2" for name in ("door", "gate", "shelf"))
    far = Hall(replace(base.halls[0].scale, point=door), gate, shelf, None, {"B": D(900)})
    here, there = Day().look(LAST, "A").evidence(), Day().look(LAST, "A", "B").evidence()
    moved = {DOOR: door, GATE: gate, SHELF: shelf}
    packs = {moved[point]: [replace(pack, readings=tuple(replace(one, point=moved[point]) for one in pack.readings))
                            for pack in there.packs[point]] for point in moved}  # fmt: skip
    figures = {(moved[point], register): one for (point, register), one in there.figures.items()}
    both = replace(here, packs={**here.packs, **packs}, figures={**here.figures, **figures})
    both.facts.meters[door] = both.facts.meters[DOOR]
    found = piece_position(both, replace(base, halls=(base.halls[0], far)))
    assert states(found) == {"A": State.STRUCK, "B": State.CONFIRMED}
    assert names(found) == [Name.SERIAL_TWICE]


def test_an_instrument_without_evidence() -> None:
    with pytest.raises(QuantityError, match=f"{SHELF}: the bundle has no readings of it that hold"):
        piece_position(Day().evidence(), hall_store({"A": 1_000}))
    assert DOOR in Day().evidence().packs


@given(data=st.data())
def test_what_is_confirmed_came_and_was_seen(data: st.DataObject) -> None:
    """Whatever comes, goes and is read: the lower bound holds no piece twice, none that left, none unseen of late."""
    serials = "ABCDE"
    day, there = Day(), {"A": 1_000}
    for hour in range(1, 20):
        serial, what = data.draw(st.sampled_from(serials)), data.draw(st.sampled_from(["come", "leave", "look", ""]))
        at = BEGINS + hour * HOUR
        if what == "come" and serial not in there:
            there[serial] = data.draw(st.integers(900, 1_100))
            day.come(at, serial, there[serial])
        elif what == "leave" and there.pop(serial, None) is not None:
            day.leave(at, serial)
        elif what == "look":
            day.look(at, *sorted(one for one in there if data.draw(st.booleans())))
    last = frozenset(one for one in there if data.draw(st.booleans()))
    day.look(LAST, *sorted(last))
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    assert {one.piece.serial for one in found.pieces} == set(there)
    confirmed = {one.piece.serial for one in found.of(State.CONFIRMED)}
    assert found.attested.quantity_kg == sum(there[one] for one in confirmed)
    assert found.attested.lower_kg <= found.attested.quantity_kg <= found.attested.upper_kg <= found.book.value + 20
    assert last <= confirmed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warehouse")


def simulated(folder: Path, seed: int, *physical: str) -> tuple[PiecePosition, Decimal]:
    """The position after four days, and what really lies there."""
    plant = warehouse(folder, seed, 4, *physical)
    played = play(look_at(plant, seed, only=set(WATCHED)))
    evidence = evidence_of(examine(played.bundle, played.policy, now=played.now))
    found = piece_position(evidence, piece_file.parse(sheet_of(plant), folder / "store.toml"))
    truth = plant.truth(plant.ends)
    return found, sum((truth[f"stock/hall_{hall}_kg"] for hall in "ab"), D(0))


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_an_honest_warehouse(seed: int, folder: Path) -> None:
    found, really = simulated(folder / str(seed), seed)
    assert found.remarks == ()
    assert {one.state for one in found.pieces} == {State.CONFIRMED}
    assert found.attested.lower_kg <= really <= found.attested.upper_kg
    assert found.attested.u_kg * 500 < really
    assert any(one.piece.weighing is not None for one in found.pieces)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_readers_that_miss_tags_make_nobody_short(seed: int, folder: Path) -> None:
    """Two tags in a hundred are missed in each look: some pieces are unseen, none is missing, and nothing is short."""
    plant = warehouse(folder / f"unread {seed}", seed, 4, unread_ppm=20_000)
    played = play(look_at(plant, seed, only=set(WATCHED)))
    evidence = evidence_of(examine(played.bundle, played.policy, now=played.now))
    found = piece_position(evidence, piece_file.parse(sheet_of(plant, "0.98"), folder / "store.toml"))
    truth = plant.truth(plant.ends)
    really = sum((truth[f"stock/hall_{hall}_kg"] for hall in "ab"), D(0))
    assert (found.misses, found.of(State.MISSING), found.of(State.STRUCK)) == (4, (), ())
    assert found.attested.lower_kg <= really <= found.attested.upper_kg
    assert len(found.of(State.UNSEEN)) * 50 < len(found.pieces)
    assert not found.attested.is_short_of(really, D(0))


def test_pieces_driven_out_at_night(folder: Path) -> None:
    """Past the gate: two looks later they are missing, and what is left is right."""
    found, really = simulated(folder / "night", 5, "night-drive")
    assert names(found) == [Name.SERIAL_MISSING]
    assert found.attested.lower_kg <= really <= found.attested.upper_kg
    assert found.attested.is_short_of(found.book.value, D(0))


def test_stones_under_copied_tags(folder: Path) -> None:
    found, really = simulated(folder / "stones", 5, "stones")
    assert set(names(found)) == {Name.WEIGHT_DIFFERS, Name.SERIAL_TWICE}
    assert found.attested.lower_kg <= really  # the stones are none of it
