"""A store's position from evidence: worked by hand, and over a simulated silo whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain.verify.verifier import examine
from tally_finance.errors import QuantityError
from tally_finance.estimate import Estimate
from tally_finance.quantity import store_file
from tally_finance.quantity.attested import Standing
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.moisture import Moisture
from tally_finance.quantity.position import Position, position
from tally_finance.quantity.remark import Name
from tally_finance.quantity.store import Opening
from tally_trial import plants
from tally_trial.play import play
from tally_trial.scene import look_at
from tests.finance.quantity.sheet import SHEET
from tests.finance.quantity.yard import BEGINS, ENDS, GAUGE, SCALE, SURE, evidence, level, store, sums, weighing

D = Decimal
AT = BEGINS + 3_600
DAY = [
    [*sums(BEGINS, 0, 0), *weighing(AT, 1, 47_000, 15_000)],
    [*weighing(AT + 60, 2, 15_000, 45_000), *sums(ENDS, 32_000, 30_000)],
]


def names(found: Position) -> list[Name]:
    return [remark.name for remark in found.remarks]


def test_by_tickets_alone() -> None:
    """100 t, 32 t in, 30 t out over one scale: what it is wrong by in 47 t and in 45 t is the same, and cancels."""
    found = position(evidence(DAY), store(opening=Opening(BEGINS, D(100_000), D(50))))
    assert (found.book.value, found.weighed_kg(came=True), found.weighed_kg(came=False)) == (102_000, 32_000, 30_000)
    assert found.book.u == 50
    assert (found.attested.standing, names(found)) == (Standing.UNMEASURED, [Name.BOOK_ALONE])
    assert found.attested.lower_kg == 101_917  # 102,000 less 1.645 times 50
    assert found.allows_credit


def test_beside_a_gauge() -> None:
    """A tenth of 1,000 m3 at a tonne each, then 102 t: what the scale says and what the gauge sees are the same."""
    found = position(evidence(DAY, [level(BEGINS, "0.1"), level(ENDS, "0.102")]), store(gauged=True))
    assert found.measured is not None
    assert (found.opening.value, found.book.value, found.measured.value) == (100_000, 102_000, 102_000)
    assert (found.attested.standing, found.attested.quantity_kg, found.remarks) == (Standing.AGREE, D(102_000), ())
    assert [[one.source.place for one in shown] for shown in found.levels[GAUGE]] == [["entry 100"], ["entry 101"]]


def test_goods_driven_out_at_night() -> None:
    """Two tonnes less than the book: the gauge is sure, the scale's error cancels, so nothing explains them."""
    found = position(evidence(DAY, [level(BEGINS, "0.1"), level(ENDS, "0.1")]), store(gauged=True))
    assert (found.attested.standing, found.attested.lower_kg) == (Standing.SHORT, D(99_999))
    assert names(found) == [Name.SHORT]
    assert not found.allows_credit


def test_goods_that_dry() -> None:
    """100 t at 20 % are 80 t dry; 32 t came at 25 %, 24 t dry; 30 t went at 20 %; 80 t dry are 100 t at 20 %."""
    moist = Moisture((D("0.25"), D("0.25")), D(0))
    gauge = [level(BEGINS, "0.1", "0.2"), level(AT + 60, "0.13", "0.2"), level(ENDS, "0.1", "0.2")]
    found = position(evidence(DAY, gauge), store(gauged=True, moisture=moist))
    assert (found.book.value, found.attested.standing) == (100_000, Standing.AGREE)
    drier = [*gauge[:2], level(ENDS, "0.098", "0.184")]
    dried = position(evidence(DAY, drier), store(gauged=True, moisture=moist))
    assert dried.book.value.quantize(D("0.1")) == D("98039.2")  # 80 t dry at 18.4 %
    assert not position(evidence(DAY, drier), store(gauged=True)).allows_credit  # unknown to a book that knows no water


def test_a_load_that_was_sampled() -> None:
    """What came at 25 % by its sample is 24 t dry, whatever the range says, and the sample may be wrong by 0.3 %."""
    moist = Moisture((D("0.10"), D("0.30")), D("0.003"))
    gauge = [level(BEGINS, "0.1", "0.2"), level(AT + 60, "0.13", "0.2"), level(ENDS, "0.1", "0.2")]
    sampled = [[*sums(BEGINS, 0, 0), *weighing(AT, 1, 47_000, 15_000, moisture=D("0.25"))], DAY[1]]
    found = position(evidence(sampled, gauge), store(gauged=True, moisture=moist))
    assert found.book.value == 100_000
    assert found.book.shared["yard/samples"].quantize(D("0.1")) == D("-69.3")  # 32 t times 0.3 % / √3, over 0.8
    assert "yard/moisture at intake" not in found.book.shared
    unsampled = position(evidence(DAY, gauge), store(gauged=True, moisture=moist))
    assert unsampled.book.shared["yard/moisture at intake"].quantize(D("1")) == D("2309")
    wrong = [[*sums(BEGINS, 0, 0), *weighing(AT, 1, 47_000, 15_000, moisture=D(1))], DAY[1]]
    assert Name.TICKET_WRONG in names(position(evidence(wrong, gauge), store(gauged=True, moisture=moist)))


