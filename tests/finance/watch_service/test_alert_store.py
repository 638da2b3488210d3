"""Alerts are kept as they were raised, acknowledged and ended, in both kinds of database, and never changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import DatabaseError

from tally_finance.errors import WatchError
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.record import MAX_TEXT, Became, Kept, Kepts, Note, kept_form, start
from tally_finance.watch_service.alert_store import AlertStore
from tally_finance.watch_service.tables import ALERTS

STALE = Alert(Code.PRICE_STALE, "goods copper", {"fresh": "1", "sources": "3", "max_age_s": "60", "quorum": "2"})
OUT = Alert(
    Code.OUTBOUND_WITHOUT_ORDER, "lot A1, ticket T7", {"ticket": "T7", "net_kg": "30", "why": "no-order"}, (b"s" * 32,)
)
HELD = Alert(Code.HELD, "receipt R", {"kinds": "court"}, (b"h" * 32,))


def noted(found: list[tuple[Became, Kept]]) -> list[tuple[str, int]]:
    return [(became.name, kept.alert.code.number) for became, kept in found]


def test_an_alert_is_raised_once_stands_and_ends_by_itself(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    assert noted(store.take([STALE, HELD], 100)) == [("RAISED", 301), ("RAISED", 702)]
    assert store.take([HELD, STALE], 101) == []
    assert [one.alert for one in store.standing()] == [HELD, STALE], "gravest first"
    assert noted(store.take([HELD], 102)) == [("CEASED", 301)]
    assert [one.alert for one in store.standing()] == [HELD]
    assert noted(store.take([HELD, STALE], 103)) == [("RAISED", 301)]


def test_what_is_not_seen_is_not_gone(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    store.take([STALE], 100)
    assert noted(store.take([HELD], 101, whole=False)) == [("RAISED", 702)]
    assert len(store.standing()) == 2
    assert noted(store.take([HELD], 102)) == [("CEASED", 301)]


def test_what_says_more_now_is_the_same_alert(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    store.take([STALE], 100)
    later = Alert(STALE.code, STALE.touches, {**STALE.said, "fresh": "0"})
    assert store.take([later], 101) == []


def test_what_can_not_be_taken_back_stands_until_a_person_ends_it(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    ((_, kept),) = store.take([OUT], 100)
    assert noted(store.take([], 200)) == [("CEASED", 106)]
    assert store.take([], 201) == [], "that its cause is gone is noted once"
    (standing,) = store.standing()
    assert (standing.number, standing.ceased_at) == (kept.number, 200)
    ended = store.end(kept.number, by="Li Na, risk", reason="the truck was the inspector's", at=300)
    assert ended.ended is not None
    assert (ended.ended.at, ended.ended.by, ended.ended.reason) == (300, "Li Na, risk", "the truck was the inspector's")
    assert store.standing() == ()
    assert store.take([OUT], 301) == [], "the same evidence raises nothing that a person ended"
    other = Alert(OUT.code, OUT.touches, OUT.said, (b"t" * 32,))
    assert noted(store.take([other], 302)) == [("RAISED", 106)], "other evidence does"


def test_evidence_that_comes_to_it_while_it_stands_is_noted_and_ended_with_it(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    ((_, kept),) = store.take([OUT], 100)
    more = Alert(OUT.code, OUT.touches, OUT.said, (*OUT.evidence, b"t" * 32))
    assert noted(store.take([more], 101)) == [("CHANGED", 106)]
    store.end(kept.number, by="Li Na", reason="seen", at=102)
    assert store.take([more], 103) == []


def test_an_alert_is_acknowledged_by_whom_and_why_and_stands_on(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    ((_, kept),) = store.take([STALE], 100)
    store.acknowledge(kept.number, by="Wang", reason="the source was called", at=110)
    after = store.acknowledge(kept.number, by="Li", reason="and again", at=120)
    assert [(one.at, one.by) for one in after.acknowledged] == [(110, "Wang"), (120, "Li")]
    assert store.standing() == (after,)
    assert AlertStore(engine, "bank").standing() == (after,), "it is in the database"


def test_what_a_person_may_not_do_is_refused(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    ((_, kept),) = store.take([STALE], 100)
    with pytest.raises(WatchError, match="ends by itself"):
        store.end(kept.number, by="Wang", reason="I do not like it", at=101)
    with pytest.raises(WatchError, match="there is no alert 99"):
        store.acknowledge(99, by="Wang", reason="?", at=101)
    for by, reason in (("", "x"), ("Wang", ""), ("Wang\n", "x"), ("W" * 121, "x")):
        with pytest.raises(WatchError):
            store.acknowledge(kept.number, by=by, reason=reason, at=101)
    store.take([], 102)
    with pytest.raises(WatchError, match="is over"):
        store.acknowledge(kept.number, by="Wang", reason="late", at=103)


def test_what_stood_at_any_time_stays_readable(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    ((_, kept),) = store.take([OUT], 100)
    store.acknowledge(kept.number, by="Wang", reason="gate closed", at=200)
    store.end(kept.number, by="Li", reason="explained", at=300)
    assert store.as_known_at(99) == ()
    (first,), (second,), (third,) = (store.as_known_at(at) for at in (100, 299, 300))
    assert (first.stands, first.acknowledged) == (True, ())
    assert (second.stands, len(second.acknowledged)) == (True, 1)
    assert not third.stands


def test_a_clock_that_goes_back_changes_no_order(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    store.take([STALE], 100)
    ((_, kept),) = store.take([STALE, HELD], 50)
    assert kept.raised_at == 100


def test_two_writers_note_an_alert_once(engine: Engine) -> None:
    stores = [AlertStore(engine, "bank") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda store: store.take([OUT, STALE], 100), stores))
    assert sum(len(one) for one in found) == 2
    assert {len(store.standing()) for store in stores} == {2}


def test_books_do_not_see_one_another(engine: Engine) -> None:
    AlertStore(engine, "bank").take([OUT], 100)
    assert AlertStore(engine, "other").standing() == ()


def test_the_database_refuses_to_change_a_note(engine: Engine) -> None:
    AlertStore(engine, "bank").take([OUT], 100)
    for statement in (update(ALERTS).values(code=101), delete(ALERTS)):
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(statement)


def test_a_note_that_was_forged_is_not_read(engine: Engine) -> None:
    store = AlertStore(engine, "bank")
    store.take([OUT], 100)
    with engine.begin() as connection:
        row = {**connection.execute(ALERTS.select()).mappings().one(), "seq": 2, "digest": b"d" * 32, "prev": b"p" * 32}
        connection.execute(ALERTS.insert().values(row))
    with pytest.raises(WatchError, match="does not follow"):
        AlertStore(engine, "bank").standing()


def test_texts_of_others_are_kept_printable_and_bounded(engine: Engine) -> None:
    wild = Alert(
        Code.TITLE_IN_DOUBT, "x\x1b[2J" * 400, {"name": "", "name_zh": "n", "text": "\x00" * 2}, (b"e" * 32,) * 99
    )
    store = AlertStore(engine, "bank")
    ((_, kept),) = store.take([wild], 100)
    assert len(kept.alert.touches) <= MAX_TEXT
    assert store.take([wild], 101) == []
    assert kept.alert == kept_form(wild)


ALERTS_OF = st.sampled_from([STALE, OUT, HELD, Alert(OUT.code, OUT.touches, OUT.said, (b"u" * 32,))])


@given(st.lists(st.lists(ALERTS_OF, unique_by=lambda one: one.key)))
def test_what_stands_is_what_is_judged_and_what_nobody_ended(looks: list[list[Alert]]) -> None:
    kepts, seq = Kepts(), 0
    for at, alerts in enumerate(looks):
        for became, number, alert in kepts.news(alerts):
            seq += 1
            kepts.take(
                Note(
                    "b", seq, start("b").digest, at, became, number or seq, alert.code.number, alert.touches,
                    alert.said, alert.evidence,
                )
            )  # fmt: skip
        assert kepts.news(alerts) == [], "the same look twice notes nothing"
        standing = {one.alert.key for one in kepts.standing()}
        judged = {one.key for one in alerts}
        assert judged <= standing
        assert all(Code(one.alert.code).until_ended for one in kepts.standing() if one.alert.key not in judged)
