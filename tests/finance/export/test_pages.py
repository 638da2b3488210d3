"""A report as a page and as pages to print: all of it in both, the same bytes again, nothing runs or is fetched."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tally_finance.errors import ExportError
from tally_finance.export import html, pdf
from tally_finance.export.document import Document, Facts, Row, Table, Tone
from tally_finance.export.words import number
from tests.finance.export import told

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs the Debian package poppler-utils")
MARK = "not computed again from the evidence 未经复算"
ENGLISH = partial(re.compile(r" \([⺀-鿿]+\)$").sub, "")
"""A name without the Chinese that a report has beside it, which a page has in its own place."""
EVIL = '<script>alert(1)</script> & "it\'s" ]]> 甲\u202e厂\x00'


class Seen(HTMLParser):
    """What a browser would see: the text, and every element with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        """Without blanks: where a line breaks is no matter."""
        return solid("".join(self.pieces))


def joined(row: Row) -> tuple[str, ...]:
    """A row's cells in both languages."""
    return tuple(map(str, row.cells))


def solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def printed(document: Document, folder: Path, *options: str) -> str:
    """The text of the PDF as a reader of PDF finds it."""
    (folder / "page.pdf").write_bytes(pdf.of(document))
    done = subprocess.run(["pdftotext", *options, "page.pdf", "-"], cwd=folder, capture_output=True, check=True)
    assert not done.stderr
    return done.stdout.decode()


def facts(said: dict[str, Any]) -> Iterator[str]:
    """What a reader has to find on a page, whatever else is there."""
    yield from (said["entity"], said["site"], said["method"], said["trace"], said["registry"], told.DIGEST)
    for name, one in said["figures"].items():
        yield from (name, *(number(one[key]) for key in ("kg", "u95_kg", "conservative_kg")))
        yield from (part for pair in one["drivers"] for part in pair)
        yield from one["unstated"]
    for one in said["lines"]:
        yield from (one["id"], one["name"], number(one["kg"]), number(one["gas_kg"]))
    for one in said["products"]:
        yield from (one["id"], one["name"], number(one["amount"]), number(one["kg_per_unit"]), one["shared_by"])
    for one in said["factors"]:
        yield from (one["id"], one["value"], ENGLISH(one["rule"]), one["digest"], one["licence"])
        yield from (text for source in one["sources"] for text in (source["title"], source["locator"]))
        yield from (text for other in one["alternatives"] for text in (other["value"], other["why_not"]))
    for one in said["remarks"]:
        yield from (one["name"], one["touches"], one["text"])
    for one in said["integrity"]["findings"]:
        yield from (one["code"], one["name"], one["touches"], *one["text"].split(": "))
    for one in said["checks"]:
        yield from (one["id"], ENGLISH(one["name"]), one["text"])
    for one in said["meters"]:
        yield from (one["id"], one["name"], one["point"], one["serial"], number(one["total"]))
    for one in said["media"]:
        yield from (number(month[key]) for month in one["months"] for key in ("bought", "made", "fed_in", "used"))
    for one in said["rounded"]:
        yield from (number(one[key]) for key in ("exact_t", "rounded_t", "lost_percent"))
    yield from map(ENGLISH, said["marks"])
    yield from (*said["evidence"], *said["sheets"].values(), *(one["root"] for one in said["roots"]))
    yield from (text for one in said["instruments"]["refused"] for text in (one["number"], one["why"]))


@pytest.mark.parametrize("gaps", [False, True])
def test_everything_stands_on_the_page(gaps: bool) -> None:
    said = told.said(gaps=gaps)
    text = Seen(html.of(told.document(said))).text
    assert [one for one in facts(said) if solid(one) not in text] == []


@needs_pdftotext
@pytest.mark.parametrize("gaps", [False, True])
def test_everything_stands_on_paper(gaps: bool, tmp_path: Path) -> None:
    """`-raw` gives cell after cell as they were written, so a text that was wrapped is whole again without blanks."""
    said = told.said(gaps=gaps)
    document = told.document(said)
    every = [solid(page) for page in printed(document, tmp_path, "-raw").split("\f")[:-1]]
    text = "".join(every)
    assert [one for one in facts(said) if solid(one) not in text] == []
    assert all(told.DIGEST in page and f"{at}/{len(every)}" in page for at, page in enumerate(every, 1))


