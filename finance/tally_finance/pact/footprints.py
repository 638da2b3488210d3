"""The footprints that a host offers: published once, found by criteria, deprecated by successors, never changed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, exists, func, insert, select, update

from tally_finance.errors import PactError
from tally_finance.pact.criteria import Criteria, terms_of
from tally_finance.pact.document import ProductFootprint, decode
from tally_finance.pact.events import Published
from tally_finance.pact.fields import Status
from tally_finance.pact.mail import post
from tally_finance.pact.partners import Partner, standing
from tally_finance.pact.semantics import CONTRADICTIONS, Doubt, doubts
from tally_finance.pact.tables import FOOTPRINTS, TERMS
from tally_finance.pact.turns import turn

MOST_LISTED: Final = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """Footprints in order of their arrival; `after`: behind which the next ones are, None where there are none."""

    footprints: tuple[Mapping[str, Any], ...]
    after: int | None


class Footprints:
    """What one host offers, in a migrated database."""

    def __init__(self, engine: Engine, host: str) -> None:
        self._engine, self._host = engine, host

    def publish(self, text: bytes, now: int) -> tuple[ProductFootprint, tuple[Doubt, ...]]:
        """Offer a document; its predecessors here are deprecated, and partners who may see it are told.

        The same document again changes nothing. Raises PactError for one that is none, that contradicts itself, that
        is deprecated already, or whose id another one has.
        """
        footprint = decode(text)
        if footprint.status is not Status.ACTIVE:
            raise PactError("a footprint is published as Active")
        with turn(self._engine, self._host) as connection:
            there = self._body(connection, footprint.id)
            if there is not None:
                if there != text:
                    raise PactError(f"another footprint has the id {footprint.id}: a changed one gets an id of its own")
                return footprint, ()
            known = self._lineage(connection, footprint)
            found = doubts(footprint, now=_EPOCH + timedelta(seconds=now), known=known)
            wrong = [one for one in found if one.name in CONTRADICTIONS]
            if wrong:
                raise PactError("; ".join(f"{one.name.value}: {one.text}" for one in wrong))
            for one in known:
                self._deprecate(connection, one)
            self._put(connection, footprint, text, now)
            for partner in standing(connection, self._host):
                if partner.answers is not None and partner.may_see(footprint.product_ids):
                    post(connection, self._host, partner.name, Published((footprint.id,)), now)
        return footprint, found

    def deprecate(self, footprint: uuid.UUID) -> None:
        """It should be used no more. Raises PactError where there is none."""
        with self._engine.execution_options(writes=True).begin() as connection:
            if not self._deprecate(connection, footprint):
                raise PactError(f"no footprint has the id {footprint}")

    def page(self, partner: Partner | None, asked: Criteria, after: int = 0, limit: int = MOST_LISTED) -> Page:
        """Those that a partner may see (None: the host itself) and asked for."""
        limit = min(limit, MOST_LISTED)
        mine = [FOOTPRINTS.c.host == self._host, FOOTPRINTS.c.arrival > after]
        query = (
            select(FOOTPRINTS.c.arrival, FOOTPRINTS.c.status, FOOTPRINTS.c.body)
            .where(*mine, *_meeting(asked), *_seen_by(partner))
            .order_by(FOOTPRINTS.c.arrival)
            .limit(limit + 1)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        more = len(rows) > limit
        last = after if limit == 0 else rows[limit - 1].arrival if more else None
        return Page(tuple(_document(row.body, row.status) for row in rows[:limit]), last if more else None)

    def get(self, partner: Partner | None, footprint: uuid.UUID) -> Mapping[str, Any] | None:
        """One, None where there is none. Raises PermissionError where it is not for the partner."""
        mine = FOOTPRINTS.c.host == self._host, FOOTPRINTS.c.id == str(footprint)
        with self._engine.connect() as connection:
            row = connection.execute(select(FOOTPRINTS).where(*mine)).first()
        if row is None:
            return None
        document = _document(row.body, row.status)
        if partner is not None and not partner.may_see(document["productIds"]):
            raise PermissionError(f"{footprint} is not for {partner.name}")
        return document

    def _body(self, connection: Connection, footprint: uuid.UUID) -> bytes | None:
        query = select(FOOTPRINTS.c.body).where(FOOTPRINTS.c.host == self._host, FOOTPRINTS.c.id == str(footprint))
        return connection.execute(query).scalar()

    def _lineage(self, connection: Connection, footprint: ProductFootprint) -> dict[uuid.UUID, ProductFootprint]:
        """Its predecessors that are offered here, and theirs, as they will be: deprecated."""
        found: dict[uuid.UUID, ProductFootprint] = {}
        ahead = list(footprint.preceding)
        while ahead:
            one = ahead.pop()
            body = None if one in found else self._body(connection, one)
            if body is not None:
                text = json.dumps(dict(json.loads(body)) | {"status": Status.DEPRECATED.value}).encode()
                found[one] = decode(text)
                ahead += found[one].preceding
        return found

    def _deprecate(self, connection: Connection, footprint: uuid.UUID) -> bool:
        change = (
            update(FOOTPRINTS)
            .where(FOOTPRINTS.c.host == self._host, FOOTPRINTS.c.id == str(footprint))
            .values(status=Status.DEPRECATED.value)
        )
        return connection.execute(change).rowcount == 1

    def _put(self, connection: Connection, footprint: ProductFootprint, text: bytes, now: int) -> None:
        newest = select(func.coalesce(func.max(FOOTPRINTS.c.arrival), 0)).where(FOOTPRINTS.c.host == self._host)
        connection.execute(
            insert(FOOTPRINTS).values(
                host=self._host,
                id=str(footprint.id),
                arrival=connection.execute(newest).scalar_one() + 1,
                status=footprint.status.value,
                published_at=now,
                valid_from_us=_microseconds(footprint.valid_from),
                valid_to_us=_microseconds(footprint.valid_to),
                body=text,
            )
        )
        rows = [
            {"host": self._host, "id": str(footprint.id), "criterion": criterion, "value": value}
            for criterion, values in terms_of(footprint).items()
            if criterion != "status"  # which changes, and stands in its own column
            for value in sorted(values)
        ]
        connection.execute(insert(TERMS), rows)


def _meeting(asked: Criteria) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for criterion, values in asked.terms.items():
        if criterion == "status":
            found.append(func.lower(FOOTPRINTS.c.status).in_(sorted(values)))
        else:
            found.append(_has(criterion, values))
    if asked.valid_on is not None:
        moment = _microseconds(asked.valid_on)
        found += [FOOTPRINTS.c.valid_from_us <= moment, FOOTPRINTS.c.valid_to_us >= moment]
    if asked.valid_after is not None:
        found.append(FOOTPRINTS.c.valid_from_us > _microseconds(asked.valid_after))
    if asked.valid_before is not None:
        found.append(FOOTPRINTS.c.valid_to_us < _microseconds(asked.valid_before))
    return found


def _seen_by(partner: Partner | None) -> list[ColumnElement[bool]]:
    if partner is None or partner.products is None:
        return []
    return [_has("productId", partner.products)]


def _has(criterion: str, values: frozenset[str]) -> ColumnElement[bool]:
    return exists().where(
        TERMS.c.host == FOOTPRINTS.c.host,
        TERMS.c.id == FOOTPRINTS.c.id,
        TERMS.c.criterion == criterion,
        TERMS.c.value.in_(sorted(values)),
    )


def _document(body: bytes, status: str) -> Mapping[str, Any]:
    """A document as it was published, with its status of now."""
    found: dict[str, Any] = json.loads(body)
    found["status"] = status
    return found


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
