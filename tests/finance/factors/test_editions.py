"""Factors ship in editions: one adds tables, and what an older one had is never changed or taken away."""

from __future__ import annotations

from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.errors import FactorError
from tally_finance.factors import editions, sheet, shipping
from tally_finance.factors.editions import Edition
from tally_finance.factors.registry import Registry

FOLDER = resources.files("tally_finance.factors") / "shipped"
FILE = Path("editions.toml")
TABLES = {name: (FOLDER / f"{name}.toml").read_text("utf-8") for name in ("cn_electricity_2022", "cn_electricity_2023")}


def listed(*rows: tuple[str, tuple[str, ...]], of: dict[str, str] = TABLES) -> str:
    """A list of editions with the digests that their tables have."""
    text, factors = "", []
    for day, names in rows:
        factors += [one for name in names for one in sheet.parse(of[name], FILE)]
        digest = Registry.of(factors).digest.hex()
        text += f'[[edition]]\nday = {day}\nregistry = "{digest}"\ntables = {list(names)}\n'.replace("'", '"')
    return text


FIRST, SECOND = ("2025-01-01", ("cn_electricity_2022",)), ("2026-01-01", ("cn_electricity_2023",))


def test_an_edition_has_what_those_before_it_have() -> None:
    old, new = editions.parse(listed(FIRST, SECOND), TABLES, FILE)
    assert (old.day, new.day) == (date(2025, 1, 1), date(2026, 1, 1))
    assert {one.data_year for one in old.registry} == {2022}
    assert old.registry.factors.items() < new.registry.factors.items()


def test_what_ships_is_the_newest_edition_and_every_table_is_in_one() -> None:
    every: tuple[Edition, ...] = shipping.editions()
    assert shipping.shipped() == every[-1].registry
    names = {entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".toml")} - {"editions.toml"}
    assert len(names) > 10
    assert sum(len(sheet.parse((FOLDER / name).read_text("utf-8"), FILE)) for name in names) == len(shipping.shipped())


def test_a_table_that_was_edited_after_it_shipped_is_refused() -> None:
    edited = {**TABLES, "cn_electricity_2022": TABLES["cn_electricity_2022"].replace("0.5366", "0.5365", 1)}
    assert edited != TABLES
    with pytest.raises(FactorError, match=r"the factors of 2025-01-01 are .*: one was edited"):
        editions.parse(listed(FIRST, SECOND), edited, FILE)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (listed(FIRST), "no edition has cn_electricity_2023"),
        (listed(FIRST, SECOND).replace("2026-01-01", "2024-01-01"), "is not after"),
        (listed(FIRST, SECOND).replace('"cn_electricity_2023"', '"cn_electricity_2022"'), "or stands here twice"),
        ("", "edition: is missing"),
        ("[[edition", "editions.toml"),
    ],
)
def test_a_list_that_leaves_something_open_is_refused(text: str, error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        editions.parse(text, TABLES, FILE)
