"""What was made before is made again only where there was no place for it."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from tally_gateway.remembered import MOST_NAMES, Remembered, name_of


def test_it_is_made_once_and_the_one_that_was_asked_for_longest_ago_goes_first() -> None:
    made: list[str] = []
    held = Remembered[str](10)

    def found(name: str, size: int = 4) -> str:
        def make() -> str:
            made.append(name)
            return name * size

        return held.found(name, make)

    assert [found("a"), found("b"), found("a"), found("a")] == ["aaaa", "bbbb", "aaaa", "aaaa"]
    assert made == ["a", "b"]
    found("c")  # b was asked for longest ago
    assert held.get("b") is None
    assert held.get("a") == "aaaa"
    assert held.get("c") == "cccc"


def test_however_small_so_many_are_held() -> None:
    held = Remembered[bytes](1 << 20)
    for number in range(MOST_NAMES + 1):
        held.found(number, lambda: b"x")
    assert held.get(0) is None
    assert held.get(1) == held.get(MOST_NAMES) == b"x"


def test_what_never_fits_is_made_and_not_held_and_drives_nothing_out() -> None:
    held = Remembered[bytes](10)
    assert held.found("small", lambda: b"12345") == b"12345"
    assert held.found("large", lambda: bytes(11)) == bytes(11)
    assert held.get("large") is None
    assert held.get("small") == b"12345"


def test_what_can_not_be_made_is_asked_for_again() -> None:
    held = Remembered[bytes](10)
    tries = iter([ValueError("not now"), None])

    def make() -> bytes:
        if (wrong := next(tries)) is not None:
            raise wrong
        return b"made"

    with pytest.raises(ValueError, match="not now"):
        held.found("x", make)
    assert held.found("x", make) == b"made"


def test_many_threads_hold_no_more_than_fits() -> None:
    held = Remembered[bytes](1_000)

    def ask(first: int) -> None:
        for number in range(500):
            name = (first + number * 7) % 97
            assert held.found(name, partial(bytes, [name] * 50)) == bytes([name]) * 50

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [one for name in range(97) if (one := held.get(name)) is not None]
    assert 0 < sum(map(len, kept)) <= 1_000


def test_a_name_is_of_its_parts_and_not_of_what_they_are_together() -> None:
    assert name_of(b"ab", b"c") != name_of(b"a", b"bc")
    assert name_of(b"ab", b"c") == name_of(b"ab", b"c")
