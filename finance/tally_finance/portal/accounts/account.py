"""What an organisation and an account are: one person, one organisation, some roles, one state. No IO.

invited   a link was made; nobody has set anything up
active    signs in
locked    an administrator shut it; sessions and tokens of the portal end
left      the person left; the name is never given again
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tally_finance.errors import AccountError
from tally_finance.portal.visitor import ADMINISTRATOR, ROLES

MAX_NAME_CHARS: Final = 40
"""A bearer's name in a desk's book is as long (api.service)."""
MAX_TITLE_CHARS: Final = 120

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,38}[a-z0-9])?")
_ID_BYTES: Final = 32


class State(StrEnum):
    """What may be done with an account."""

    INVITED = "invited"
    ACTIVE = "active"
    LOCKED = "locked"
    LEFT = "left"


_NEXT: Final = {
    State.INVITED: frozenset({State.ACTIVE, State.LOCKED, State.LEFT}),
    State.ACTIVE: frozenset({State.INVITED, State.LOCKED, State.LEFT}),
    State.LOCKED: frozenset({State.ACTIVE, State.INVITED, State.LEFT}),
    State.LEFT: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """A party of the registry (`id`: 32 bytes) with its name in Latin and in Chinese script.

    `roles`: what its people may be here. Its own administrator gives no other: who looks after the gateways, or
    reviews, is for the organisation whose portal it is to say.
    """

    id: bytes
    latin: str
    chinese: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `signed_in_at`: the last time, Unix seconds; `failed`: tries in vain since then."""

    name: str
    organisation: bytes
    roles: frozenset[str]
    state: State
    signed_in_at: int | None = None
    failed: int = 0

    @property
    def administers(self) -> bool:
        """Whether the accounts of its own organisation are its business."""
        return ADMINISTRATOR in self.roles


def organisation_of(identity: bytes, latin: str, chinese: str, roles: Iterable[str] = ROLES) -> Organisation:
    """Raises AccountError for an id, a name or a role that is none."""
    if len(identity) != _ID_BYTES:
        raise AccountError(f"an organisation's id has {_ID_BYTES} bytes, not {len(identity)}")
    for title in (latin, chinese):
        if not 0 < len(title) <= MAX_TITLE_CHARS or not title.isprintable():
            raise AccountError(f"an organisation's name is 1 to {MAX_TITLE_CHARS} printable characters")
    return Organisation(identity, latin, chinese, roles_of(roles) | {ADMINISTRATOR})


def name_of(text: str) -> str:
    """An account's name. Raises AccountError."""
    if _NAME.fullmatch(text) is None:
        raise AccountError(f"a name is 1 to {MAX_NAME_CHARS} of a-z, 0-9, '.' and '-', and begins and ends with none")
    return text


def roles_of(names: Iterable[str]) -> frozenset[str]:
    """A set of roles that is not empty. Raises AccountError for a role that there is not."""
    found = frozenset(names)
    if not found:
        raise AccountError("an account has at least one role")
    if strange := sorted(found - ROLES):
        raise AccountError(f"there is no role {', '.join(strange)}")
    return found


def must_be_open_to(organisation: Organisation | None, roles: frozenset[str]) -> None:
    """Raises AccountError for roles that an organisation's people may not have here."""
    if organisation is None:
        raise AccountError("there is no such organisation")
    if strange := sorted(roles - organisation.roles):
        raise AccountError(f"the organisation is not open to {', '.join(strange)} here")


def must_lead_to(state: State, wanted: State) -> None:
    """Raises AccountError where an account does not go from one state to the other."""
    if wanted is not state and wanted not in _NEXT[state]:
        raise AccountError(f"an account that is {state} does not become {wanted}")
