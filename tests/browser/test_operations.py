"""Operations in a real browser: goods go out with two signers who sign at home; a statement signed here."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from eth_account import Account
from fastapi import APIRouter, Response
from playwright.sync_api import Browser, Page

from tally_chain.anchoring.keys import LocalSigner, write_keystore
from tally_edge import cose, keys, signer
from tally_edge.command import main
from tally_edge.statement import Kind, encode_protected
from tally_finance import signed_file
from tally_finance.api.forms import written
from tally_finance.portal.signing import choices, signed_here
from tally_finance.portal.visit import Visited, Written
from tally_gateway.pages.room import Room
from tests.browser import chromium
from tests.browser.chromium import Watched, accessible, fits, picture
from tests.chain.contracts.fixtures import embedded, stage
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import parties_on
from tests.finance.api.counter import served
from tests.finance.desk.office import office
from tests.finance.portal.signed_in import COOKIE
from tests.finance.portal.signing.counter import PERSONS, Shown, shown

__all__ = ["embedded", "stage"]
PASSPHRASE = "correct horse battery"
SECRETS = {name: sha256(f"key of the {name}".encode()).digest() for name in ("lender", "lender 2", "holder")}


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A pledge of 40 t, and the persons of its parties."""
    own = {name: LocalSigner(Account.from_key(secret)) for name, secret in SECRETS.items()}
    yard = yard_on(parties_on(embedded), **own)
    return shown(office(yard, tmp_path_factory.mktemp("desk")), [signing_room()])


@pytest.fixture(scope="module")
def address(made: Shown) -> Iterator[str]:
    """The same pages on a port of loopback."""
    with served(made.app) as url:
        yield url


def enter(watched: Watched, address: str, who: str) -> Page:
    watched.context.clear_cookies()
    watched.context.add_cookies([{"name": COOKIE, "value": who, "url": address}])
    return watched.page()


def key_file(who: str, folder: Path) -> Path:
    """The person's key at home, as `tallystick` writes key files."""
    path = folder / f"{who}.json"
    if not path.exists():
        write_keystore(path, Account.encrypt(SECRETS[PERSONS[who][1]], PASSPHRASE, "pbkdf2", 2))
    return path


def sign_at_home(page: Page, who: str, folder: Path) -> None:
    """Download the file, run the very command that the page shows, bring the file."""
    with page.expect_download() as got:
        page.get_by_role("link", name="Download the file").click()
    path = folder / got.value.suggested_filename
    path.unlink(missing_ok=True)
    got.value.save_as(path)
    shown = next(text for text in page.locator("pre").all_inner_texts() if " sign " in text)
    words = shown.split()
    assert words[:3] == ["tallystick", "operation", "sign"]
    words = [str(path) if word == path.name else word for word in words[1:]]
    words[words.index("KEY.json")] = str(key_file(who, folder))
    secret = folder / "passphrase"
    secret.write_text(PASSPHRASE)
    secret.chmod(0o600)
    assert main([*words, "--passphrase-file", str(secret)]) == 0
    page.get_by_label("Signed file").set_input_files(path)
    page.get_by_role("button", name="Check and add the signature").click()


