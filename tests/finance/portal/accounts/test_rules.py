"""What decides without a database: passwords, paces, lifetimes, codes, roles, what is said in Chinese."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.errors import ConfigError
from tally_finance.errors import AccountError, TooSoonError
from tally_finance.portal import accounts
from tally_finance.portal.accounts import one_time, password, sealing, wording
from tally_finance.portal.accounts.account import State, must_lead_to, name_of, organisation_of, roles_of
from tally_finance.portal.accounts.lifetimes import ABSOLUTE_S, FRESH_S, IDLE_S, Times
from tally_finance.portal.accounts.pace import FORGOTTEN_S, LONGEST_WAIT_S, OF_ACCOUNT, Tries
from tally_finance.portal.accounts.sealing import Sealing
from tally_finance.portal.accounts.settings import settings_of
from tally_finance.portal.accounts.tries import network_of
from tally_gateway.pages.words import Language, Words, in_chinese
from tests.finance.portal.accounts.rig import CHEAP

NAMES = ["ana.lim", "Bank of the Delta"]


@pytest.mark.parametrize(
    "wrong",
    [
        "short", "elevenchars", "x" * 129, "Password1234", "passwordpassword", "1234567890123", "aaaaaaaaaaaaa",
        "ababababababab", "abcdefghijklmn", "ana.lim-anal", "Bank-of-the-Delta-1", "changeme1234",
        "ＰＡＳＳＷＯＲＤ１２３４",
    ],
)  # fmt: skip
def test_a_poor_password_is_refused(wrong: str) -> None:
    with pytest.raises(AccountError):
        password.must_be_good(wrong, NAMES)


GOOD = ["a mule between two rivers", "三角洲的骡子在两河之间走路", "x7$Kp-qq.92Lm", "correct mule battery 9"]


@pytest.mark.parametrize("good", GOOD)
def test_a_long_one_is_taken_whatever_it_is_made_of(good: str) -> None:
    password.must_be_good(good, NAMES)


def test_a_password_is_kept_as_argon2id_and_nobody_has_none() -> None:
    made = password.Passwords(CHEAP)
    kept = made.hash("ein Maultier zwischen Flüssen")
    assert kept.startswith("$argon2id$")
    assert made.is_of("ein Maultier zwischen Flu\u0308ssen", kept)  # the same, typed as two characters
    assert not made.is_of("ein Maultier zwischen Fluessen", kept)
    assert not made.is_of("nobody has this one", None)
    assert not made.is_of("x", "no hash at all")
    assert not made.is_outdated(kept)
    assert password.Passwords().is_outdated(kept)  # what is served hashes at higher costs


@given(st.lists(st.integers(0, 4_000), max_size=400))
def test_nobody_tries_a_hundred_times_in_an_hour(pauses: list[int]) -> None:
    tries, now, made = Tries(), 10**9, []
    for pause in pauses:
        now += pause
        if OF_ACCOUNT.wait_s(tries, now) == 0:
            tries = OF_ACCOUNT.after(tries, now)
            made.append(now)
    for start in made:
        assert sum(start <= at < start + 3_600 for at in made) <= 20


def test_a_wait_grows_ends_and_is_forgotten() -> None:
    tries, waits = Tries(), []
    for _ in range(20):
        tries = OF_ACCOUNT.after(tries, 10**9)
        waits.append(OF_ACCOUNT.wait_s(tries, 10**9))
    assert waits[:8] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert max(waits) == LONGEST_WAIT_S
    assert OF_ACCOUNT.wait_s(tries, 10**9 + FORGOTTEN_S) == 0
    assert OF_ACCOUNT.after(tries, 10**9 + FORGOTTEN_S).failed == 1


def test_a_session_is_good_while_it_is_used_and_not_for_ever() -> None:
    times = Times(1_000, 1_000, 1_000)
    assert times.is_good(1_000 + IDLE_S - 1)
    assert not times.is_good(1_000 + IDLE_S)
    assert not times.is_good(999)
    assert times.is_fresh(1_000 + FRESH_S - 1)
    assert not times.is_fresh(1_000 + FRESH_S)
    assert not Times(1_000, 1_000 + ABSOLUTE_S, 1_000).is_good(1_000 + ABSOLUTE_S)
    assert not Times(1_000, 1_000, 1_000, ended_at=1_001).is_good(1_001)


def test_a_code_is_good_in_its_window_and_after_the_last_that_was_taken() -> None:
    secret, now = one_time.new_secret(), 1_780_000_010
    totp = pyotp.TOTP(one_time.typed(secret).replace(" ", ""))
    step = now // 30
    assert one_time.step_of(secret, totp.at(now), now, -1) == step
    assert one_time.step_of(secret, totp.at(now - 30), now, -1) == step - 1
    assert one_time.step_of(secret, totp.at(now + 30), now, -1) == step + 1
    assert one_time.step_of(secret, totp.at(now - 60), now, -1) is None
    assert one_time.step_of(secret, totp.at(now), now, step) is None
    for strange in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "\ud800"):
        assert one_time.step_of(secret, strange, now, -1) is None


def test_a_square_has_no_style_of_its_own() -> None:
    svg = one_time.square(one_time.address(one_time.new_secret(), "ana", "Test & <portal>"))
    assert svg.startswith("<svg")
    assert "style" not in svg


def test_recovery_codes_are_many_and_read_as_they_are_typed() -> None:
    codes = one_time.new_recovery_codes()
    assert len(set(codes)) == one_time.RECOVERY_CODES
    assert one_time.kept_recovery(codes[0]) == one_time.kept_recovery(f" {codes[0].upper().replace('-', ' ')} ")
    assert len({one_time.kept_recovery(code) for code in codes}) == len(codes)


def test_a_sealed_secret_opens_at_its_account_under_its_key_alone(tmp_path: Path) -> None:
    sealing.make_key(tmp_path / "seal.key")
    key = sealing.load(tmp_path / "seal.key")
    sealed = Sealing(key).seal(b"secret", "ana")
    assert Sealing(key).open(sealed, "ana") == b"secret"
    for box, data, whose in (
        (Sealing(key), sealed, "bo"), (Sealing(bytes(32)), sealed, "ana"), (Sealing(key), sealed[:-1], "ana"),
    ):  # fmt: skip
        with pytest.raises(AccountError, match="does not open"):
            box.open(data, whose)
    with pytest.raises(ConfigError, match="never overwritten"):
        sealing.make_key(tmp_path / "seal.key")
    (tmp_path / "seal.key").chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        sealing.load(tmp_path / "seal.key")


@pytest.mark.parametrize("wrong", ["", "-a", "a-", "A", "a b", "a" * 41, "a\x00", "ж", "a/b", "~a"])
def test_a_name_is_none(wrong: str) -> None:
    with pytest.raises(AccountError):
        name_of(wrong)


def test_roles_states_and_organisations_are_what_they_may_be() -> None:
    with pytest.raises(AccountError, match="no role owner-of-all"):
        roles_of(["owner-of-all"])
    with pytest.raises(AccountError, match="at least one"):
        roles_of([])
    with pytest.raises(AccountError, match="does not become"):
        must_lead_to(State.LEFT, State.ACTIVE)
    with pytest.raises(AccountError, match="32 bytes"):
        organisation_of(b"x", "A", "甲")
    with pytest.raises(AccountError, match="printable"):
        organisation_of(bytes(32), "A\n", "甲")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("", "unknown"),
        ("x" * 300, "unknown"),
    ],
)
def test_of_an_address_its_network_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"colour": 1}, "no setting colour"),
        ({"behind_proxy": "yes"}, "true or false"),
        ({"oidc": {"issuer": "http://login.example", "client_id": "x", "name": "X"}}, "https"),
        ({"oidc": {"issuer": "https://login.example"}}, "name is missing"),
        ({"oidc": {"issuer": "https://login.example", "scope": "x"}}, "nothing else"),
        ({"oidc": {"issuer": "https://l.example", "client_id": "x", "name": "X", "second_factor": "otp"}}, "list"),
    ],
)
def test_a_wrong_sheet_is_told_where(table: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        settings_of(table, tmp_path, "https://portal.example", Words("P", "门户"), bytes(32))


@pytest.mark.parametrize(
    ("address", "cookie", "passkeys"),
    [
        ("https://portal.example", "__Host-tallystick", True),
        ("https://192.0.2.1", "__Host-tallystick", False),
        ("http://localhost:8470", "tallystick", True),
        ("http://127.0.0.1:8470", "tallystick", False),
    ],
)
def test_an_address_decides_cookies_and_passkeys(address: str, cookie: str, *, passkeys: bool, tmp_path: Path) -> None:
    made = settings_of({}, tmp_path, address, Words("P", "门户"), bytes(32))
    assert (made.cookie, made.has_passkeys) == (cookie, passkeys)


def test_every_refusal_has_its_chinese() -> None:
    raised = []
    for path in Path(accounts.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("AccountError", "SignInError"):
                raised.append(_text(node.args[0]))
    raised = [one for one in raised if one is not None]
    assert len(raised) > 40
    patterns = wording.table()
    assert [one for one in raised if in_chinese(patterns, one) is None] == []
    assert wording.said(TooSoonError(7), Language.CHINESE) == "尝试次数过多，请 7 秒后再试"
    assert wording.said(TooSoonError(7), Language.ENGLISH) == "too many tries: come again in 7 s"
    assert all(re.search("[\u4e00-\u9fff]", chinese) for _, chinese in patterns)


def _text(node: ast.expr) -> str | None:
    """What is raised, with a number in each gap; None for a name."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "12" for part in node.values)
    return None
