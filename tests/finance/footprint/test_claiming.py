"""A claim is for one entity, site and period; what another holds never counts, what nobody holds only where told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tally_finance.footprint.certificates import admitted
from tally_finance.footprint.claiming import Claimed, Entry, Policy, Standing, Use, salt_of
from tests.finance.footprint.examples import YEAR, certificate, claim

OURS, THEIRS, KEY = b"\1" * 32, b"\2" * 32, b"\3" * 32
USE = Use("mill", "hall 3", *YEAR)


def entry(number: str, holder: bytes | None, use: Use = USE) -> Entry:
    nullifier = number.encode().rjust(32, b"\0")
    salt = salt_of(KEY, nullifier)
    return Entry(number, nullifier, salt, holder, None if holder is None else use.digest(number, salt))


ENTRIES = {
    "HELD": entry("HELD", OURS),
    "FREE": entry("FREE", None),
    "TAKEN": entry("TAKEN", THEIRS),
    "LAST-YEAR": entry("LAST-YEAR", OURS, replace(USE, from_at=YEAR[0] - 1)),
}


def claimed(policy: Policy = Policy.REQUIRED) -> Claimed:
    return Claimed(OURS, policy, USE, ENTRIES)


def test_how_certificates_stand() -> None:
    assert {number: claimed().standing(number).value for number in (*ENTRIES, "NEW")} == {
        "HELD": "held",
        "FREE": "free",
        "TAKEN": "taken",
        "LAST-YEAR": "otherwise",
        "NEW": "unread",
    }


@pytest.mark.parametrize(
    ("policy", "counts"),
    [(Policy.REQUIRED, {"HELD"}), (Policy.TOLD, {"HELD", "FREE", "NEW"})],
)
def test_what_counts(policy: Policy, counts: set[str]) -> None:
    every = [certificate(number) for number in (*ENTRIES, "NEW")]
    found = admitted(every, [], claim(claimed=claimed(policy)))
    assert {one.number for one in found.certificates} == counts
    assert all("registry" in one.why for one in found.refused)


@pytest.mark.parametrize(
    "other",
    [
        replace(USE, entity="another"),
        replace(USE, site="hall 4"),
        replace(USE, to_at=YEAR[1] + 1),
    ],
)
def test_a_claim_is_for_one_use(other: Use) -> None:
    assert replace(claimed(), use=other).standing("HELD") is Standing.OTHERWISE


def test_one_certificate_has_one_digest_however_it_is_written() -> None:
    salt = salt_of(KEY, b"\4" * 32)
    assert USE.digest("gec–1 7", salt) == USE.digest("GEC-17", salt)
    assert USE.digest("GEC-17", salt) != USE.digest("GEC-18", salt)
    assert salt_of(KEY, b"\5" * 32) != salt


def test_another_spelling_does_not_hide_a_claim() -> None:
    """A number with another dash or case is the same: where unread numbers count, it would count beside its holder."""
    for number in ("taken", " Taken", "last–year"):
        found = admitted([certificate(number)], [], claim(claimed=claimed(Policy.TOLD)))
        assert not found.certificates
        assert claimed().entry(number) is not None
