"""Lists of a large book in pages: of which part a page shows, what it says of all of it, and how the parts lie."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.bench.bench_lender import portal_of
from tests.finance.portal.lender import test_pages
from tests.in_process import InProcess, asked

RECEIPTS = 125
"""In lots of five each and in facilities of more than fifty: one of thirteen lots, one of twelve."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with asked(portal_of(tmp_path_factory.mktemp("large"), RECEIPTS)) as made:
        yield made


def test_the_reckoning_of_a_position_is_in_pages_whose_sums_are_of_all_lots(
    client: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tally_finance.portal.lender.facility_pages._LOTS", 5)
    path, shown, sums, parts = "/lender/facilities/F-1", [], set(), []
    while path:
        page = test_pages.text(client, "anna", path)
        cover = page[page.index('id="cover"') : page.index('id="course"')]
        shown += re.findall(r'<th scope="row"><a href="/lender/lots/(0x[0-9a-f]{64})', cover)
        sums.add(tuple(re.findall(r'<th scope="row" colspan="6">.*?</tr>', cover)))
        parts += re.findall(r"<span>(\d+–\d+ of \d+)</span>", cover)
        onward = re.search(r'rel="next" href="([^"]+)#cover"', cover)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert parts == ["1–5 of 13", "6–10 of 13", "11–13 of 13"]
    assert len(shown) == 13
    assert shown == sorted(set(shown))
    assert len(sums) == 1
