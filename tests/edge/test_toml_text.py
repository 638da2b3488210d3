"""TOML of strangers: read in a time that its length bounds, and otherwise as the standard parser reads it."""

from __future__ import annotations

import time
import tomllib
from decimal import Decimal

import pytest

from tally_edge import toml_text

MANY = 200_000


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * MANY + " = 1",
        "[" + "a . " * MANY + "a]",
        "x = { b" + ".b" * MANY + " = 1 }",
        '"a"' + '."a"' * MANY + " = 1",
        "'a'" + ".'='" * MANY + " = 1",
        'a = ["""a"""", {b' + ".b" * MANY + ' = 1}, "x"]',
        'a = ["""\n"""  , {b' + ".b" * MANY + ' = 1}, "x"]',
        "a = '''\n''''\nb" + ".b" * MANY + " = ''''",
        'a = """' + '\\"""' * MANY,
        "a = " + "[" * MANY,
        "a = " + "{a=" * MANY,
        "a = " + "9" * 5_000,
        "a.\n" * MANY,
    ],
    ids=lambda text: text[:14],
)
def test_what_would_take_for_ever_is_refused_at_once(text: str) -> None:
    began = time.thread_time()
    with pytest.raises(tomllib.TOMLDecodeError):
        toml_text.loads(text)
    assert time.thread_time() - began < 5  # seconds; the standard parser takes minutes


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * (toml_text.MOST_PARTS - 1) + " = 1.50",
        "a = '" + "a.a." * 200 + "'",
        'a = """\n' + "a.a." * 200 + '\\""" "" """""',
        "# " + "a.a." * 200 + "\nb = 1",
        "a = [" + "1.5, " * 500 + "]",
        '"a#" = 1 # "\n[b."c.d"]\ne = 1979-05-27T07:32:00.999Z',
    ],
    ids=lambda text: text[:14],
)
def test_what_people_write_is_read_as_ever(text: str) -> None:
    assert toml_text.loads(text, parse_float=Decimal) == tomllib.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("number", ["1e61", "1e999999999", "1e-999999999", "0." + "0" * 60 + "1"])
def test_a_number_that_is_short_to_write_and_long_to_reckon_with_is_refused(number: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match="places"):
        toml_text.loads(f"a = {number}", parse_float=toml_text.exact)
    assert toml_text.loads("a = 12.500\nb = 1e59", parse_float=toml_text.exact)["a"] == Decimal("12.500")
