"""Reports in a browser: green where the evidence holds, red or refused for every change, and never anybody's markup."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tally_chain import bundle, policy_text
from tally_chain.errors import BundleError
from tally_chain.page import report_file
from tally_chain.policy import Accept, RootSource
from tally_chain.verify.verifier import verify
from tally_edge.statement import Kind
from tests.browser.chromium import NARROW, WIDE, accessible, fits, picture
from tests.chain.page.opened import Desk, desk, report_of
from tests.chain.page.tricks import DATA_TRICKS, FORM_TRICKS, SHELL_TRICKS, Trick, content, exchanged
from tests.chain.verify.case import NOW
from tests.world import World

SEED = 20_260_101


def filled(hours: int = 6) -> World:
    """A plain day of some hours."""
    world = World()
    world.open()
    world.day(hours)
    return world


@pytest.fixture(scope="module")
def world() -> World:
    return filled()


@pytest.fixture(scope="module")
def report(world: World) -> bytes:
    """A report whose evidence holds."""
    return report_of(world.bundle(hours=6), world.policy(), "Mill, first hours")


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One page for all changes: its complaints about broken files are expected, requests to others are not."""
    blocked = ("Content Security Policy", "Refused to", "violates the following")
    with desk(browser, tmp_path_factory.mktemp("reports"), expected=blocked) as made:
        yield made


def test_a_report_that_holds_is_green_and_opens_down_to_its_anchor(
    browser: Browser, tmp_path: Path, report: bytes, world: World
) -> None:
    with desk(browser, tmp_path) as made:
        page = made.page
        assert made.report(report) == "good"
        assert made.figures() == ["7.50"]
        assert "a forger can" not in made.said()
        assert "whoever forges the page can replace the check" in made.said()
        page.locator(".figures button.open").first.click()
        page.locator(".opening table button.open").first.click()
        page.wait_for_selector(".opening .note")
        text = page.locator(".opening").inner_text()
        assert "The last hash is the root of the head" in text
        assert world.root.hex()[:4] in text
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Keep the bytes").click()
        assert Path(waiting.value.path()).read_bytes() in world.entries
        accessible(page)


@pytest.mark.parametrize(
    ("language", "size", "dark"), [("en", WIDE, True), ("zh-CN", NARROW, False), ("zh-CN", WIDE, False)]
)
def test_it_is_fit_for_eyes_and_readers(
    browser: Browser, tmp_path: Path, report: bytes, language: str, size: tuple[int, int], dark: bool
) -> None:
    with desk(browser, tmp_path, size, language, dark=dark) as made:
        assert made.report(report) == "good"
        assert made.page.locator("html").get_attribute("lang") == language
        assert ("证据成立" in made.said()) == (language == "zh-CN")
        fits(made.page)
        accessible(made.page)
        picture(made.page, f"report-{language}-{'dark' if dark else 'light'}-{size[0]}")


def test_the_switches_work_from_the_keyboard(browser: Browser, tmp_path: Path, report: bytes) -> None:
    with desk(browser, tmp_path) as made:
        made.report(report)
        made.page.locator("#language").focus()
        made.page.keyboard.press("Enter")
        assert "证据成立" in made.said()
        made.page.keyboard.press("Tab")
        made.page.keyboard.press("Enter")
        assert made.page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("trick", DATA_TRICKS, ids=lambda trick: trick.name)
def test_changed_data_are_never_green(opened: Desk, report: bytes, trick: Trick) -> None:
    assert opened.report(trick.play(report, random.Random(SEED))) == "bad"
    assert opened.figures() == []


@pytest.mark.parametrize("trick", FORM_TRICKS, ids=lambda trick: trick.name)
def test_what_the_browser_takes_for_the_same_is_the_same(opened: Desk, report: bytes, trick: Trick) -> None:
    """Nothing but the very same data is ever shown as good."""
    if opened.report(trick.play(report, random.Random(SEED))) == "good":
        assert opened.figures() == ["7.50"]
        digest = report_file.decode(report).digest.hex()
        assert digest in opened.said().replace(" ", "")


@pytest.mark.parametrize("name", ["script behind", "script before"])
def test_a_second_script_does_not_run(opened: Desk, report: bytes, name: str) -> None:
    (trick,) = [one for one in SHELL_TRICKS if one.name == name]
    file = trick.play(report, random.Random(SEED))
    opened.page.once("dialog", lambda dialog: pytest.fail(dialog.message))
    assert opened.report(file) == "bad"


