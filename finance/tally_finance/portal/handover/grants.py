"""The grants of a portal's owners, in its database. Every question is of one organisation: another's are not there.

evidence   a bundle was brought, nothing is chosen yet
drafted    terms stand, the owner's key has not signed
signed     signed and sealed; served to its reader while it lasts
revoked    no longer served; copies that were handed over stay with whoever has them
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, Final

from sqlalchemy import Engine, RowMapping, func, insert, select, update

from tally_finance.portal.handover.tables import GRANTS
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

MOST_OF_ONE: Final = 200
"""Grants of an organisation: each holds a bundle."""


@unique
class State(StrEnum):
    """See the module's text. A grant that ran out is `expired`, which nobody writes down."""

    EVIDENCE = "evidence"
    DRAFTED = "drafted"
    SIGNED = "signed"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Kept:
    """A grant as it is kept; times are Unix seconds, keys are encoded COSE keys, files their bytes.

    `token_name`: of the token by which a gateway serves the reader too, where there is one. `salts`: of documents that
    are withheld, as JSON, for the owner alone.
    """

    id: str
    organisation: bytes
    made_by: str
    made_at: int
    evidence: bytes
    draft: bytes | None
    owner_key: bytes | None
    reader_key: bytes | None
    reader_organisation: bytes | None
    token_name: str
    salts: str
    sealed: bytes | None
    signed_at: int | None
    revoked_at: int | None
    revoked_by: str | None
    reason: str | None

    def state(self, expires_at: int | None, now: int) -> State:
        """How it stands."""
        if self.revoked_at is not None:
            return State.REVOKED
        if self.sealed is not None:
            return State.EXPIRED if expires_at is not None and expires_at < now else State.SIGNED
        return State.EVIDENCE if self.draft is None else State.DRAFTED


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an owner chose: the draft's file, both keys, and whom the portal may serve."""

    draft: bytes
    owner_key: bytes
    reader_key: bytes
    reader_organisation: bytes | None
    token_name: str
    salts: str


class Grants:
    """All of a migrated database. `clock` gives Unix seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine, self.clock = engine, clock

    def begin(self, organisation: bytes, by: str, evidence: bytes) -> str:
        """Keep a bundle to grant from; the new grant's id. Raises ApiError 409 for too many."""
        name = secrets.token_hex(16)
        values = {
            "id": name, "organisation": organisation, "made_by": by, "made_at": self.clock(), "evidence": evidence,
            "token_name": "", "salts": "{}",
        }  # fmt: skip
        counted = select(func.count()).select_from(GRANTS).where(GRANTS.c.organisation == organisation)
        with self._engine.execution_options(writes=True).begin() as connection:
            if connection.execute(counted).scalar_one() >= MOST_OF_ONE:
                raise ApiError(
                    409,
                    "too many grants",
                    Words(
                        f"an organisation keeps {MOST_OF_ONE} grants here", f"每个机构最多保存 {MOST_OF_ONE} 项授权。"
                    ),
                )
            connection.execute(insert(GRANTS).values(values))
        return name

    def get(self, organisation: bytes, name: str) -> Kept:
        """One of an organisation's own. Raises ApiError 404."""
        query = select(GRANTS).where(GRANTS.c.organisation == organisation, GRANTS.c.id == name)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _found(row)

    def all(self, organisation: bytes) -> tuple[Kept, ...]:
        """Those of an organisation, newest first, without what they were made from."""
        query = _light().where(GRANTS.c.organisation == organisation)
        return self._listed(query)

    def served(self, reader: bytes) -> tuple[Kept, ...]:
        """What others granted to an organisation of this portal, newest first; revoked ones too."""
        query = _light().where(GRANTS.c.reader_organisation == reader, GRANTS.c.signed_at.is_not(None))
        return self._listed(query)

    def get_served(self, reader: bytes, name: str) -> Kept:
        """One that others granted to an organisation and that is not revoked. Raises ApiError 404."""
        query = select(GRANTS).where(
            GRANTS.c.reader_organisation == reader,
            GRANTS.c.id == name,
            GRANTS.c.sealed.is_not(None),
            GRANTS.c.revoked_at.is_(None),
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _found(row)

    def choose(self, organisation: bytes, name: str, chosen: Chosen) -> None:
        """Write terms down, in place of earlier ones. Raises ApiError 404; 409 where it is signed already."""
        values = {
            "draft": chosen.draft, "owner_key": chosen.owner_key, "reader_key": chosen.reader_key,
            "reader_organisation": chosen.reader_organisation, "token_name": chosen.token_name, "salts": chosen.salts,
        }  # fmt: skip
        self._change(organisation, name, values, GRANTS.c.signed_at.is_(None), GRANTS.c.revoked_at.is_(None))

    def sign(self, kept: Kept, sealed: bytes) -> None:
        """Write down that `kept` was signed, with the sealed file.

        Raises ApiError 404; 409 where it was signed or revoked already, or has other terms than those that were signed.
        """
        if kept.draft is None or kept.reader_key is None:
            raise ApiError(409, "not as things stand", Words("choose reader and scope first", "请先选择读者与范围。"))
        values = {"sealed": sealed, "signed_at": self.clock()}
        is_same = (GRANTS.c.draft == kept.draft, GRANTS.c.reader_key == kept.reader_key)
        still = (GRANTS.c.signed_at.is_(None), GRANTS.c.revoked_at.is_(None), _same_reader(kept))
        self._change(kept.organisation, kept.id, values, *is_same, *still)

    def revoke(self, organisation: bytes, name: str, by: str, reason: str) -> None:
        """End it at once, for good. Raises ApiError 404; 409 where it was ended already."""
        values = {"revoked_at": self.clock(), "revoked_by": by, "reason": reason}
        self._change(organisation, name, values, GRANTS.c.revoked_at.is_(None))

    def _change(self, organisation: bytes, name: str, values: dict[str, Any], *where: Any) -> None:
        own = (GRANTS.c.organisation == organisation, GRANTS.c.id == name)
        with self._engine.execution_options(writes=True).begin() as connection:
            changed = connection.execute(update(GRANTS).where(*own, *where).values(values)).rowcount
            is_there = connection.execute(select(GRANTS.c.id).where(*own)).first() is not None
        if not is_there:
            raise ApiError(
                404,
                "not found",
                Words("there is no such grant, or it is not yours to see", "该授权不存在，或您无权查看。"),
            )
        if not changed:
            raise ApiError(
                409,
                "not as things stand",
                Words("the grant was changed meanwhile: load the page again", "授权已被更改，请刷新页面。"),
            )

    def _listed(self, query: Any) -> tuple[Kept, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(GRANTS.c.made_at.desc(), GRANTS.c.id)).mappings()
            return tuple(Kept(**row) for row in rows)


def _same_reader(kept: Kept) -> Any:
    column = GRANTS.c.reader_organisation
    return column.is_(None) if kept.reader_organisation is None else column == kept.reader_organisation


def _light() -> Any:
    """Everything but the bundle that it was made from."""
    columns = [column for column in GRANTS.c if column.name != "evidence"]
    return select(*columns, func.substr(GRANTS.c.evidence, 1, 0).label("evidence"))


def _found(row: RowMapping | None) -> Kept:
    if row is None:
        raise ApiError(
            404, "not found", Words("there is no such grant, or it is not yours to see", "该授权不存在，或您无权查看。")
        )
    return Kept(**row)
