"""docs/gas.md: written by `make gas`, and read again by the test that compares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "gas.md"
TOLERANCE_PERCENT = 2

AGGREGATE = "anchor of 1,000 gateways' heads (22 hashes)"
WORST_LIMIT = 70_000
AGGREGATE_LIMIT = 120_000
_ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<gas>[\d,]+) \|", re.MULTILINE)

_HEAD = """# Gas

What the contracts' transactions cost, measured on the embedded chain (solc 0.8.37, `paris`, 1 run; Cancun prices).
Proofs, roots and ids in these transactions have no zero byte, so real ones cost a little less. Gas depends on bytes
and steps and not on the machine: a test measures again and takes 2 % of difference. `make gas` writes this page and
`build/gas.json`.

Since Prague a transaction costs at least 21,000 and 40 for each byte of its input that is not zero (EIP-7623). An
anchor with 22 hashes comes to about 53,000 by that rule, less than what it costs anyway.

## Ours

| transaction | gas |
|---|---|
"""

_LIMITS = """
- An anchor with its consistency proof at 2^20 leaves stays at or below 70,000 in the worst case: the old size has
  every bit set, so nearly every hash of the proof is hashed into both roots. A log's first anchor has no proof and
  costs more, once, because its slots are new.
- 1,000 gateways cost one transaction a period: an aggregator keeps a log of their heads and anchors that log. What it
  costs does not depend on how many gateways there are, only on how large the log of heads has grown.

## Beside others

Gas for one reading, where one transaction covers so many readings. The numbers of others are from their own published
bytes (EAS 1.9.0 and the OpenAttestation document store 3.0.0, from npm), run on the same embedded chain.

| way | gas a transaction | 1,000 readings | 100,000 | 10,000,000 |
|---|---|---|---|---|
"""

_FOOT = """
A way that writes each reading costs the same for each, however many there are. The others put a root on the chain,
one for any number of readings; of these only ours checks that the root continues the one before, so that history
cannot be rewritten by whoever holds the key.
"""


def text(ours: Mapping[str, int], others: Mapping[str, int]) -> str:
    """The page."""
    rows = "".join(f"| {what} | {gas:,} |\n" for what, gas in ours.items())
    dearest = max(gas for what, gas in ours.items() if is_anchor(what))
    beside = {**others, "Tallystick: an anchor, at most": dearest}
    return _HEAD + rows + _LIMITS + "".join(_beside(what, gas) for what, gas in beside.items()) + _FOOT


def _beside(what: str, gas: int) -> str:
    if "each" in what or "attest," in what:
        return f"| {what} | {gas:,} | {gas:,} | {gas:,} | {gas:,} |\n"
    return f"| {what} | {gas:,} | {gas / 1_000:,.1f} | {gas / 100_000:.3f} | {gas / 10_000_000:.5f} |\n"


def is_anchor(what: str) -> bool:
    """Whether a row is an anchor with a consistency proof."""
    return what.startswith("anchor ")


def committed() -> dict[str, int]:
    """The rows of the page as it is committed: ours, and others' transactions."""
    return {row["what"]: int(row["gas"].replace(",", "")) for row in _ROW.finditer(PAGE.read_text("utf-8"))}


def broken_limits(ours: Mapping[str, int]) -> list[str]:
    """The limits that measured numbers break, in words."""
    broken = [
        f"{what} costs {gas:,}, more than {WORST_LIMIT:,}"
        for what, gas in ours.items()
        if is_anchor(what) and gas > WORST_LIMIT
    ]
    if ours[AGGREGATE] >= AGGREGATE_LIMIT:
        broken.append(f"{AGGREGATE} costs {ours[AGGREGATE]:,}, not less than {AGGREGATE_LIMIT:,}")
    return broken


def differences(measured: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """What moved by more than the tolerance, came, or went."""
    moved = []
    for what, gas in measured.items():
        old = before.get(what)
        if old is None:
            moved.append(f"{what}: {gas:,}, and not on the page")
        elif abs(gas - old) * 100 > old * TOLERANCE_PERCENT:
            moved.append(f"{what}: {gas:,}, on the page {old:,}")
    return moved
