"""The page's colours can be read in a light room and in a dark one: WCAG 2.2, 1.4.3 and 1.4.11."""

from __future__ import annotations

import re
from importlib import resources

import pytest

STYLE = resources.files("tally_finance.export").joinpath("page.css").read_text("utf-8")
LIGHT, DARK, PRINT = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)
TEXT = [
    *((ink, back) for ink in ("ink", "soft", "link") for back in ("paper", "head", "card")),
    *((tone, f"{tone}-back") for tone in ("good", "doubt", "bad")),
    *((ink, f"{tone}-back") for ink in ("ink", "link") for tone in ("good", "doubt", "bad")),
    *((tone, "paper") for tone in ("good", "doubt", "bad")),
]
DRAWN = [(name, "paper") for name in ("first", "second", "third", "fourth", "wrong", "soft")]


def light_of(colour: str) -> float:
    """Relative luminance."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((light_of(one), light_of(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_recommendation() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_texts_and_plots_can_be_read(colours: dict[str, str]) -> None:
    assert [pair for pair in TEXT if contrast(*(colours[one] for one in pair)) < 4.5] == []
    assert [pair for pair in DRAWN if contrast(*(colours[one] for one in pair)) < 3] == []
