"""An operator in a real browser: looks at a gateway that is running, prepares a change, and asks how to replace it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium
from tests.browser.house import House


@pytest.mark.slow
def test_telemetry_is_seen_to_flow_and_a_change_is_prepared(house: House, browser: Browser) -> None:
    with chromium.watched(browser, house.address) as watched:
        page = watched.page()
        house.enter(page, "ren", "/operator")
        expect(page).to_have_url(re.compile("/operator/works$"))
        _fresh_numbers_come_in(page)
        page.get_by_role("link", name="Devices", exact=True).click()
        page.locator("tbody a").first.click()
        expect(page.get_by_role("heading", name="Keys of this device")).to_be_visible()
        expect(page.get_by_text("None: every number up to the newest stands in the log.")).to_be_visible()
        chromium.picture(page, "operator-device-en-light")
        page.get_by_role("link", name="Log and anchors").click()
        expect(page.locator("figure.chart canvas").first).to_be_visible()
        chromium.accessible(page)
        page.get_by_role("link", name="Metering points").click()
        page.locator("tbody a").first.click()
        page.get_by_role("link", name="Exchange the meter").click()
        page.get_by_label("Serial number of the new meter").fill("55667788")
        for field in page.get_by_label(re.compile("last shown|first shown")).all():
            field.fill("1")
        page.get_by_role("button", name="Check, and show what is signed").click()
        expect(page.get_by_text("tallystick meter exchange facts.toml")).to_be_visible()
        expect(page.get_by_text("below the last reading in the log").first).to_be_visible()
        chromium.accessible(page)
        chromium.picture(page, "operator-prepared-en-light")
        with page.expect_download() as saved:
            page.get_by_role("link", name="facts.toml").click()
        assert 'serial = "55667788"' in saved.value.path().read_text("utf-8")


@pytest.mark.slow
def test_a_list_with_faults_is_mended_by_its_table_on_a_telephone(house: House, browser: Browser) -> None:
    with chromium.watched(browser, house.address, size=chromium.NARROW, language="zh-CN", dark=True) as watched:
        page = watched.page()
        house.enter(page, "ren", "/operator/works/onboarding")
        headings = "serial,point,class,cadence,register,unit,host,address,type"
        line = f"{headings}\n1,urn:dev:org:32473-x:m1,1,900,energy,kw,h,x,u32\n"
        page.get_by_label("表计清单").set_input_files(
            {"name": "表计.csv", "mimeType": "text/csv", "buffer": line.encode()}
        )
        page.get_by_role("button", name="检查清单").click()
        expect(page.get_by_role("region", name="错误清单").get_by_text("从 0 起计")).to_be_visible()
        chromium.fits(page)
        chromium.accessible(page)
        chromium.picture(page, "operator-list-zh-CN-dark-360")
        page.goto(f"{house.address}/operator/works/replace")
        page.get_by_label("没有，或无法确定").check()
        page.get_by_label("链仍在").check()
        page.get_by_role("button", name="查看步骤").click()
        expect(page.get_by_text("--successor-of")).to_be_visible()
        chromium.fits(page)
        chromium.picture(page, "operator-replace-zh-CN-dark-360")


def _fresh_numbers_come_in(page: Page) -> None:
    """Without a reload: the agent goes on speaking."""
    shown = page.locator("#live .headline > div", has_text="Entries in the log").locator("dd")
    before = shown.inner_text()
    expect(shown).not_to_have_text(before, timeout=60_000)
