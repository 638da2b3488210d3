"""docs/receipts-api.md has every route with its roles, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tally_finance.api.rights import DESK_ROLES, RIGHTS
from tally_finance.cli_token import ROLES
from tally_finance.desk.sheet_file import __doc__ as sheet

PAGE = (Path(__file__).parents[3] / "docs" / "receipts-api.md").read_text("utf-8")


def test_every_route_stands_with_its_roles() -> None:
    found = re.findall(r"^\| `(GET|POST) (/\S+)` \| ([a-z, ]+) \|( yes | )\|$", PAGE, re.MULTILINE)
    written = [
        (method, path, tuple(role for role in DESK_ROLES if role in right.roles), right.writes)
        for (method, path), right in RIGHTS.items()
    ]
    read = [(method, path, tuple(roles.split(", ")), writes == " yes ") for method, path, roles, writes in found]
    assert read == [(method, path, tuple(map(str, roles)), writes) for method, path, roles, writes in written]


def test_the_commands_have_the_roles_of_the_table() -> None:
    assert tuple(map(str, DESK_ROLES)) == ROLES


def test_the_sheet_on_the_page_has_the_keys_of_the_sheet() -> None:
    block = PAGE.partition("```toml")[2].partition("```")[0]
    keys = re.compile(r"^(\w+) = ", re.MULTILINE)
    assert sheet is not None
    assert sorted(set(keys.findall(block))) == sorted(set(keys.findall(sheet)))
