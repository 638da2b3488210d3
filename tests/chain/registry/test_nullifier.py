"""Identifiers and nullifiers: one thing, one name, however it is written."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import Scheme, commitment, identifier, opens
from tally_chain.registry.nullifier import (
    Namespace,
    canonical_id,
    canonical_number,
    claim_digest,
    namespace_id,
    nullifier,
)

VECTORS = json.loads(Path(__file__).with_name("nullifiers.json").read_text("utf-8"))
RULES = Namespace("green-certificates-2026", "certificate", Scheme.USCC)
KEY = bytes(range(32))
ISSUER = identifier(Scheme.USCC, "91350100M000100Y43")


@pytest.mark.parametrize("text", VECTORS["uscc"])
def test_usccs_of_the_standard_and_of_firms(text: str) -> None:
    assert identifier(Scheme.USCC, text).text == text
    for place in range(18):
        wrong = "1" if text[place] != "1" else "2"
        with pytest.raises(IdentifierError, match="check character"):
            identifier(Scheme.USCC, text[:place] + wrong + text[place + 1 :])


@pytest.mark.parametrize("text", VECTORS["lei"])
def test_leis_of_firms(text: str) -> None:
    assert identifier(Scheme.LEI, text).text == text
    for place in range(20):
        wrong = next(char for char in ("12" if text[place].isdigit() else "AB") if char != text[place])
        with pytest.raises(IdentifierError, match="LEI"):
            identifier(Scheme.LEI, text[:place] + wrong + text[place + 1 :])


def test_two_neighbours_swapped_are_noticed() -> None:
    for scheme, texts in ((Scheme.USCC, VECTORS["uscc"]), (Scheme.LEI, VECTORS["lei"])):
        for text in texts:
            for place in range(len(text) - 1):
                swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
                if swapped != text:
                    with pytest.raises(IdentifierError):
                        identifier(scheme, swapped)


@pytest.mark.parametrize(
    "text", ["91350100 M000100Y43", "９１３５０１００Ｍ０００１００Ｙ４３", "91350100-m000100y-43"]
)
def test_spellings_of_an_identifier(text: str) -> None:
    assert identifier(Scheme.USCC, text) == ISSUER


@pytest.mark.parametrize("text", ["", "91350100M000100Y4", "91350100M000100Y433", "91350100М000100Y43", "9" * 1000])
def test_what_is_no_identifier(text: str) -> None:
    """The third but last has a Cyrillic М."""
    with pytest.raises(IdentifierError):
        identifier(Scheme.USCC, text)


def test_a_commitment_opens_with_its_salt_alone() -> None:
    registered = commitment(ISSUER, KEY)
    assert registered.hex() == VECTORS["commitment"]
    assert opens(registered, ISSUER, KEY)
    assert not opens(registered, ISSUER, bytes(32))
    assert not opens(registered, identifier(Scheme.USCC, VECTORS["uscc"][1]), KEY)
    for salt in (b"", bytes(16), bytes(33)):
        with pytest.raises(IdentifierError, match="salt"):
            commitment(ISSUER, salt)


def test_the_nullifier_is_what_the_page_says() -> None:
    """Written out with nothing but HMAC and bytes of CBOR: the format, a second time."""

    def text(value: str) -> bytes:
        raw = value.encode()
        assert len(raw) < 24
        return bytes([0x60 + len(raw)]) + raw

    rules = b"\x84" + text(RULES.name) + text("certificate") + text("USCC") + b"\x01"
    space = hmac.new(KEY, b"tallystick namespace 1\0" + rules, hashlib.sha256).digest()
    thing = b"\x84" + text("certificate") + text("USCC") + text(ISSUER.text) + text("GC-2026-000117")
    named = b"\x82\x58\x20" + space + b"\x58" + bytes([len(thing)]) + thing
    expected = hmac.new(KEY, b"tallystick nullifier 1\0" + named, hashlib.sha256).digest()
    assert namespace_id(RULES, KEY) == space
    assert canonical_id(RULES, ISSUER, " gc–2026–000117") == thing
    assert nullifier(RULES, KEY, ISSUER, " gc–2026–000117") == expected
    assert expected.hex() == VECTORS["nullifiers"][0]["nullifier"]


@pytest.mark.parametrize("vector", VECTORS["nullifiers"], ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, object]) -> None:
    rules = Namespace(**{**vector["rules"], "scheme": Scheme(vector["rules"]["scheme"])})  # type: ignore[dict-item, index]
    issuer = identifier(rules.scheme, str(vector["issuer"]))
    key = bytes.fromhex(str(vector["key"]))
    assert namespace_id(rules, key).hex() == vector["namespace"]
    for numbers in vector["spellings"]:  # type: ignore[attr-defined]
        assert nullifier(rules, key, issuer, *numbers).hex() == vector["nullifier"]


@pytest.mark.parametrize("number", VECTORS["refused_numbers"])
def test_numbers_that_could_be_read_as_others(number: str) -> None:
    with pytest.raises(IdentifierError):
        canonical_number(number)


@given(st.text(alphabet="0123456789ABCXYZabcxyzＡａ１ -‐–—−/.粤鲁〇\u3000\u00a0\t", max_size=40))
def test_every_spelling_of_a_number_leads_to_one(text: str) -> None:
    try:
        plain = canonical_number(text)
    except IdentifierError:
        assert not text.strip()
        return
    spellings = [plain, plain.lower(), " ".join(plain), plain.replace("-", "—"), unicodedata.normalize("NFD", text)]
    spellings.append("".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in plain))
    assert {canonical_number(spelling) for spelling in spellings} == {plain}


@given(st.text(max_size=60))
def test_a_number_is_canonical_or_refused(text: str) -> None:
    try:
        plain = canonical_number(text)
    except IdentifierError:
        return
    assert canonical_number(plain) == plain
    assert plain == unicodedata.normalize("NFKC", plain)


def test_what_differs_has_another_name() -> None:
    base = nullifier(RULES, KEY, ISSUER, "A1")
    other_firm = identifier(Scheme.USCC, VECTORS["uscc"][1])
    names = {
        base,
        nullifier(RULES, KEY, ISSUER, "A2"),
        nullifier(RULES, KEY, ISSUER, "A-1"),
        nullifier(RULES, KEY, other_firm, "A1"),
        nullifier(RULES, bytes(32), ISSUER, "A1"),
        nullifier(Namespace("green-certificates-2027", "certificate", Scheme.USCC), KEY, ISSUER, "A1"),
        nullifier(Namespace("green-certificates-2026", "slot", Scheme.USCC), KEY, ISSUER, "A1"),
    }
    pairs = Namespace("slots", "slot", Scheme.USCC, 2)
    names |= {nullifier(pairs, KEY, ISSUER, "1", "23"), nullifier(pairs, KEY, ISSUER, "12", "3")}
    assert len(names) == 9


def test_rules_are_kept() -> None:
    lei = identifier(Scheme.LEI, VECTORS["lei"][0])
    with pytest.raises(IdentifierError, match="names issuers by USCC, not by LEI"):
        nullifier(RULES, KEY, lei, "1")
    for numbers in ((), ("1", "2")):
        with pytest.raises(IdentifierError, match="has 1 numbers"):
            nullifier(RULES, KEY, ISSUER, *numbers)
    for name in ("", "Green", "a--b", "a b", "ü", "a" * 65):
        with pytest.raises(IdentifierError, match="no name for a namespace"):
            namespace_id(Namespace(name, "certificate", Scheme.USCC), KEY)
    with pytest.raises(IdentifierError, match="at least one number"):
        namespace_id(Namespace("a", "certificate", Scheme.USCC, 0), KEY)
    with pytest.raises(IdentifierError, match="key has 32 bytes"):
        nullifier(RULES, b"short", ISSUER, "1")
    with pytest.raises(IdentifierError, match="salt has 32 bytes"):
        claim_digest(b"", b"short")


def test_a_digest_hides_and_binds() -> None:
    assert claim_digest(b"120 MWh", KEY).hex() == VECTORS["digest"]
    assert claim_digest(b"120 MWh", bytes(32)) != claim_digest(b"120 MWh", KEY) != claim_digest(b"121 MWh", KEY)
