"""A report as one HTML file (网页报告): no script, nothing fetched, the same bytes again. It is well-formed XML too."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib import resources
from typing import Final

from tally_finance.bilingual import Text, Words
from tally_finance.export import page
from tally_finance.export.document import (
    Block,
    Column,
    Commands,
    Document,
    Fact,
    Facts,
    Kind,
    Note,
    Plot,
    Row,
    Section,
    Table,
    Tone,
)
from tally_finance.export.svg import svg
from tally_finance.export.verified import UNVERIFIED
from tally_finance.report.folder import Kept
from tally_finance.two_scripts import pieces, shown

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Of the page's content: a browser runs and fetches nothing, whatever somebody called a meter."""


_SHORT: Final = 18
"""Letters that a narrow screen does not break."""


def html(kept: Kept, mark: str = UNVERIFIED) -> str:
    """The page. `mark`: `Verified.mark` of who computed the report again; by default it says that nobody did."""
    return of(page.of(kept.said, sha256(kept.data).hexdigest(), mark))


def of(document: Document) -> str:
    """A document as a page."""
    return "".join(_Page(document).whole())


class _Page:
    """What is known of the whole page while its parts are written."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.anchors = {
            row.anchor
            for section in document.sections
            for block in section.blocks
            if isinstance(block, Table)
            for row in block.rows
            if row.anchor
        }
        self.placed: set[str] = set()

    def whole(self) -> Iterator[str]:
        one = self.document
        style = resources.files("tally_finance.export").joinpath("page.css").read_text("utf-8")
        yield '<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><meta charset="utf-8"/>'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>'
        yield f"<title>{_plain(f'{one.words}: {one.of}')}</title>"
        yield f"<style>\n{style}{_printed(one.mark)}</style></head>\n<body>"
        if one.mark:
            yield f'<p class="mark" role="note">{_text(one.mark)}</p>'
        yield f"<header><h1>{_words(one.words)}</h1><p>{_text(one.of)}</p>{_headline(one.headline)}</header>"
        links = "".join(f'<li><a href="#part-{each.name}">{_words(each.words)}</a></li>' for each in one.sections)
        yield f'\n<nav aria-label="Contents 目录"><ul>{links}</ul></nav>\n<main>'
        for section in one.sections:
            yield from self._section(section)
        digest = f"<code>{_plain(one.digest)}</code>"
        yield f"</main>\n<footer><p>{_text('Report digest 报告摘要值')} {digest}</p></footer></body></html>\n"

    def _section(self, section: Section) -> Iterator[str]:
        name = f"part-{section.name}"
        yield f'\n<section id="{name}" aria-labelledby="{name}-title">'
        yield f'<h2 id="{name}-title">{_words(section.words)}</h2>'
        for number, block in enumerate(section.blocks, 1):
            yield self._block(block, f"{name}-{number}")
        yield "</section>"

    def _block(self, block: Block, name: str) -> str:
        match block:
            case Facts():
                rows = "".join(
                    f"<div{_class(one.tone)}><dt>{_words(one.words)}</dt><dd>{_cell(one.text, one.kind)}</dd></div>"
                    for one in block.rows
                )
                return f"\n<dl>{rows}</dl>"
            case Note():
                return f'\n<p class="note {block.tone.value}">{_text(block.text)}</p>'
            case Commands():
                return f"\n<pre><code>{_plain_lines(block.lines)}</code></pre>"
            case Plot():
                return f"\n<figure>{svg(block, name, _plain)}<figcaption>{_words(block.words)}</figcaption></figure>"
            case Table():
                return self._table(block, name)

    def _table(self, table: Table, name: str) -> str:
        heads = "".join(f'<th scope="col"{_aligned(one)}>{_words(one.words)}</th>' for one in table.columns)
        rows = "".join(self._row(row, table.columns) for row in table.rows)
        note = f'<p class="below">{_text(table.note)}</p>' if table.note else ""
        return (
            f'\n<div class="table" role="region" tabindex="0" aria-labelledby="{name}">'
            f'<table><caption id="{name}">{_words(table.words)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
        )

    def _row(self, row: Row, columns: tuple[Column, ...]) -> str:
        anchor = ""
        if row.anchor and row.anchor not in self.placed:
            self.placed.add(row.anchor)
            anchor = f' id="{_plain(row.anchor)}"'
        cells = "".join(
            f"<td{_aligned(column, text)}>{self._cell(text, column.kind)}</td>"
            for text, column in zip(row.cells, columns, strict=True)
        )
        return f"\n<tr{anchor}{_class(row.tone)}>{cells}</tr>"

    def _cell(self, text: Text, kind: Kind) -> str:
        return self._links(str(text)) if kind is Kind.LINKS else _cell(text, kind)

    def _links(self, text: str) -> str:
        """Ids; each that has a row on this page leads there."""
        return " ".join(
            f'<a href="#{_plain(one)}">{_plain(one)}</a>' if one in self.anchors else f"<code>{_plain(one)}</code>"
            for one in text.split(" ")
        )


def _printed(mark: str) -> str:
    """A rule that prints the mark on top of every sheet. Whatever is no plain letter is escaped as style sheets do."""
    if not mark:
        return ""
    letters = "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in shown(mark))
    return f'@page {{ @top-center {{ content: "{letters}"; font: 600 9pt sans-serif; color: #a11c1c; }} }}\n'


def _headline(rows: tuple[Fact, ...]) -> str:
    each = (
        f"<div{_class(one.tone)}><dt>{_words(one.words)}</dt><dd>{_cell(one.text, one.kind)}</dd></div>" for one in rows
    )
    return f'<dl class="headline">{"".join(each)}</dl>'


def _class(tone: Tone) -> str:
    return "" if tone is Tone.PLAIN else f' class="{tone.value}"'


def _aligned(column: Column, text: Text = "") -> str:
    """A number stands to the right; few letters stay on one line."""
    if column.kind is Kind.NUMBER:
        return ' class="number"'
    return ' class="short"' if 0 < len(str(text)) <= _SHORT else ""


def _cell(text: Text, kind: Kind) -> str:
    return f"<code>{_text(text)}</code>" if kind is Kind.CODE and text else _text(text)


def _words(words: Words) -> str:
    chinese = f'<span lang="zh-Hans">{_plain(words.chinese)}</span>' if words.chinese else ""
    return " ".join(one for one in (_text(words.english), chinese) if one)


def _text(text: Text) -> str:
    """A text as markup: nothing in it is one, and its Chinese is said to be Chinese."""
    return "".join(
        f'<span lang="zh-Hans">{escape(piece)}</span>' if chinese else escape(piece)
        for piece, chinese in pieces(shown(str(text)))
    )


def _plain(text: Text) -> str:
    """A text as markup where there can be no element: in attributes and titles."""
    return escape(shown(str(text)))


def _plain_lines(lines: tuple[str, ...]) -> str:
    return "\n".join(_plain(one) for one in lines)
