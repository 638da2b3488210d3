"""Bundles that readers brought to a portal, in its database. Every question is of one organisation."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Engine, delete, func, insert, select, update

from tally_finance.portal.handover.tables import ARRIVALS
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MOST_OF_ONE: Final = 100
"""Bundles of an organisation; what is no longer needed is deleted by whoever brought it."""

_MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """A bundle as it came (`body`), and opened (None: sealed still). Times are Unix seconds.

    `opened_by` is the id of the reader's key that opened it; None where it came open. `policy` is text that was brought
    with it, in place of the organisation's own. `compared`: what was compared by another way, as JSON.
    """

    id: str
    organisation: bytes
    brought_by: str
    arrived_at: int
    name: str
    digest: bytes
    body: bytes
    opened: bytes | None
    opened_by: bytes | None
    policy: str | None
    compared: str


class Arrivals:
    """All of a migrated database. `clock` gives Unix seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine, self.clock = engine, clock

    def take(self, organisation: bytes, by: str, name: str, body: bytes, opened: bytes | None) -> str:
        """Keep a file; the same again is the same arrival. Its id. Raises ApiError 409 for too many."""
        digest, made = sha256(body).digest(), secrets.token_hex(16)
        values = {
            "id": made, "organisation": organisation, "brought_by": by, "arrived_at": self.clock(),
            "name": base_name(name), "digest": digest, "body": body, "opened": opened, "compared": "{}",
        }  # fmt: skip
        own = ARRIVALS.c.organisation == organisation
        with self._engine.execution_options(writes=True).begin() as connection:
            known = connection.execute(select(ARRIVALS.c.id).where(own, ARRIVALS.c.digest == digest)).first()
            if known is not None:
                return str(known.id)
            if connection.execute(select(func.count()).select_from(ARRIVALS).where(own)).scalar_one() >= MOST_OF_ONE:
                raise ApiError(
                    409,
                    "too many bundles",
                    Words(
                        f"{MOST_OF_ONE} are kept; delete what is no longer needed",
                        f"最多保存 {MOST_OF_ONE} 个，请删除不再需要的证据包。",
                    ),
                )
            connection.execute(insert(ARRIVALS).values(values))
        return made

    def get(self, organisation: bytes, name: str) -> Arrival:
        """One of an organisation's own. Raises ApiError 404."""
        query = select(ARRIVALS).where(ARRIVALS.c.organisation == organisation, ARRIVALS.c.id == name)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise _missing()
        return Arrival(**row)

    def all(self, organisation: bytes) -> tuple[Arrival, ...]:
        """Those of an organisation, newest first, without their bytes: `opened` is empty where it was opened."""
        cut = {"body": func.substr(ARRIVALS.c.body, 1, 0), "opened": func.substr(ARRIVALS.c.opened, 1, 0)}
        columns = [cut[one.name].label(one.name) if one.name in cut else one for one in ARRIVALS.c]
        query = select(*columns).where(ARRIVALS.c.organisation == organisation)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(ARRIVALS.c.arrived_at.desc(), ARRIVALS.c.id)).mappings()
            return tuple(Arrival(**row) for row in rows)

    def open(self, organisation: bytes, name: str, opened: bytes, by: bytes) -> None:
        """Write down what was inside a sealed one, and which key opened it. Raises ApiError 404."""
        self._change(organisation, name, {"opened": opened, "opened_by": by})

    def read_under(self, organisation: bytes, name: str, policy: str) -> None:
        """Write down a policy's text. Raises ApiError 404."""
        self._change(organisation, name, {"policy": policy})

    def compare(self, organisation: bytes, name: str, what: str, said: Mapping[str, Any]) -> None:
        """Write down what somebody found of one key, beside what others found of others. Raises ApiError 404."""
        own = (ARRIVALS.c.organisation == organisation, ARRIVALS.c.id == name)
        with self._engine.execution_options(writes=True).begin() as connection:
            row = connection.execute(select(ARRIVALS.c.compared).where(*own).with_for_update()).first()
            if row is None:
                raise _missing()
            text = json.dumps({**json.loads(row.compared), what: said}, ensure_ascii=False)
            connection.execute(update(ARRIVALS).where(*own).values(compared=text))

    def delete(self, organisation: bytes, name: str) -> None:
        """Forget one and its bytes. Raises ApiError 404."""
        own = (ARRIVALS.c.organisation == organisation, ARRIVALS.c.id == name)
        with self._engine.execution_options(writes=True).begin() as connection:
            if not connection.execute(delete(ARRIVALS).where(*own)).rowcount:
                raise _missing()

    def _change(self, organisation: bytes, name: str, values: dict[str, Any]) -> None:
        own = (ARRIVALS.c.organisation == organisation, ARRIVALS.c.id == name)
        with self._engine.execution_options(writes=True).begin() as connection:
            if not connection.execute(update(ARRIVALS).where(*own).values(values)).rowcount:
                raise _missing()


def base_name(name: str) -> str:
    """A file's name without any folder and without what can not be printed: names of strangers are only shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(one for one in last if one.isprintable()).strip(". ")
    return printable[-_MAX_NAME:] or "bundle"


def _missing() -> ApiError:
    return ApiError(
        404, "not found", Words("there is no such bundle, or it is not yours to see", "该证据包不存在，或您无权查看。")
    )
