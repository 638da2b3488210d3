"""A report's pages section by section, as JSON has them in one language or in both: made once, and kept in memory as
far as there is place.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from html import escape
from threading import Lock
from typing import Any, Final

from tally_finance.bilingual import Text, within
from tally_finance.export import page
from tally_finance.export.document import Block, Commands, Facts, Note, Plot, Section, Table
from tally_finance.export.svg import svg
from tally_finance.two_scripts import shown
from tally_gateway.pages.words import Language

MOST_HELD_BYTES: Final = 32 << 20
"""Of sections in memory: a report of 200 meters has some MB of them."""

LOOKS: Final = "drawing"
"""The class of drawings in the style sheet that all pages share."""


class Sections:
    """Those of the reports that were asked for last; asked from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, Language | None], dict[str, bytes]] = OrderedDict()
        self._turn = Lock()

    def all(self, said: Mapping[str, Any], digest: str) -> list[dict[str, Any]]:
        """Names and headings, in the order in which a reviewer reads. Raises ExportError."""
        with self._turn:
            held = next((every for (of, _), every in self._held.items() if of == digest), None)
        return list(json.loads((held or self._of(said, digest, None))[""]))

    def one(self, said: Mapping[str, Any], digest: str, name: str, language: Language | None) -> bytes | None:
        """A section with its texts in a language, in both without one; None where there is none of that name.

        Raises ExportError.
        """
        return self._of(said, digest, language).get(name)

    def _of(self, said: Mapping[str, Any], digest: str, language: Language | None) -> dict[str, bytes]:
        key = digest, language
        with self._turn:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        every = page.of(said, digest, "").sections
        found = {one.name: _encoded(told(one, language)) for one in every}
        names = [{"name": one.name, "english": one.words.english, "chinese": one.words.chinese} for one in every]
        found[""] = _encoded(names)
        with self._turn:
            self._held[key] = found
            while len(self._held) > 1 and self._size() > MOST_HELD_BYTES:
                self._held.popitem(last=False)
        return found

    def _size(self) -> int:
        return sum(len(text) for held in self._held.values() for text in held.values())


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def told(section: Section, language: Language | None) -> dict[str, Any]:
    """A section as JSON has it; headings in both languages, texts and drawings in the one, or in both without one."""
    name = section.name
    return {
        "name": name,
        "english": section.words.english,
        "chinese": section.words.chinese,
        "blocks": [_block(block, f"{name}-{number}", language) for number, block in enumerate(section.blocks, 1)],
    }


def _block(block: Block, name: str, language: Language | None) -> dict[str, Any]:
    def say(text: Text) -> str:
        return within(text, language)

    match block:
        case Facts():
            facts = [
                {**_words(one), "text": say(one.text), "kind": one.kind.value, "tone": one.tone.value}
                for one in block.rows
            ]
            return {"block": "facts", "rows": facts}
        case Note():
            return {"block": "note", "text": say(block.text), "tone": block.tone.value}
        case Commands():
            return {"block": "commands", "lines": list(block.lines)}
        case Plot():
            drawn = svg(block, name, lambda text: escape(shown(say(text))), LOOKS)
            return {"block": "plot", **_words(block), "says": say(block.says), "svg": drawn}
        case Table():
            return {
                "block": "table",
                "id": name,
                **_words(block),
                "columns": [{**_words(one), "kind": one.kind.value} for one in block.columns],
                "rows": [
                    {"cells": [say(cell) for cell in one.cells], "tone": one.tone.value, "anchor": one.anchor}
                    for one in block.rows
                ],
                "note": say(block.note),
            }


def _words(one: Any) -> dict[str, str]:
    return {"english": one.words.english, "chinese": one.words.chinese}
