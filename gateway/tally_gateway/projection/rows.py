"""Entries as rows: a pure function. What the gateway appended has passed the strict decoders, so nothing here can fail
for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tally_edge import senml, statement, wire
from tally_edge.device import Gap, Settlement
from tally_edge.senml import Reading
from tally_edge.statement import Kind, Statement
from tally_gateway.projection.schema import TABLES

Row = dict[str, Any]


@dataclass
class Rows:
    """Rows by table, in the order of the log."""

    by_table: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def add(self, index: int, encoded: bytes) -> None:
        """Take in the entry at `index`."""
        signed = statement.decode(encoded)
        claims = signed.claims
        place: Row = {"entry": index, "kid": claims.kid, "seq": claims.seq}
        self.by_table["statements"].append(
            place
            | {
                "kind": claims.kind.value,
                "id": signed.id,
                "issuer": claims.issuer,
                "subject": claims.subject,
                "issued_at": claims.issued_at,
                "boot_count": claims.boot_count,
                "clock": None if claims.clock is None else int(claims.clock),
            }
        )
        if claims.kind is Kind.READINGS:
            self.by_table["readings"] += _readings(place, signed)
        elif claims.kind is Kind.SETTLEMENT:
            self.by_table["settlements"] += _settlements(place, signed)
        elif claims.kind is Kind.GAP:
            self.by_table["gaps"].append(_gap(place, signed))


def _readings(place: Row, signed: Statement) -> Iterable[Row]:
    for position, reading in enumerate(senml.decode(signed.payload)):
        yield place | {"position": position, "point": reading.point} | _value(reading)


def _value(reading: Reading) -> Row:
    value = reading.value
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return {
        "register": reading.register,
        "taken_at": reading.taken_at,
        "value": Decimal(value) if number else None,  # type: ignore[arg-type]  # a number, by the line above
        "unit": reading.unit or None,
        "text": value if isinstance(value, str) else None,
        "flag": value if isinstance(value, bool) else None,
        "data": value if isinstance(value, bytes) else None,
    }


def _settlements(place: Row, signed: Statement) -> Iterable[Row]:
    settled = wire.decode(Settlement, signed.payload)
    shared: Row = {
        "point": signed.claims.subject,
        "at": settled.at,
        "boundary": settled.boundary.name.lower(),
        "local": settled.local,
        "serial": settled.serial,
        "multiplier": Decimal(settled.multiplier),
        "exchanges": settled.counts.exchanges,
        "resets": settled.counts.resets,
        "rollovers": settled.counts.rollovers,
        "gaps": settled.counts.gaps,
        "facts": settled.facts,
        "previous": settled.previous,
        "read_at": settled.read_at,
    }
    for position, register in enumerate(settled.registers):
        yield (
            place
            | shared
            | {
                "position": position,
                "register": register.register,
                "value": Decimal(register.value),
                "unit": register.unit,
            }
        )


def _gap(place: Row, signed: Statement) -> Row:
    gap = wire.decode(Gap, signed.payload)
    return place | {
        "point": signed.claims.subject,
        "after": gap.after,
        "before": gap.before,
        "reason": gap.reason.name.lower(),
        "registers": list(gap.registers),
        "missing": gap.missing,
        "kept_every_s": gap.kept_every_s,
        "note": gap.note,
    }
