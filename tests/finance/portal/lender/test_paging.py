"""Long lists of the portal come in pages: each leads on and back, keeps its filters and the time that is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from tally_finance.api.forms import written
from tally_finance.portal.lender import book_pages, facility_pages, party_pages, receipt_pages, watch_pages
from tally_finance.portal.signing import reading_routes
from tally_gateway.pages.paging import sliced
from tests.bench.bench_lender import portal_of
from tests.finance.desk.office import FACILITY
from tests.finance.portal.lender.house import House
from tests.finance.watch_service.test_alert_store import OUT
from tests.in_process import InProcess, asked

PAGES = (book_pages, facility_pages, party_pages, receipt_pages, watch_pages, reading_routes)


@pytest.fixture(autouse=True)
def one_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that two of anything are two pages."""
    for module in PAGES:
        if hasattr(module, "ON_A_PAGE"):
            monkeypatch.setattr(module, "ON_A_PAGE", 1)
        if hasattr(module, "_ROWS"):
            monkeypatch.setattr(module, "_ROWS", 1)
        if hasattr(module, "sliced"):
            monkeypatch.setattr(module, "sliced", partial(sliced, size=1))


def page_of(client: InProcess, who: str, path: str) -> str:
    answer = client.get(path, headers={"accept": "text/html", "accept-language": "en", "cookie": f"who={who}"})
    assert answer.status_code == 200, (path, answer.text[-400:])
    return answer.text


def walked(client: InProcess, who: str, path: str, mark: str = "") -> list[str]:
    """Every page of the list from its first on; and back again."""

    def link(page: str, rel: str) -> str | None:
        found = [unescape(one) for one in re.findall(rf'rel="{rel}" href="([^"]+)"', page)]
        wanted = [one for one in found if one.partition("#")[2] == mark]
        return wanted[0].partition("#")[0] if wanted else None

    pages, at = [page_of(client, who, path)], path
    while (on := link(pages[-1], "next")) is not None:
        pages.append(page_of(client, who, on))
        at = on
        assert len(pages) < 200
    back, page = 1, page_of(client, who, at)
    while (before := link(page, "prev")) is not None:
        page = page_of(client, who, before)
        back += 1
    assert back == len(pages) > 1, path
    assert f"1–1 of {len(pages)}" in page
    return pages


def numbers(pages: list[str], place: str) -> Iterator[str]:
    for page in pages:
        yield from set(re.findall(rf"/{place}/receipts/(0x[0-9a-f]{{64}})", page))


def test_receipts_and_lots(bank: House, client: InProcess) -> None:
    pages = walked(client, "kai", "/keeper/receipts")
    assert sorted(numbers(pages, "keeper")) == sorted(map(written, [*bank.pledged, bank.free]))


def test_the_book_keeps_its_filter_and_the_time(bank: House, client: InProcess) -> None:
    path = f"/lender/book?stage=registered&known={bank.office.desk.now()}"
    pages = walked(client, "anna", path, "receipts")
    assert len(pages) == len(bank.pledged)
    assert all(f'value="{bank.office.desk.now()}"' in one and 'value="registered" selected' in one for one in pages)


def test_what_happened_to_a_receipt_and_to_a_facility(bank: House, client: InProcess) -> None:
    history = walked(client, "anna", f"/lender/receipts/{written(bank.pledged[0])}", "history")
    assert len(history) == 4  # issued, offered, accepted, registered; the newest first
    assert "Register" in history[0]
    assert ">Issue" in history[-1]
    assert len(walked(client, "dora", f"/depositor/facilities/{FACILITY}", "moves")) == 3
    now = bank.office.desk.now()
    pages = walked(client, "anna", f"/lender/facilities/{FACILITY}?known={now}", "moves")
    onward = [one for page in pages for one in re.findall(r'rel="(?:next|prev)" href="([^"]+)#moves"', page)]
    assert len(onward) == 4
    assert all(f"known={now}" in one for one in onward)


def test_the_lots_of_a_position_whose_sums_are_of_all_of_them(tmp_path: Path) -> None:
    with asked(portal_of(tmp_path, 60)) as client:
        pages = walked(client, "anna", "/lender/facilities/F-1", "cover")
        behind = page_of(client, "anna", f"/lender/facilities/F-1?lots=0x{'f' * 64}&moves=100000")
    lots = [
        lot for page in pages for lot in re.findall(r'<th scope="row"><a href="/lender/lots/(0x[0-9a-f]{64})', page)
    ]
    assert len(lots) == len(pages) == 12
    assert lots == sorted(set(lots))
    sums = {tuple(re.findall(r'<tr><th scope="row" colspan="6">.*?</tr>', page)) for page in pages}
    assert [len(one) for one in sums] == [3]
    assert "Nothing is pledged" not in behind
    assert re.findall(r"<span>(\d+–\d+ of \d+)</span>", behind) == ["1–1 of 12", "182–182 of 182"]


def test_alerts_of_a_weight(bank: House, client: InProcess) -> None:
    now = bank.office.desk.now()
    bank.service.alerts.take([replace(OUT, touches=f"lot C{each}") for each in range(3)], now, whole=False)
    pages = walked(client, "anna", "/lender/alerts?severity=urgent")
    assert all('severity=urgent" aria-current="page"' in unescape(one) for one in pages)
    assert len({re.findall(r"lot C\d", one)[0] for one in pages if "lot C" in one}) == 3


def test_operations_being_signed(bank: House, client: InProcess) -> None:
    page = page_of(client, "anna", "/operations")
    assert "Waits for your signature (1)" in page
    assert written(bank.draft) in page
    assert "Nothing." in page_of(client, "anna", "/operations/done")
