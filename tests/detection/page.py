"""docs/detection.md from what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tally_finance.plausibility.site import NAMES
from tally_trial import detection, kinds, physical, power
from tally_trial.injection import KINDS, Kind

PAGE = Path(__file__).parents[2] / "docs" / "detection.md"

STATISTICAL = ("bypass", "drift", "magnet", "wrong-ratio")
"""Kinds that only statistics can see, and only where they are large enough."""

INTRO = """# Detection: what catches what

Every fault and every attack that a trial knows was played against the real system: the real statements, the
gateway's own checks, the log, the bundle, the verifier (`tally_chain.verify`), and on what holds the
plausibility checks (似真性检查, `tally_finance.plausibility`). Here is what caught it. [Simulating](simulating.md)
shows how to play one of them.

This page is written by `make detection`, here with `{command}`: seeds {first} to {last} for the rules, seeds
{power_first} to {power_last} for the statistics. The chain of these plays is in memory, under the contract's
rule that a head must continue the one before; its heads count as those of a public chain, so that blocks
bound times. Codes are those of [findings](findings.md); `refused:…` is a refusal by the gateway,
`counted-once` a statement that came again and was not logged again, `plausible:…` a doubt of a plausibility
check.
"""

RULES = """
*Caught* counts the seeds in which at least one of the signs was found, wherever in the run; *false alarms* counts
findings in the same runs that neither the event nor the design explains (all evidence here is simulated and says so,
601). A run is two days of two instruments; attacks on goods and the test stand take whole plants and every fifth seed.
These and the faults of a meter were judged by the plausibility checks too, the others by the verifier alone.
{honest} honest runs, with nothing done to them, judged by the verifier, had {honest_alarms} false alarms.
Where an attack on goods had nothing to take hold of (no truck came), it was drawn anew.
"""

STATISTICS = """## What statistics see

Magnet, bypass, wrong ratio and drift leave every signature, link and register in order: only sums tell. Three
checks learn from the first days of a site and then watch for a change that stays: `parent-balance` (a meter
against its sub-meters), `energy-per-output` (a meter against tonnes over the scale, or against the water of
the same process) and `mass-balance` (levels against weighings). Their limits were set on seeds {tune_first}
to {tune_last} alone. The table has the smallest theft, of those that were tried, which was found in at least
95 % of the runs within so many days after {before} honest days; *none* where not even the largest was. A
wrong ratio of 2:1 is a theft of 50 %; a drift is found when it has grown to the figure below. With as few runs as
here a figure is rough: twenty of twenty bound the power only at 86 % (with 95 % confidence), and an alarm that the
same plant would have given without a theft counts as found. Site-years include the days on which the checks learn.
Stones in a silo take less room than the grain that they are weighed for (1,600 against 740 kg/m3), so to the level
they are goods driven out: about half of their tonnes.
"""

NOT_SEEN = """## What nothing here sees

"""

MORE_LIMITS = (
    "**Goods that only the scale sees.** Stones for bulk metal, or coils driven out at night, pass where there "
    "is neither a serial number nor a level gauge (here: the steel mill and the dyehouse): the scale weighs "
    "what it is shown, and goods that never pass it are in no reading.",
    "**A theft from the first day on.** The statistical checks compare a site with itself: who always stole, "
    "by the same share, is this site's normal. A bound from outside (a benchmark of the trade, an inspection) "
    "is needed.",
    "**A theft below the figures above.** And one that is ended before the days above are over.",
    "**Values made up by whoever holds the device's key**, if they are plausible together: a signature says "
    "who spoke, not that it is true. Keys in a secure element, in the meter, under a seal, are the answer, and "
    "enrolment says where signing happens.",
    "**A doubt that is wrong.** `frozen` now and then takes a silence that a device declared for a standstill: once "
    "in 750 runs of `dropout`.",
    "**Collusion of authority and second person.** Whoever enrols keys and states meter facts, with an "
    "independent second person who signs blindly, can state anything.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What rules.py and statistics.py measured, as plain values."""

    rules: dict[str, Any]
    statistics: dict[str, Any]

    def row(self, name: str) -> dict[str, Any]:
        """The row of a kind."""
        row: dict[str, Any] = self.rules["rows"][name]
        return row


