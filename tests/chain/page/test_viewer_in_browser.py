"""The reader's own page: it exposes what a report's own page hides, and says what Python says."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tally_chain import bundle, policy_text, reader_key, sealing
from tally_chain.anchoring.contract import artefact
from tally_chain.finding_help import HELP
from tally_chain.findings import Code
from tally_chain.policy import PinnedRoot
from tally_edge import command
from tests.browser.chromium import NARROW, WIDE, accessible, fits, picture
from tests.chain.contracts.stage import TX_KEY, Stage
from tests.chain.faults.embedded_node import EmbeddedNode
from tests.chain.page.opened import Desk, desk, report_of
from tests.chain.page.test_report_in_browser import filled
from tests.chain.page.tricks import SHELL_TRICKS, block, exchanged
from tests.chain.test_at_hand import held, owned, pinned, stage
from tests.chain.verify.case import NOW
from tests.vectors.generate_bundles import HERE
from tests.world import World, p256

__all__ = ["stage"]

FOLDERS = sorted(folder for folder in HERE.iterdir() if folder.is_dir())
SHARE = 11
"""Every so many folders go through the page itself; all of them go through its verifier (test_vectors_in_browser)."""


@pytest.fixture(scope="module")
def world() -> World:
    return filled()


@pytest.fixture(scope="module")
def report(world: World) -> bytes:
    """A report whose evidence holds."""
    return report_of(world.bundle(hours=6), world.policy(), "Mill, first hours")


@pytest.fixture(scope="module")
def policy(world: World) -> str:
    return policy_text.write(world.policy())


@pytest.fixture(scope="module")
def viewer(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One viewer for all tests: it keeps nothing from one file to the next."""
    with desk(browser, tmp_path_factory.mktemp("viewer")) as made:
        yield made.viewer()


def forged(report: bytes, world: World) -> bytes:
    """The report with statements left out and a program that is green whatever it carries."""
    file = exchanged(report, "bundle", bundle.encode(world.bundle(hours=6, drop=frozenset({8}))))
    page, _, rest = file.rpartition(b"<script>")
    green = b'<section class="banner good" data-verdict="good"><p class="says">The evidence holds.</p></section>'
    program = b"document.getElementById('verdict').innerHTML = '" + green + b"';"
    program += b"document.documentElement.dataset.phase = 'done';"
    allowed = re.sub(rb"script-src '[^']*'", b"script-src 'unsafe-inline'", page)
    return allowed + b"<script>" + program + b"</script>" + rest.partition(b"</script>")[2]


def test_reports_and_bundles_that_hold_are_green(viewer: Desk, report: bytes, policy: str, world: World) -> None:
    assert viewer.check(policy, ("report.html", report)) == "good"
    assert viewer.figures() == ["7.50"]
    assert "says this page" not in viewer.said()
    assert viewer.check(policy, ("b.tally", bundle.encode(world.bundle(hours=6)))) == "good"