FURTHER = (
    "output-1", "Coil store, in", "310.5 kg", "58,990 kg", "weighed after the head", "0.05377", "passed-1", "Tenant 1",
    "its own firm", "4,720 kWh", "17 kWh", "coal-1", "145.022", "0.145022 tce", "CN-grid:华东", "23.809", "G-1",
    "of another grid", "GEC-3", "taken", "34" * 32, "384",
)  # fmt: skip


@needs_pdftotext
def test_what_a_report_may_have_besides_stands_in_both(tmp_path: Path) -> None:
    document = told.document(told.further(told.said()))
    page, paper = Seen(html.of(document)).text, solid(printed(document, tmp_path, "-raw"))
    assert [one for one in FURTHER if solid(one) not in page] == []
    assert [one for one in FURTHER if solid(one) not in paper] == []
    assert "TENANT" not in Seen(html.of(told.document(told.said()))).text.upper()


def test_what_speaks_against_it_is_told_of_that_too() -> None:
    (table,) = (one for one in told.document(told.further(told.said())).sections[2].blocks if isinstance(one, Table))
    rows = {joined(row)[1:]: joined(row)[0] for row in table.rows}
    assert rows["remark 备注 late", "Coil store", "weighed after the head"] == "against 不利"
    assert rows["refused by the hour 逐时不予计入", "G-2", "of another grid"] == "look 关注"
    assert rows["claim on the chain 链上声明", "GEC-3", "taken"] == "look 关注"


def test_what_the_policy_allows_is_told_at_the_top_and_before_what_else_is_to_look_at() -> None:
    """A green "holds" above a year that a simulator made would be what a reviewer remembers of the page."""
    said = told.said()
    finding = {"severity": "warning", "touches": "device 1", "text": "the evidence is simulated"}
    said["integrity"]["findings"].append({**finding, "code": "601", "name": "SIMULATED"})
    document = told.document(said)
    assert "simulated 模拟数据" in str(document.headline[0].text)
    assert document.headline[0].tone is Tone.DOUBT
    (first,) = (one for one in document.sections[0].blocks if isinstance(one, Facts))
    assert "simulated 模拟数据" in str(first.rows[0].text)
    assert first.rows[0].tone is Tone.DOUBT
    (table,) = (one for one in document.sections[2].blocks if isinstance(one, Table))
    looks = [joined(row)[1] for row in table.rows if row.tone is Tone.DOUBT]
    assert "601 SIMULATED" in looks[0]
    said["integrity"]["holds"] = False
    assert told.document(said).headline[0].tone is Tone.BAD
    assert "not proven 未获证实" in str(told.document(said).headline[1].text)


def test_a_total_that_is_not_all_of_it_says_so_at_the_top() -> None:
    said = told.said(gaps=True)
    said["integrity"]["holds"] = True
    assert [one["name"] for one in said["remarks"] if one["blocks"]] == ["missing"]
    assert all("incomplete 不完整" in str(one.text) for one in told.document(said).headline[1:-1])


def test_a_quotient_is_rounded_for_people_and_says_so() -> None:
    assert number("61705491288359967763/228994500000000") == "≈ 269,462.766"
    assert number("-1/3") == "≈ -0.333"
    assert number("a/b") == "a/b"


def test_a_log_with_a_head_for_each_day_says_the_first_and_the_last() -> None:
    said = told.said()
    said["integrity"]["logs"][0]["vouched_by"] = [f"public head of size {size}" for size in range(1, 182)]
    text = Seen(html.of(told.document(said))).text
    first, last = (f"public head of size {size} 公有链上规模 {size} 的树头" for size in (1, 181))
    assert solid(f"{first}; 179 more 另有 179 个; {last}") in text


def test_a_certificate_that_is_not_shown_or_ended_is_told_first() -> None:
    said = told.said()
    said["meters"][0]["calibrated_until"] = str(int(said["to"]) - 1)
    for one in said["meters"][1:3]:
        one["calibrated_until"] = said["to"]
    (table,) = (one for one in told.document(said).sections[2].blocks if isinstance(one, Table))
    rows = map(joined, table.rows)
    found = {says: of for _, what, of, says in rows if what == "certificate of a meter 检定证书"}
    assert found == {
        "not shown: twice the limits of error 未提供，按两倍误差限": "grid, solar, water",
        "ended within the period 期内到期": "coils",
    }