def test_what_nature_takes_is_expected() -> None:
    """A thousandth within half a year is a 180,000th a day: of 101 t 0.56 kg, half of it, give or take as much."""
    found = position(
        evidence(DAY), store(opening=Opening(BEGINS, D(100_000), D(0)), quota="grain", stored_s=90 * 86_400)
    )
    lost = 102_000 - found.book.value
    assert lost.quantize(D("0.001")) == D("0.281")
    assert found.book.u.quantize(D("0.001")) == D("0.162")


def test_one_witness_is_none() -> None:
    found = position(evidence(DAY), store(opening=Opening(BEGINS, D(100_000), D(0)), book_alone=False))
    assert names(found) == [Name.UNMEASURED]
    assert not found.allows_credit


def test_an_opening_of_another_day() -> None:
    """What went between the two is in no bundle."""
    with pytest.raises(
        QuantityError, match=f"yard: the opening is of {BEGINS - 60}, and the bundle begins at {BEGINS}"
    ):
        position(evidence(DAY), store(opening=Opening(BEGINS - 60, D(100_000), D(0))))


def test_more_went_than_was_there() -> None:
    found = position(evidence(DAY), store(opening=Opening(BEGINS, D(-10_000), D(0))))
    assert found.book.value == -8_000
    assert Name.NEGATIVE in names(found)
    assert not found.allows_credit


def test_an_exchanged_gauge_is_wrong_by_its_own() -> None:
    """What the first was wrong by it was wrong by at the beginning alone: nothing cancels any more."""
    two = evidence(DAY, [level(BEGINS, "0.1"), level(ENDS, "0.102")])
    wrong = replace(store(gauged=True), gauges={GAUGE: replace(SURE, limit=D("0.003"))})
    assert position(two, wrong).book.covariance(position(two, wrong).measured or Estimate(D(0))) > 0
    first = two.facts.meters[GAUGE][0]
    two.facts.meters[GAUGE].append(replace(first, facts=replace(first.facts, effective_at=AT, serial="S2")))
    exchanged = position(two, wrong)
    assert exchanged.measured is not None
    assert exchanged.book.covariance(exchanged.measured) == 0


@pytest.mark.parametrize("shown", ["1", "13.5", "-0.2"])
def test_a_moisture_that_is_none(shown: str) -> None:
    moist = Moisture((D("0.25"), D("0.25")), D(0))
    gauge = [level(BEGINS, "0.1", "0.2"), level(ENDS, "0.1", shown)]
    with pytest.raises(QuantityError, match="which is no share below 1"):
        position(evidence(DAY, gauge), store(gauged=True, moisture=moist))


def test_a_level_in_another_unit() -> None:
    gauge = [[replace(one, unit="m") for one in level(at, "0.1")] for at in (BEGINS, ENDS)]
    with pytest.raises(QuantityError, match=f"{GAUGE}/level: is read in 'm', not in '/'"):
        position(evidence(DAY, gauge), store(gauged=True))


@pytest.mark.parametrize(("until", "name"), [(None, Name.CERTIFICATE_UNKNOWN), (AT, Name.CERTIFICATE_EXPIRED)])
def test_a_scale_that_nobody_vouches_for(until: int | None, name: Name) -> None:
    found = position(evidence(DAY, certified_until=until), store(opening=Opening(BEGINS, D(100_000), D(0))))
    assert names(found)[0] is name
    assert not found.allows_credit


def test_after_its_certificate_the_scale_counts_less() -> None:
    """The first weighing is in time, the second is not: the two do not cancel any more."""
    found = position(evidence(DAY, certified_until=AT), store(opening=Opening(BEGINS, D(100_000), D(0))))
    said = [one.sentence for one in found.remarks if one.name is Name.CERTIFICATE_EXPIRED]
    assert said == [f"1 weighings had none, the first at {AT + 60}"]
    assert found.book.u.quantize(D("0.1")) == D("41.6")


