"""A room of the pages: its routes, its templates and static files, what it adds to the navigation. No IO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter

from tally_gateway.pages.words import Words

ANYBODY = frozenset({"*"})
"""Of a link that everybody who signed in is shown."""


@dataclass(frozen=True, slots=True)
class Link:
    """One place of the navigation, for whoever has one of these roles."""

    href: str
    words: Words
    roles: frozenset[str]

    def open_to(self, roles: frozenset[str]) -> bool:
        """Whether somebody of these roles is shown it."""
        return self.roles is ANYBODY or bool(self.roles & roles)


@dataclass(frozen=True, slots=True)
class Room:
    """`package` has folders `templates` and `static`, where it has either.

    `public`: paths (regular expressions) that nobody needs to sign in for. `uploads`: paths (regular expressions) whose
    bodies may have so many bytes; all others have `entrance.MAX_FORM_BYTES`.
    """

    router: APIRouter
    package: str
    links: tuple[Link, ...] = ()
    public: tuple[re.Pattern[str], ...] = ()
    uploads: Mapping[re.Pattern[str], int] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    """Other rooms' packages whose templates and static files its pages use, also where those rooms are not open."""
