"""The ledger gives an event only what is at its place in its time, and says what could not be judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tally_chain.findings import Code
from tally_finance.plausibility import site as plausibility
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.ratio import Drive
from tally_finance.plausibility.site import NAMES, Site
from tally_sim.plant.interface import Happening
from tally_trial import kinds, physical
from tally_trial.injection import KINDS, LOG
from tally_trial.ledger import NOTHING_COMPARED, Line, ledger_of
from tally_trial.outlook import Group, Outlook, outlook_of
from tally_trial.play import play
from tally_trial.reading import Found, doubts_of, read
from tally_trial.scene import DAY_S, look_at, point_of
from tests.trial.yard import BEGINS, Counter, Yard, yard

HOUR_S = 3_600
RUN = (BEGINS, BEGINS + 100 * DAY_S)


def happening(name: str, where: str = "m1", day: int = 50, days: int = 2) -> Happening:
    return Happening(name, where, BEGINS + day * DAY_S, BEGINS + (day + days) * DAY_S, name)


def found(sign: str, where: str = "m1", at: int = BEGINS + 51 * DAY_S, begun: int | None = None) -> Found:
    number, weighs = 0, "doubt"
    if sign in Code.__members__:
        number, weighs = Code[sign].number, Code[sign].severity.name.lower()
    since = at if begun is None else begun
    return Found(sign, number, weighs, where, sign, frozenset({point_of(where)}), since, at)


def watching(*pairs: tuple[str, str]) -> Outlook:
    """An outlook in which each sign watches one place."""
    groups: dict[str, tuple[Group, ...]] = {}
    for sign, where in pairs:
        place = frozenset({point_of(where)})
        groups[sign] = (*groups.get(sign, ()), Group(place, place))
    return Outlook(*RUN, groups, {})


def only(line: tuple[Line, ...]) -> Line:
    (one,) = line
    return one


def test_a_finding_at_another_meter_is_a_false_alarm() -> None:
    ledger = ledger_of([happening("fork")], [found("FORK", "m2")])
    assert only(ledger.lines).missed
    assert [one.touches for one in ledger.false_alarms] == ["m2"]
    assert only(ledger_of([happening("fork")], [found("FORK")]).lines).caught


@pytest.mark.parametrize(
    ("hours", "fits"),
    [(-1, False), (1, True), (47, True), (48 + 23, True), (48 + 25, False)],
    ids=["before", "at its beginning", "at its end", "the settlement after it", "later"],
)
def test_a_finding_at_another_time_is_a_false_alarm(hours: int, fits: bool) -> None:
    what = happening("fork")
    ledger = ledger_of([what], [found("FORK", at=what.begins + hours * HOUR_S)])
    assert (only(ledger.lines).caught, bool(ledger.false_alarms)) == (fits, not fits)


def test_what_began_before_and_ends_within_fits() -> None:
    """A hole reaches from the last reading before an event to the first one after."""
    what = happening("dropout")
    hole = found("DECLARED_GAP", at=what.ends + HOUR_S, begun=what.begins - HOUR_S)
    assert only(ledger_of([what], [hole]).lines).caught


def test_a_sum_by_the_week_may_come_a_week_later_and_one_by_the_day_may_not() -> None:
    what, late = happening("magnet"), 2 * DAY_S
    weekly = found("plausible:energy-per-output", at=what.ends + late, begun=BEGINS)
    daily = found("plausible:parent-balance", at=what.ends + late, begun=BEGINS)
    assert only(ledger_of([what], [weekly]).lines).caught
    assert only(ledger_of([what], [daily]).lines).missed


def test_what_was_done_while_a_check_learnt_may_be_doubted_when_it_is_over() -> None:
    taught, later = happening("magnet", day=5), happening("magnet", day=20)
    doubt = found("plausible:parent-balance", at=BEGINS + 30 * DAY_S, begun=BEGINS)
    assert only(ledger_of([taught], [doubt]).lines).caught
    assert only(ledger_of([later], [doubt]).lines).missed


def test_what_also_follows_must_be_there_and_then_too() -> None:
    what = happening("lost-flash-page")
    follows, elsewhere = found("UNCOVERED_INTERVAL"), found("UNCOVERED_INTERVAL", "m2")
    late = found("UNCOVERED_INTERVAL", at=what.ends + 9 * DAY_S)
    ledger = ledger_of([what], [found("MISSING_STATEMENT"), follows, elsewhere, late])
    assert only(ledger.lines).also == (follows,)
    assert ledger.false_alarms == (elsewhere, late)


def test_an_exchange_that_is_told_excuses_no_statistics() -> None:
    ledger = ledger_of([happening("meter-exchange")], [found("EXCHANGE"), found("plausible:parent-balance")])
    assert [one.sign for one in ledger.false_alarms] == ["plausible:parent-balance"]


def test_whatever_follows_has_a_reason_and_would_not_do_alone() -> None:
    for kind in KINDS.values():
        assert all(why and why[0].islower() for why in kind.also.values()), kind.name
        assert not kind.also.keys() & kind.caught_by, kind.name


def test_one_finding_goes_to_every_event_that_it_fits() -> None:
    ledger = ledger_of([happening("fork"), happening("cloned-key"), happening("fork", "m2")], [found("FORK")])
    assert [line.caught for line in ledger.lines] == [True, True, False]
    assert ledger.false_alarms == ()


def test_behind_a_log_that_falls_nothing_is_judged() -> None:
    fallen = replace(found("TREE_MISMATCH"), places=frozenset({LOG}), from_at=None, to_at=None)
    events = [happening(name) for name in ("altered-value", "fork", "dropout", "delay")]
    altered, fork, dropout, delay = ledger_of(events, [fallen]).lines
    assert altered.caught
    assert fork.not_judged == dropout.not_judged == "hidden by 204 TREE_MISMATCH"
    assert not fork.missed
    assert (delay.not_judged, delay.limit) == ("", KINDS["delay"].limit)


def test_plausibility_is_not_asked_about_a_meter_whose_evidence_fails() -> None:
    outlook = watching(("plausible:frozen", "m1"))
    fork, note = found("FORK"), found("EXCHANGE")
    assert only(ledger_of([happening("frozen")], [fork], outlook).lines).not_judged == "hidden by 405 FORK"
    assert only(ledger_of([happening("frozen")], [note], outlook).lines).not_judged == ""
    elsewhere = watching(("plausible:frozen", "m1"), ("plausible:frozen", "m2"))
    assert only(ledger_of([happening("frozen")], [found("FORK", "m2")], elsewhere).lines).not_judged == ""


def test_what_goes_round_a_meter_goes_round_those_above_it() -> None:
    outlook = replace(watching(), above={point_of("m1"): frozenset({point_of("m2")})})
    doubt = found("plausible:energy-per-output", "m2")
    assert only(ledger_of([happening("bypass")], [doubt], outlook).lines).caught
    assert only(ledger_of([happening("magnet")], [doubt], outlook).lines).caught is False


def test_what_is_kept_back_shows_nothing_of_what_was_done_to_it() -> None:
    what = happening("reorder")
    within = found("UNCOVERED_INTERVAL", at=what.ends + DAY_S, begun=what.begins + HOUR_S)
    before = found("UNCOVERED_INTERVAL", at=what.begins, begun=what.begins - DAY_S)
    elsewhere = replace(within, places=frozenset({point_of("m2")}))
    silent = replace(found("SILENT_METER"), from_at=None, to_at=None)
    assert only(ledger_of([what], [within]).lines).not_judged == "hidden by 505 UNCOVERED_INTERVAL"
    assert only(ledger_of([what], [silent]).lines).not_judged == "hidden by 506 SILENT_METER"
    assert only(ledger_of([what], [before, elsewhere]).lines).missed


def test_a_check_that_had_said_its_one_doubt_of_the_place_says_none_of_the_next_event() -> None:
    first = found("plausible:count-balance", "hall_a", at=BEGINS + 10 * DAY_S)
    events = [happening("night-drive", "hall_a", day=10), happening("night-drive", "hall_a", day=50)]
    caught, after = ledger_of(events, [first]).lines
    assert caught.caught
    assert after.not_judged == "hidden by plausible:count-balance"


@pytest.mark.parametrize(
    ("name", "sign", "learns", "needs"),
    [
        ("magnet", "plausible:parent-balance", 14, 56),
        ("drift", "plausible:energy-per-output", 42, 168),
        ("night-drive", "plausible:mass-balance", 14, 56),
    ],
)
def test_what_began_before_its_check_had_learnt_was_not_judged(name: str, sign: str, learns: int, needs: int) -> None:
    outlook = watching((sign, "m1"))
    early, late = happening(name, day=learns - 1), happening(name, day=learns)
    line = only(ledger_of([early], [], outlook).lines)
    assert (line.not_judged, line.missed, line.limit) == (f"needs {needs} days", False, "")
    assert only(ledger_of([late], [], outlook).lines).not_judged == ""


def test_of_two_checks_that_had_not_learnt_the_next_to_have_its_say_is_named() -> None:
    outlook = watching(("plausible:parent-balance", "m1"), ("plausible:energy-per-output", "m1"))
    early, later, last = (happening("magnet", day=day) for day in (13, 14, 42))
    lines = [only(ledger_of([what], [], outlook).lines).not_judged for what in (early, later, last)]
    assert lines == ["needs 56 days", "needs 168 days", ""]


def test_a_test_stand_needs_two_weeks_to_be_compared_with() -> None:
    outlook = watching(("plausible:too-even", "m1"))
    what = happening("test-stand", day=2)
    short = replace(outlook, ends=BEGINS + 14 * DAY_S)
    assert only(ledger_of([what], [], short).lines).not_judged == "needs 15 days"
    assert only(ledger_of([what], [], replace(outlook, ends=BEGINS + 15 * DAY_S)).lines).not_judged == ""


def test_where_nothing_is_compared_with_a_place_that_is_the_reason() -> None:
    line = only(ledger_of([happening("night-drive", "heap")], [], watching()).lines)
    assert (line.limit, line.missed) == (NOTHING_COMPARED, False)


def test_the_statistical_signs_are_those_of_the_checks() -> None:
    assert {f"plausible:{name}" for name in plausibility.STATISTICAL} == physical.STATISTICAL
    signs = {sign for kind in KINDS.values() for sign in (*kind.caught_by, *kind.also)}
    assert {sign for sign in signs if sign.startswith("plausible:")} <= {f"plausible:{name}" for name in NAMES}


def test_a_doubt_is_about_everything_that_its_check_compared() -> None:
    meters = {"m1": Counter("m1", 900), "m2": Counter("m2", 300, parent="m1"), "m3": Counter("m3", 300)}
    meters |= {"m4": Counter("m4", 100, parent="m2")}
    scene = look_at(Yard(instruments=meters, stocks={"heap": ("m3",)}), 1)
    one, two, three, four = (point_of(name) for name in ("m1", "m2", "m3", "m4"))
    outlook = outlook_of(scene, Site(drives=(Drive((one, "energy_import"), ((three, "kg_in"),)),)))
    doubts = [Doubt(name, one, 5, 9, "x") for name in ("parent-balance", "energy-per-output", "frozen")]
    balance, ratio, frozen = doubts_of(doubts, outlook)
    assert balance.places == {one, two}
    assert ratio.places == {one, three, point_of("heap")}
    assert frozen.places == {one}
    assert outlook.above[four] == {one, two}
    assert outlook.around("plausible:parent-balance", two) == {
        two,
        four,
    }  # what touches m2 is about what hangs below it
    assert (balance.from_at, balance.to_at) == (5, 9)


def test_what_a_verdict_says_has_its_place_and_its_time() -> None:
    scene = yard(2)
    (injection,) = kinds.injections([KINDS["brown-out"]], scene)
    (gap,) = [one for one in read(play(scene, [injection])).found if one.sign == "DECLARED_GAP"]
    assert gap.places == {point_of(injection.where)}
    assert gap.from_at is not None
    assert gap.to_at is not None
    assert injection.begins - HOUR_S <= gap.from_at <= injection.begins
    assert injection.ends <= gap.to_at <= injection.ends + HOUR_S


def test_what_the_gateway_refuses_has_its_place_and_its_time() -> None:
    scene = yard(2)
    (injection,) = kinds.injections([KINDS["replay"]], scene)
    again = [one for one in read(play(scene, [injection])).found if one.sign == "counted-once"]
    assert again
    for one in again:
        assert one.places == {point_of(injection.where)}
        assert one.to_at is not None
        assert injection.begins < one.to_at <= injection.ends


def test_at_a_meter_whose_clock_is_wrong_everything_is_dated_by_it() -> None:
    what, clock = happening("rollover"), happening("clock-step")
    before = found("ROLLOVER", at=what.begins - 2 * HOUR_S)
    assert ledger_of([what], [before]).lines[0].missed
    assert ledger_of([what, clock], [before]).lines[0].caught
    assert ledger_of([what, happening("clock-step", "m2")], [before]).lines[0].missed
