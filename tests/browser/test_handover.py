"""Handover in Chromium: granted, signed in the page, sealed; opened in the page, compared, and checked again there."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tally_chain import fingerprint
from tests.browser.chromium import NARROW, WIDE, accessible, fits, picture, watched
from tests.finance.api.counter import served
from tests.finance.portal.handover.parties import EVIDENCE, OWNER_KEY, POLICY, READER_KEY, portal, terms
from tests.finance.portal.signed_in import COOKIE
from tests.world import POINT

SECRET = "a long passphrase"


@dataclass(frozen=True)
class Parties:
    """Where the portal is, and the files that people have on their own machines."""

    address: str
    folder: Path

    def enter(self, page: Page, who: str) -> None:
        page.context.add_cookies([{"name": COOKIE, "value": who, "url": self.address}])

    def file(self, name: str, data: bytes | str) -> Path:
        at = self.folder / name
        at.write_bytes(data if isinstance(data, bytes) else data.encode())
        return at


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parties]:
    folder = tmp_path_factory.mktemp("handover")
    OWNER_KEY.save(folder / "owner.pem", SECRET)
    READER_KEY.save(folder / "reader.pem", SECRET)
    with portal(folder) as (app, _, _), served(app) as address:
        yield Parties(address, folder)


@pytest.fixture(scope="module")
def sealed(parties: Parties, browser: Browser) -> Path:
    """Handed over by the owner, through the pages alone; what the reader finds in the parcel."""
    with watched(browser, parties.address) as one:
        page = one.page()
        parties.enter(page, "owner")
        page.goto(f"{parties.address}/handover/grants")
        look(page, "handover-grants")
        page.get_by_label("Bundle of your evidence").set_input_files(parties.file("evidence.tally", EVIDENCE))
        page.get_by_role("button", name="Bring it").click()
        look(page, "handover-grant-choose")
        for name, value in terms().items():
            page.locator(f"[name={name}]").fill(value)
        page.locator("[name=carry]").set_input_files(parties.file("invoice.txt", "an invoice"))
        page.locator("[name=withhold]").set_input_files(parties.file("price.txt", "a price"))
        page.get_by_role("button", name="Draft the grant").click()
        expect(page.get_by_text(fingerprint.digits(READER_KEY.public_key.kid))).to_be_visible()
        page.locator("[data-sign=file]").set_input_files(parties.folder / "owner.pem")
        page.locator("[data-sign=passphrase]").fill(SECRET)
        page.locator("[data-sign=read]").click()
        expect(page.locator("[data-sign=sign]")).to_be_visible()
        look(page, "handover-grant-sign")
        page.locator("[data-sign=sign]").click()
        expect(page.get_by_role("heading", name="Hand it over")).to_be_visible()
        look(page, "handover-grant-signed")
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Everything for e-mail").click()
        with zipfile.ZipFile(waiting.value.path()) as parcel:
            return Path(parcel.extract("evidence.sealed.tally", parties.folder))


def look(page: Page, name: str) -> None:
    """Accessible, and never wider than the window, wide and narrow."""
    accessible(page)
    picture(page, name)
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    fits(page)
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def arrived(page: Page, parties: Parties, sealed: Path) -> None:
    """The reader brings the file and opens it with its key in the page; key and passphrase are sent nowhere."""
    posted: list[bytes] = []
    page.on("request", lambda request: posted.append(request.post_data_buffer or b""))
    page.goto(f"{parties.address}/handover/arrivals")
    page.locator("[name=bundle]").set_input_files(sealed)
    page.locator("[name=policy]").set_input_files(parties.file("policy.toml", POLICY))
    page.locator("form[enctype] button").click()
    if page.locator("#open-here").count():
        page.locator("#key-file").set_input_files(parties.folder / "owner.pem")
        page.locator("#key-pass").fill("not the passphrase")
        page.locator("#open-here button").click()
        expect(page.locator("#open-says")).not_to_be_empty()
        look(page, "handover-sealed")
        page.locator("#key-file").set_input_files(parties.folder / "reader.pem")
        page.locator("#key-pass").fill(SECRET)
        page.locator("#open-here button").click()
    expect(page.locator("#granted")).to_be_visible()
    pem = (parties.folder / "reader.pem").read_bytes().splitlines()[1]
    assert not [one for one in posted if pem in one or SECRET.encode() in one]


def test_a_reader_opens_compares_and_checks_again(parties: Parties, sealed: Path, browser: Browser) -> None:
    """From the sealed file to a statement whose hashes and signatures this browser computed again."""
    with watched(browser, parties.address) as one:
        page = one.page()
        parties.enter(page, "reader")
        arrived(page, parties, sealed)
        look(page, "handover-arrival")
        for what, kid in (("owner", OWNER_KEY.public_key.kid), ("reader", READER_KEY.public_key.kid)):
            page.locator(f"#f-{what}").fill(fingerprint.digits(kid))
            page.locator(f"form:has(#f-{what})").get_by_role("button", name="Compare").click()
        expect(page.locator(".mark.good", has_text="equal")).to_have_count(2)
        page.get_by_role("link", name="Figures and statements").click()
        look(page, "open-bundle")
        page.get_by_role("link", name=POINT).first.click()
        page.locator("#statements ~ .table a[href*='/statements/'], section a[href*='/statements/']").nth(1).click()
        says = page.locator("#browser-says")
        expect(says).to_have_attribute("data-done", "held")
        expect(says).to_contain_text("6 steps hold, 0 do not, 3 are the server")
        look(page, "open-statement")


CHANGES = {"leaf": "encoded", "path": "path", "head": "head", "anchor": "anchors", "signature": "signer"}


def test_a_changed_byte_turns_its_step_red(parties: Parties, sealed: Path, browser: Browser) -> None:
    """The browser believes its own arithmetic, not the server's word: one byte of what came is changed on the way."""
    changing: list[str] = []

    def change(route: Route) -> None:
        told = route.fetch().json()
        match changing[-1]:
            case "encoded":
                told["encoded"] = flipped(told["encoded"])
            case "path":
                told["path"][0] = flipped(told["path"][0])
            case "head":
                told["head"]["signature"] = flipped(told["head"]["signature"])
            case "anchors":
                told["anchors"][0]["root"] = flipped(told["anchors"][0]["root"])
            case _:
                told["signer"]["key"] = told["head"]["key"]
        route.fulfill(body=json.dumps(told), content_type="application/json")

    with watched(browser, parties.address) as one:
        page = one.page()
        parties.enter(page, "reader")
        arrived(page, parties, sealed)
        base = page.url.replace("/handover/arrivals/", "/open/bundle/").partition("#")[0]
        page.goto(f"{base}?subject={POINT}")
        page.route("**/steps.json", change)
        link = page.locator("section a[href*='/statements/']").nth(1).get_attribute("href")
        for step, what in CHANGES.items():
            changing.append(what)
            page.goto(f"{parties.address}{link}")
            expect(page.locator("#browser-says")).to_have_attribute("data-done", "failed")
            expect(page.locator(f"#step-{step}")).to_have_class("step bad")


def flipped(text: str) -> str:
    """The same hex with its last bit changed."""
    return f"{text[:-1]}{int(text[-1], 16) ^ 1:x}"


def test_in_chinese_on_a_telephone(parties: Parties, sealed: Path, browser: Browser) -> None:
    """360 px, dark; every page of the reader's way is accessible and fits."""
    with watched(browser, parties.address, size=NARROW, language="zh-CN", dark=True) as one:
        page = one.page()
        parties.enter(page, "reader")
        arrived(page, parties, sealed)
        at = page.url.partition("#")[0]
        figures = at.replace("/handover/arrivals/", "/open/bundle/")
        for name, path in (
            ("handover", f"{parties.address}/handover"),
            ("handover-arrivals", f"{parties.address}/handover/arrivals"),
            ("handover-arrival", at),
            ("open-figure", f"{figures}?subject={POINT}"),
        ):
            page.goto(path)
            fits(page)
            accessible(page)
            picture(page, f"{name}-zh-dark")
        page.locator("section a[href*='/statements/']").nth(1).click()
        expect(page.locator("#browser-says")).to_have_attribute("data-done", "held")
        fits(page)
        accessible(page)
        picture(page, "open-statement-zh-dark")
