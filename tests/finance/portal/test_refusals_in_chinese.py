"""What a page says of a refusal is in the reader's language, also where the interface behind it refused."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tally_finance.api
import tally_finance.portal
import tally_finance.review_api
import tally_gateway.console
from tally_gateway.http.problems import problem, told_by
from tally_gateway.pages.words import Words


def _details(path: Path) -> list[tuple[int, ast.expr]]:
    """The detail of each ApiError that a module makes."""
    return [
        (node.lineno, node.args[2])
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ApiError"
    ]


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param(Path(tally_finance.portal.__path__[0]), id="portal"),
        pytest.param(Path(tally_gateway.console.__path__[0]), id="console"),
        pytest.param(Path(tally_finance.api.__path__[0]), id="desk"),
        pytest.param(Path(tally_finance.review_api.__path__[0]), id="reviewers"),
    ],
)
def test_no_sentence_of_a_page_is_in_english_alone(folder: Path) -> None:
    """A text in a variable is another's: an error's own."""
    alone = [
        f"{path.relative_to(folder)}:{line}"
        for path in folder.rglob("*.py")
        for line, detail in _details(path)
        if isinstance(detail, ast.Constant | ast.JoinedStr) and path.name not in FOR_PROGRAMS
    ]
    assert alone == []


FOR_PROGRAMS = frozenset({"door.py", "loan_routes.py"})
"""Where a token is missing, or a body is malformed: no page sends either."""


def test_an_interface_tells_pages_both() -> None:
    said = Words("there is no such lot", "该批次不存在")
    answer = problem(404, "not found", said)
    assert told_by(bytes(answer.body)) == ("not found", said)
    assert told_by(bytes(problem(404, "not found", "of others").body)) == ("not found", "of others")
    assert told_by(b"<html>") is None
    assert told_by(b"[]") is None
