"""Every page of the console, for whoever serves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter

from tally_gateway.console.change_routes import change_routes
from tally_gateway.console.reception import Reception
from tally_gateway.console.view_routes import view_routes

PACKAGE: Final = "tally_gateway.console"
"""Whose templates the pages are."""

UPLOADS: Final[Mapping[str, int]] = {"/onboarding": 17 << 20, "/statements": 8 << 20}
"""Paths below the prefix that take files (regular expressions), and how many bytes."""


def operator_routes(reception: Reception) -> APIRouter:
    """All routes of the console below the prefix of `reception`."""
    router = APIRouter()
    router.include_router(view_routes(reception))
    router.include_router(change_routes(reception))
    return router
