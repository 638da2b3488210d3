"""A small site and its authority, for the tests of what an authority says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tally_edge import signer
from tally_edge.authority import FactsEvent, MeterFacts, NamedLog, Person, PlannedPoint, RegisterFacts, SitePlan
from tally_edge.office import authority_stream
from tally_edge.office.authority_files import log_id_of
from tally_edge.office.authority_stream import AuthorityStream
from tally_edge.signer import FileSigner

SITE = "urn:dev:org:32473-steel"
POINTS = (f"{SITE}:m0", f"{SITE}:m1")
ORIGIN = "tallystick.example/steel/5f3c9a"
NOW = 1_790_000_000
SECRET = "correct horse battery"


@dataclass(frozen=True)
class Site:
    """Keys of both persons, and the folder of the authority."""

    folder: Path
    authority: FileSigner
    person: FileSigner

    def open(self) -> AuthorityStream:
        return AuthorityStream(self.folder)

    def plan(self, *points: str, renew_by: int = NOW + 86_400, owner: str = "Example Steel") -> SitePlan:
        planned = tuple(
            PlannedPoint(point, 900, POINTS[0] if point == POINTS[1] else None) for point in points or POINTS
        )
        persons = (Person(self.person.public_key.kid, "Example Bank"),)
        return SitePlan(
            SITE, owner, "Asia/Seoul", 1, (NamedLog(log_id_of(ORIGIN), ORIGIN),), planned, persons, renew_by
        )


def make(folder: Path) -> Site:
    authority, person = signer.generate(), signer.generate()
    authority_stream.create(folder, "urn:dev:org:32473-authority", authority, SECRET)
    return Site(folder, authority, person)


def facts(point: str = POINTS[1], *, at: int = NOW, unit: str = "kWh") -> MeterFacts:
    register = RegisterFacts("energy_import", unit, cumulative=True, modulus=Decimal("1000000.00"))
    return MeterFacts(point, FactsEvent.INSTALL, at, "11223344", "0.5S", 120, (register,), "CERT-1", NOW + 86_400)
