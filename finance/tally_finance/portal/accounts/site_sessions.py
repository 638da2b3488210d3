"""The sessions of a portal."""

from __future__ import annotations

from sqlalchemy import Engine

from tally_edge.errors import ConfigError
from tally_finance.portal.config_file import PortalSheet
from tally_finance.portal.visitor import Sessions


def sessions_of(engine: Engine, sheet: PortalSheet) -> Sessions:
    """Those of its accounts."""
    raise ConfigError(f"{sheet.file}: accounts are not there yet ({engine.dialect.name})")
