"""What a portal serves: one lender's desk, one reviewers' desk, some gateways, and the accounts. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import Engine

from tally_finance.api.service import Service as DeskService
from tally_finance.portal.visitor import Sessions
from tally_finance.review_api.service import Service as ReviewService
from tally_gateway.pages.words import Words


@dataclass(frozen=True, slots=True)
class GatewaySheet:
    """A gateway that operators look after: where it is asked, and the file of the token by which. `organisation`: whose
    operators; None: the portal's own."""

    name: str
    url: str
    token_file: Path
    ca: Path | None = None
    organisation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """`address`: as browsers have it, without a slash at its end. `engine`: the portal's own tables, migrated."""

    name: Words
    address: str
    organisation: bytes
    engine: Engine
    sessions: Sessions
    desk_service: DeskService | None = None
    desk: FastAPI | None = None
    review_service: ReviewService | None = None
    reviews: FastAPI | None = None
    gateways: tuple[GatewaySheet, ...] = ()
