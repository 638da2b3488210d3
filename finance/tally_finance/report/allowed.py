"""What a report's evidence got through only because the reader's policy names it (策略允许): simulated, self-anchored.

Whoever says that the evidence holds says this beside it. No IO.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tally_chain.finding_help import HELP
from tally_chain.findings import Code, Severity
from tally_finance.bilingual import Text, Words, joined, phrase


def is_allowed(finding: Mapping[str, Any]) -> bool:
    """Whether a finding of a report usually fails the evidence, and here does not."""
    known = Code.__members__.get(finding["name"])
    return known is not None and known.severity is Severity.FAILURE and finding["severity"] != "failure"


def caveat(said: Mapping[str, Any]) -> Text:
    """What stands beside everything that is taken from a report: its evidence does not hold, or holds by permission."""
    if not said["integrity"]["holds"]:
        return Words("the evidence does not hold", "证据不成立")
    named = allowed(said)
    return phrase(Words("allowed by the policy", "策略允许"), ": ", joined(", ", named)) if named else ""


def allowed(said: Mapping[str, Any]) -> tuple[Words, ...]:
    """Each of them once, in the order of the report `said`."""
    findings = said.get("integrity", {}).get("findings", ())
    names = dict.fromkeys(one["name"] for one in findings if is_allowed(one))
    return tuple(Words(name.lower().replace("_", "-"), HELP[Code[name]].name) for name in names)
