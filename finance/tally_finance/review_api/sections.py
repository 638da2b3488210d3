"""A report's pages section by section, as JSON has them, made once and kept in memory as far as there is place."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from html import escape
from threading import Lock
from typing import Any, Final

from tally_finance.export import page
from tally_finance.export.document import Block, Commands, Facts, Note, Plot, Section, Table
from tally_finance.export.svg import svg
from tally_finance.two_scripts import shown

MOST_HELD_BYTES: Final = 32 << 20
"""Of sections in memory: a report of 200 meters has some MB of them."""

LOOKS: Final = "drawing"
"""The class of drawings in the style sheet that all pages share."""


class Sections:
    """Those of the reports that were asked for last; asked from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, dict[str, bytes]] = OrderedDict()
        self._turn = Lock()

    def all(self, said: Mapping[str, Any], digest: str) -> list[dict[str, Any]]:
        """Names and headings, in the order in which a reviewer reads. Raises ExportError."""
        return list(json.loads(self._of(said, digest)[""]))

    def one(self, said: Mapping[str, Any], digest: str, name: str) -> bytes | None:
        """A section; None where there is none of that name. Raises ExportError."""
        return self._of(said, digest).get(name)

    def _of(self, said: Mapping[str, Any], digest: str) -> dict[str, bytes]:
        with self._turn:
            if digest in self._held:
                self._held.move_to_end(digest)
                return self._held[digest]
        every = page.of(said, digest, "").sections
        found = {one.name: _encoded(told(one)) for one in every}
        names = [{"name": one.name, "english": one.words.english, "chinese": one.words.chinese} for one in every]
        found[""] = _encoded(names)
        with self._turn:
            self._held[digest] = found
            while len(self._held) > 1 and self._size() > MOST_HELD_BYTES:
                self._held.popitem(last=False)
        return found

    def _size(self) -> int:
        return sum(len(text) for held in self._held.values() for text in held.values())


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def told(section: Section) -> dict[str, Any]:
    """A section as JSON has it."""
    name = section.name
    return {
        "name": name,
        "english": section.words.english,
        "chinese": section.words.chinese,
        "blocks": [_block(block, f"{name}-{number}") for number, block in enumerate(section.blocks, 1)],
    }


def _block(block: Block, name: str) -> dict[str, Any]:
    match block:
        case Facts():
            facts = [
                {**_words(one), "text": one.text, "kind": one.kind.value, "tone": one.tone.value} for one in block.rows
            ]
            return {"block": "facts", "rows": facts}
        case Note():
            return {"block": "note", "text": block.text, "tone": block.tone.value}
        case Commands():
            return {"block": "commands", "lines": list(block.lines)}
        case Plot():
            return {"block": "plot", **_words(block), "says": block.says, "svg": svg(block, name, _plain, LOOKS)}
        case Table():
            return {
                "block": "table",
                "id": name,
                **_words(block),
                "columns": [{**_words(one), "kind": one.kind.value} for one in block.columns],
                "rows": [
                    {"cells": list(one.cells), "tone": one.tone.value, "anchor": one.anchor} for one in block.rows
                ],
                "note": block.note,
            }


def _words(one: Any) -> dict[str, str]:
    return {"english": one.words.english, "chinese": one.words.chinese}


def _plain(text: str) -> str:
    return escape(shown(text))
