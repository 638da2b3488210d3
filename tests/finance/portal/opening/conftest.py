"""A portal over a reviewers' desk with one report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.portal.app import make_pages
from tally_finance.portal.site import Site
from tally_gateway.pages.words import Words
from tests.finance.portal.signed_in import COOKIE, Cookies
from tests.finance.review_api import reviews
from tests.finance.review_api.conftest import packed, policy
from tests.in_process import InProcess, asked

__all__ = ["packed", "policy"]


@pytest.fixture(scope="module")
def made(packed: bytes, policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InProcess, str]]:
    """Pages, visited by a reviewer; and the report's digest."""
    at = tmp_path_factory.mktemp("portal")
    for name in ("reviews.toml", "policy.toml"):
        (at / name).write_text((policy / name).read_text())
    engine = engine_for(f"sqlite:///{at / 'portal.db'}")
    migrate(engine)
    sessions = Cookies()
    sessions.add("li", reviews.OWN, "reviewer")
    sessions.add("abroad", reviews.OTHER, "reviewer")
    sessions.add("keeper", reviews.OTHER, "keeper")
    with reviews.desk(engine, at / "reviews.toml") as desk:
        digest = desk.sent(packed)
        app = reviews.make_app(desk.service)
        words = Words("Bank", "银行")
        site = Site(words, "http://127.0.0.1", reviews.OWN, engine, sessions, review_service=desk.service, reviews=app)
        with asked(make_pages(site)) as client:
            client.cookies.set(COOKIE, "li")
            yield client, digest
    engine.dispose()