def test_the_same_bytes_again() -> None:
    document = told.document(told.said(gaps=True), MARK)
    assert html.of(document) == html.of(told.document(told.said(gaps=True), MARK))
    assert pdf.of(document) == pdf.of(told.document(told.said(gaps=True), MARK))


def test_what_is_weak_stands_before_what_is_made_of_it() -> None:
    """The evidence that does not hold, a remark that blocks, a check that does not hold; heaviest first."""
    document = told.document(told.said(gaps=True))
    assert [one.name for one in document.sections[:3]] == ["head", "figures", "weak"]
    (table,) = (block for block in document.sections[2].blocks if isinstance(block, Table))
    words = [joined(row)[0] for row in table.rows]
    assert words == sorted(words, key=["against 不利", "look 关注", "told 说明"].index)
    said = " | ".join(" ".join(joined(row)) for row in table.rows)
    for what in ("The evidence does not hold", "missing 缺失且无上限", "GEC-2 was cancelled for Works 2", "37.915 %"):
        assert what in said


def test_it_is_well_formed_and_says_what_it_is() -> None:
    page = html.of(told.document(told.said(gaps=True), MARK))
    root = ElementTree.fromstring(page.partition("\n")[2])
    name = "{http://www.w3.org/1999/xhtml}"
    assert root.get("lang") == "en"
    assert len(root.findall(f".//{name}h1")) == 1
    plots = root.findall(f".//{name}svg")
    assert plots
    for one in plots:
        ids = {child.get("id") for child in one if child.tag in (f"{name}title", f"{name}desc")}
        assert one.get("role") == "img"
        assert set(str(one.get("aria-labelledby")).split()) == ids
    for table in root.findall(f".//{name}table"):
        assert table.find(f"{name}caption") is not None
        assert all(head.get("scope") == "col" for head in table.findall(f".//{name}th"))
    assert any("碳足迹报告" in "".join(one.itertext()) for one in root.findall(f".//{name}span[@lang='zh-Hans']"))


def test_every_link_leads_somewhere_once() -> None:
    elements = Seen(html.of(told.document(told.said(gaps=True)))).elements
    ids = [values["id"] for _, values in elements if "id" in values]
    assert len(ids) == len(set(ids))
    links = {str(values["href"]) for tag, values in elements if tag == "a"}
    assert {"#line-1", "#load-4", "#factor-1", "#total-location", "#part-weak"} <= links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = html.of(told.document(told.said(gaps=True)))
    for tag, values in Seen(page).elements:
        assert tag not in {"script", "link", "iframe", "img", "object", "embed", "form", "base", "image", "use"}
        assert not values.keys() & {"src", "srcset", "action", "style"}
        assert str(values.get("href", "#")).startswith("#")
        assert not [key for key in values if key.startswith("on")]
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def evil() -> dict[str, Any]:
    """Every name that a party chooses is markup."""
    said = told.said(gaps=True)
    said["entity"] = said["site"] = EVIL
    for one in (*said["meters"], *said["products"], *said["lines"], *said["checks"], *said["rounded"], *said["media"]):
        one["name"] = EVIL
    for one in said["meters"]:
        one["serial"] = one["medium"] = EVIL
    for one in (*said["remarks"], *said["integrity"]["findings"]):
        one["text"] = one["touches"] = EVIL
    said["marks"].append(EVIL)
    said["figures"]["total-location"]["drivers"] = [[EVIL, "100.0"]]
    return said


def test_markup_in_a_name_is_text() -> None:
    page = html.of(told.document(evil(), EVIL))
    seen = Seen(page)
    assert "script" not in {tag for tag, _ in seen.elements}
    assert '<script>alert(1)</script>&"it\'s"]]>甲\ufffd厂\ufffd' in seen.text
    assert "\u202e" not in page
    ElementTree.fromstring(page.partition("\n")[2])


@needs_pdftotext
def test_markup_in_a_name_is_text_on_paper(tmp_path: Path) -> None:
    assert "<script>alert(1)</script>" in solid(printed(told.document(evil(), EVIL), tmp_path))


@needs_pdftotext
def test_what_nobody_computed_again_says_so_on_every_page(tmp_path: Path) -> None:
    text = printed(told.document(told.said(), MARK), tmp_path)
    assert all(MARK in page for page in text.split("\f")[:-1])
    assert MARK not in printed(told.document(told.said()), tmp_path)
    page = html.of(told.document(told.said(), MARK))
    assert solid(MARK) in Seen(page).text
    assert '@top-center { content: "not' in page
    assert "@top-center" not in html.of(told.document(told.said()))


