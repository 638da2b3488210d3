"""A request under its key is done once, however long it takes; whoever died in it makes way."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tally_finance.api.answers import Answer, Answers
from tally_finance.api.rights import Role
from tally_finance.api.service import Once
from tally_finance.api.tokens import Bearer
from tally_finance.book.journal import KEY
from tally_gateway.errors import ApiError
from tests.finance.migrated import migrated

REQUEST = b"r" * 32


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    made = migrated(tmp_path / "desk.db")
    yield made
    made.dispose()


def once(answers: Answers, clock: Clock, do: Any, key: str = "a-key") -> Answer:
    return answers.once("bank-anna", key, REQUEST, clock, do)


def test_a_request_that_runs_for_minutes_is_not_done_twice(engine: Engine) -> None:
    clock, done = Clock(), []
    running, finish = threading.Event(), threading.Event()
    spoken = threading.Event()

    class Watched(Answers):
        def _write(self, statement: Any) -> int:
            found = super()._write(statement)
            if running.is_set() and threading.current_thread().name == "request under way":
                spoken.set()
            return found

    def long() -> Answer:
        running.set()
        assert finish.wait(30)
        done.append("first")
        return Answer(201, b"first")

    first = Watched(engine, "bank-1", every_s=0.02)
    thread = threading.Thread(target=once, args=(first, clock, long))
    thread.start()
    assert running.wait(30)
    for _ in range(5):
        clock.now += 50  # each of these alone would be within the minute, all of them are four
        spoken.clear()
        assert spoken.wait(30)
        with pytest.raises(ApiError, match="is being carried out"):
            once(Answers(engine, "bank-1"), clock, lambda: Answer(201, b"second"))
    finish.set()
    thread.join(30)
    assert done == ["first"]
    again = once(Answers(engine, "bank-1"), clock, lambda: Answer(201, b"second"))
    assert again == Answer(201, b"first", is_repeated=True)


def test_a_database_that_is_away_for_a_moment_is_told_the_next_time(engine: Engine) -> None:
    clock, failed, spoken = Clock(), threading.Event(), threading.Event()

    class Away(Answers):
        def _write(self, statement: Any) -> int:
            if threading.current_thread().name == "request under way":
                if not failed.is_set():
                    failed.set()
                    raise PoolTimeoutError("no connection is free")
                spoken.set()
            return super()._write(statement)

    def long() -> Answer:
        assert spoken.wait(30)
        return Answer(201, b"done")

    assert once(Away(engine, "bank-1", every_s=0.02), clock, long).body == b"done"


def test_of_one_that_died_in_it_nothing_is_heard_and_another_takes_over(engine: Engine) -> None:
    clock, answers = Clock(), Answers(engine, "bank-1")
    holder = b"h" * 16
    assert answers._begin("bank-anna", "a-key", REQUEST, clock(), holder) is None  # and then it died
    clock.now += 60
    with pytest.raises(ApiError, match="is being carried out"):
        once(answers, clock, lambda: Answer(201, b"x"))
    clock.now += 1
    assert once(answers, clock, lambda: Answer(201, b"second")).body == b"second"


def test_who_lost_the_request_writes_no_answer_over_the_others(engine: Engine) -> None:
    clock, answers = Clock(), Answers(engine, "bank-1", every_s=1_000)

    def slept() -> Answer:
        clock.now += 61
        assert once(Answers(engine, "bank-1"), clock, lambda: Answer(201, b"second")).body == b"second"
        return Answer(201, b"first")

    once(answers, clock, slept)
    assert once(answers, clock, slept) == Answer(201, b"second", is_repeated=True)


def test_what_was_refused_may_be_tried_again_and_another_request_under_its_key_may_not(engine: Engine) -> None:
    clock, answers = Clock(), Answers(engine, "bank-1")

    def refused() -> Answer:
        raise ApiError(409, "no", "not now")

    with pytest.raises(ApiError, match="not now"):
        once(answers, clock, refused)
    assert once(answers, clock, lambda: Answer(201, b"now")).body == b"now"
    with pytest.raises(ApiError, match="was used for another request"):
        answers.once("bank-anna", "a-key", b"q" * 32, clock, refused)


def test_keys_of_tokens_that_begin_alike_are_several_in_the_book() -> None:
    def key(name: str) -> str:
        return Once(None, Bearer(name, b"", Role.LENDER, True), "k" * 64, b"").book_key  # type: ignore[arg-type]

    names = ["bank-anna", "a" * 40, "a" * 41, "a" * 64, "a" * 63 + "b"]
    keys = {key(name) for name in names}
    assert len(keys) == len(names)
    assert key("bank-anna") == "bank-anna " + "k" * 64
    for one in keys:
        KEY.to_item(f"own {one}")  # a book takes it
