"""Times as arguments of commands."""

from __future__ import annotations

import argparse

import pytest

from tally_edge.cli_time import day_or_instant, instant, instant_or_seconds


def test_a_time_with_its_offset() -> None:
    assert instant("2027-01-01T00:00:00+08:00") == instant("2026-12-31T16:00:00Z") == 1_798_732_800
    assert instant_or_seconds("2026-12-31T16:00:00Z") == instant_or_seconds("1798732800") == 1_798_732_800


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-01-01T00:00:00", "2027-01-01", "2027-01-01T00:00:00.5Z"])
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    for read in (instant, instant_or_seconds):
        with pytest.raises(argparse.ArgumentTypeError):
            read(text)


@pytest.mark.parametrize("text", ["20270101", "0", "1798732800000", "9" * 5000, "١٧٩٨٧٣٢٨٠٠", "-1798732800"])
def test_a_date_without_dashes_is_not_taken_for_seconds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        instant_or_seconds(text)


def test_a_day_stands_for_its_first_second_in_utc() -> None:
    assert day_or_instant("2027-01-01") == day_or_instant("2027-01-01T08:00:00+08:00") == 1_798_761_600


@pytest.mark.parametrize("text", ["20270131", "2027-13-01", "2027-1-31x", "-5"])
def test_what_only_looks_like_a_day_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        day_or_instant(text)