def test_a_byte_changed_in_the_bundle_is_told_as_python_tells_it(opened: Desk, report: bytes, world: World) -> None:
    """The digest is made anew, as a forger would: what the signatures and the tree say decides."""
    chance = random.Random(SEED)
    original = content(report, "bundle")
    trusted = policy_text.parse(policy_text.write(world.policy()))
    told = []
    for _ in range(16):
        place = chance.randrange(60, len(original))
        changed = original[:place] + bytes([original[place] ^ (1 << chance.randrange(8))]) + original[place + 1 :]
        try:
            holds = verify(bundle.decode(changed), trusted, now=NOW).holds
        except BundleError:
            holds = False
        shown = opened.report(exchanged(report, "bundle", changed))
        assert shown == ("good" if holds else "bad"), place
        told.append(holds)
    assert not all(told)


def other_policy(world: World) -> bytes:
    """A policy that trusts others."""
    trusted = filled().policy()
    other = World(origin="tallystick.example/other/1")
    other.open()
    logs = (dataclasses.replace(trusted.logs[0], origin="tallystick.example/other/1"),)
    return policy_text.write(dataclasses.replace(trusted, logs=logs)).encode()


@pytest.mark.parametrize("what", ["left out", "other site", "other policy", "no policy", "empty", "policy is none"])
def test_exchanged_data_with_a_digest_made_anew_do_not_hold(
    opened: Desk, report: bytes, world: World, what: str
) -> None:
    other = World(origin="tallystick.example/other/1")
    other.open()
    other.day(6)
    block, data = {
        "left out": ("bundle", bundle.encode(world.bundle(hours=6, drop=frozenset({8})))),
        "other site": ("bundle", bundle.encode(other.bundle(hours=6))),
        "other policy": ("policy", other_policy(world)),
        "no policy": ("policy", b""),
        "empty": ("bundle", b""),
        "policy is none": ("policy", b"\xff"),
    }[what]
    assert opened.report(exchanged(report, block, data)) == "bad"
    assert opened.figures() == []


def test_a_figure_that_does_not_hold_is_struck_through(opened: Desk) -> None:
    """A failure about one metering point: its figure may not be used, the calendar still shows what was read."""
    world = World()
    world.open()
    for hour, value in enumerate((100, 101, 50, 51)):
        world.log(world.readings((hour, value)))
    assert opened.report(report_of(world.bundle(hours=3), world.policy())) == "bad"
    assert opened.figures() == []
    assert "not to be used" in opened.said()
    assert opened.page.locator(".figures s").count() == 1
    assert opened.page.locator("svg.calendar").count() == 1
    assert opened.page.locator("svg.drawing").count() == 0


def test_what_only_the_policy_permits_is_said_at_the_top(opened: Desk, world: World) -> None:
    policy = world.policy(accept=Accept(self_anchored=True), source=RootSource.SELF_ANCHORED)
    assert opened.report(report_of(world.bundle(hours=6), policy)) == "good"
    banner = opened.page.locator("[data-verdict]").inner_text()
    assert "Accepted only because the policy permits it" in banner
    assert "the operator controls" in banner


def test_the_title_is_nobodys_signed_word_and_says_so(opened: Desk, report: bytes) -> None:
    assert opened.report(exchanged(report, "title", b"Verified by First Bank")) == "good"
    assert "not signed by anybody" in opened.said()


def test_hostile_names_are_text(opened: Desk) -> None:
    """Names in a bundle and the title are words of others: never markup, and nothing that reorders the text beside."""
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202e"
    world = World()
    world.open()
    enrolment = dataclasses.replace(world.enrolment(), model="<img src=x onerror=alert(3)>&lt;b&gt;")
    world.state(Kind.ENROLMENT, world.device.issuer, enrolment)
    world.day(3)
    opened.page.once("dialog", lambda dialog: pytest.fail(dialog.message))
    assert opened.report(report_of(world.bundle(hours=3), world.policy(), hostile)) == "good"
    assert opened.page.locator("main img, main script").count() == 0
    assert "\u202e" not in opened.said()
    assert "<img src=x onerror=alert(3)>&lt;b&gt;" in opened.said()
