"""A yard with a weighbridge in a log: weighings, plates, gaps, as a device signs them. On `tests.world`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tally_chain import note
from tally_chain.policy import Accept, Policy
from tally_edge import senml, statement
from tally_edge.authority import FactsEvent, PlannedPoint, RegisterFacts, SitePlan
from tally_edge.senml import Reading
from tally_edge.statement import Kind, Statement
from tests.world import POINT, SITE, START, World

MASSES = (("kg_in", True), ("kg_out", True), ("first", False), ("second", False), ("net", False))


@dataclass
class Yard:
    """A log with a site plan, an enrolled weighbridge at POINT, and its facts."""

    world: World = field(default_factory=World)
    alibi: int = 0

    def __post_init__(self) -> None:
        self.world.open()

    @property
    def vkey(self) -> note.VerifierKey:
        return note.verifier_key_of(self.world.origin, self.world.checkpoint_key)

    def policy(self, accept: Accept | None = None) -> Policy:
        return self.world.policy(accept=accept)

    def weigh(
        self,
        at: int,
        first: int,
        second: int,
        *,
        plate: str | None = "沪A12345",
        stable: bool = True,
        ticket: str = "",
    ) -> Statement:
        """One weighing; not logged."""
        self.alibi += 1
        number = ticket or f"T{self.alibi}"
        records: list[tuple[str, object, str]] = [
            ("ticket", number, ""),
            ("first", first, "kg"),
            ("second", second, "kg"),
            ("net", first - second, "kg"),
            ("stable", stable, ""),
            ("alibi", self.alibi, "count"),
        ]
        if plate is not None:
            records.append(("plate", commitment(plate, number), ""))
        pack = [Reading(POINT, name, at, value, unit) for name, value, unit in records]  # type: ignore[arg-type]
        claims = self.world.device.claims(Kind.READINGS, POINT, at)
        return self.world.device.advance(statement.sign(claims, senml.encode(pack), self.world.device.signer))

    def certified_until(self, at: int) -> Statement:
        """The authority states until when the scale is certified; logged."""
        registers = tuple(RegisterFacts(name, "kg", cumulative=cumulative) for name, cumulative in MASSES)
        facts = self.world.facts(
            FactsEvent.CALIBRATION, START + 1, registers=registers, certificate="C-1", certificate_expires_at=at
        )
        return self.world.state(Kind.METER_FACTS, POINT, facts)

    def plan(self, *points: str) -> Statement:
        """A new site plan; logged."""
        plan: SitePlan = self.world.plan()
        listed = tuple(PlannedPoint(point, 3600) for point in points)
        changed = SitePlan(
            plan.site, plan.owner, plan.timezone, plan.reading_day, plan.logs, listed, plan.persons, plan.renew_by
        )
        return self.world.state(Kind.SITE_PLAN, SITE, changed)


def commitment(plate: str, salt: str) -> bytes:
    """What is signed of a plate: here the salt is the ticket's number, so that tests can open it."""
    return hashlib.sha256(salt.encode().ljust(16, b"!") + plate.encode()).digest()
