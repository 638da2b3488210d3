"""Every page of a report: in both languages, without script or style within, open to whom it is and to nobody else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from markupsafe import Markup

from tally_finance.portal.reviewer import pictures
from tally_gateway.pages.words import Language
from tests.finance.portal.reviewer.conftest import Pages
from tests.finance.review_api.reviews import OWN

OF_REPORT = (
    "", "/loads", "/loads/load-1", "/boundary", "/checks", "/sections/factors", "/sections/meters", "/ledger",
    "/sample", "/sample?seed=" + "ab" * 16, "/score", "/reduction", "/checklist", "/opinions", "/conclude",
    "/conclude?kind=verification", "/exports", "/version",
)  # fmt: skip
OTHERS = ("/reviewer", "/reviewer/reports", "/reviewer/versions", "/reviewer/portfolio")


class _Read(HTMLParser):
    """What of a page the policy of its content forbids, its headings, and labels that lead nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.headings = 0
        self.ids: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.headings += tag == "h1"
        self.ids += [one for name, one in attrs if name == "id" and one]
        self.labels += [one for name, one in attrs if name == "for" and one]
        if tag == "style" or (tag == "script" and "src" not in found):
            self.forbidden.append(tag)
        self.forbidden += [name for name in found if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_stands_in_both_languages(pages: Pages, language: str) -> None:
    for path in (*(pages.base + one for one in OF_REPORT), *OTHERS):
        answer = pages.get(path, language=language)
        assert answer.status_code == 200, (path, answer.text[:2_000])
        read = _Read()
        read.feed(answer.text)
        assert (read.forbidden, read.headings) == ([], 1), path
        assert len(set(read.ids)) == len(read.ids), path
        assert set(read.labels) <= set(read.ids), path
        assert f'lang="{language}"' in answer.text
        assert not re.search(r">\s*None\s*<", answer.text), path


def test_what_follows_from_a_report_is_drawn_once_in_a_language_for_all_who_may_read_it(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Language] = []
    plan = pictures.plan

    def counted(loads: Any, checks: Any, language: Language) -> Markup:
        drawn.append(language)
        return plan(loads, checks, language)

    monkeypatch.setattr(pictures, "plan", counted)
    path = f"{pages.base}/boundary"
    shown = [pages.get(path, who).text for who in ("li", "zhao", "li")]
    assert drawn in ([], [Language.ENGLISH])  # another test may have looked before
    assert "/checklist" in shown[0]  # what somebody may do stands around it
    assert "/checklist" not in shown[1]
    assert (
        shown[0].partition("<figure")[2].partition("</main>")[0]
        == shown[1].partition("<figure")[2].partition("</main>")[0]
    )
    for _ in range(2):
        assert "核算边界" in pages.get(path, language="zh-CN").text
    assert drawn.count(Language.CHINESE) <= 1
    assert pages.get(path, "stranger").status_code == 404


def test_a_section_that_is_none_and_a_load_that_is_none(pages: Pages) -> None:
    for path in ("/sections/nothing", "/loads/load-99", "/loads/load-99/curve"):
        assert pages.get(pages.base + path).status_code == 404


def test_a_stranger_finds_no_report(pages: Pages) -> None:
    for path in (*OF_REPORT, "/loads/load-1/curve", "/exports/html", "/differences?against=" + pages.digest):
        assert pages.get(pages.base + path, "stranger").status_code == 404, path
    assert pages.get(f"/reviewer/arrivals/{pages.digest}", "stranger").status_code == 404
    assert pages.post(f"{pages.base}/ledger", "stranger").status_code == 404


def test_who_lends_reads_and_does_not_judge(pages: Pages) -> None:
    assert pages.get("/reviewer", "zhao").headers["location"] == "/reviewer/reports"
    for path in ("", "/loads", "/checks", "/score", "/opinions", "/exports"):
        assert pages.get(pages.base + path, "zhao").status_code == 200
    for path in ("/ledger", "/sample", "/checklist", "/conclude", "/version"):
        assert pages.get(pages.base + path, "zhao").status_code == 403
    assert "/conclude" not in pages.get(pages.base, "zhao").text


def test_who_may_only_look_is_offered_nothing_to_send(pages: Pages) -> None:
    assert 'action="/reviewer/send"' not in pages.get("/reviewer", "reader").text
    sent = pages.post("/reviewer/send", "reader", files={"archive": ("report.tar", b"x")})
    assert sent.status_code == 403


def test_who_has_another_role_comes_in_nowhere(pages: Pages) -> None:
    assert pages.get("/reviewer", "keeper").status_code == 403
    assert pages.get(pages.base, "keeper").status_code == 403


def test_figures_lead_to_where_they_open(pages: Pages) -> None:
    text = pages.get(pages.base).text
    for name in ("total-location", "scope-2-market", "product-1"):
        assert f'href="/open/report/{pages.digest}/{name}"' in text
    assert "conservative" in text.lower()


def test_a_chart_is_given_whole_numbers(pages: Pages) -> None:
    told = pages.get(f"{pages.base}/loads/load-1/curve?points=50").json()
    assert len(told["at"]) == len(told["mean"]) <= 50
    assert all(isinstance(one, int) for row in ("at", "least", "most", "mean") for one in told[row])
    assert pages.get(f"{pages.base}/loads/load-1/curve?points=1").status_code == 400


def test_times_of_a_site_are_on_its_own_clock(pages: Pages) -> None:
    """The works' clock is UTC, eight hours behind what a portal has for all that is not a site's."""
    text = pages.get(f"{pages.base}/loads/load-1").text
    assert 'data-zone="UTC" data-axis="UTC"' in text
    assert re.search(r"<text[^>]*>UTC</text>", text)
    shelved = pages.service.shelf.find(OWN, bytes.fromhex(pages.digest))
    assert shelved is not None
    assert shelved.timezone == "UTC"
    assert "UTC+8" in text  # of when it was computed again, which is no time of the site
