"""A lender in a browser: from what is next to the position, to how it was known before, to the goods, to an alert."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Route, expect

from tests.browser import chromium
from tests.browser.house import House


def test_a_lender_goes_from_todays_work_down_to_the_goods(house: House, browser: Browser) -> None:
    with chromium.watched(browser, house.address) as watched:
        page = watched.page()
        house.enter(page, "anna", "/lender")
        expect(page.locator("p.next").first).to_be_visible()

        page.get_by_role("link", name="The whole book").click()
        expect(page.locator("figure.chart canvas")).to_be_visible()
        page.locator("#facilities ~ .table tbody th a").first.click()
        expect(page).to_have_url(re.compile("/lender/facilities/"))
        expect(page.locator("figure.chart canvas")).to_be_visible()

        page.get_by_text("The same as a table").first.click()
        before = page.locator("#course ~ details time").last.get_attribute("datetime")
        page.goto(f"{page.url}?known={before}")
        expect(page.get_by_role("status").filter(has_text="As known on")).to_be_visible()
        page.get_by_role("link", name="Back to now").click()
        expect(page.get_by_text("As known on (UTC+8)")).to_be_hidden()

        page.locator("#cover ~ .table a[href*='/lender/receipts/']").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
        page.locator("a.slot.named").first.click()
        expect(page).to_have_url(re.compile("/lender/sites/0x[0-9a-f]{64}#slot-0x"))
        expect(page.locator("tr:target")).to_be_visible()


def test_an_alert_is_acknowledged_with_a_reason(house: House, browser: Browser) -> None:
    with chromium.watched(browser, house.address, language="zh-CN", size=chromium.NARROW) as watched:
        page = watched.page()
        house.enter(page, "anna", "/lender/alerts")
        article = page.locator("article.alert").filter(has=page.locator("form")).first
        title = article.get_by_role("heading").inner_text()
        article.get_by_text("确认", exact=False).first.click()
        article.get_by_label("查明情况或处理措施").fill("已电话联系仓库")
        article.get_by_role("button", name="确认").click()
        expect(page.get_by_role("status")).to_have_text("已确认")
        said = page.locator("article.alert").filter(has_text="已电话联系仓库")
        expect(said.get_by_role("heading")).to_have_text(title)


def test_a_chart_takes_in_points_that_are_still_being_reckoned(house: House, browser: Browser) -> None:
    """The house's own answer, all but its last point kept back for as long as the test wants."""
    held, last_asked = [True], [True]

    def answered(route: Route) -> None:
        told = route.fetch().json()
        if held:
            told |= {"more": True, "times": told["times"][-1:], "values": [row[-1:] for row in told["values"]]}
        last_asked[:] = [told["more"]]
        route.fulfill(json=told)

    with chromium.watched(browser, house.address) as watched:
        page = watched.page()
        house.enter(page, "anna", "/lender/alerts")
        page.route("**/course.json*", answered)
        page.goto(f"{house.address}/lender/book")
        expect(page.locator("figure.chart canvas")).to_be_visible()
        few = page.evaluate("document.querySelector('figure.chart canvas').toDataURL()")
        held.clear()
        page.wait_for_function("few => document.querySelector('figure.chart canvas').toDataURL() !== few", arg=few)
        assert last_asked == [False]
