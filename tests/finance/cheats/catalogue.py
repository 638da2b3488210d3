"""Every case: first those of the ministry, then the general ones."""

from __future__ import annotations

from typing import Final

from tests.finance.cheats import fuel, market, meters, papers
from tests.finance.cheats.case import Case

_EVERY = (*fuel.CASES, *meters.CASES, *market.CASES, *papers.CASES)
CASES: Final[tuple[Case, ...]] = tuple(sorted(_EVERY, key=lambda case: not case.is_mee))
