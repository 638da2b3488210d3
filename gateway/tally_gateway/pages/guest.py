"""Who looks at a page, and what gives that. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from fastapi import Request

from tally_gateway.pages.words import Words

BY_ITSELF: Final = "x-by-itself"
"""Header of what a page asks without its reader, to show what is new: it is no use that keeps a session from ending."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who signed in. `csrf`: the token of this session that every form brings back.

    `roles`: what they may be here, by name; a page is open to whoever has one of its roles.
    """

    name: str
    csrf: str
    roles: frozenset[str]
    of: Words
    """The organisation, in words."""


class Guests(Protocol):
    """Sessions. Asked before anything of a body is read; may look at headers, cookies and address alone."""

    def guest_of(self, request: Request) -> Guest | None:
        """Who asks, or None where nobody signed in. Runs in a thread of its own; it may ask a database.

        Raises ApiError where that can not be said just now.
        """
        ...
