"""What is kept of accounts, on both kinds of database."""

from __future__ import annotations

import threading
import time

import pyotp
import pytest
from sqlalchemy import Engine, select, text

from tally_finance.errors import AccountError, TooSoonError
from tally_finance.portal.accounts import one_time
from tally_finance.portal.accounts.account import Account, State, organisation_of
from tally_finance.portal.accounts.directory import NAMES_S, Directory
from tally_finance.portal.accounts.factors import MOST_PASSKEYS, Factors, Passkey
from tally_finance.portal.accounts.links import VALID_S, Links, Purpose
from tally_finance.portal.accounts.pending import Pending
from tally_finance.portal.accounts.sealing import Sealing
from tally_finance.portal.accounts.sessions import Sessions
from tally_finance.portal.accounts.tables import PENDING, SESSIONS, TOTP
from tally_finance.portal.accounts.tries import Attempts

NOW = 1_780_000_000
FIRM = b"\x99" * 32


@pytest.fixture(scope="module")
def directory(books: Engine) -> Directory:
    made = Directory(books)
    made.add_organisation(organisation_of(FIRM, "Firm", "公司", ["keeper"]), NOW)
    for name in ("ana", "bo", "cy", "di", "ed"):
        made.add(Account(name, FIRM, frozenset({"keeper"}), State.ACTIVE), NOW)
    return made


def test_a_name_is_given_once_and_roles_are_the_organisations(directory: Directory) -> None:
    with pytest.raises(AccountError, match="take another"):
        directory.add(Account("ana", FIRM, frozenset({"keeper"}), State.INVITED), NOW)
    with pytest.raises(AccountError, match="not open to operator"):
        directory.give_roles("ana", frozenset({"operator"}))
    with pytest.raises(AccountError, match="no such organisation"):
        directory.add(Account("zoe", bytes(32), frozenset({"keeper"}), State.INVITED), NOW)
    with pytest.raises(AccountError, match="already"):
        directory.add_organisation(organisation_of(FIRM, "F", "F"), NOW)
    directory.failed("ana")
    directory.failed("nobody-of-that-name")
    found = directory.account("ana")
    assert found is not None
    assert (found.failed, found.roles) == (1, {"keeper"})
    directory.signed_in("ana", NOW + 5)
    assert directory.account("ana") == Account("ana", FIRM, frozenset({"keeper"}), State.ACTIVE, NOW + 5, 0)


def test_names_of_firms_are_read_now_and_then_and_own_ones_at_once(
    directory: Directory, books: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: at)
    before = directory.names()
    assert before[FIRM].chinese
    directory.add_organisation(organisation_of(b"a" * 32, "Own", "自有"), NOW)
    assert directory.names()[b"a" * 32].english == "Own"
    Directory(books).add_organisation(organisation_of(b"b" * 32, "Elsewhere", "他处"), NOW)
    assert b"b" * 32 not in directory.names()
    at += NAMES_S + 1
    assert directory.names()[b"b" * 32].chinese == "他处"


def test_who_left_stays_so(directory: Directory) -> None:
    directory.become("ed", State.LEFT)
    with pytest.raises(AccountError, match="does not become"):
        directory.become("ed", State.ACTIVE)


