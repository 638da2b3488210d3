"""From a lot's attested quantity down to the anchor, page by page, over the real contracts' state."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tally_chain import bundle
from tally_finance.api.forms import written
from tally_finance.api.openings import Openings
from tally_finance.portal.app import make_pages
from tally_finance.portal.site import Site
from tally_gateway.pages.words import Words
from tests.chain.registry.parties import fresh
from tests.finance.api.conftest import consortium, embedded, parties, solo, stage
from tests.finance.api.counter import Counter
from tests.finance.api.test_evidence import made as evidence
from tests.finance.portal.signed_in import COOKIE, Cookies
from tests.in_process import InProcess, asked

__all__ = ["consortium", "embedded", "evidence", "parties", "solo", "stage"]
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def made(evidence: tuple[Counter, bytes]) -> Iterator[tuple[InProcess, str]]:
    """Pages over the desk, visited by its lender; and the lot's page."""
    counter, _ = evidence
    sessions = Cookies()
    lender = counter.office.yard.whose("lender")
    sessions.add("lender", lender, "lender")
    sessions.add("other", fresh("another bank"), "lender")
    sessions.add("keeper", counter.office.yard.whose("keeper"), "keeper")
    words, engine = Words("Bank", "银行"), counter.office.desk.engine
    site = Site(words, "http://127.0.0.1", lender, engine, sessions, counter.service, counter.app)
    with asked(make_pages(site)) as client:
        client.cookies.set(COOKIE, "lender")
        yield client, f"/open/lot/{written(counter.office.lot)}"


def test_a_lot_opens_down_to_a_statement_in_every_step(
    made: tuple[InProcess, str], evidence: tuple[Counter, bytes]
) -> None:
    """Each page is reached by a link of the one before; the bundle's bytes come as they were taken."""
    client, path = made
    listed = client.get(path, headers=HTML)
    at = re.findall(rf'href="({path}/0x[0-9a-f]{{64}})"', listed.text)[0]
    page = client.get(at, headers=HTML).text
    assert "The evidence holds" in page
    assert "Attested quantity, kg" in page
    subject = re.findall(rf'href="({at}\?subject=[^"#]+)#statements"', page)[0]
    link = re.findall(rf'href="({at}/statements/[0-9a-f]{{64}})"', client.get(subject, headers=HTML).text)[1]
    steps = re.findall(r'class="step (\w+)" id="step-', client.get(link, headers=HTML).text)
    assert steps == ["good"] * 9
    assert client.get(f"{link}/steps.json").json()["holds"]
    assert client.get(f"{at}/bundle").content == evidence[1]
    for who, status in (("other", 403), ("keeper", 403), ("nobody", 401)):
        client.cookies.set(COOKIE, who)
        for one in (path, at, link, f"{at}/bundle", f"{link}/statement"):
            assert client.get(one).status_code == status, (who, one)
    client.cookies.set(COOKIE, "lender")
    assert client.get(f"/open/lot/{written(fresh())}").status_code == 404
    assert "Lot 0x" in client.get(path, headers=HTML).text


def test_verifications_are_bounded_by_bytes(evidence: tuple[Counter, bytes]) -> None:
    """The newest stay; what was read an hour ago is read again."""
    counter, data = evidence
    policy = counter.office.desk.policy
    assert policy is not None
    read: list[int] = []
    openings = Openings(most_bytes=10)

    def ask(key: int, now: int) -> None:
        def make() -> tuple[object, int]:
            read.append(key)
            return bundle.decode, 6

        openings.of((key,), policy, now, make)  # type: ignore[arg-type]  # what is kept is never looked into

    for key, now in ((1, 0), (1, 3_600), (2, 3_600), (1, 3_600), (1, 7_201), (1, 7_000)):
        ask(key, now)
    assert read == [1, 2, 1, 1, 1]
    assert data
