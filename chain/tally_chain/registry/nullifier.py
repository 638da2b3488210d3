"""Nullifiers: the one name under which a thing can be claimed. No IO.

A thing is a number that somebody issued: certificate 粤2026-001 of a registry, slot 2026-11-22T00:00Z of a metering
point's operator. Its canonical id is deterministic CBOR over the issuer in its one spelling and the number in its one
spelling; its nullifier is HMAC-SHA-256 of that under the namespace's key. So

- the same thing always has the same nullifier, however it is written and whoever claims it: no salt, no claimant, no
  date and no content goes in;
- without the key a nullifier says nothing, though numbers can be enumerated;
- the namespace's id is an HMAC under the same key over the namespace's rules. There is no second key for one namespace
  and no second way to name issuers in it: a firm that has a USCC and an LEI would otherwise have two names.

The registrar holds the key, computes the nullifier from the thing itself, and countersigns (`claims.py`). An auditor
who is given the key computes everything again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import MAX_TEXT, SALT_BYTES, Identifier, Scheme
from tally_edge import cbor

KEY_BYTES = 32
_NAMESPACE_DOMAIN = b"tallystick namespace 1\0"
_NULLIFIER_DOMAIN = b"tallystick nullifier 1\0"
_DIGEST_DOMAIN = b"tallystick claim 1\0"
# Names and kinds are ours to choose, so they have one spelling from the start.
_TOKEN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_TOKEN = 64
# A dash is a dash, whichever of them a word processor made of it. NFKC leaves these apart.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―⁃−⸺⸻"), "-")
# ASCII, the marks that stand in numbers, and Chinese characters. Anything else (Cyrillic А, Greek Ο, accents, invisible
# characters) looks like something that is allowed, or like nothing, and would make a second name of one number.
_NUMBER = re.compile("[0-9A-Z()+,./:#&_\\[\\]\u3007\u3400-\u4dbf\u4e00-\u9fff-]+")


@dataclass(frozen=True)
class Namespace:
    """The rules of a namespace. Two kinds of claim that must not collide with each other are two namespaces."""

    name: str
    """Lower-case words with dashes: `green-certificates-2026`."""
    kind: str
    """What is claimed: `certificate`, `warehouse-receipt`, `slot`, `trade`, `footprint`."""
    scheme: Scheme
    """How issuers are named here."""
    number_parts: int = 1
    """How many numbers name one thing, in a fixed order."""


def namespace_id(rules: Namespace, key: bytes) -> bytes:
    """The id under which a namespace is opened on the chain; it commits to the rules and to the key."""
    for what in (rules.name, rules.kind):
        if len(what) > MAX_TOKEN or _TOKEN.fullmatch(what) is None:
            raise IdentifierError(f"{what!r} is no name for a namespace: lower-case words and dashes")
    if rules.number_parts < 1:
        raise IdentifierError("a thing needs at least one number")
    return _mac(key, _NAMESPACE_DOMAIN, [rules.name, rules.kind, rules.scheme.value, rules.number_parts])


def canonical_number(text: str) -> str:
    """A number in its one spelling: NFKC, upper case, no white space, one kind of dash.

    Raises IdentifierError for an empty or overlong one, and for characters that could be mistaken for others.
    """
    if len(text) > MAX_TEXT:
        raise IdentifierError(f"a number of {len(text)} characters")
    folded = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    spaceless = "".join(char for char in folded if not char.isspace())
    # Upper-casing only what is ASCII: elsewhere it changes lengths and scripts, and nothing of it is allowed anyway.
    plain = "".join(char.upper() if char.isascii() else char for char in spaceless)
    if len(plain) > MAX_TEXT or _NUMBER.fullmatch(plain) is None:
        raise IdentifierError(f"{text!r} is no number: letters A to Z, digits, Chinese characters and -+,./:#&_()[]")
    return plain


def canonical_id(rules: Namespace, issuer: Identifier, *numbers: str) -> bytes:
    """The bytes that name a thing; equal for every spelling of it."""
    if issuer.scheme is not rules.scheme:
        raise IdentifierError(f"{rules.name} names issuers by {rules.scheme.value}, not by {issuer.scheme.value}")
    if len(numbers) != rules.number_parts:
        raise IdentifierError(f"a thing of {rules.name} has {rules.number_parts} numbers, given are {len(numbers)}")
    return cbor.encode([rules.kind, issuer.scheme.value, issuer.text, *map(canonical_number, numbers)])


def nullifier(rules: Namespace, key: bytes, issuer: Identifier, *numbers: str) -> bytes:
    """The name under which a thing is claimed. `issuer` comes from `identifiers.identifier`."""
    return _mac(key, _NULLIFIER_DOMAIN, [namespace_id(rules, key), canonical_id(rules, issuer, *numbers)])


def claim_digest(content: bytes, salt: bytes) -> bytes:
    """What is kept about a claim's content. It has a salt and never decides whether a claim is taken."""
    if len(salt) != SALT_BYTES:
        raise IdentifierError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(_DIGEST_DOMAIN + salt + content).digest()


def _mac(key: bytes, domain: bytes, item: list[cbor.Item]) -> bytes:
    if len(key) != KEY_BYTES:
        raise IdentifierError(f"a namespace key has {KEY_BYTES} bytes, not {len(key)}")
    return hmac.new(key, domain + cbor.encode(item), hashlib.sha256).digest()
