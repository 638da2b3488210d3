"""What follows from a book that does not change is found once, and never for anybody else or of another reading."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tally_finance.api import chain_routes, told_chain
from tally_finance.api.app import make_app
from tally_finance.api.rights import Role
from tally_finance.api.service import service_of
from tally_finance.api.sights import Sights
from tally_finance.api.tokens import Bearer
from tally_finance.desk.glancing import GLANCE_S
from tally_finance.desk.judged import Judged
from tally_finance.portal.asking import Asking
from tally_gateway.errors import ApiError
from tests.bench.bench_lender import HOLDER, LENDER, chain_of, desk_of


def test_what_is_seen_is_found_once_for_each_organisation_role_and_reading() -> None:
    sights, book = Sights(), chain_of(10)
    first, same = (Bearer(name, LENDER, Role.LENDER, may_write) for name, may_write in (("anna", True), ("bo", False)))
    seen = sights.of(book, first)
    assert sights.of(book, same) is seen
    assert len(list(seen.receipts())) == 10
    assert len(list(seen.lots())) == 2
    stranger = Bearer("cai", HOLDER, Role.LENDER, may_write=True)
    assert not list(sights.of(book, stranger).receipts())
    assert len(list(sights.of(book, Bearer("dora", HOLDER, Role.DEPOSITOR, may_write=True)).receipts())) == 10
    assert len(list(sights.of(chain_of(5), first).receipts())) == 5


def test_what_the_chain_says_is_encoded_once_for_who_sees_the_same_and_anew_for_another_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, told = desk_of(tmp_path, 10), list[bytes]()
    encode = told_chain.receipt_told

    def counted(number: bytes, *of: Any) -> Any:
        told.append(number)
        return encode(number, *of)

    monkeypatch.setattr(chain_routes, "receipt_told", counted)
    app = make_app(service_of(desk))
    anna, bo = (Asking(app, Bearer(name, LENDER, Role.LENDER, may_write=True)) for name in ("anna", "bo"))
    cai = Asking(app, Bearer("cai", HOLDER, Role.LENDER, may_write=True))
    dora = Asking(app, Bearer("dora", HOLDER, Role.DEPOSITOR, may_write=True))

    async def asked() -> None:
        first = await anna.get("/v1/receipts", limit=4)
        assert (len(first["items"]), first["total"], len(told)) == (4, 10, 4)
        assert await bo.get("/v1/receipts", limit=4) == first
        assert len(told) == 4
        assert (await anna.get("/v1/receipts", limit=4, after=first["next"]))["items"] != first["items"]
        one = f"/v1/receipts/{first['items'][0]['number']}"
        assert await anna.get(one) == await dora.get(one) == first["items"][0]
        assert (await cai.get("/v1/receipts"))["total"] == 0
        for _ in range(2):  # nobody is told what was told to another
            with pytest.raises(ApiError) as refused:
                await cai.get(one)
            assert refused.value.status == 404
        assert desk._view is not None
        desk._view = replace(desk._view, book=chain_of(5))
        assert (await anna.get("/v1/receipts", limit=4))["total"] == 5

    asyncio.run(asked())
    desk.engine.dispose()


def test_alerts_are_judged_once_for_a_moment_and_a_close_between_changes_nothing(tmp_path: Path) -> None:
    desk, judged = desk_of(tmp_path, 10), Judged()
    now = -(-(desk.now() + 60) // GLANCE_S) * GLANCE_S
    desk.clock = lambda: now
    state, found = desk.state(), judged.of(desk)
    assert desk.state(now - 1) is desk.state(now - 1) is not state
    assert desk.state() is state
    assert judged.of(desk) is found
    now += GLANCE_S - 1
    assert desk.state() is not state
    assert judged.of(desk) is found  # whoever looks within seconds sees the same
    now += 1
    assert judged.of(desk) is not found
    desk.engine.dispose()
