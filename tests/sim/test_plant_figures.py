"""The page tells of every figure of the shipped plants, with its value as the code has it, and where it is from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from importlib import import_module, resources
from pathlib import Path

from tally_sim.plant import classes, profile_file

PAGE = Path(__file__).parents[2] / "docs/plant-profiles.md"
EVERYWHERE = ""
CONSTANT = re.compile(r"(\w+)\.([A-Z_]+)")

Figures = dict[tuple[str, str], str]
"""By profile (EVERYWHERE for the code's own) and path: the value as the page writes it."""


def shown(value: object) -> str:
    """A number as it stands in the file; of a list the first and the last."""
    return f"{value[0]}–{value[-1]}" if isinstance(value, list) else str(value)


def leaves(node: object, path: str) -> Iterator[tuple[str, str]]:
    """The numbers under `node`; a table in a list goes by its name."""
    if isinstance(node, dict):
        for key, below in node.items():
            yield from leaves(below, f"{path}.{key}" if path else key)
    elif isinstance(node, list) and isinstance(node[0], dict):
        for table in node:
            yield from leaves(table, f"{path}.{table['name']}")
    elif isinstance(node, int | Decimal) or (isinstance(node, list) and isinstance(node[0], int)):
        yield path, shown(node)


def figures() -> Figures:
    """What the shipped profiles and the accuracy classes have."""
    found: Figures = {}
    for profile in profile_file.shipped():
        text = resources.files("tally_sim.plant").joinpath("profiles", f"{profile}.toml").read_text("utf-8")
        found |= {(profile, path): value for path, value in leaves(tomllib.loads(text, parse_float=Decimal), "")}
    for kind in classes.KINDS:
        for name in classes.names(kind):
            found[EVERYWHERE, f"class.{kind}.{name}"] = str(classes.limit_ppm(kind, name))
    return found


def rows() -> list[tuple[list[str], dict[str, list[str]], str]]:
    """Of every row: patterns, the values by profile (EVERYWHERE for all alike), source."""
    section = PAGE.read_text("utf-8").split("\n## Figures\n")[1]
    found = []
    for line in section.split("\nSources.")[0].splitlines():
        if not line.startswith("| `"):
            continue
        _, figure, value, source, _ = (cell.strip() for cell in line.split("|"))
        values = {}
        for entry in value.split("; "):
            profile, _, listed = entry.rpartition(": ")
            values[profile] = listed.split(", ")
        found.append((re.findall(r"`([^`]+)`", figure), values, source))
    return found


def constants(patterns: list[str]) -> list[str]:
    """The values of `module.NAME`, which the module may keep to itself."""
    found = []
    for module, name in (match.groups() for pattern in patterns if (match := CONSTANT.fullmatch(pattern))):
        code = vars(import_module(f"tally_sim.plant.{module}"))
        found.append(str(code.get(name, code.get(f"_{name}"))))
    return found


def test_the_page_has_every_figure_as_the_code_has_it() -> None:
    left = figures()
    for patterns, values, _ in rows():
        if told := constants(patterns):
            assert values == {EVERYWHERE: told}, patterns
            continue
        fit = {place: value for place, value in left.items() if any(fnmatchcase(place[1], each) for each in patterns)}
        left = {place: value for place, value in left.items() if place not in fit}
        if values.keys() == {EVERYWHERE}:
            assert list(dict.fromkeys(fit.values())) == values[EVERYWHERE], patterns
            continue
        there: dict[str, dict[str, None]] = {}
        for (profile, _), value in fit.items():
            there.setdefault(profile, {})[value] = None
        assert {profile: list(each) for profile, each in there.items()} == values, patterns
    assert left == {}


def test_every_figure_has_a_source_that_is_listed_or_is_assumed() -> None:
    listed = set(re.findall(r"^\| ([a-z]) \| \S", PAGE.read_text("utf-8").split("\nSources.")[1], re.MULTILINE))
    used = set()
    for patterns, _, source in rows():
        cited = set(re.findall(r"\(([a-z])\)", source))
        assert cited or source.startswith(("assumed", "no class")), patterns
        used |= cited
    between = PAGE.read_text("utf-8").split("\nSources.")[0].split("\n\n")[-1]
    assert used | set(re.findall(r"\(([a-z])\)", between)) == listed
