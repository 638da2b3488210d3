"""docs/activity.md says what the code does."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

from tally_finance.activity import boundary_file, remark, telling
from tally_finance.activity.remark import Name
from tests.finance.activity import works
from tests.finance.activity.test_site import exchanged
from tests.finance.activity.works import SOLAR

PAGE = (Path(__file__).parents[3] / "docs" / "activity.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_every_remark_stands_on_the_page_as_it_does_in_the_code() -> None:
    told = ast.parse(inspect.getsource(remark.Name)).body[0]
    assert isinstance(told, ast.ClassDef)
    texts = [one.value.value for one in told.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    for name, text in zip(Name, texts[1:], strict=False):
        assert f"| `{name.text}` {name.chinese} | {'yes' if name.blocks else 'no'} | {text} |" in PAGE
    assert PAGE.count("\n| `") == len(Name)


def test_the_sheet_on_the_page_is_one_that_is_read() -> None:
    found = boundary_file.parse(block("toml"), Path("boundary.toml"))
    assert [line.name for line in found.versions[0].lines] == ["grid", "furnace", "coils"]
    assert (len(found.invoices), len(found.comparisons)) == (1, 1)


def test_the_example_is_what_the_command_says() -> None:
    world = exchanged(SOLAR, "energy_import", "kWh")
    verified = works.examined(world, 31)
    failures = [one for one in verified.verdict.findings if one.severity.name == "FAILURE"]
    said = {" ".join(line.split()) for line in telling.as_text(works.report(world, 31), failures)}
    for line in filter(None, block("text").splitlines()):
        if "─" not in line:
            assert " ".join(line.split()) in said, line