def bare(said: dict[str, Any]) -> dict[str, Any]:
    """A report of nothing but a head."""
    names = ("lines", "products", "factors", "media", "meters", "versions", "rounded", "checks", "remarks", "marks")
    said |= {name: [] for name in names}
    said["figures"], said["instruments"], said["evidence"], said["roots"] = {}, {}, [], []
    said["integrity"] |= {"findings": [], "logs": []}
    return said


def long(said: dict[str, Any]) -> dict[str, Any]:
    """Names of a thousand letters without a blank, and figures of many digits."""
    for one in (*said["meters"], *said["lines"], *said["products"]):
        one["name"] = "W" * 1000
    said["versions"][0]["meters"] = ["W" * 100] * 200
    said["figures"]["total-location"]["kg"] = "9" * 60
    said["entity"] = "厂" * 400
    return said


def crowded(said: dict[str, Any]) -> dict[str, Any]:
    """Two hundred meters."""
    for at in range(7, 201):
        said["meters"].append({**said["meters"][0], "id": f"load-{at}", "name": f"meter {at}"})
    return said


def undriven(said: dict[str, Any]) -> dict[str, Any]:
    """No source of uncertainty, a result of nothing, a line that takes away."""
    for one in said["figures"].values():
        one["drivers"], one["kg"], one["u95_percent"] = [], "0", ""
    said["lines"][0]["kg"] = "-12.5"
    return said


@needs_pdftotext
@pytest.mark.parametrize("change", [bare, long, crowded, undriven])
def test_whatever_a_report_holds_can_be_shown(change: Any, tmp_path: Path) -> None:
    said = change(told.said(gaps=True))
    document = told.document(said)
    page = html.of(document)
    ElementTree.fromstring(page.partition("\n")[2])
    text = solid(printed(document, tmp_path))
    for one in said["meters"]:
        assert one["id"] in text
        assert f'id="{one["id"]}"' in page
    if change is long:
        assert text.count("W") >= 200 * 100 + 1000


def test_of_a_list_that_is_too_long_a_page_says_how_much_it_leaves_out() -> None:
    said = told.said()
    said["instruments"]["refused"] = [{"number": f"GEC-{at}", "why": "is too old"} for at in range(3_000)]
    text = Seen(html.of(told.document(said))).text
    assert solid("GEC-19 and 2,980 more") in text
    assert solid("2,500 more stand in report.json") in text


def test_the_outline_has_every_section_and_links_lead_to_their_pages() -> None:
    document = told.document(told.said(gaps=True))
    data = pdf.of(document)
    assert data.count(b"/Title") == len(document.sections) + 1  # and the file's own
    assert b"/Outlines" in data
    assert (
        len(set(re.findall(rb"/Dest \[ (\d+) 0 R /XYZ", data))) > 3
    )  # figures, factors, lines, meters, checks: each on a page of its own


ODD = "\U0001f3ed Ω→≥ ﷽ é \ud83c \"quoted\" 'x' <b>"


@needs_pdftotext
def test_letters_that_no_font_has_break_nothing(tmp_path: Path) -> None:
    said = told.said()
    said["lines"][0]["name"] = said["lines"][0]["id"] = said["factors"][0]["id"] = ODD
    document = told.document(said)
    ElementTree.fromstring(html.of(document).partition("\n")[2])
    assert "Ω" in printed(document, tmp_path)


def without(said: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """A report that misses something."""
    part: Any = said
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return said


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("integrity",), "head"),
        (("figures", "total-location", "kg"), "figures"),
        (("media", 0, "percent", "measured"), "completeness"),
        (("factors", 0, "sources"), "factors"),
        (("meters", 0, "serial"), "meters"),
    ],
)
def test_what_is_no_report_is_refused_with_the_part_that_is_missing(path: tuple[str | int, ...], part: str) -> None:
    with pytest.raises(ExportError, match=f"{part}: KeyError '{path[-1]}'"):
        told.document(without(told.said(gaps=True), *path))


def test_numbers_that_are_none_are_refused() -> None:
    said = told.said()
    said["media"][0]["months"][0]["bought"] = "many"
    with pytest.raises(ExportError, match="months: ValueError"):
        told.document(said)
