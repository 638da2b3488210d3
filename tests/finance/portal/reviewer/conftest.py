"""The reviewer's pages over a reviewers' desk with the report of the works; nobody needs an account here."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tally_finance.portal.app import make_pages
from tally_finance.portal.site import Site
from tally_finance.review_api import sheet_file
from tally_finance.review_api.app import make_app
from tally_finance.review_api.computing import Reading
from tally_finance.review_api.service import Service, service_of
from tally_gateway.pages.words import Words
from tests.finance.migrated import migrated
from tests.finance.portal.signed_in import COOKIE, Cookies, form
from tests.finance.review_api import reviews
from tests.finance.review_api.conftest import packed, policy
from tests.finance.review_api.reviews import OTHER, OWN, VERIFIERS, Clock
from tests.in_process import InProcess, asked

__all__ = ["packed", "policy"]


@dataclass
class Pages:
    """The pages, asked as somebody. `digest`: of the report that is kept."""

    client: InProcess
    service: Service
    clock: Clock
    digest: str = ""

    @property
    def base(self) -> str:
        """Where the report's pages are."""
        return f"/reviewer/reports/{self.digest}"

    def get(self, path: str, who: str = "li", language: str = "en", **options: Any) -> httpx.Response:
        self.client.cookies.set(COOKIE, who)
        headers = {"accept": "text/html", "accept-language": language, **options.pop("headers", {})}
        return self.client.get(path, headers=headers, **options)

    def post(self, path: str, who: str = "li", files: Any = None, **values: str) -> httpx.Response:
        self.client.cookies.set(COOKIE, who)
        return self.client.post(path, data=form(**values), files=files, headers={"accept": "text/html"})

    def sent(self, data: bytes, who: str = "li") -> str:
        """Send an archive by the page's form; the digest of what was sent, once it is computed."""
        answer = self.post("/reviewer/send", who, files={"archive": ("report.tar", data)})
        assert answer.status_code == 303, answer.text
        found = re.fullmatch("/reviewer/arrivals/([0-9a-f]{64})", answer.headers["location"])
        assert found is not None
        deadline = time.monotonic() + 60
        while self.get(f"/reviewer/arrivals/{found[1]}/state", who).json()["state"] == "computing":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return found[1]


@contextmanager
def opened(at: Path, sheets: Path) -> Iterator[Pages]:
    """The pages of a desk in an empty folder."""
    for name in ("reviews.toml", "policy.toml"):
        (at / name).write_text((sheets / name).read_text())
    engine = migrated(at / "reviews.db")
    people, clock, sheet = Cookies(), Clock(), sheet_file.load(at / "reviews.toml")
    people.add("li", OWN, "reviewer")
    people.add("chen", OWN, "reviewer")
    people.add("reader", OWN, "reviewer", may_write=False)
    people.add("zhao", OWN, "lender")
    people.add("wang", VERIFIERS, "verifier")
    people.add("stranger", OTHER, "reviewer")
    people.add("keeper", OWN, "keeper")
    with service_of(engine, sheet, Reading(sheet.policy, sheet.key), clock, reviews.MUCH) as service:
        name = Words("Bank of the Delta", "三角洲银行")
        site = Site(name, "http://127.0.0.1", OWN, engine, people, review_service=service, reviews=make_app(service))
        with asked(make_pages(site)) as client:
            yield Pages(client, service, clock)
    engine.dispose()


@pytest.fixture(scope="package")
def pages(packed: bytes, policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages with one report that is kept."""
    with opened(tmp_path_factory.mktemp("pages"), policy) as made:
        made.digest = made.sent(packed)
        yield made