def test_goods_go_out_with_two_signers_and_the_holder(
    browser: Browser, made: Shown, address: str, tmp_path: Path
) -> None:
    with chromium.watched(browser, address) as watched:
        page = enter(watched, address, "anna")
        page.goto(f"{address}/operations/release/{made.receipt}")
        accessible(page)
        page.get_by_role("link", name="Order goods out").click()
        page.get_by_role("textbox", name="Quantity that may leave").fill("5")
        page.get_by_label("Licence plate").fill("沪A12345")
        page.get_by_label("Driver").fill("licence 0001")
        accessible(page)
        picture(page, "operations-order-form")
        page.get_by_role("button", name="Prepare it for signing").click()
        with page.expect_download() as got:
            page.get_by_role("button", name="Save the opening").click()
        assert json.loads(got.value.path().read_text())["plate"] == "沪A12345"
        page.get_by_role("link", name="On to the signatures").click()
        page.wait_for_url("**/operations/one/*")
        accessible(page)
        picture(page, "operations-one-mine")
        one = page.url
        sign_at_home(page, "anna", tmp_path)
        page.get_by_text("Signed. Still missing: lender of the pledge, second signer.").wait_for()
        page = enter(watched, address, "bo")
        page.goto(f"{address}/operations")
        page.locator(f"#under-way a[href='{one.removeprefix(address)}']").click()
        assert page.url == one
        sign_at_home(page, "bo", tmp_path)
        page = enter(watched, address, "holly")
        page.goto(one)
        sign_at_home(page, "holly", tmp_path)
        page.get_by_text("All have signed: have it sent").wait_for()
        page.get_by_role("button", name="Send it to the contract").dblclick()
        page.get_by_text("The chain has carried it out").first.wait_for()
        accessible(page)
        picture(page, "operations-one-sent")


@pytest.mark.parametrize(("language", "dark", "size"), [("zh-CN", True, chromium.NARROW), ("en", False, chromium.WIDE)])
def test_pages_fit_and_are_accessible(
    browser: Browser, made: Shown, address: str, language: str, *, dark: bool, size: tuple[int, int]
) -> None:
    name = f"{language}-{'dark' if dark else 'light'}-{size[0]}"
    with chromium.watched(browser, address, language=language, dark=dark, size=size) as watched:
        watched.expected = ("409", "422")
        page = enter(watched, address, "anna")
        for path in (
            "",
            "/begin",
            "/done",
            f"/release/{made.receipt}",
            f"/margin/{made.receipt}",
            "/facility/F-1",
            "/begin/Hold",
            "/prepare/accept",
            f"/prepare/order?receipt={made.receipt}",
        ):
            page.goto(f"{address}/operations{path}")
            fits(page)
            if dark:
                accessible(page)
            picture(page, f"operations{path.partition('?')[0].partition('/0x')[0].replace('/', '-')}-{name}")
        page.goto(f"{address}/operations/prepare/release?receipt={made.receipt}")
        page.locator("#f-quantity").fill("7")
        page.locator("select").select_option("kg")
        page.locator("main form button").click()
        page.wait_for_url("**/operations/one/*")
        fits(page)
        accessible(page)
        picture(page, f"operations-one-{name}")
        page.locator("button", has_text="签名" if language == "zh-CN" else "Check and add").click()
        page.get_by_role("alert").wait_for()
        accessible(page)
        page.goto(f"{address}/operations/prepare/call?receipt={made.receipt}")
        page.locator("main form button").click()
        page.get_by_role("alert").wait_for()
        fits(page)
        accessible(page)
        picture(page, f"operations-refused-{name}")


def test_the_answer_to_a_form_shows_by_itself_what_others_do(browser: Browser, made: Shown, address: str) -> None:
    """Its own address takes forms alone, so what is new comes from the page that it stands for."""
    with chromium.watched(browser, address) as watched:
        watched.expected = ("422",)
        page = enter(watched, address, "anna")
        page.goto(f"{address}/operations/prepare/release?receipt={made.receipt}")
        page.locator("#f-quantity").fill("3")
        page.get_by_role("button", name="Prepare it for signing").click()
        page.wait_for_url("**/operations/one/*")
        one = page.url.partition("?")[0]
        page.clock.install()
        page.get_by_role("button", name="Check and add the signature").click()
        page.get_by_role("alert").wait_for()
        assert page.url != one
        with page.expect_response(lambda answer: answer.request.method == "GET" and answer.url == one) as looked:
            page.clock.run_for(9_000)
        assert looked.value.status == 200


SIGNED: list[bytes] = []


