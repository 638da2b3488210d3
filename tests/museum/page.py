"""docs/museum.md: what was played, what refused it, and what remains; the refusals are those of the plays."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from tests.museum.case import PANIC, Broken, Case, Guard
from tests.museum.hall import Stop

PAGE = Path(__file__).parents[2] / "docs" / "museum.md"
Stops = Mapping[str, Sequence[Stop]]
"""What stopped each case, by its name."""

INTRO = """# The museum of frauds 欺诈博物馆

Each case is a small program that plays a fraud (欺诈案例) of the field, or a defect of a system before this one, with
honest tools and the cheats' own valid keys: on the real contracts, with every signature, and where it is about goods,
on statements that a simulated plant's instruments signed. *What refuses it* names the operation and its refusal
(`Operation` → `Refusal`), or the check off the chain and what it says. *What remains* says what is still possible, and
for whom.

`make museum` plays them all, prints this table and writes this page. It also plays

- the same by honest people, which goes through in every case;
- what remains, where it can be played;
- each fraud again with a guard taken out: a contract that is compiled without it, or a check that finds nothing. The
  play must then fail at the very operation that the guard refused. What was taken out stands below every story.

Names of refusals are those of the contracts ([receipts](formats/receipts.md), [pledges](formats/pledges.md),
[lots](formats/lots.md), [sites](formats/sites.md), [trades](formats/trades.md)); remarks are explained in
[attested quantity](attested-quantity.md), [plausibility](plausibility.md), [release](release.md),
[ownership](ownership.md) and [the lender's book](lender-book.md). What is not stopped is also in the
[threat model](threat-model.md).
"""

READ = """
Each was read in the code: TradeTrust's `token-registry` at 857ac290, `avalanche-warehouse-receipt` (AgriVault) at
3c61e859, T-REX (ERC-3643) at f1390127, Tinlake at 4584b0d0, and `WarehouseReceiptV2.sol`, a contract for FISCO BCOS
that was found without the name of its repository. Later versions may have mended it.
"""

HEAD = """
| case | what they do | what refuses it | what remains |
|---|---|---|---|
"""


def cell(stops: Sequence[Stop]) -> str:
    """What refuses it: operations (as code) and checks in the order of the play, each with its refusals."""
    by_place: dict[str, list[str]] = {}
    for one in stops:
        by_place.setdefault(f"`{one.where}`" if one.where[0].isupper() else one.where, []).append(f"`{one.name}`")
    return "; ".join(f"{where} → {', '.join(names)}" for where, names in by_place.items())


def stops_in(text: str) -> list[Stop]:
    """What `cell` was made of."""
    places = (part.split(" → ") for part in text.split("; "))
    return [Stop(where.strip("`"), name.strip("`")) for where, names in places for name in names.split(", ")]


def row(case: Case, stops: Sequence[Stop]) -> str:
    """A case's line of the table."""
    return f"| [{case.title}](#{_anchor(case)}) | {case.does} | {cell(stops)} | {case.remains} |"


def _anchor(case: Case) -> str:
    """As forges make it of the story's heading."""
    return re.sub(r"[^\w\- ]", "", f"{case.title} {case.chinese}".lower()).replace(" ", "-")


def cells_of(text: str, cases: Sequence[Case]) -> Stops:
    """What the page says that stopped each case. Raises KeyError for one that is not on it."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| ["):
            title, _, stopped, _ = line.strip("| ").split(" | ")
            found[title[1:].partition("](")[0]] = stops_in(stopped)
    return {case.name: found[case.title] for case in cases}


def render(cases: Sequence[Case], stops: Stops) -> str:
    """The page."""
    text = [INTRO]
    for heading, history in (("What happened 历史案件", True), ("What other systems let through 既有系统缺陷", False)):
        rows = [row(case, stops[case.name]) for case in cases if case.is_history is history]
        text.append(f"\n## {heading}\n{'' if history else READ}{HEAD}" + "\n".join(rows) + "\n")
    text.append("\n## The stories\n")
    text += ["\n".join(_story(case)) for case in cases]
    return "".join(text)


def _story(case: Case) -> Iterator[str]:
    yield f"\n### {case.title} {case.chinese}\n"
    yield textwrap.fill(case.story, 120, break_long_words=False, break_on_hyphens=False) + "\n"
    yield "Taken out, one at a time:\n"
    yield from (f"- {_told(guard)}" for guard in case.guards)
    yield ""


def _told(guard: Guard) -> str:
    if isinstance(guard, Broken):
        goes = "it goes through"
        if guard.instead:
            goes = "arithmetic refuses it" if guard.instead == PANIC else f"`{guard.instead}` refuses it"
        return f"`{guard.says}` of `{guard.kind}` (`{guard.mutant.source}`): {goes}"
    return f"`{guard.name}` (`{guard.target}`): nothing says it"


COLUMNS = {"case": 24, "what they do": 34, "what refuses it": 50, "what remains": 44}


def table(cases: Sequence[Case], stops: Stops) -> Iterator[str]:
    """The same for a terminal, line by line."""
    rule = "-+-".join("-" * width for width in COLUMNS.values())
    yield from _wrapped(list(COLUMNS))
    for case in cases:
        yield rule
        yield from _wrapped([case.title, case.does, cell(stops[case.name]).replace("`", ""), case.remains])


def _wrapped(cells: Sequence[str]) -> Iterator[str]:
    columns = [textwrap.wrap(text, width) for text, width in zip(cells, COLUMNS.values(), strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        padded = (part.ljust(width) for part, width in zip(parts, COLUMNS.values(), strict=True))
        yield " | ".join(padded).rstrip()
