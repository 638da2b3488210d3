"""What is not there is told in both languages, whatever it is."""

import ast
from pathlib import Path

import tally_finance.api
import tally_finance.review_api
from tally_finance.api import refusing


def _named() -> set[str]:
    """What the routes say is missing."""
    found = set()
    for package in (tally_finance.api, tally_finance.review_api):
        for path in Path(package.__path__[0]).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "missing":
                    (what,) = node.args
                    assert isinstance(what, ast.Constant), f"{path.name}:{node.lineno} names it by no literal"
                    found.add(str(what.value))
    return found


def test_whatever_may_be_missing_has_its_chinese_and_nothing_else_has() -> None:
    assert _named() == refusing._CHINESE.keys()
    for what in refusing._CHINESE:
        error = refusing.missing(what)
        assert error.words is not None
        assert str(error) == error.words.english
        assert error.words.chinese.startswith(refusing._CHINESE[what])