def signing_room() -> Room:
    """A page of a test whose form is signed in the page, as rooms that use `sign_here` have it."""
    router = APIRouter()

    @router.get("/trial/sign")
    async def page(visit: Visited) -> Response:
        return visit.page("trial/sign.html")

    @router.post("/trial/to-sign")
    async def to_sign(visit: Written) -> dict[str, object]:
        form = await visit.request.form()
        key = signed_here.public_key(str(form["public_key"]))
        claims = signed_file.claims_of(Kind.CLOSE, key, f"urn:tallystick:close:{form['month']}", 1_800_000_000)
        protected, octets = signed_here.to_sign(claims, b"\xa1\x01\x19\x07\xe9", key)
        return signed_here.told(octets, base64.b64encode(protected).decode(), [("Month", str(form["month"]))])

    @router.post("/trial/sign")
    async def signed(visit: Written) -> Response:
        form = await visit.request.form()
        key = signed_here.public_key(str(form["public_key"]))
        protected = base64.b64decode(str(form["unsigned"]))
        said = signed_here.taken(protected, b"\xa1\x01\x19\x07\xe9", str(form["signature"]), key)
        SIGNED.append(said.encoded)
        return visit.page("trial/signed.html", kid=key.kid.hex())

    return Room(router, "tests.browser.trial")


@pytest.mark.parametrize("algorithm", [keys.ES256, keys.EDDSA])
def test_a_statement_is_signed_in_the_page(browser: Browser, address: str, tmp_path: Path, algorithm: int) -> None:
    own = signer.generate(algorithm)
    own.save(tmp_path / "key.pem", PASSPHRASE)
    claims = signed_file.claims_of(Kind.CLOSE, own.public_key, "urn:tallystick:close:2026-01", 1_800_000_000)
    wanted = cose.to_be_signed(encode_protected(claims, own.public_key.algorithm), b"\xa1\x01\x19\x07\xe9")
    with chromium.watched(browser, address) as watched:
        page = enter(watched, address, "anna")
        page.goto(f"{address}/trial/sign")
        accessible(page)
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.post_data or ""))
        page.get_by_label("Key file").set_input_files(tmp_path / "key.pem")
        page.get_by_label("Its passphrase").fill("wrong wrong wrong")
        page.get_by_role("button", name="Show what I sign").click()
        page.get_by_text("wrong passphrase, or damaged").wait_for()
        page.get_by_label("Its passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Show what I sign").click()
        page.get_by_text("Read what you sign, then sign.").wait_for()
        assert "urn:tallystick:close:2026-01" in page.locator("[data-sign=panel]").inner_text()
        assert own.public_key.kid.hex() in page.locator("[data-sign=panel]").inner_text()
        accessible(page)
        picture(page, "sign-here")
        page.get_by_role("button", name="Sign", exact=True).click()
        page.get_by_text("Signed by").wait_for()
        assert own.public_key.kid.hex() in page.locator("main").inner_text()
        assert not any(PASSPHRASE in one or "PRIVATE" in one for one in sent)
    kept = cose.decode_sign1(SIGNED[-1])
    assert kept.to_be_signed() == wanted
    keys.verify(own.public_key, own.algorithm, kept.signature, wanted)


def test_what_came_for_another_key_is_not_signed(browser: Browser, address: str, tmp_path: Path) -> None:
    own, other = signer.generate(), signer.generate()
    own.save(tmp_path / "key.pem", PASSPHRASE)
    claims = signed_file.claims_of(Kind.CLOSE, other.public_key, "urn:tallystick:close:x", 1)
    octets = cose.to_be_signed(encode_protected(claims, other.algorithm), b"\xa0")
    with chromium.watched(browser, address) as watched:
        page = enter(watched, address, "anna")
        page.route("**/trial/to-sign", lambda route: route.fulfill(json=signed_here.told(octets, "")))
        page.goto(f"{address}/trial/sign")
        page.get_by_label("Key file").set_input_files(tmp_path / "key.pem")
        page.get_by_label("Its passphrase").fill(PASSPHRASE)
        page.get_by_role("button", name="Show what I sign").click()
        page.get_by_text("not for this key: nothing was signed").wait_for()
        assert page.get_by_role("button", name="Sign", exact=True).count() == 0


