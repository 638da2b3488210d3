"""A reader's policy: read, written, and refused."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import policy_text
from tally_chain.errors import PolicyError
from tally_chain.policy import PinnedChain, PinnedRegistry, Policy, RootSource
from tests.chain.verify.case import plain
from tests.chain.verify.cases_grant import reader

BASE = reader(plain())
TEXT = policy_text.write(BASE)
names = st.text(st.characters(blacklist_categories=["Cs"], max_codepoint=0x10FFFF), max_size=40)


CHAIN = f'[chain]\nchain_id = 1\ngenesis = "{"00" * 32}"\ncontract = "{"00" * 20}"\n'
REGISTRY = f'{CHAIN}kind = "public"\n[registry]\norganisations = "{"00" * 20}"\ntimelock = "{"00" * 20}"\n'
KEY = f'[[registry.key]]\nid = "{"00" * 32}"\norganisation = "{"00" * 32}"\nrole = "lender"\n'
KEY += "good_from = 0\ngood_until = 1\n"


@given(names.filter(str.strip), names, names.filter(bool))
def test_what_is_written_is_read_back(audited: str, who: str, organisation: str) -> None:
    """Quotes, backslashes, control characters and everything beyond the first plane."""
    person = dataclasses.replace(BASE.persons[0], organisation=organisation)
    made = dataclasses.replace(BASE, audited=audited, reader=who, persons=(person,))
    assert policy_text.parse(policy_text.write(made)) == made


@pytest.mark.parametrize("members", [(), ('First "Bank"', "港口公司")])
@pytest.mark.parametrize("code_hash", [None, bytes(range(32))])
def test_a_pinned_chain_is_read_back(code_hash: bytes | None, members: tuple[str, ...]) -> None:
    """With and without the code's hash and the members of the consortium."""
    chain = PinnedChain(10, bytes(32), bytes(range(20)), RootSource.CONSORTIUM, code_hash, members, len(members))
    made = dataclasses.replace(BASE, chain=chain, max_head_age_s=86_400)
    assert policy_text.parse(policy_text.write(made)) == made


