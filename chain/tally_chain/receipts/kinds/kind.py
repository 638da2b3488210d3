"""What a kind of operation is: fields, the object it changes, who signs. Verdict-critical: no IO."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tally_chain.registry.roles import KeyRole


class Measure(enum.Enum):
    """What a field's value is, and so how people read it."""

    ID = "id"
    """A receipt, lot, slot, site, order, trade, voucher or serial, by its 32 bytes."""
    ORGANISATION = "organisation"
    """A party, by its registry id."""
    DIGEST = "digest"
    """Hash of something that the parties have."""
    HEAD = "head"
    """Hash over all operations on an object so far; zero before the first."""
    GRAMS = "g"
    FEN = "fen"
    """Hundredth of a yuan (分)."""
    TIME = "s since 1970"
    DURATION = "s"
    BLOCK = "block"
    """A block's number: a party is named with the last one since when its key may act."""
    PPM = "ppm"
    MM = "mm"
    OUTLINE = "1e-7 degree"
    WEIGHINGS = "weighings"
    """Evidence and grams."""
    COUNT = "count"
    PLACE = "place"
    """Place in a list, from 0."""
    ROLE = "role"
    """Number of a KeyRole."""
    HOLD = "hold kind"
    """Number of a HoldKind."""
    YES_NO = "yes or no"


class HoldKind(enum.IntEnum):
    """Why a receipt is held (冻结); the numbers are the contract's."""

    DISPUTE = 1
    """争议"""
    COURT = 2
    """司法冻结"""
    SEAL = 3
    """封存"""
    LOST = 4
    """挂失 (公示催告)"""
    INSURANCE = 5
    """保险"""


@dataclass(frozen=True)
class Field:
    """A field of an operation, as its struct in Solidity has it."""

    name: str
    type: str
    measure: Measure
    meaning: str


@dataclass(frozen=True)
class Signer:
    """One place in the list of signatures, or several."""

    whose: str
    """In words: `keeper of the lot`."""
    roles: tuple[KeyRole, ...]
    """A key of one of these; where several are given, the operation or the contract says which."""
    named_by: str | None = None
    """The field that names the organisation, where it is new to the object; else the contract has it."""
    when: str | None = None
    """In words, where it does not always sign."""
    several: bool = False
    """As many as the object has."""
    counted_by: str | None = None
    """The field with as many entries as sign."""


@dataclass(frozen=True)
class Kind:
    """A kind of operation."""

    name: str
    """EIP-712 primary type, and the struct's name in Solidity; no two kinds share it."""
    chinese: str
    contract: str
    """The artefact's name."""
    fields: tuple[Field, ...]
    object: tuple[str, ...]
    """The field with the id of the object that it changes; of two, the id is the hash of both."""
    before: str | None
    """The field with the object's head before; None where the object is new."""
    signers: tuple[Signer, ...]
    function: str
    """The contract's function."""

    @property
    def domain(self) -> str:
        """EIP-712 domain name."""
        return f"Tallystick {self.contract}"

    @property
    def shape(self) -> tuple[tuple[str, str], ...]:
        """Names and types of the fields."""
        return tuple((field.name, field.type) for field in self.fields)


def kind(
    name: str,
    chinese: str,
    contract: str,
    fields: Iterable[Field],
    signers: Iterable[Signer],
    *,
    object: str | tuple[str, ...],  # noqa: A002 - the word that the events have for it
    before: str | None = "head",
    function: str | None = None,
) -> Kind:
    """A kind; every one ends with its deadline, and its function is called like it."""
    names = (object,) if isinstance(object, str) else object
    called = function or name[0].lower() + name[1:]
    return Kind(name, chinese, contract, (*fields, DEADLINE), names, before, tuple(signers), called)


def ident(name: str, meaning: str, of: str = "bytes32") -> Field:
    """A field with an id."""
    return Field(name, of, Measure.ID, meaning)


def digest(name: str, meaning: str, of: str = "bytes32") -> Field:
    """A field with a digest."""
    return Field(name, of, Measure.DIGEST, meaning)


def party(name: str, meaning: str) -> Field:
    """A field that names an organisation."""
    return Field(name, "bytes32", Measure.ORGANISATION, meaning)


def since(name: str, whose: str) -> Field:
    """A field with the block since when, or before, a party's key must act."""
    return Field(name, "uint64", Measure.BLOCK, f"last block since when the key of {whose} may act")


def grams(name: str, meaning: str, of: str = "uint128") -> Field:
    """A field with a quantity."""
    return Field(name, of, Measure.GRAMS, meaning)


def time(name: str, meaning: str) -> Field:
    """A field with a time."""
    return Field(name, "uint64", Measure.TIME, meaning)


def head(of: str) -> Field:
    """The field with an object's head before the operation."""
    return Field("head", "bytes32", Measure.HEAD, f"head of the {of} before")


DEADLINE = time("deadline", "last second in which the operation counts")
EVIDENCE_OUT = digest("evidence", "evidence of the weighings out; each counts once for ever", "bytes32[]")
SERIALS_OUT = ident("serials", "serials that go out, where the lot has such", "bytes32[]")
PLACES = Field("places", "uint8[]", Measure.PLACE, "which of the lot's witnesses sign, ascending from 0")
WITNESSES = Signer(
    "witnesses of the lot at these places",
    (KeyRole.KEEPER, KeyRole.LENDER, KeyRole.INSPECTOR, KeyRole.VERIFIER),
    several=True,
    counted_by="places",
)
LATE_WITNESSES = replace(WITNESSES, when="where something stands that began after they left")
COURT = Signer("court, none of the parties", (KeyRole.COURT_LIAISON,))
LEFT_AT = time("leftAt", "when the goods left, by the evidence of the scale (出库时间)")
