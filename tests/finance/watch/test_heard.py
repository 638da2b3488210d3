"""What a followed log says becomes what a lender sees; what is forged or out of place becomes a failure."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tally_chain.findings import Code as Finding
from tally_chain.policy import Accept
from tally_edge.authority import SigningPlace
from tally_edge.statement import Kind, Statement
from tally_finance.watch.heard import KEPT_S, MAX_FAILURES, Heard
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_papers import Ends
from tests.finance.watch.yard import Yard, commitment
from tests.world import HOUR, POINT, SITE, START, Stream, World, p256

NOW = START + 10 * HOUR
OTHER = "urn:dev:org:32473-mill:m2"


def heard(yard: Yard, *, batch: int = 1000, accept: Accept | None = None) -> Heard:
    """Everything in the yard's log, taken in in batches."""
    found = Heard(yard.policy(accept))
    entries = list(enumerate(yard.world.entries))
    for start in range(0, len(entries), batch):
        found.take(entries[start : start + batch], NOW)
    return found


def seen(yard: Yard, now: int = NOW, **how: object) -> Seen:
    return heard(yard, **how).seen(Seen(now))  # type: ignore[arg-type]


def failures(found: Seen) -> set[str]:
    return {one.name for one in found.failures}


def test_a_plain_log_has_no_failure_and_names_its_meter() -> None:
    yard = Yard()
    last = yard.world.log(yard.world.readings((1, 1), (2, 2)))
    found = seen(yard)
    assert failures(found) == set()
    assert found.missing == ()
    (meter,) = found.meters
    assert (meter.point, meter.cadence_s, meter.last_at) == (POINT, HOUR, START + 2 * HOUR)
    assert meter.evidence == last.id


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_weighings_open_to_their_statements_whatever_the_batches(batch: int) -> None:
    yard = Yard()
    came = yard.world.log(yard.weigh(START + 100, 44_000, 14_000))
    went = yard.world.log(yard.weigh(START + 200, 15_000, 40_000, plate=None))
    first, second = seen(yard, batch=batch).weighings
    assert (first.site, first.point, first.ticket.number) == (SITE, POINT, "T1")
    assert (first.ticket.net_kg, first.ticket.empty_kg, first.ticket.came) == (Decimal(30_000), Decimal(14_000), True)
    assert (first.ticket.plate, first.statement_id) == (commitment("沪A12345", "T1"), came.id)
    assert (second.ticket.net_kg, second.ticket.came) == (Decimal(25_000), False)
    assert (second.ticket.plate, second.statement_id) == (None, went.id)


def test_a_weighing_that_was_not_stable_counts_as_none() -> None:
    yard = Yard()
    bad = yard.world.log(yard.weigh(START + 100, 44_000, 14_000, stable=False))
    found = seen(yard)
    assert found.weighings == ()
    (wrong,) = found.wrong_weighings
    assert (wrong.why, wrong.evidence) == ("was not stable", bad.id)


def test_what_is_old_is_forgotten() -> None:
    yard = Yard()
    yard.world.log(yard.weigh(START + 100, 44_000, 14_000))
    yard.world.log(yard.weigh(START + 101, 44_000, 14_000, stable=False))
    yard.world.log(yard.world.gap(0, 1))
    found = heard(yard)
    found.take([], START + 101 + KEPT_S)
    later = found.seen(Seen(NOW))
    assert later.weighings == later.wrong_weighings == ()
    assert len(later.gaps) == 1
    found.take([], START + HOUR + KEPT_S)
    assert found.seen(Seen(NOW)).gaps == ()


def test_a_certificate_is_a_term() -> None:
    yard = Yard()
    assert seen(yard).terms == ()
    stated = yard.certified_until(START + 9_999_999)
    (term,) = seen(yard).terms
    assert (term.ends, term.of, term.at, term.evidence) == (Ends.CALIBRATION, POINT, START + 9_999_999, stated.id)


def test_a_declared_gap_is_seen_and_is_no_word_of_the_meter() -> None:
    yard = Yard()
    gap = yard.world.log(yard.world.gap(3, 5))
    found = seen(yard)
    (one,) = found.gaps
    assert (one.point, one.after, one.before, one.reason) == (POINT, START + 3 * HOUR, START + 5 * HOUR, "meter_silent")
    assert one.evidence == gap.id
    assert found.meters[0].last_at is None


def test_a_planned_point_without_a_word_is_seen_under_its_plan() -> None:
    yard = Yard()
    plan = yard.plan(POINT, OTHER)
    silent = next(one for one in seen(yard).meters if one.point == OTHER)
    assert (silent.last_at, silent.evidence) == (None, plan.id)