def test_verified_anew_the_scale_has_another_error() -> None:
    """In before, out after: what the scale adds to the one is not what it adds to the other."""
    of_two = evidence(DAY)
    first = of_two.facts.meters[SCALE][0]
    anew = replace(first.facts, effective_at=AT + 30, certificate="C2")
    of_two.facts.meters[SCALE].append(replace(first, facts=anew))
    found = position(of_two, store(opening=Opening(BEGINS, D(100_000), D(0))))
    assert found.book.u.quantize(D("0.1")) == D("58.9")  # 41.6 twice, as squares
    assert names(found) == [Name.BOOK_ALONE]


def test_a_level_read_beside_the_boundary() -> None:
    """Two hours inside the period is near enough, unless a truck came in between; outside nobody knows of trucks."""
    shown = [level(BEGINS, "0.1"), level(ENDS - 3_600, "0.102")]
    assert position(evidence(DAY, shown), store(gauged=True)).remarks == ()
    for wrong in ([level(BEGINS - 60, "0.1"), shown[1]], [level(AT + 30, "0.132"), shown[1]]):
        with pytest.raises(QuantityError, match=f"{GAUGE}/level: nothing was read within 7200 s of {BEGINS} while no"):
            position(evidence(DAY, wrong), store(gauged=True))
    for wrong in ([shown[0]], [shown[0], level(ENDS + 60, "0.132")]):
        with pytest.raises(QuantityError, match=f"{GAUGE}/level: nothing was read within 7200 s of {ENDS}"):
            position(evidence(DAY, wrong), store(gauged=True))
    late = [DAY[0], [*weighing(ENDS - 300, 2, 15_000, 45_000), *sums(ENDS, 32_000, 30_000)]]
    with pytest.raises(QuantityError, match=f"{GAUGE}/level: trucks came or went around {ENDS}"):
        position(evidence(late, [level(BEGINS, "0.1"), level(ENDS, "0.132")]), store(gauged=True))


def test_what_a_gauge_shows_at_rest_is_one_reading() -> None:
    """The mean of all that it showed while no truck came or went; each of them opens. At 900 s a truck is in."""
    gauge = [level(BEGINS, "0.1"), level(BEGINS + 900, "0.132"), level(ENDS - 900, "0.101"), level(ENDS, "0.103")]
    found = position(evidence(DAY, gauge), store(gauged=True))
    assert found.opening.value == 100_000
    assert found.measured is not None
    assert found.measured.value == 102_000
    assert [[one.source.place for one in shown] for shown in found.levels[GAUGE]] == [
        ["entry 100"],
        ["entry 102", "entry 103"],
    ]


def test_an_instrument_without_evidence() -> None:
    with pytest.raises(QuantityError, match=f"{GAUGE}: the bundle has no readings of it that hold"):
        position(evidence(DAY), store(gauged=True))
    with pytest.raises(QuantityError, match="neither gauges nor an opening"):
        position(evidence(DAY), store())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_honest_silo(seed: int, tmp_path: Path) -> None:
    """Two weeks of a simulated silo: no remark, and what really lies there is what is attested, within its bounds."""
    plant = plants.opened("grain-silo", seed, 14)
    scene = look_at(plant, seed, only={"weighbridge", "level_a", "level_b"})
    played = play(scene)
    evidence = evidence_of(examine(played.bundle, played.policy, now=played.now))
    found = position(evidence, store_file.parse(SHEET, tmp_path / "store.toml", evidence.to_at))
    truth = plant.truth(plant.ends)
    really = truth["stock/silo_a_kg"] + truth["stock/silo_b_kg"]
    assert found.remarks == ()
    assert found.attested.lower_kg <= really <= found.attested.upper_kg
    assert found.attested.u_kg * 50 < really  # two per cent
    assert {one.source.place.split(" ", 1)[0] for one in found.tickets} == {"urn:dev:org:32473-trial:weighbridge"}


@pytest.mark.parametrize("seed", [2, 3])
def test_a_silo_with_stones(seed: int, tmp_path: Path) -> None:
    """Stones for grain: the scale weighs them as goods, and the gauge sees that they take half the room."""
    plant = plants.opened("grain-silo", seed, 28, ["stones"])
    scene = look_at(plant, seed, only={"weighbridge", "level_a", "level_b"})
    played = play(scene)
    evidence = evidence_of(examine(played.bundle, played.policy, now=played.now))
    found = position(evidence, store_file.parse(SHEET, tmp_path / "store.toml", evidence.to_at))
    assert Name.SHORT in names(found)