def test_a_field_offers_all_of_a_long_list_once_somebody_is_at_it(
    browser: Browser, made: Shown, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = written(made.office.yard.issued(made.office.lot, 30))
    made.office.sync()
    monkeypatch.setattr(choices, "_FIRST", 1)
    with chromium.watched(browser, address) as watched:
        page = enter(watched, address, "kim")
        page.goto(f"{address}/operations/begin/Split")
        offered = page.locator("#k-receipt option")
        assert offered.count() == 1
        page.get_by_label("Receipt", exact=True).focus()
        for number in (made.receipt, more):
            page.locator(f'#k-receipt option[value="{number}"]').wait_for(state="attached")


def test_papers_numbers_and_lists_need_no_typing(browser: Browser, made: Shown, address: str, tmp_path: Path) -> None:
    """Papers are named by their files, which the page reads and does not send; numbers are drawn; lists are chosen."""
    more = written(made.office.yard.issued(made.office.lot, 5))
    made.office.sync()
    papers = [tmp_path / "first.pdf", tmp_path / "second.pdf"]
    for path in papers:
        path.write_bytes(path.name.encode() * 100_000)
    with chromium.watched(browser, address) as watched:
        page = enter(watched, address, "kim")
        page.goto(f"{address}/operations/begin/Split?receipt={made.receipt}")
        page.get_by_role("button", name="One more number").click()
        numbers = page.locator("#f-numbers").input_value().split()
        assert len(set(numbers)) == 3
        accessible(page)
        picture(page, "operations-split-form")
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url))
        page.get_by_label("From files, which stay with you").set_input_files(papers)
        wanted = "\n".join("0x" + sha256(path.read_bytes()).hexdigest() for path in papers)
        page.wait_for_function("wanted => document.querySelector('#f-documents').value === wanted", arg=wanted)
        page.goto(f"{address}/operations/begin/Merge")
        for number in (made.receipt, more):
            page.get_by_label("Add").select_option(number)
        assert page.locator("#f-receipts").input_value() == f"{made.receipt}\n{more}"
        accessible(page)
        picture(page, "operations-merge-form")
        page.goto(f"{address}/operations/begin/Hold")
        page.get_by_label("From a file, which stays with you").set_input_files(papers[0])
        reason = "0x" + sha256(papers[0].read_bytes()).hexdigest()
        page.wait_for_function("wanted => document.querySelector('#f-reason').value === wanted", arg=reason)
        assert not any(path.name in url for url in sent for path in papers)


def test_a_form_waits_for_the_file_that_was_chosen_last(
    browser: Browser, made: Shown, address: str, tmp_path: Path
) -> None:
    """While it is read nothing is sent, and one that is read late does not take the place of the next."""
    papers = [tmp_path / "slow.pdf", tmp_path / "quick.pdf"]
    for path in papers:
        path.write_bytes(path.name.encode())
    with chromium.watched(browser, address) as watched:
        page = enter(watched, address, "anna")
        page.goto(f"{address}/operations/begin/Hold")
        page.evaluate(
            """() => {
                const own = crypto.subtle.digest.bind(crypto.subtle);
                window.waiting = [];
                crypto.subtle.digest = (name, data) =>
                    new Promise((go) => window.waiting.push(() => own(name, data).then(go)));
            }"""
        )
        chooser, reason = page.get_by_label("From a file, which stays with you"), page.locator("#f-reason")
        for number, path in enumerate(papers, 1):
            chooser.set_input_files(path)
            page.wait_for_function("number => window.waiting.length === number", arg=number)
            assert reason.evaluate("field => field.validationMessage") == "The file is being read"
        page.evaluate("() => window.waiting[1]()")
        wanted = "0x" + sha256(papers[1].read_bytes()).hexdigest()
        page.wait_for_function("wanted => document.querySelector('#f-reason').value === wanted", arg=wanted)
        assert reason.evaluate("field => field.validationMessage") == ""
        page.evaluate("() => window.waiting[0]()")
        page.wait_for_timeout(200)
        assert reason.input_value() == wanted
