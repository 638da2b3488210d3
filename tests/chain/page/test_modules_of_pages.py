"""What pages do with the verifier: short modules, in which nothing that a file says can become markup or a program."""

from __future__ import annotations

import re
from pathlib import Path

from tests.chain.page.verifier_page import PAGES

ALL = sorted((PAGES / "show").rglob("*.js"))
MAX_LINES = 200
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|\bFunction\(|DOMParser|\.style\b|setHTML|srcdoc"
)


def found(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """Which modules hold it."""
    return [(path.name, hit[0]) for path in ALL if (hit := pattern.search(path.read_text("utf-8")))]


def test_they_are_short() -> None:
    assert {path.name: lines for path in ALL if (lines := path.read_text("utf-8").count("\n")) > MAX_LINES} == {}


def test_what_others_say_is_text_and_never_markup() -> None:
    assert found(MARKUP) == []


def test_one_module_asks_the_network() -> None:
    asking = re.compile(r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon")
    assert [name for name, _ in found(asking)] == ["node.js"]
    report = (PAGES / "show" / "result.js").read_text("utf-8") + (PAGES / "show" / "report_main.js").read_text("utf-8")
    assert "node.js" not in report
    assert "anchor_reading.js" not in report


def test_every_word_that_is_written_in_a_page_has_both_languages() -> None:
    for template in ("report.html", "viewer.html"):
        text = (PAGES / template).read_text("utf-8").partition("<body>")[2]
        text = re.sub(
            r"<noscript>.*?</noscript>|<pre>.*?</pre>|<div id=\"verdict\".*?</div>", "", text, flags=re.DOTALL
        )
        bare = re.findall(
            r"<(?:h1|h2|p|li|legend|label|summary|button)(?![^>]*(?:data-zh|lang=))[^>]*>([^<\s][^<]*)", text
        )
        assert [words for words in bare if not words.startswith("Tallystick")] == [], template


def test_the_tests_read_the_modules_that_are_shipped() -> None:
    assert Path("show") / "report_main.js" in {path.relative_to(PAGES) for path in ALL}
