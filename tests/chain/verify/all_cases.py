"""Every case, gathered by importing the modules that register them."""

from __future__ import annotations

from tests.chain.verify import (
    cases_authority,
    cases_corrections,
    cases_grant,
    cases_heads,
    cases_keys,
    cases_log,
    cases_registers,
    cases_registry,
    cases_stream,
    cases_totals,
    cases_via,
)
from tests.chain.verify.case import CASES, Case

SOURCES = (
    cases_log,
    cases_heads,
    cases_via,
    cases_authority,
    cases_keys,
    cases_stream,
    cases_registers,
    cases_registry,
    cases_totals,
    cases_corrections,
    cases_grant,
)

ALL: tuple[Case, ...] = tuple(CASES[name] for name in sorted(CASES))
