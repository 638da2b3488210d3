"""The portal's JavaScript: what a module imports is served, and exports what it is asked for."""

from __future__ import annotations

import posixpath
import re
from importlib import resources

import pytest

from tally_finance import portal
from tally_gateway.pages.assembly import SHARED
from tally_gateway.pages.static_files import StaticFiles

_ROOMS = tuple(
    f"{portal.__name__}.{room.name}"
    for room in resources.files(portal).iterdir()
    if room.is_dir() and room.joinpath("static").is_dir()
)
_FILES = StaticFiles([*SHARED, *((room, "static", "") for room in _ROOMS)])
_IMPORT = re.compile(r'^import \{([^}]+)\} from "([^"]+)";$', re.MULTILINE)


def _modules() -> list[str]:
    return sorted(
        f"{below.name}/{one.name}"
        for room in _ROOMS
        for below in resources.files(room).joinpath("static").iterdir()
        if below.is_dir()
        for one in below.iterdir()
        if one.name.endswith(".js")
    )


def _text(name: str) -> str:
    answer = _FILES.answer(name, None)
    assert answer.status_code == 200, name
    return bytes(answer.body).decode()


@pytest.mark.parametrize("name", _modules())
def test_what_is_imported_is_there(name: str) -> None:
    text = _text(name)
    found = _IMPORT.findall(text)
    assert len(found) == len(re.findall(r"^import\b", text, re.MULTILINE))
    for names, target in found:
        other = _text(posixpath.normpath(posixpath.join(posixpath.dirname(name), target)))
        exported = set(re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", other, re.MULTILINE))
        assert {one.strip() for one in names.split(",")} <= exported
