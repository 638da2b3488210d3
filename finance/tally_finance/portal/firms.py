"""What organisations are called, so that a page names a firm where it knows the name of an id."""

from __future__ import annotations

from tally_finance.portal.visit import Visit
from tally_gateway.pages.words import Words


def firms(visit: Visit) -> dict[str, Words]:
    """The names of the organisations that have accounts here, by their ids (0x and digits); others keep their ids."""
    directory = getattr(visit.site.sessions, "directory", None)
    known: dict[bytes, Words] = {} if directory is None else directory.names()
    return {f"0x{name.hex()}": words for name, words in known.items()}
