"""docs/cheats.md, from the catalogue; that the plays say so too is for the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.finance.cheats.case import Case
from tests.finance.cheats.stage import Said

PAGE = Path(__file__).parents[3] / "docs" / "cheats.md"

INTRO = """# Cheating with carbon data 碳数据造假手法与对策

How footprints were and are made to look better, each played through a simulated works: devices sign, a gateway logs, a
chain takes heads, a reviewer verifies and makes a report. *What says so* is everything that the reviewer is told, by
the command that tells it (those without `tallystick` are of `tallystick finance`); where evidence does not hold, what
follows from that is left out here and told all the same. *What remains* is honest: what is possible still, and why.

`make cheats` plays them all, a line each. It also plays

- the same by honest people, of whom nothing is said: no finding, no remark, no check that does not hold;
- what remains, where it can be played: nobody is told anything;
- the cheat again without a check that it rests on: then nobody says it. Which checks stands below the table.

| where | what it is |
|---|---|
| `tallystick verify` | a [finding](findings.md) |
| `footprint report` | a remark of the [activity data](activity.md), or an error: there is no report |
| `footprint report`, check | a [check](formats/report.md) that was made and does not hold (`review checklist`) |
| `footprint report`, mark | what is written beside the figures |
| `footprint verify` | where a report differs from what its evidence gives |
| `review check`, score | an [objection](formats/opinion.md) to an opinion |
| `review keep`, versions | what the database of [versions](review.md) refuses or tells |
| `registry claim` | the contract of [claims](formats/claims.md) refuses |
| gateway, anchor | what the gateway answers the device, and the contract that holds the heads |

The ministry's cases are those of the Ministry of Ecology and Environment's notice of 14 March 2022: four firms, found
by 31 teams from October to December 2021. Theft of goods and receipts is played in [the museum](museum.md), faults and
attacks by chance in [detection](detection.md).
"""
HEAD = """
| pattern | how it was done | how it is played | what says so | what remains |
|---|---|---|---|---|
"""
GUARDS = """
## What they rest on 依托的检查

Each of these checks is taken out once, and the cheat is played again: then nobody says it.

| pattern | said | check |
|---|---|---|
"""


def render(cases: Sequence[Case]) -> str:
    """The page."""
    parts = [INTRO]
    for title, mee in (("The ministry's cases 生态环境部通报案例", True), ("In general 常见手法", False)):
        parts.append(f"\n## {title}\n{HEAD}" + "".join(f"{row(case)}\n" for case in cases if case.is_mee is mee))
    parts.append(GUARDS + "".join(_guards(cases)))
    return "".join(parts)


def row(case: Case) -> str:
    """A case's line."""
    return f"| {case.title} {case.chinese} | {case.done} | {case.played} | {cell(case.says)} | {case.remains} |"


def cell(said: Iterable[Said]) -> str:
    """What is said, by where it is."""
    by_place: dict[str, list[str]] = {}
    for one in said:
        by_place.setdefault(one.where, []).append(f"`{one.name}`")
    return "; ".join(f"{_place(where)} → {', '.join(names)}" for where, names in by_place.items())


def _place(where: str) -> str:
    command, comma, rest = where.partition(",")
    return f"`{command}`{comma}{rest}" if " " in command else where


def _guards(cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        for guard in case.guards:
            yield f"| {case.title} | {cell([guard.said])} | `{guard.target}` |\n"
