"""The pages say what the code does, and lead where they say."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from tally_edge.config_table import Table
from tests.docs import pages

ROOT = Path(__file__).parents[2]
MARKDOWN = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(
        part.startswith(".") or part in {"build", "dist", "node_modules"} for part in path.relative_to(ROOT).parts
    )
)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
TABLE_METHODS = {name for name in vars(Table) if not name.startswith("_")} - {"fault", "done", "is_empty"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def prose(path: Path) -> str:
    """The page without its blocks of code."""
    return FENCE.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """What a link can point to inside the page, as forges make it of headings."""
    titles = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def words(text: str) -> str:
    """Without the line breaks that Python versions set differently."""
    return " ".join(text.split())


@pytest.mark.parametrize("page", pages.PAGES)
def test_a_page_that_follows_from_the_code_is_up_to_date(page: str) -> None:
    assert words((pages.DOCS / page).read_text("utf-8")) == words(pages.PAGES[page]()), "run: make pages"


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_one_title_and_its_links_lead_somewhere(path: Path) -> None:
    assert len(re.findall(r"^# ", prose(path), re.MULTILINE)) == 1
    for target in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(found), target


def test_every_command_and_every_option_has_its_help() -> None:
    for name, parser in pages.parsers():
        assert callable(parser.get_default("run")), name
        assert parser.description, name
        for action in parser._actions:
            assert action.help, f"{name} {'/'.join(action.option_strings) or action.dest}"


def test_every_command_is_told_of_outside_the_list_of_commands() -> None:
    told = "\n".join(path.read_text("utf-8") for path in MARKDOWN if path.name != "commands.md")
    for word in {name.split()[1] for name, _ in pages.parsers() if " " in name}:
        assert f"tallystick {word}" in told, word


def test_every_setting_of_a_gateway_stands_on_its_page() -> None:
    names = [name for name, _ in pages.sections()]
    assert names == ["gateway", "log", "listener", "broker", "http", "anchor", "aggregator", "heads", "projection"]
    for _, section in pages.sections():
        assert all(field.metadata["text"] for field in dataclasses.fields(section))


def asked_of_tables() -> set[str]:
    """The keys that the agent's settings and drivers ask their tables for."""
    asked = {"from", "until"}
    edge = ROOT / "edge" / "tally_edge"
    for path in [edge / "agent" / "config.py", *(edge / "drivers").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) > 0:
                first = node.args[0]
                if node.func.attr in TABLE_METHODS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    asked.add(first.value)
    return asked


def test_every_setting_of_the_agent_stands_on_its_page() -> None:
    told = (ROOT / "docs" / "settings-agent.md").read_text("utf-8")
    asked = asked_of_tables() - {"point", "register", "meter", "gateway", "outbox", "site", "device", "run"}
    assert len(asked) > 50
    assert [name for name in sorted(asked) if f"`{name}`" not in told] == []
