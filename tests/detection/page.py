"""docs/detection.md from what was measured (measured.json): whatever counts in it follows from a number there."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tally_finance.plausibility.site import NAMES
from tally_trial import bounds, detection, kinds, power
from tally_trial.injection import KINDS, Kind
from tally_trial.power import Share
from tests.detection import picture

PAGE = Path(__file__).parents[2] / "docs" / "detection.md"
PICTURES = PAGE.parent / "pictures"
MEASURED = Path(__file__).with_name("measured.json")

STATISTICAL = ("bypass", "drift", "magnet", "wrong-ratio")
"""Kinds that only statistics can see, and only where they are large enough."""

MOST_SEEDS = 12
"""So many seeds are named; of more it is said how many there are."""

INNERMOST = re.compile(r"[\[{][^\[\]{}]*[\]}]")
WRAPPED = re.compile(r"\n +")
"""Lists of seeds and tables of counts stand on one line."""

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
*Caught* counts the seeds in which at least one of the signs was found; *false alarms* counts findings in the same runs
that neither the event nor the design explains (all evidence here is simulated and says so, 601). Each seed plays
every row once, in the profile whose turn it is ({profiles}), goods in the one that has gates. {instruments} All were
judged by the verifier and by every plausibility check. {honest} honest runs, with nothing done to them, had
{honest_alarms} false alarms. Where an attack on goods had nothing to take hold of (no truck came), it was drawn anew.
"""

STATISTICS = """## What statistics see

Magnet, bypass, wrong ratio and drift leave every signature, link and register in order: only sums tell. Three
checks learn from the first days of a site and then watch for a change that stays: `parent-balance` (a meter
against its sub-meters), `energy-per-output` (a meter against tonnes over the scale, or against the water of
the same process) and `mass-balance` (levels against weighings). Their limits were set on seeds {tune_first}
to {tune_last} alone.

**Power.** {runs} plants of each profile ran honestly for {before} days and then with a theft of each size. The table
has the smallest theft that was found in at least {wanted:.0f} % of them within so many days, as were all larger ones;
*none* where not even the largest was. Behind it stands in how many, and the power that this proves: the lower bound of
Clopper and Pearson, one-sided, with {confidence:.0f} % confidence. A theft counts as found by an alarm at its own meter
or at one above it, or at the stores behind its scale, and only where the honest plant of the same seed gives none at
the same check and place by then. Stolen water also shows as energy that seems too high for it: that alarm names another
meter, and is not counted. A wrong ratio of 2:1 is a theft of 50 %; a drift is found when it has grown to the figure
below. Stones in a silo take less room than the grain that they are weighed for (1,600 against 740 kg/m3), so to the
level they are goods driven out: about half of their tonnes.

**False alarms.** The same plants, honest for {days} days and all of their instruments, were judged by every
plausibility check, those of the rules above among them. Site-years count from day {learning} on, when the slowest chart
can alarm, and up to a plant's first false alarm; alarms count from the first day. The bound is that of a Poisson mean,
one-sided, with {confidence:.0f} % confidence.
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
    "**Collusion of authority and second person.** Whoever enrols keys and states meter facts, with an "
    "independent second person who signs blindly, can state anything.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What rules.py and statistics.py measured, as plain values."""

    rules: dict[str, Any]
    statistics: dict[str, Any]

    def row(self, name: str) -> dict[str, Any]:
        """The row of a kind. Raises KeyError where it was not measured."""
        row: dict[str, Any] = self.rules["rows"][name]
        return row

    @property
    def seeds(self) -> int:
        """How many seeds the rules were played with."""
        first, last = self.rules["seeds"]
        return int(last) - int(first) + 1


def load() -> Measured:
    """What the page in docs/ was written from."""
    return Measured(**json.loads(MEASURED.read_text("utf-8")))


