"""Where a reviewers' desk keeps its state in tests, and the desk that most tests ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.finance.api.conftest import books
from tests.finance.book.conftest import engine, url
from tests.finance.migrated import migrated
from tests.finance.review_api import reviews
from tests.finance.review_api.reviews import Desk
from tests.postgresql import postgresql, postgresql_server

__all__ = ["books", "engine", "postgresql", "postgresql_server", "url"]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The archive of the works' report."""
    return reviews.report(tmp_path_factory.mktemp("mill") / "now", reviews.world_of())


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sheet and the policy that the works' evidence is believed under."""
    at = tmp_path_factory.mktemp("policy")
    reviews.sheet(at, reviews.world_of())
    return at


@pytest.fixture(scope="module")
def made(packed: bytes, policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """A desk with one report, and the report's digest."""
    at = tmp_path_factory.mktemp("desk")
    for name in ("reviews.toml", "policy.toml"):
        (at / name).write_text((policy / name).read_text())
    engine = migrated(at / "reviews.db")
    with reviews.desk(engine, at / "reviews.toml") as desk:
        yield desk, desk.sent(packed)
    engine.dispose()


@pytest.fixture(scope="module")
def before(made: tuple[Desk, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base year in which the furnace took more."""
    world = reviews.world_of(grid=[120] * reviews.DAYS)
    at = tmp_path_factory.mktemp("before")
    desk, _ = made
    policy = desk.service.sheet.policy
    good = policy.read_text()
    reviews.sheet(at / "sheet", world)
    policy.write_text((at / "sheet" / "policy.toml").read_text())
    try:
        return desk.sent(reviews.report(at / "report", world))
    finally:
        policy.write_text(good)