def test_where_a_log_is_anchored_is_read_back() -> None:
    """The owner of its registration, and the chain of a head."""
    (log,) = BASE.logs
    roots = tuple(dataclasses.replace(root, chain_id=10) for root in log.roots)
    made = dataclasses.replace(BASE, logs=(dataclasses.replace(log, roots=roots, anchor_owner=bytes(range(20))),))
    assert policy_text.parse(policy_text.write(made)) == made


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("version = 1", "version = 2", "version: must be 1"),
        ("version = 1", "version = true", "version: True is not a whole number"),
        ("version = 1", "versoin = 1", "version: is missing"),
        ('audited = "Mill"', 'auditde = "Mill"', "audited: is missing"),
        ("simulated = false", "simulated = 0", "accept.simulated: 0 is not true or false"),
        ("by_hand = false", "by_hands = false", "accept.by_hands: is not a known"),
        ("[[authority]]", "[[autority]]", "at least one authority"),
        ("[[log]]", "[log]", "log: .* is not an array of tables"),
        ('root = "', 'root = "0', "log.1..root.1..root: .* is not hex"),
        ('source = "public"', 'source = "friend"', "not one of"),
        ("size = ", "size = -", "size: -.* is not from 1"),
        ("time = ", "time = -", "time: -.* is not from 0"),
        ("checkpoint_key = ", 'checkpoint_key = "x" #', "checkpoint_key"),
        ('proof_key = "a', 'proof_key = "b', "not a COSE key"),
        ("[accept]", "[chain]\nchain_id = 0\n[accept]", "chain.kind: is missing"),
        ("[accept]", '[chain]\nkind = "public"\nchain_id = 0\n[accept]', "chain.chain_id: 0 is not from 1"),
        ("[accept]", '[chain]\nkind = "out-of-band"\n[accept]', "not one of"),
        ("[accept]", f'{CHAIN}kind = "public"\nmembers = ["A"]\n[accept]', "chain.members: only a consortium"),
        ("[accept]", f'{CHAIN}kind = "consortium"\nmembers = [""]\n[accept]', "members: .* is not a list"),
        ("version = 1", "version = 1\nmax_head_age_s = 0", "max_head_age_s: 0 is not from 1"),
        ("proof_key = ", 'anchor_owner = "0x00"\nproof_key = ', "anchor_owner: has 1 bytes, not 20"),
        ("version = 1", "version = 1\nversion = 1", "policy"),
        ("[accept]", f'{CHAIN}kind = "public"\nconfirmations = 1\n[accept]', "confirmations: on a public chain"),
        ("[accept]", f'{CHAIN}kind = "consortium"\nconfirmations = -1\n[accept]', "confirmations: -1 is not from 0"),
        ("[accept]", f'[registry]\norganisations = "{"00" * 20}"\n[accept]', "registry.timelock: is missing"),
        (
            "[accept]",
            REGISTRY.partition("[registry]")[1] + REGISTRY.partition("[registry]")[2] + "[accept]",
            "stands on",
        ),
        ("[accept]", f"{REGISTRY}{KEY}[accept]", "registry.read_at: is missing"),
        ("[accept]", f"{REGISTRY}read_at = 1\n{KEY}{KEY}[accept]", "registry.key: a key is bound once"),
        (
            "[accept]",
            f"{REGISTRY}read_at = 1\n{KEY}[accept]".replace("lender", "lenders"),
            "role: 'lenders' is not one",
        ),
        ('organisation = "Office"', f'organisation = "Office"\nregistered = "{"00" * 32}"', r"no \[registry\]"),
        ('organisation = "Office"', 'organisation = "Office"\nregistered = "00"', "registered: has 1 bytes, not 32"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, match: str) -> None:
    """The table and the key."""
    assert old in TEXT
    with pytest.raises(PolicyError, match=match):
        policy_text.parse(TEXT.replace(old, new, 1))


def test_an_organisation_has_one_name_and_one_id() -> None:
    """Under two names its two signatures would look independent; under one name, two would look like one."""
    chain = PinnedChain(10, bytes(32), bytes(20), RootSource.PUBLIC)
    pinned = dataclasses.replace(BASE, chain=chain, registry=PinnedRegistry(bytes(20), bytes(20)))
    (authority,), (person,) = pinned.authorities, pinned.persons
    authority = dataclasses.replace(authority, registered=bytes(32))
    for other in (
        dataclasses.replace(person, registered=bytes(32)),
        dataclasses.replace(person, organisation=authority.organisation, registered=b"\1" * 32),
    ):
        with pytest.raises(PolicyError, match="one name and one id"):
            dataclasses.replace(pinned, authorities=(authority,), persons=(other,))
    (log,) = pinned.logs
    with pytest.raises(PolicyError, match="no anchor_owner"):
        dataclasses.replace(pinned, logs=(dataclasses.replace(log, registered=bytes(32)),))


def test_a_log_stands_there_once() -> None:
    """Two tables of one log would split its heads."""
    with pytest.raises(PolicyError, match="once"):
        dataclasses.replace(BASE, logs=(*BASE.logs, *BASE.logs))


def test_an_empty_policy_is_no_policy() -> None:
    """A verification without anybody to trust proves nothing."""
    with pytest.raises(PolicyError, match="at least one"):
        Policy((), (), (), (), BASE.accept, "Mill")


@pytest.mark.parametrize(("audited", "match"), [("", "audited: is empty"), (" ", "who is audited")])
def test_a_policy_says_who_is_audited(audited: str, match: str) -> None:
    """Nobody could tell a key that the party enrolled for itself from one that others enrolled."""
    with pytest.raises(PolicyError, match=match):
        policy_text.parse(TEXT.replace('audited = "Mill"', f'audited = "{audited}"'))