def write(told: Measured) -> None:
    """The page, its pictures, and the numbers that they were written from."""
    text = json.dumps({"rules": told.rules, "statistics": told.statistics}, indent=1, ensure_ascii=False)
    MEASURED.write_text(INNERMOST.sub(lambda found: WRAPPED.sub(" ", found[0]), text) + "\n", "utf-8")
    PAGE.write_text(render(told), "utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, svg in pictures(told).items():
        (PICTURES / name).write_text(svg, "utf-8")


def pictures(told: Measured) -> dict[str, str]:
    """The pictures of the page by file name."""
    profiles = told.statistics["profiles"]
    return {_picture(profile): picture.render(profile, profiles[profile]) for profile in profiles}


def _picture(profile: str) -> str:
    return f"detection-{profile}.svg"


def render(told: Measured) -> str:
    """The page."""
    first, last = told.rules["seeds"]
    power_first, power_last = told.statistics["seeds"]
    runs = power_last - power_first + 1
    honest = told.row(detection.HONEST)
    text = [
        _filled(
            INTRO,
            command=f"DETECTION_SEEDS={told.seeds} DETECTION_POWER_SEEDS={runs} make detection",
            first=first,
            last=last,
            power_first=power_first,
            power_last=power_last,
        ),
        "## Attacks\n",
        *_table(told, "attack"),
        "\n## Faults\n",
        *_table(told, "fault"),
        _filled(
            RULES,
            profiles=", ".join(honest["profiles"]),
            instruments=_instruments(honest),
            honest=honest["runs"],
            honest_alarms=_alarms(honest["false_alarms"]).replace("none", "no"),
        ),
        _filled(
            STATISTICS,
            tune_first=power.TUNING_SEEDS.start,
            tune_last=power.TUNING_SEEDS.stop - 1,
            runs=runs,
            before=power.BEFORE_DAYS,
            days=power.DAYS,
            learning=power.LEARNING_DAYS,
            wanted=power.WANTED * 100,
            confidence=bounds.CONFIDENCE * 100,
        ),
        *_statistics(told),
        NOT_SEEN + "\n".join(f"- {line}" for line in (*_limits(), *MORE_LIMITS)),
        f"\nThe plausibility checks are {', '.join(f'`{name}`' for name in NAMES)}.\n",
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(text)).lstrip()


def _filled(text: str, **values: object) -> str:
    """The text with its values, its lines filled anew."""
    paragraphs = text.format(**values).split("\n\n")
    return "\n\n" + "\n\n".join(textwrap.fill(one.strip(), 120, break_on_hyphens=False) for one in paragraphs) + "\n"


def _instruments(honest: dict[str, Any]) -> str:
    spoke = ", ".join(
        f"{kind} {count}" for kind, count in sorted(honest["instruments"].items(), key=lambda one: (-one[1], one[0]))
    )
    return f"The two instruments of a run are chosen by the seed; in the honest ones they were: {spoke}."


def _table(told: Measured, kind: str) -> Iterator[str]:
    yield f"| {kind} | stands for | played on | caught | by | false alarms |"
    yield "|---|---|---|---|---|---|"
    for one in kinds.of_kind(kind):
        yield f"| `{one.name}` | {one.stands_for} | {' | '.join(_cells(told, one))} |"


def _cells(told: Measured, kind: Kind) -> tuple[str, str, str, str]:
    if kind.name in STATISTICAL:
        by = ", ".join(f"`{sign}`" for sign in sorted(kind.caught_by))
        return "every meter", "by its size: see below", by, "see below"
    row = told.row(kind.name)
    alarms = _alarms(row["false_alarms"])
    if not kind.caught_by:
        return _played_on(kind.name), f"not detectable by this system, because {kind.limit}", "–", alarms
    by = ", ".join(
        f"{label} ({count})" for label, count in sorted(row["by"].items(), key=lambda one: (-one[1], one[0]))
    )
    caught = f"{row['caught']} of {row['runs']}"
    if row["missed_seeds"]:
        reason = f"not detectable, because {kind.limit}" if kind.limit else "**missed**"
        caught += f"; {_seeds(row['missed_seeds'])} {reason}"
    return _played_on(kind.name), caught, by, alarms


def _played_on(name: str) -> str:
    if name in detection.GOODS:
        return f"a whole {detection.GOODS_PROFILE}, {detection.GOODS_DAYS} days"
    if name in detection.LONG:
        return f"a meter with those above and below, {detection.LONG_DAYS} days"
    return f"{detection.INSTRUMENTS} instruments, {detection.RULE_DAYS} days"


def _alarms(false_alarms: dict[str, list[int]]) -> str:
    told = [f"{len(seeds)} × {label} ({_seeds(seeds)})" for label, seeds in false_alarms.items()]
    return ", ".join(told) or "none"


def _seeds(seeds: Sequence[int]) -> str:
    named = ", ".join(str(seed) for seed in seeds[:MOST_SEEDS])
    more = len(seeds) - MOST_SEEDS
    return f"seed{'s' if len(seeds) > 1 else ''} {named}" + (f" and {more} more" if more > 0 else "")


def _statistics(told: Measured) -> Iterator[str]:
    for profile, measured in told.statistics["profiles"].items():
        yield f"\n### {profile}\n"
        yield f"![How often a theft was found, by its size: {profile}]({PICTURES.name}/{_picture(profile)})\n"
        yield _false_alarms(measured)
        for alarm in measured["false_alarms"]:
            yield f"- seed {alarm['seed']}, day {alarm['day']}: `{alarm['check']}` at {alarm['at']}, {alarm['says']}"
        yield f"\n| theft | at | {' | '.join(f'in {days} days' for days in power.AFTER_DAYS)} |"
        yield f"|---|---|{'---|' * len(power.AFTER_DAYS)}"
        for one in measured["thefts"]:
            sizes = " | ".join(_size(one, days, measured["runs"]) for days in power.AFTER_DAYS)
            yield f"| {one['kind']} | {one['meter']} `{one['register']}` | {sizes} |"
    yield ""


def _false_alarms(measured: dict[str, Any]) -> str:
    count = len(measured["false_alarms"])
    years = Decimal(measured["watched_days"]) / 365
    said = f"False alarms: {count or 'none'} in {years:.1f} site-years of honest plants"
    if not years:
        return f"{said}.\n"
    bound = bounds.count_at_most(count) / years
    said += f", {count / years:.2f} a site-year; at most {bound:.2f} by the bound"
    return f"{said}, **which is above one**.\n" if bound > 1 else f"{said}.\n"


def _size(theft: dict[str, Any], days: int, runs: int) -> str:
    shares = {int(size): Share(found, runs) for size, found in theft["found"][str(days)].items()}
    size = power.smallest(shares)
    if size is None:
        return "none"
    named = f"{size} t a night" if theft["kind"] == "night-drive" else f"{size} %"
    proven = int(shares[size].at_least * 100)
    return f"{named} ({shares[size].found} of {runs}, ≥ {proven} %)"


def _limits() -> Iterator[str]:
    for kind in sorted(KINDS.values(), key=lambda one: one.name):
        if kind.limit:
            yield f"**`{kind.name}`**: {kind.limit}."


def faults(told: Measured) -> list[str]:
    """Where a rule check missed something that it should see, or was wrong, or a row is not what it says."""
    found = [f"{name}: not measured" for name in detection.measured() if name not in told.rules["rows"]]
    for name, row in told.rules["rows"].items():
        kind = KINDS.get(name)
        if row["runs"] != told.seeds:
            found.append(f"{name}: played {row['runs']} times with {told.seeds} seeds")
        if row["caught"] + len(row["missed_seeds"]) != row["runs"] or any(
            n > row["caught"] for n in row["by"].values()
        ):
            found.append(f"{name}: its numbers do not add up")
        if kind is not None and not kind.limit and row["missed_seeds"]:
            found.append(f"{name}: missed with {_seeds(row['missed_seeds'])}")
        if row["false_alarms"]:
            found.append(f"{name}: false alarms {_alarms(row['false_alarms'])}")
    for profile, measured in told.statistics["profiles"].items():
        if len(measured["false_alarms"]) * 365 > measured["watched_days"]:
            found.append(
                f"{profile}: {len(measured['false_alarms'])} false alarms in {measured['watched_days']} watched days"
            )
    return found


def summary(told: Measured) -> Iterator[str]:
    """Caught, missed and false alarms, one line a kind, and what is wrong."""
    for name, row in told.rules["rows"].items():
        missed = len(row["missed_seeds"]) if name != detection.HONEST else 0
        alarms = sum(len(seeds) for seeds in row["false_alarms"].values())
        yield f"{name:28} caught {row['caught']:5} missed {missed:5} false alarms {alarms}"
    for profile, measured in told.statistics["profiles"].items():
        yield f"{profile:28} {len(measured['false_alarms'])} false alarms in {measured['watched_days']} watched days"
    yield from faults(told)
