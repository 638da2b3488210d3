"""Answers read the journal by growth: what was read is read no more, and what follows from it is folded once."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from tally_chain.receipts import operation_file
from tally_chain.receipts.signing import sign
from tally_finance.api.forms import written
from tally_finance.api.rights import Role
from tally_finance.book import growing, journal
from tally_finance.book.cover_events import CapSet, Dimension
from tally_finance.book.growing import GrowingBook
from tally_finance.book.loan_events import SearchMade
from tally_finance.book.position import state_at
from tally_finance.desk.desk import Desk
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import Counter, counter
from tests.finance.desk.office import FACILITY, office


@pytest.fixture(scope="module")
def made(embedded: Stage, books: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    office_made = office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"), database=books)
    office_made.pledged(40)
    with counter(office_made) as opened:
        yield opened


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Tally[str]:
    """How often an entry was decoded and a state folded."""
    done: Tally[str] = Tally()
    decode, fold = journal.decode, state_at

    def decoded(data: bytes) -> journal.Recorded:
        done["decoded"] += 1
        return decode(data)

    def folded(*arguments: object) -> object:
        done["folded"] += 1
        return fold(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "decode", decoded)
    monkeypatch.setattr(growing, "state_at", folded)
    return done


def test_answers_decode_what_was_written_since_and_nothing_else(made: Counter, work: Tally[str]) -> None:
    paths = ("/v1/facilities", f"/v1/facilities/{FACILITY}", "/v1/prices", "/v1/close")

    def ask() -> None:
        for path in paths:
            assert made.get(Role.LENDER, path).status_code == 200

    made.office.yard.parties.organisation()  # blocks go by: a close is of seconds that are over
    ask()
    work.clear()
    for _ in range(5):
        ask()
    assert work == Tally()
    desk = made.office.desk
    other = Desk(desk.engine, desk.sheet, desk.chain, None, desk.clock)  # as another process writes
    for _ in range(2):
        other.record(SearchMade(FACILITY, fresh("search"), True), key=fresh().hex())
    made.office.yard.parties.organisation()
    work.clear()
    for _ in range(5):
        ask()
    assert work == Tally({"decoded": 2, "folded": 1})


def test_lists_of_operations_decode_what_was_begun_or_signed_since(
    made: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard, decoded, decode = made.office.yard, Tally[str](), operation_file.decode

    def counted(data: bytes) -> operation_file.OperationFile:
        decoded["decoded"] += 1
        return decode(data)

    monkeypatch.setattr(operation_file, "decode", counted)
    receipt = written(yard.issued(made.office.lot, 1))
    made.office.sync()
    begun = []
    for _ in range(3):
        values = {
            "receipt": receipt,
            "quantity": "500000",
            "document": written(fresh()),
            "deadline": str(yard.deadline),
        }
        begun.append(made.post(Role.DEPOSITOR, "/v1/operations", {"kind": "Amend", "values": values}).json())
    listed = made.get(Role.DEPOSITOR, "/v1/operations").json()
    decoded.clear()
    for _ in range(5):
        assert made.get(Role.DEPOSITOR, "/v1/operations").json() == listed
    assert decoded == Tally()
    file = decode(begun[0]["file"].encode())
    signature = sign(yard.keys["holder"], file.operation, file.chain_id, file.contract)
    body = {"place": 0, "signature": written(signature)}
    assert made.post(Role.DEPOSITOR, f"/v1/operations/{begun[0]['digest']}/signatures", body).status_code == 201
    decoded.clear()
    for role in (Role.DEPOSITOR, Role.KEEPER, Role.DEPOSITOR):
        items = made.get(role, "/v1/operations").json()["items"]
        assert [one["places"][0]["is_signed"] for one in items if one["digest"] == begun[0]["digest"]] == [True]
    assert decoded == Tally({"decoded": 1})


def test_an_answer_is_the_one_of_the_whole_journal(made: Counter) -> None:
    desk = made.office.desk
    for known_at in (None, desk.now(), desk.now() - 1, desk.book.newest()):
        known = desk.now() if known_at is None else known_at
        fresh_one = state_at(desk.book.entries(known), known, known)
        assert desk.state(known_at) == fresh_one


def test_a_book_that_was_built_anew_is_read_again(made: Counter) -> None:
    desk = made.office.desk
    whole = desk.entries()
    reading = GrowingBook(desk.book)
    assert reading.entries() == whole
    reading._entries = (*whole[:-1], journal.Recorded(whole[-1].entry, fresh()))
    assert reading.entries() == whole


def test_a_borrower_is_not_told_of_caps_over_others(made: Counter) -> None:
    """It is told that a limit bounds its goods; the lender is told which, and by how much."""
    keeper = made.office.yard.whose("keeper").hex()
    made.office.record(CapSet(Dimension.KEEPER, keeper, Decimal(1000)))
    made.office.record(CapSet(Dimension.COMMODITY, "copper", Decimal(900)))
    path = f"/v1/facilities/{FACILITY}"
    (whole,) = made.get(Role.LENDER, path).json()["cuts"]
    (told,) = made.get(Role.DEPOSITOR, path).json()["cuts"]
    (listed,) = made.get(Role.DEPOSITOR, "/v1/facilities").json()[0]["cuts"]
    assert (whole["subject"], "commodity" in whole["text"]) == ("copper", True)
    assert told == listed
    assert told == {
        "why": "over-cap", "subject": FACILITY, "text": "a limit of the lender bounds what the goods bring"
    }  # fmt: skip
