"""What stands beside all that is taken from a report whose evidence fails, or holds by the policy's permission."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tally_finance.export.table import VERIFIED
from tally_finance.export.tables import tables_of
from tally_finance.export.verified import UNVERIFIED, Verified
from tally_finance.footprint.trace import canonical
from tally_finance.report.allowed import allowed, caveat
from tally_finance.report.folder import Kept
from tests.finance.export import told


def finding(name: str, severity: str = "warning") -> dict[str, str]:
    return {"code": "601", "name": name, "severity": severity, "text": "of it", "touches": "device 1"}


def of(*findings: dict[str, str], holds: bool = True) -> dict[str, Any]:
    said = deepcopy(told.said())
    said["integrity"] = {**said["integrity"], "holds": holds, "findings": list(findings)}
    return said


def test_only_what_usually_fails_is_allowed() -> None:
    """A declared gap is a warning in any policy, and a name of another version's finding is nobody's permission."""
    said = of(finding("SIMULATED"), finding("SIMULATED"), finding("DECLARED_GAP"), finding("ANOTHER"))
    assert tuple(map(str, allowed(said))) == ("simulated 模拟数据",)
    assert allowed(of(finding("SIMULATED", "failure"), holds=False)) == ()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (of(), ""),
        (of(finding("SELF_ANCHORED"), finding("SIMULATED")), "self-anchored 自锚定, simulated 模拟数据"),
        (of(finding("SIMULATED", "failure"), holds=False), "the evidence does not hold 证据不成立"),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_every_table_says_so(said: dict[str, Any], text: str, again: bool) -> None:
    assert text in str(caveat(said))
    verified = Verified(told.report() if again else None)
    _, stamp = tables_of(Kept(Path(), canonical(said), said, b"", {}), verified, intervals=False)
    assert stamp.standing.startswith(VERIFIED if again else UNVERIFIED)
    assert text in stamp.standing
    assert bool(stamp.mark) == bool(text or not again)
