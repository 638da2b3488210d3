"""docs/reports-api.md has every route with its roles, and the keys of a desk's sheet; commands have the roles."""

from __future__ import annotations

import re
from pathlib import Path

from tally_finance.cli_review_serve import ROLES
from tally_finance.review_api.exports import EXPORTS
from tally_finance.review_api.rights import REVIEW_ROLES, RIGHTS
from tally_finance.review_api.sheet_file import __doc__ as sheet

PAGE = (Path(__file__).parents[3] / "docs" / "reports-api.md").read_text("utf-8")


def test_every_route_stands_with_its_roles() -> None:
    found = re.findall(r"^\| `(GET|POST) (/\S+)` \| ([a-z, ]+) \|( yes | )\|", PAGE, re.MULTILINE)
    read = [(method, path, tuple(roles.split(", ")), writes == " yes ") for method, path, roles, writes in found]
    assert read == [
        (method, path, tuple(str(role) for role in REVIEW_ROLES if role in right.roles), right.writes)
        for (method, path), right in RIGHTS.items()
    ]


def test_the_commands_have_the_roles_of_the_table() -> None:
    assert tuple(map(str, REVIEW_ROLES)) == ROLES


def test_the_sheet_on_the_page_has_the_keys_of_the_sheet() -> None:
    block = PAGE.partition("```toml")[2].partition("```")[0]
    keys = re.compile(r"^(\w+) = ", re.MULTILINE)
    assert sheet is not None
    assert sorted(set(keys.findall(block))) == sorted(set(keys.findall(sheet)))


def test_every_kind_of_export_stands_on_the_page() -> None:
    for kind in EXPORTS:
        assert f"`{kind}`" in PAGE