def test_a_cadence_holds_since_it_was_planned_first() -> None:
    yard = Yard()
    for at, cadence_s in ((START + 10, 600), (START + 20, 600)):
        yard.world.state(Kind.SITE_PLAN, SITE, yard.world.plan(cadence_s=cadence_s), at=at)
    (meter,) = seen(yard).meters
    assert (meter.cadence_s, meter.since) == (600, START + 10)


def test_nonsense_does_not_fill_the_memory() -> None:
    yard = Yard()
    yard.world.entries += [b"nonsense"] * (MAX_FAILURES + 5)
    found = seen(yard)
    assert len(found.failures) == MAX_FAILURES
    assert found.failures[-1].touches == f"entry {len(yard.world.entries) - 1}"


def test_what_is_missing_is_seen_until_it_comes() -> None:
    yard = Yard()
    sent = [yard.world.readings((hour, hour)) for hour in range(4)]
    found = heard(yard)
    start = len(yard.world.entries)
    found.take([(start, sent[0].encoded), (start + 1, sent[3].encoded)], NOW)
    (missing,) = found.seen(Seen(NOW)).missing
    assert (missing.device, missing.count, missing.first_seq) == (yard.world.device.issuer, 2, 1)
    found.take([(start + 2, sent[2].encoded), (start + 3, sent[1].encoded)], NOW)
    after = found.seen(Seen(NOW))
    assert after.missing == ()
    assert failures(after) == set()


def stranger() -> Statement:
    return World(device=Stream(p256("stranger"), "urn:dev:org:32473-mill:a9")).readings((1, 1))


def forged() -> bytes:
    """A statement of the device whose signature is another's."""
    signed = World().readings((1, 1))
    return signed.encoded[:-64] + World(device=Stream(p256("x"), "urn:x")).readings((1, 1)).encoded[-64:]


def test_what_nobody_enrolled_or_signed_counts_for_nothing() -> None:
    yard = Yard()
    yard.world.entries += [stranger().encoded, forged(), b"\xd2nothing"]
    found = seen(yard)
    assert failures(found) == {Finding.UNKNOWN_KEY.name, Finding.SIGNATURE_WRONG.name, Finding.STATEMENT_MALFORMED.name}
    assert found.meters[0].last_at is None


def test_a_failure_names_the_statements_that_it_is_about() -> None:
    yard = Yard()
    bad = yard.world.log(stranger())
    (failure,) = seen(yard).failures
    assert failure.evidence == (bad.id,)
    assert failure.at == NOW


def test_a_key_may_not_speak_for_another_point() -> None:
    yard = Yard()
    yard.plan(POINT, OTHER)
    yard.world.log(yard.world.readings((1, 1), point=OTHER))
    found = seen(yard)
    assert failures(found) == {Finding.NOT_ITS_POINT.name}
    assert all(one.last_at is None for one in found.meters)


def test_a_fork_is_a_failure_across_batches() -> None:
    yard = Yard()
    twin = Yard()
    yard.world.log(yard.world.readings((1, 1)))
    yard.world.log(twin.world.readings((1, 2)))
    assert failures(seen(yard, batch=1)) == {Finding.FORK.name}
    assert failures(seen(yard)) == {Finding.FORK.name}


def test_an_enrolment_without_a_second_person_stands_as_a_failure() -> None:
    yard = Yard()
    yard.world.state(Kind.ENROLMENT, yard.world.device.issuer, yard.world.enrolment(p256("second")), alone=True)
    found = heard(yard)
    for now in (NOW, NOW + 30 * 86_400):
        again = found.seen(Seen(now))
        assert Finding.COUNTERSIGNATURE_MISSING.name in failures(again)
        assert all(one.at == now for one in again.failures), "it stands until the authority says better"


def test_simulated_evidence_is_a_failure_unless_it_is_accepted() -> None:
    yard = Yard(World(place=SigningPlace.SIMULATED))
    yard.world.log(yard.world.readings((1, 1)))
    assert failures(seen(yard)) == {Finding.SIMULATED.name}
    assert failures(seen(yard, accept=Accept(simulated=True))) == set()


def test_a_stranger_can_not_state_facts() -> None:
    yard = Yard()
    other = World(authority=Stream(p256("other office"), "urn:example:other"))
    yard.world.log(other.state(Kind.SITE_PLAN, SITE, other.plan(points=(OTHER,))))
    found = seen(yard)
    assert failures(found) == {Finding.UNKNOWN_AUTHORITY.name}
    assert [one.point for one in found.meters] == [POINT]


def test_the_book_stays_as_it_is() -> None:
    yard = Yard()
    yard.world.log(yard.world.gap(1, 2))
    base = Seen(NOW, "bank", gaps=seen(yard).gaps)
    assert len(heard(yard).seen(base).gaps) == 2
    assert heard(yard).seen(base).lender == "bank"