def test_of_two_that_show_one_code_one_is_late(directory: Directory, books: Engine) -> None:
    factors, secret = Factors(books, Sealing(b"k" * 32)), one_time.new_secret()
    factors.set_totp("ana", secret, -1, NOW)
    with books.connect() as connection:
        sealed = connection.execute(select(TOTP.c.sealed).where(TOTP.c.account == "ana")).scalar_one()
    assert secret not in bytes(sealed)
    code = pyotp.TOTP(one_time.typed(secret).replace(" ", "")).at(NOW)
    step = factors.step("ana", code, NOW)
    assert step is not None
    assert factors.step("bo", code, NOW) is None
    taken: list[bool] = []
    both = [threading.Thread(target=lambda: taken.append(factors.take_step("ana", step))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(taken) == [False, True]
    assert factors.step("ana", code, NOW) is None


def test_recovery_codes_are_used_once_and_ended_by_new_ones(directory: Directory, books: Engine) -> None:
    factors, codes = Factors(books, Sealing(b"k" * 32)), one_time.new_recovery_codes()
    factors.set_recovery("bo", codes)
    assert not factors.take_recovery("ana", codes[0], NOW)
    assert factors.take_recovery("bo", codes[0], NOW)
    assert not factors.take_recovery("bo", codes[0], NOW)
    assert factors.recovery_left("bo") == len(codes) - 1
    factors.set_recovery("bo", one_time.new_recovery_codes())
    assert not factors.take_recovery("bo", codes[1], NOW)


def test_passkeys_are_of_one_account_and_not_too_many(directory: Directory, books: Engine) -> None:
    factors = Factors(books, Sealing(b"k" * 32))
    for place in range(MOST_PASSKEYS):
        factors.add_passkey(Passkey(b"c%d" % place, "cy", b"key", 0, "ring", NOW))
    with pytest.raises(AccountError, match="at most"):
        factors.add_passkey(Passkey(b"more", "cy", b"key", 0, "ring", NOW))
    with pytest.raises(AccountError, match="known already"):
        factors.add_passkey(Passkey(b"c1", "di", b"key", 0, "ring", NOW))
    with pytest.raises(AccountError, match="no such passkey"):
        factors.drop_passkey("di", b"c1")
    factors.used_passkey(b"c1", 7, NOW + 9)
    assert factors.passkey(b"c1") == Passkey(b"c1", "cy", b"key", 7, "ring", NOW, NOW + 9)
    factors.bind("https://login.example", "u-1", "cy", NOW)
    factors.forget("cy")
    assert factors.passkeys("cy") == ()
    assert factors.bound("https://login.example", "u-1") is None


def test_a_link_is_used_once_within_its_time_and_ended_by_another(directory: Directory, books: Engine) -> None:
    links = Links(books)
    first = links.make("di", Purpose.INVITATION, "boss", NOW)
    second = links.make("di", Purpose.RESET, "boss", NOW)
    assert links.find(first, NOW) is None
    assert links.find(second, NOW + VALID_S) is None
    assert links.use(second, NOW)
    assert not links.use(second, NOW)
    assert links.find("\ud800", NOW) is None


def test_what_waits_is_taken_once_and_by_whoever_has_its_secret(books: Engine) -> None:
    pending = Pending(books)
    secret = pending.begin("totp", {"account": "ana", "secret": "ff"}, NOW)
    assert pending.look("register", secret, NOW) is None
    assert pending.take("totp", secret, NOW) == {"account": "ana", "secret": "ff"}
    assert pending.take("totp", secret, NOW) is None
    late = pending.begin("totp", {}, NOW)
    assert pending.take("totp", late, NOW + 601) is None
    pending.begin("totp", {}, NOW + 601)
    with books.connect() as connection:
        assert len(connection.execute(select(PENDING)).all()) == 1  # what is over is swept


def test_of_a_session_the_hash_is_kept_and_its_use_now_and_then(directory: Directory, books: Engine) -> None:
    sessions = Sessions(books)
    secret = sessions.make("bo", "password", "192.0.2.0/24", NOW)
    with books.connect() as connection:
        row = connection.execute(select(SESSIONS).where(SESSIONS.c.account == "bo")).one()
    assert secret.encode() not in bytes(row.sha256)
    assert secret not in str(row)
    assert sessions.find(secret, NOW + 59) is not None
    found = sessions.find(secret, NOW + 61)
    assert found is not None
    with books.connect() as connection:
        assert (
            connection.execute(text("SELECT seen_at FROM portal_sessions WHERE account = 'bo'")).scalar_one()
            == NOW + 61
        )
    assert sessions.end("ana", found.session.id, NOW) is False  # of another
    assert sessions.end_all("bo", NOW, but=found.session.id) == 0
    assert sessions.end("bo", found.session.id, NOW + 62)
    for bad in (secret, "", "x", "\ud800", secret.upper()):
        assert sessions.find(bad, NOW + 62) is None


def test_many_tries_at_once_are_many(books: Engine) -> None:
    attempts, came = Attempts(books), []

    def go() -> None:
        try:
            attempts.take("somebody", "198.51.100.0/24", NOW)
        except TooSoonError:
            came.append(False)
        else:
            came.append(True)

    threads = [threading.Thread(target=go) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(came) == 5
    attempts.succeeded("somebody", "198.51.100.0/24")
    attempts.take("somebody", "198.51.100.0/24", NOW)
