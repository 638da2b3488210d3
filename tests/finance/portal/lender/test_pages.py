"""The lender's pages over real contracts: what each shows, in both languages, and whom it shows nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from tally_finance.api.forms import written
from tests.chain.receipts.yard import TONNE
from tests.chain.registry.parties import fresh
from tests.finance.desk.office import FACILITY
from tests.finance.portal.lender.house import DRAWN, House
from tests.finance.portal.signed_in import form
from tests.finance.watch_service.test_alert_store import OUT
from tests.in_process import InProcess

_HTML = {"accept": "text/html"}


def seen(client: InProcess, who: str, path: str, language: str = "en") -> httpx.Response:
    return client.get(path, headers={**_HTML, "accept-language": language, "cookie": f"who={who}"})


def text(client: InProcess, who: str, path: str, language: str = "en") -> str:
    answer = seen(client, who, path, language)
    assert answer.status_code == 200, (path, answer.text[-600:])
    return answer.text


def paths(bank: House) -> dict[str, list[str]]:
    """Every page of every role."""
    receipt, lot = written(bank.pledged[0]), written(bank.office.lot)
    site = written(bank.office.desk.view.book.slots[bank.office.yard.slot].site)
    common = ["receipts", "lots", f"receipts/{receipt}", f"lots/{lot}", f"lots/{lot}/attested.json", f"sites/{site}"]
    facility = [f"facilities/{FACILITY}", f"facilities/{FACILITY}/course.json"]
    lender = ["", "book", "alerts", "prices", "prices/copper", "prices/copper/course.json", "close", *facility, *common]
    found = {
        "anna": [f"/lender/{one}" for one in lender],
        "kai": [f"/keeper/{one}" for one in ["", *common]],
        "dora": [f"/depositor/{one}" for one in ["", *facility, *common]],
        "ivan": [f"/inspector/{one}" for one in ["", *common]],
    }
    return {who: [one.rstrip("/") for one in each] for who, each in found.items()}


def test_every_page_of_every_role_is_there_in_both_languages(bank: House, client: InProcess) -> None:
    for who, each in paths(bank).items():
        for path in each:
            english, chinese = text(client, who, path), text(client, who, path, "zh-CN")
            if not path.endswith(".json"):
                assert '<html lang="zh-CN"' in chinese
                assert len(re.findall("<h1>", english)) == 1
                assert "style=" not in english
                assert not re.findall(r"\son\w+=", english)


def test_no_page_is_another_roles_or_anothers(bank: House, client: InProcess) -> None:
    mine = paths(bank)
    for who in mine:
        for path in (one for other, each in mine.items() if other != who for one in each):
            assert seen(client, who, path).status_code == 403, (who, path)
    receipt, lot = written(bank.pledged[0]), written(bank.office.lot)
    for who, place in (("other-kai", "keeper"), ("other-dora", "depositor"), ("other-ivan", "inspector")):
        assert receipt not in text(client, who, f"/{place}")
        for path in (f"receipts/{receipt}", f"lots/{lot}", f"lots/{lot}/attested.json"):
            assert seen(client, who, f"/{place}/{path}").status_code == 404
    assert seen(client, "other-dora", f"/depositor/facilities/{FACILITY}").status_code == 404
    assert seen(client, "other-anna", "/lender/book").status_code == 403


def test_the_landing_says_what_to_do_next(client: InProcess) -> None:
    english, chinese = text(client, "anna", "/lender"), text(client, "anna", "/lender", "zh-CN")
    steps = re.findall(r'<p class="next (\w+)"><a href="([^"]+)">([^<]+)</a>', english)
    assert [(tone, href) for tone, href, _ in steps][:2] == [("bad", "/lender/alerts"), ("doubt", "/lender/book")]
    assert "1 facility reached the warning line. Call for a top-up." in [words for _, _, words in steps]
    assert "1 operation waits for a signature of yours." in [words for _, _, words in steps]
    assert "1 笔授信触及警戒线，请发追保通知。" in chinese


def test_the_book_shows_both_lines_and_its_receipts(bank: House, client: InProcess) -> None:
    page = text(client, "anna", "/lender/book")
    assert "At the warning line" in page
    assert re.search(r"loan to value 81\.\d\d %; warning line 80\.00 %, liquidation line 90\.00 %", page)
    for number in bank.pledged:
        assert f"/lender/receipts/{written(number)}" in page
    assert written(bank.free) not in page
    assert "Delta Storage" in page


def test_the_book_as_it_was_known_leaves_out_what_came_later(bank: House, client: InProcess) -> None:
    page = text(client, "anna", f"/lender/book?known={bank.before}")
    assert "As known on" in page
    assert 'href="/lender/book">Back to now</a>' in page
    assert "Below the lines" in page
    assert "/lender/receipts/" not in page  # in the past nothing leads on to what is now
    assert f"/lender/facilities/{FACILITY}?known={bank.before}" in page
    told = text(client, "anna", f"/lender/facilities/{FACILITY}?known={bank.before}")
    assert "66,000" in told
    assert "57,000" not in told
    before = bank.office.desk.entries()[0].entry.known_at - 10
    assert "No facility." in text(client, "anna", f"/lender/book?known={before}")


@pytest.mark.parametrize("known", ["yesterday", "2026-13-01T10:00", "99999999999", "-5"])
def test_a_time_that_is_none_or_to_come_is_refused(client: InProcess, known: str) -> None:
    assert seen(client, "anna", f"/lender/book?known={known}").status_code == 400


def test_receipts_are_filtered(bank: House, client: InProcess) -> None:
    keeper = written(bank.office.yard.whose("keeper"))
    page = text(client, "anna", f"/lender/book?facility={FACILITY}&commodity=copper&keeper={keeper}&stage=registered")
    assert page.count("/lender/receipts/0x") == len(bank.pledged)
    for no_such in ("facility=F-9", "commodity=zinc", "stage=offered", f"keeper=0x{'11' * 32}"):
        assert "/lender/receipts/0x" not in text(client, "anna", f"/lender/book?{no_such}")


def test_the_arithmetic_of_a_facility_is_that_of_the_book(bank: House, client: InProcess) -> None:
    position = bank.office.desk.position(FACILITY)
    page = text(client, "anna", f"/lender/facilities/{FACILITY}")
    for figure in (position.exposure, DRAWN, position.missing_cash, Decimal(60 * 57_000)):
        assert f"{figure:,.2f}" in page
    assert "/lender/prices/copper" in page
    assert f"/lender/lots/{written(bank.office.lot)}#attested" in page
    told = seen(client, "anna", f"/lender/facilities/{FACILITY}/course.json").json()
    assert [one["name"] for one in told["series"]] == ["Loan to value", "Warning line", "Liquidation line"]
    assert told["times"] == sorted(told["times"])
    assert Decimal(told["values"][0][-1]) > Decimal(told["values"][1][-1])


def test_a_receipt_says_what_it_is_where_it_lies_and_what_happened(bank: House, client: InProcess) -> None:
    path = f"/lender/receipts/{written(bank.pledged[0])}"
    english, chinese = text(client, "anna", path), text(client, "anna", path, "zh-CN")
    for words in ("40,000 kg", "Pledged and registered", "Purchase contract", "Plan of the site", "copper"):
        assert words in english
    for words in ("质押登记", "签发仓单", "增值税发票", "解押／提货"):
        assert words in chinese
    assert f"/operations/release/{written(bank.pledged[0])}" in english
    assert "Purchase contract" not in text(client, "dora", path.replace("/lender", "/depositor"))
    history = english.partition('id="history"')[2]
    assert f'data-copy="{written(bank.pledged[0])}"' in history
    assert not re.search("[0-9a-f]{8}…[0-9a-f]{8}", history)  # as the interface's sentence has it, which opens nowhere


def test_the_chart_of_a_lot_has_its_interval_and_what_is_pledged(bank: House, client: InProcess) -> None:
    path = f"/lender/lots/{written(bank.office.lot)}/attested.json?receipt={written(bank.pledged[0])}"
    told = seen(client, "anna", path).json()
    assert [one.get("band") for one in told["series"]] == [None, "low", "high", None]
    assert [row[-1] for row in told["values"]] == ["100000", "99995", "100005", "40000"]


def test_an_alert_is_acknowledged_and_ended_with_a_reason_once(bank: House, client: InProcess) -> None:
    bank.service.alerts.take([replace(OUT, touches="lot B2")], bank.office.desk.now(), whole=False)
    (number,) = [one.number for one in bank.service.alerts.standing() if one.alert.touches == "lot B2"]
    path, sent = f"/lender/alerts/{number}", form(reason="the yard was called")
    for who, status in (("reader", 403), ("kai", 403)):
        assert client.post(f"{path}/acknowledge", data=sent, headers={"cookie": f"who={who}"}).status_code == status
    without = {"reason": "x", "once": sent["once"]}
    assert client.post(f"{path}/acknowledge", data=without, headers={"cookie": "who=anna"}).status_code == 403
    for _ in range(2):  # pressed twice, done once
        answer = client.post(f"{path}/acknowledge", data=sent, headers={"cookie": "who=anna"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/lender/alerts")
    assert text(client, "anna", "/lender/alerts").count("the yard was called") == 1
    ended = client.post(f"{path}/end", data=form(reason="weighed twice", once="fedcba9876543210"),
                        headers={"cookie": "who=anna"})  # fmt: skip
    assert ended.status_code == 303
    assert f'"/lender/alerts/{number}/end"' not in text(client, "anna", "/lender/alerts")
    assert "formaction" not in text(client, "reader", "/lender/alerts")


def test_months_show_the_position_at_their_end_and_what_is_open(client: InProcess) -> None:
    page = text(client, "anna", "/lender/close")
    months = re.findall(r"/lender/close\?month=(\d{4}-\d\d)", page)
    assert months == sorted(months, reverse=True)
    assert "still running" in page
    assert "search too old" in page
    assert "Signed closes" in page


def test_the_plan_names_slots_lots_and_receipts(bank: House, client: InProcess) -> None:
    site = written(bank.office.desk.view.book.slots[bank.office.yard.slot].site)
    lender, keeper = (
        text(client, who, f"/{place}/sites/{site}") for who, place in (("anna", "lender"), ("kai", "keeper"))
    )
    for page in (lender, keeper):
        assert '<svg class="drawing" viewBox="0 0 800' in page
        assert f"slot-{written(bank.office.yard.slot)}" in page
        assert written(bank.pledged[0]) in page
    assert written(bank.free) in keeper
    assert written(bank.free) not in lender


def test_an_order_of_a_lot_without_a_stores_sheet_says_so(bank: House, client: InProcess) -> None:
    yard, made = bank.office.yard, bank.office
    order = yard.did(
        "Order", "lender", "lender 2", "holder", receipt=bank.pledged[1], quantity=TONNE, picker=fresh("picker"),
        computation=fresh("computation"), until=yard.deadline, **{"from": yard.parties.now()},
    )  # fmt: skip
    made.sync()
    path = f"orders/{written(order.digest)}"
    assert path in text(client, "anna", "/lender/orders")
    assert "this desk has no sheet of the lot" in text(client, "anna", f"/lender/{path}")
    assert "未配置该批次的库房档案" in text(client, "kai", f"/keeper/{path}", "zh-CN")
    yard.did("CancelOrder", "lender", receipt=bank.pledged[1], order=order.digest)
    made.sync()
    assert "Cancelled" in text(client, "dora", "/depositor/orders")