def render(told: Measured) -> str:
    """The page."""
    first, last = told.rules["seeds"]
    power_first, power_last = told.statistics["seeds"]
    honest = told.row(detection.HONEST)
    command = f"DETECTION_SEEDS={last - first + 1} DETECTION_POWER_SEEDS={power_last - power_first + 1} make detection"
    text = [
        INTRO.format(command=command, first=first, last=last, power_first=power_first, power_last=power_last),
        "## Attacks\n",
        *_table(told, "attack"),
        "\n## Faults\n",
        *_table(told, "fault"),
        RULES.format(honest=honest["runs"], honest_alarms=sum(honest["false_alarms"].values()) or "no"),
        STATISTICS.format(
            tune_first=power.TUNING_SEEDS.start, tune_last=power.TUNING_SEEDS.stop - 1, before=power.BEFORE_DAYS
        ),
        *_statistics(told),
        NOT_SEEN + "\n".join(f"- {line}" for line in (*_limits(), *MORE_LIMITS)),
        f"\nThe plausibility checks are {', '.join(f'`{name}`' for name in NAMES)}.\n",
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(text))


def _table(told: Measured, kind: str) -> Iterator[str]:
    yield f"| {kind} | stands for | caught | by | false alarms |"
    yield "|---|---|---|---|---|"
    for one in kinds.of_kind(kind):
        yield f"| `{one.name}` | {one.stands_for} | {' | '.join(_cells(told, one))} |"


def _cells(told: Measured, kind: Kind) -> tuple[str, str, str]:
    if kind.name in STATISTICAL:
        return "by its size: see below", ", ".join(f"`{sign}`" for sign in sorted(physical.STATISTICAL)), "see below"
    row = told.row(kind.name)
    alarms = sum(row["false_alarms"].values()) or "none"
    if not kind.caught_by:
        return f"not detectable by this system, because {kind.limit}", "–", str(alarms)
    by = ", ".join(
        f"{label} ({count})" for label, count in sorted(row["by"].items(), key=lambda one: (-one[1], one[0]))
    )
    caught = f"{row['caught']} of {row['runs']}"
    if kind.limit and row["caught"] < row["runs"]:
        caught += f"; the rest not detectable, because {kind.limit}"
    return caught, by, str(alarms)


def _statistics(told: Measured) -> Iterator[str]:
    for profile, measured in told.statistics["profiles"].items():
        years = measured["site_days"] / 365
        alarms = measured["false_alarms"]
        yield f"\n### {profile}\n"
        runs = measured["site_days"] // power.DAYS
        yield f"False alarms: {len(alarms)} in {years:.1f} site-years of honest plants ({runs} runs).\n"
        yield f"| theft | at | {' | '.join(f'in {days} days' for days in power.AFTER_DAYS)} |"
        yield f"|---|---|{'---|' * len(power.AFTER_DAYS)}"
        for one in measured["smallest"]:
            sizes = " | ".join(_size(one["kind"], one["by_days"][str(days)]) for days in power.AFTER_DAYS)
            yield f"| {one['kind']} | {one['meter']} `{one['register']}` | {sizes} |"
    yield ""


def _size(kind: str, size: int | None) -> str:
    if size is None:
        return "none"
    return f"{size} t a night" if kind == "night-drive" else f"{size} %"


def _limits() -> Iterator[str]:
    for kind in sorted(KINDS.values(), key=lambda one: one.name):
        if kind.limit:
            yield f"**`{kind.name}`**: {kind.limit}."


def faults(told: Measured) -> list[str]:
    """Where a rule check missed something that it should see, or was wrong."""
    found = []
    for name, row in told.rules["rows"].items():
        kind = KINDS.get(name)
        if kind is not None and not kind.limit and row["caught"] < row["runs"]:
            found.append(f"{name}: missed with seeds {row['missed_seeds']}")
        if row["false_alarms"]:
            found.append(f"{name}: false alarms {row['false_alarms']}")
    for profile, measured in told.statistics["profiles"].items():
        if len(measured["false_alarms"]) * 365 > measured["site_days"]:
            found.append(f"{profile}: {len(measured['false_alarms'])} false alarms in {measured['site_days']} days")
    return found


def summary(told: Measured) -> Iterator[str]:
    """Caught, missed and false alarms, one line a kind, and what is wrong."""
    for name, row in told.rules["rows"].items():
        missed = row["runs"] - row["caught"] if name != detection.HONEST else 0
        yield f"{name:28} caught {row['caught']:5} missed {missed:5} false alarms {sum(row['false_alarms'].values())}"
    for profile, measured in told.statistics["profiles"].items():
        yield f"{profile:28} {len(measured['false_alarms'])} false alarms in {measured['site_days']} honest days"
    yield from faults(told)
