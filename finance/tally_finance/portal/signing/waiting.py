"""What waits for whom: operations as the desk tells of them, seen by one organisation. No IO.

An operation is in one group: it waits for a key of mine; all have signed and somebody has to send it; it waits for
others; it was sent; its time is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from tally_chain.receipts.operation_file import OperationFile, decode
from tally_chain.receipts.words import ROLES_CHINESE, tell
from tally_chain.registry.roles import KeyRole
from tally_finance.api.rights import KEY_ROLES, Role
from tally_finance.portal.signing.field_words import signer_words
from tally_finance.portal.signing.kind_words import kind_words
from tally_gateway.pages.shown import in_zone
from tally_gateway.pages.words import Words

_KEPT_FILES: Final = 2_048
"""Some 10 kB each."""


class Group(StrEnum):
    """Where an operation stands for who looks at it, most urgent first."""

    MINE = "mine"
    READY = "ready"
    OTHERS = "others"
    SENT = "sent"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a signature. `is_mine`: a key of the visitor's organisation signs there, or may.

    `not_by`: the address that has signed for the same organisation, where another key has to.
    """

    number: int
    who: Words
    roles: Words
    organisation: str | None
    address: str | None
    is_mine: bool
    not_by: str | None

    @property
    def is_signed(self) -> bool:
        """Whether a signature stands there."""
        return self.address is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation. `deadline`, `begun_at`: Unix seconds; `digest`, `sent`, `computation`: 0x and digits.

    `ids`: those that the sentence shortens, whole, by how they stand there.
    """

    digest: str
    kind: str
    title: Words
    sentence: Words
    ids: Mapping[str, str]
    group: Group
    places: tuple[Place, ...]
    deadline: int
    begun_at: int
    is_begun_here: bool
    computation: str | None
    sent: str | None
    file: OperationFile

    @property
    def signed(self) -> int:
        """How many have signed."""
        return sum(place.is_signed for place in self.places)

    @property
    def missing(self) -> tuple[Place, ...]:
        """Who has not signed yet, in order."""
        return tuple(place for place in self.places if not place.is_signed)

    @property
    def mine(self) -> tuple[Place, ...]:
        """The places without a signature where a key of the visitor's organisation signs."""
        return tuple(place for place in self.missing if place.is_mine)


def waiting(
    told: Mapping[str, Any], organisation: bytes, roles: Iterable[str], now: int, firms: Mapping[str, Words]
) -> Waiting:
    """An operation as `GET /v1/operations` tells it, for one of an organisation with roles. `now`: Unix seconds.

    `firms`: what organisations are called, by 0x and digits; the sentence names them so.
    """
    file = _decoded(told["file"])
    sentence, ids = _told(file, firms)
    places = _places(file, organisation, _keys_of(roles))
    return Waiting(
        told["digest"],
        told["kind"],
        kind_words(told["kind"]),
        sentence,
        ids,
        _group(told, places, now),
        places,
        int(told["deadline"]),
        told["begun_at"],
        told["begun_by"] == "0x" + organisation.hex(),
        told["computation"],
        told["sent"],
        file,
    )


@lru_cache(maxsize=_KEPT_FILES)
def _decoded(text: str) -> OperationFile:
    """A file's text is all that it says, so it is read once: a list that follows by itself asks for the same again."""
    return decode(text.encode())


def _told(file: OperationFile, firms: Mapping[str, Words]) -> tuple[Words, dict[str, str]]:
    """What it would do, by what is signed and not by what anybody says of it; and the ids that this shortens.

    Times are in UTC+8, as on every page.
    """
    latin = {bytes.fromhex(one[2:]): words.english for one, words in firms.items()}
    chinese = {bytes.fromhex(one[2:]): words.chinese for one, words in firms.items()}
    told = tell(file.operation, names=latin)
    ids = {short: "0x" + whole.hex() for short, whole in told.ids.items()}
    return Words(in_zone(told.english), in_zone(tell(file.operation, names=chinese).chinese)), ids


def grouped(found: Iterable[Waiting]) -> dict[Group, tuple[Waiting, ...]]:
    """By group, in each the one whose time ends first before the others; what is done or over newest first."""
    ordered = sorted(found, key=lambda one: (one.deadline, one.digest))
    groups = {group: tuple(one for one in ordered if one.group is group) for group in Group}
    for done in (Group.SENT, Group.OVER):
        groups[done] = tuple(sorted(groups[done], key=lambda one: (-one.begun_at, one.digest)))
    return groups


def next_step(groups: Mapping[Group, tuple[Waiting, ...]]) -> tuple[Words, str, str]:
    """What to do first: in words, where, and how urgent (a tone of the pages)."""
    mine, ready, others = groups[Group.MINE], groups[Group.READY], groups[Group.OTHERS]
    if mine:
        count, first = len(mine), f"/operations/one/{mine[0].digest}"
        are = f"{count} operations wait" if count > 1 else "1 operation waits"
        return (
            Words(f"{are} for your signature. Read and sign.", f"有 {count} 笔待您签署，请查阅并签署。"),
            first,
            "doubt",
        )
    if ready:
        count, first = len(ready), f"/operations/one/{ready[0].digest}"
        are = f"{count} operations are" if count > 1 else "1 operation is"
        return Words(f"{are} signed by all. Have it sent.", f"有 {count} 笔已全部签署，请提交上链。"), first, "doubt"
    if others:
        return Words("Nothing waits for you; others are signing.", "暂无待您签署，等待他方签署。"), "", "good"
    return Words("Nothing waits for you.", "暂无待办。"), "", "good"


def _keys_of(roles: Iterable[str]) -> frozenset[KeyRole]:
    """The roles that keys of somebody with these roles have."""
    known = [Role(name) for name in roles if name in set(Role)]
    return frozenset().union(*(KEY_ROLES.get(role, frozenset()) for role in known))


def _places(file: OperationFile, organisation: bytes, keys: frozenset[KeyRole]) -> tuple[Place, ...]:
    found: list[Place] = []
    for number, place in enumerate(file.places):
        roles = file.signer_at(number).roles
        is_mine = place.organisation == organisation or (place.organisation is None and bool(keys & set(roles)))
        found.append(
            Place(
                number,
                signer_words(place.who),
                Words(" / ".join(one.word for one in roles), " / ".join(ROLES_CHINESE[one] for one in roles)),
                None if place.organisation is None else "0x" + place.organisation.hex(),
                place.address,
                is_mine,
                file.signed_by_pair(number),
            )
        )
    return tuple(found)


def _group(told: Mapping[str, Any], places: tuple[Place, ...], now: int) -> Group:
    if told["sent"] is not None:
        return Group.SENT
    if int(told["deadline"]) < now:
        return Group.OVER
    if all(place.is_signed for place in places):
        return Group.READY
    return Group.MINE if any(place.is_mine and not place.is_signed for place in places) else Group.OTHERS