def test_an_always_green_forgery_is_exposed(
    browser: Browser,
    viewer: Desk,
    report: bytes,
    policy: str,
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = forged(report, world)
    with desk(browser, tmp_path) as fooled:
        assert fooled.report(file) == "good"
    assert viewer.check(policy, ("report.html", file)) == "bad"
    assert "statements of the stream are missing" in viewer.said()
    assert "none that this program writes" in viewer.said()
    (tmp_path / "policy.toml").write_text(policy, "utf-8")
    words = ["verify", str(tmp_path / "report.html"), "--policy", str(tmp_path / "policy.toml"), "--at", str(NOW)]
    assert command.main(words) == 1
    assert "NONE THAT THIS PROGRAM WRITES" in capsys.readouterr().out


@pytest.mark.parametrize("trick", SHELL_TRICKS, ids=lambda trick: trick.name)
def test_another_page_around_good_data_is_red_too(viewer: Desk, report: bytes, policy: str, trick: Any) -> None:
    assert viewer.check(policy, ("report.html", trick.play(report, random.Random(1)))) == "bad"
    assert viewer.figures() == []


def test_the_policy_inside_does_not_count(viewer: Desk, report: bytes, world: World) -> None:
    other = dataclasses.replace(
        world.policy(),
        authorities=(dataclasses.replace(world.policy().authorities[0], key=p256("stranger").public_key),),
    )
    assert viewer.check(policy_text.write(other), ("report.html", report)) == "bad"
    assert "the policy does not know this authority" in viewer.said()


def test_what_is_no_file_of_ours_is_refused(viewer: Desk, policy: str, report: bytes, world: World) -> None:
    sealed = sealing.seal(bundle.encode(world.bundle(hours=6)), [p256("reader").public_key])
    for data, told in (
        (b"", "Not to be read"),
        (b"<html>", "carries no data of a report"),
        (report[: block(report, "bundle").end(2) - 9], "the file was cut"),
        (sealed, "the bundle is sealed"),
        (b"\xa6\x00", "Not to be read"),
    ):
        assert viewer.check(policy, ("file", data)) == "bad"
        assert told in viewer.said()


def test_forms_that_are_not_filled_in_say_so(viewer: Desk, policy: str, report: bytes) -> None:
    assert viewer.check("", ("report.html", report)) == ""
    assert "Give your policy" in viewer.said()
    assert viewer.check("version = 2", ("report.html", report)) == "bad"
    assert "The policy can not be used" in viewer.said()
    for field, value, told in (
        ("head_size", "x", "A head has a log, a size and a root"),
        ("endpoint", "http://node.example", "must begin with https://"),
        ("endpoint", "https://node.example", "has no [chain]"),
    ):
        assert viewer.check(policy, ("report.html", report), **{field: value}) == ""
        assert told in viewer.said()


def test_a_head_that_was_compared_by_another_way_vouches(viewer: Desk, report: bytes, world: World) -> None:
    bare = world.policy()
    text = policy_text.write(dataclasses.replace(bare, logs=(dataclasses.replace(bare.logs[0], roots=()),)))
    assert viewer.check(text, ("report.html", report)) == "bad"
    head = {"head_origin": world.origin, "head_size": str(len(world.entries)), "head_root": world.root.hex()}
    assert viewer.check(text, ("report.html", report), **head) == "good"
    assert "compared by another way" in viewer.said()
    assert viewer.check(text, ("report.html", report), **(head | {"head_root": bytes(32).hex()})) == "bad"


def test_a_sealed_bundle_opens_with_the_readers_key(
    browser: Browser, tmp_path: Path, policy: str, world: World
) -> None:
    key = reader_key.generate()
    key.save(tmp_path / "bank.pem", "a passphrase of tests")
    sealed = sealing.seal(bundle.encode(world.bundle(hours=6)), [key.public_key])
    with desk(browser, tmp_path) as made:
        made.viewer()
        made.page.locator("#key-file").set_input_files(tmp_path / "bank.pem")
        made.page.locator("form details").evaluate("node => { node.open = true; }")
        made.page.locator("#passphrase").fill("another passphrase")
        assert made.check(policy, ("sealed.tally", sealed)) == ""
        assert "The reader's key does not open: wrong passphrase" in made.page.locator("#wrong").inner_text()
        made.page.locator("#passphrase").fill("a passphrase of tests")
        assert made.check(policy, ("sealed.tally", sealed)) == "good"
        assert made.figures() == ["7.50"]
        other = sealing.seal(bundle.encode(world.bundle(hours=6)), [p256("reader").public_key])
        assert made.check(policy, ("sealed.tally", other)) == "bad"


def test_a_file_may_be_dropped(viewer: Desk, report: bytes, policy: str) -> None:
    script = """([node, text]) => {
      const files = new DataTransfer();
      files.items.add(new File([text], "dropped.html"));
      node.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
    }"""
    viewer.page.evaluate(script, [viewer.page.locator("#drop").element_handle(), report.decode()])
    assert viewer.verify(policy) == "good"
    assert "dropped.html" in viewer.said()


def test_several_files_have_a_line_each(viewer: Desk, report: bytes, policy: str, world: World) -> None:
    bad = bundle.encode(world.bundle(hours=6, drop=frozenset({8})))
    assert viewer.check(policy, ("one.html", report), ("two.tally", bad)) == "good"
    assert "✓ holds" in viewer.said()
    assert "✕ does not hold" in viewer.said()


@pytest.mark.parametrize("folder", FOLDERS[::SHARE], ids=lambda folder: folder.name)
def test_a_vector_is_told_as_python_tells_it(viewer: Desk, folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    text = (folder / "policy.toml").read_text("utf-8")
    shown = viewer.check(text, ("b.tally", (folder / "bundle.tally").read_bytes()), at=expected["at"])
    assert shown == ("bad" if folder.name.endswith("_fail") else "good")


def test_anchors_are_read_from_a_node(
    browser: Browser, tmp_path: Path, report: bytes, world: World, stage: Stage
) -> None:
    """What a node shows is taken only from the chain, the contract and the owner that the policy pins."""
    node = EmbeddedNode(stage.engine)
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}

    def answer(route: Route) -> None:
        if route.request.method == "OPTIONS":
            route.fulfill(status=204, headers=headers)
            return
        body = json.dumps(node(route.request.post_data_json))
        route.fulfill(status=200, headers=headers, content_type="application/json", body=body)

    trusted = pinned(world, stage)
    right, where = policy_text.write(trusted), {"endpoint": "https://node.example/rpc"}
    with desk(browser, tmp_path, address="https://node.example") as made:
        made.page.context.route("https://node.example/**", answer)
        made.viewer()
        assert made.check(right, ("report.html", report)) == "bad"
        assert made.check(right, ("report.html", report), **where) == "good"
        assert trusted.chain
        for wrong, told in (
            ({"genesis": bytes(32)}, "first block is not the one"),
            ({"code_hash": bytes(32)}, "is not the contract's"),
            ({"chain_id": 77}, "the policy pins 77"),
        ):
            chain = dataclasses.replace(trusted.chain, **wrong)  # type: ignore[arg-type]
            text = policy_text.write(dataclasses.replace(trusted, chain=chain))
            assert made.check(text, ("report.html", report), **where) == ""
            assert told in made.said()
        hashed = dataclasses.replace(trusted.chain, code_hash=artefact().code_hash)
        text = policy_text.write(dataclasses.replace(trusted, chain=hashed))
        assert made.check(text, ("report.html", report), **where) == "good"
        disowned = PinnedRoot(len(world.entries) - 1, bytes(32), trusted.chain.kind, NOW, trusted.chain.chain_id)
        text = policy_text.write(held(trusted, disowned))
        assert made.check(text, ("report.html", report), **where) == "bad"
        assert f"its chain does not show the head of size {disowned.size}" in made.said()
        stranger = owned(trusted, TX_KEY.address)
        assert made.check(policy_text.write(stranger), ("report.html", report), **where) == ""
        assert "is owned by" in made.said()


def test_no_page_beside_the_viewer_gives_it_a_policy(browser: Browser, tmp_path: Path, policy: str) -> None:
    """Pages from a disk share what a browser keeps: a forged report would leave its maker's policy there."""
    with desk(browser, tmp_path) as made:
        page = made.viewer().page
        page.locator("#policy").fill(policy)
        page.locator("#policy").blur()
        assert page.evaluate("Object.keys(localStorage)") == []
        (tmp_path / "forged.html").write_text(
            f"<script>localStorage.setItem('tallystick-viewer-policy', {json.dumps(policy)})</script>"
        )
        page.goto((tmp_path / "forged.html").as_uri())
        assert page.evaluate("localStorage.length") == 1
        assert made.viewer().page.locator("#policy").input_value() == ""


@pytest.mark.parametrize(("language", "size", "dark"), [("en", WIDE, False), ("zh-CN", NARROW, True)])
def test_it_is_fit_for_eyes_and_readers(
    browser: Browser,
    tmp_path: Path,
    policy: str,
    report: bytes,
    world: World,
    language: str,
    size: tuple[int, int],
    dark: bool,
) -> None:
    with desk(browser, tmp_path, size, language, dark=dark) as made:
        made.viewer()
        picture(made.page, f"viewer-{language}-{'dark' if dark else 'light'}-{size[0]}-empty")
        bad = bundle.encode(world.bundle(hours=6, drop=frozenset({8})))
        made.check(policy, ("report.html", report), ("two.tally", bad))
        said, missing = made.page.locator("#result").text_content() or "", HELP[Code.MISSING_STATEMENT]
        assert (missing.advice in said, missing.advice_zh in said) == (language == "en", language == "zh-CN")
        fits(made.page)
        accessible(made.page)
        picture(made.page, f"viewer-{language}-{'dark' if dark else 'light'}-{size[0]}")
