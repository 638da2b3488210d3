"""Bundles of one site, verified as one, and how a statement in them is proven. No IO.

A site with several gateways has a log for each. Their bundles are joined to one with all of their sections before they
are verified, so that no check is made on a part: a meter that the plan lists and no log shows stays a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tally_chain.bundle import Bundle
from tally_chain.verify.carried import Carried
from tally_finance.errors import FootprintError


@dataclass(frozen=True, slots=True)
class Proven:
    """A statement's bytes, its place, and the path from it to the head's root (RFC 9162), leaf's side first."""

    origin: str
    index: int
    size: int
    encoded: bytes
    path: tuple[bytes, ...]


def together(bundles: Sequence[Bundle]) -> Bundle:
    """One bundle of several over the same period. Raises FootprintError for those that are of different ones.

    One of them at most may carry a grant: a grant speaks of the bundle that it came in.
    """
    if not bundles:
        raise FootprintError("a report needs a bundle")
    first = bundles[0]
    if len(bundles) == 1:
        return first
    if len({(one.content, one.from_at, one.to_at) for one in bundles}) > 1:
        raise FootprintError("the bundles are over different periods, or of different contents")
    granted = [one for one in bundles if one.grant is not None or one.attachments]
    if len(granted) > 1:
        raise FootprintError("of several bundles one may carry a grant and documents, not more")
    sections = sorted((section for one in bundles for section in one.sections), key=lambda section: section.origin)
    created = max(one.created_at for one in bundles)
    return replace(granted[0] if granted else first, created_at=created, sections=tuple(sections))


def proven(carried: Carried, statement_ids: Sequence[bytes]) -> dict[bytes, Proven]:
    """The statements with these ids, each with its proof. One that the bundle does not carry is left out.

    Raises TreeError where a log's hashes make no tree.
    """
    found = {}
    for name in statement_ids:
        place = carried.places.get(name)
        if place is not None:
            section, path = carried.bundle.sections[place[0]], carried.tree(place[0]).path(place[1])
            found[name] = Proven(section.origin, place[1], section.size, carried.statement(*place), tuple(path))
    return found
