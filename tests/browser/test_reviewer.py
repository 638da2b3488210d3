"""A reviewer with a browser: looks closer at a load, and signs a conclusion with a key that never leaves the page."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Browser, Page, Request, expect

from tally_gateway.pages.words import Language
from tally_trial.footprint_demo.cast import LOAN, OPENED_BY, REVIEWER
from tests.browser import chromium
from tests.browser.crawl import cookie
from tests.browser.house import House
from tests.browser.language import foreign


def report_of(page: Page, house: House) -> str:
    """The address of the report that is to be judged next."""
    house.enter(page, "li", "/reviewer")
    page.locator("main").get_by_role("link", name="Beishan works").first.click()
    page.wait_for_url("**/reviewer/reports/*")
    return urlsplit(page.url).path


def test_a_curve_is_drawn_and_shows_every_interval_to_who_looks_closer(house: House, browser: Browser) -> None:
    with chromium.watched(browser, house.address) as watched:
        page = watched.page()
        at = report_of(page, house)
        page.goto(f"{house.address}{at}/loads/load-5")
        expect(page.locator("figure[data-curve] canvas")).to_be_visible()
        expect(page.locator("[data-says]")).to_contain_text("intervals in a point")
        expect(page.locator("[data-whole]")).to_be_hidden()
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request) if "/curve?" in request.url else None)
        over = page.locator("figure[data-curve] .u-over").bounding_box()
        assert over is not None
        y = over["y"] + over["height"] / 2
        page.mouse.move(over["x"] + over["width"] * 0.4, y)
        page.mouse.down()
        page.mouse.move(over["x"] + over["width"] * 0.5, y, steps=5)
        page.mouse.up()
        expect(page.locator("[data-says]")).to_contain_text("every interval by itself")
        (request,) = asked
        span = parse_qs(urlsplit(request.url).query)
        assert 5 * 86_400 < int(span["to_at"][0]) - int(span["from_at"][0]) < 7 * 86_400
        page.get_by_role("button", name="The whole period").click()
        expect(page.locator("[data-says]")).to_contain_text("intervals in a point")
        chromium.picture(page, "reviewer-load-curve")


def test_a_conclusion_is_signed_in_the_page_and_stands(house: House, browser: Browser) -> None:
    service = house.made.site.review_service
    assert service is not None
    story = Path(service.sheet.policy).parents[1]
    with chromium.watched(browser, house.address) as watched:
        page = watched.page()
        sent: list[bytes] = []
        page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
        at = report_of(page, house)
        page.goto(f"{house.address}{at}/ledger")
        for name, text in {"text": "an invoice twice", "where": "line-1", "stated_kg": "120", "right_kg": "60"}.items():
            page.locator(f"[name={name}-1]").fill(text)
        page.get_by_role("button", name="Save and compute").click()
        expect(page.locator(".next")).to_contain_text("Not material")
        page.get_by_role("link", name="Conclude with it").click()
        for name, text in {"loan": LOAN, "use_of_proceeds": "an electric furnace", "catalogue": "1.4.2"}.items():
            page.locator(f"[name={name}]").fill(text)
        page.locator("[name=decision]").select_option("with_conditions")
        page.locator("[name=conditions]").fill("the furnace gets a meter of its own")
        until = service.clock() + 300 * 86_400
        page.locator("[name=until]").evaluate("(field, at) => { field.valueAsNumber = at * 1000; }", until)
        page.locator('[data-sign="file"]').set_input_files(story / REVIEWER.file)
        passphrase = (story / OPENED_BY).read_text("utf-8").strip()
        page.locator('[data-sign="passphrase"]').fill(passphrase)
        page.get_by_role("button", name="Show what I sign").click()
        expect(page.locator('[data-sign="panel"]')).to_contain_text("the furnace gets a meter of its own")
        chromium.accessible(page)
        page.get_by_role("button", name="Sign", exact=True).click()
        page.wait_for_url("**/opinions")
        stands = page.locator("article.opinion", has_text="the furnace gets a meter of its own").first
        expect(stands).to_contain_text(REVIEWER.name)
        expect(stands.locator(".mark.good").first).to_contain_text("stands")
        key = (story / REVIEWER.file).read_text("utf-8").splitlines()[1].encode()
        assert not any(passphrase.encode() in body or key in body for body in sent)


def test_what_two_versions_differ_in_is_said_in_chinese_from_either_side(house: House) -> None:
    asks = {"accept": "text/html", "accept-language": Language.CHINESE}
    held = dict([cookie(house, "li")])
    with httpx.Client(base_url=house.address, headers=asks, cookies=held, trust_env=False, timeout=60) as client:
        shelf = client.get("/reviewer/reports").text
        first, second = set(re.findall("/reviewer/reports/([0-9a-f]{64})", shelf))
        for one, other in ((first, second), (second, first)):
            answer = client.get(f"/reviewer/reports/{one}/differences", params={"against": other})
            assert "<code>lines[" in answer.text
            assert foreign(answer.text) == []


def test_an_archive_is_sent_with_a_bar_and_what_is_none_is_refused_below_the_field(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "report.tar").write_bytes(b"no archive at all")
    with chromium.watched(browser, house.address) as watched:
        watched.expected = ("422",)
        page = watched.page()
        house.enter(page, "li", "/reviewer")
        page.locator("[name=archive]").set_input_files(tmp_path / "report.tar")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("[data-sending] .wrong")).to_be_visible()
        expect(page.locator("[data-sending] button")).to_be_enabled()
