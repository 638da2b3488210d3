"""What a ledger of findings keeps: each thing once, and the times that it is about."""

from __future__ import annotations

from tally_chain.findings import Code, Ledger, Severity


def test_the_times_of_one_thing_are_kept_in_the_order_in_which_they_were_found() -> None:
    ledger = Ledger()
    ledger.add(Code.REGISTER_BACKWARDS, "point", "first", times=[(30, 40)])
    ledger.add(Code.REGISTER_BACKWARDS, "point", "again", Severity.WARNING, times=[(10, 20)])
    ledger.add(Code.SILENT_METER, "point")
    backwards, silent = ledger.all()
    assert backwards.times == ((30, 40), (10, 20))
    assert "first" in backwards.sentence
    assert "1 more" in backwards.sentence
    assert silent.times == ()


def test_a_graver_thing_keeps_the_times_of_what_was_said_before() -> None:
    ledger = Ledger()
    ledger.add(Code.SIMULATED, "device", severity=Severity.NOTE, times=[(1, 2)])
    ledger.add(Code.SIMULATED, "device", severity=Severity.FAILURE, times=[(3, 4)])
    (finding,) = ledger.all()
    assert (finding.severity, finding.times) == (Severity.FAILURE, ((1, 2), (3, 4)))


def test_no_time_is_joined_with_another_however_many_there_are() -> None:
    ledger = Ledger()
    times = [(10 * at, 10 * at + 1) for at in range(500)]
    for span in times:
        ledger.add(Code.ROLLOVER, "point", times=[span])
    (finding,) = ledger.all()
    assert finding.times == tuple(times)
