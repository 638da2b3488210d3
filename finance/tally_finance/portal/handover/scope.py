"""What a bundle carries and what it withholds (披露范围), counted and never judged. No IO."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tally_chain.bundle import Bundle
from tally_chain.errors import BundleError
from tally_chain.grant import Grant
from tally_chain.granting import grant_in
from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_edge.statement import DEVICE_KINDS


@dataclass(frozen=True, slots=True)
class OfPoint:
    """A metering point: how many statements about it are carried, and of how many where that is known."""

    point: str
    carried: int
    known: int | None = None

    @property
    def is_withheld(self) -> bool:
        """Whether nothing of it is left."""
        return self.carried == 0


@dataclass(frozen=True, slots=True)
class OfLog:
    """A log: how many of its entries are carried. All others are there as hashes, and can be shown later unchanged."""

    origin: str
    carried: int
    size: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document beside the evidence; `size` is None where it is withheld."""

    name: str
    media_type: str
    digest: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything together. `is_full`: the readings between the settlements are carried too."""

    is_full: bool
    from_at: int
    to_at: int
    points: tuple[OfPoint, ...]
    logs: tuple[OfLog, ...]
    documents: tuple[Document, ...]

    @property
    def carried(self) -> tuple[str, ...]:
        """The metering points of which something is carried."""
        return tuple(one.point for one in self.points if one.carried)


def scope_of(bundle: Bundle, whole: Bundle | None = None) -> Scope:
    """What `bundle` holds; `whole`: the bundle that it was cut from, where one is at hand."""
    carried, known = counted(bundle), None if whole is None else counted(whole)
    names = sorted({*carried, *(known or ()), *(_granted(bundle) or ())})
    return Scope(
        is_full=bundle.content.name == "FULL",
        from_at=bundle.from_at,
        to_at=bundle.to_at,
        points=tuple(OfPoint(name, carried[name], None if known is None else known[name]) for name in names),
        logs=tuple(OfLog(one.origin, len(one.entries), one.size) for one in bundle.sections),
        documents=tuple(
            Document(one.name, one.media_type, one.digest.hex(), None if one.content is None else len(one.content))
            for one in bundle.attachments or ()
        ),
    )


def counted(bundle: Bundle) -> Counter[str]:
    """The statements of devices in a bundle, by what they speak of."""
    found = Counter[str]()
    for section in bundle.sections:
        for entry in section.entries:
            try:
                claims = statement.decode(entry.statement).claims
            except DecodeError:
                continue  # no evidence, and a verification says so
            if claims.kind in DEVICE_KINDS:
                found[claims.subject] += 1
    return found


def granted(bundle: Bundle) -> Grant | None:
    """What the grant says, unverified; None where there is none that parses."""
    try:
        return grant_in(bundle)
    except BundleError:
        return None


def _granted(bundle: Bundle) -> tuple[str, ...] | None:
    found = granted(bundle)
    return None if found is None else found.points
