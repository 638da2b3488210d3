"""What the desk tells its pages: accounts, courses, plans, attestations, papers, prices, closes; each party its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tally_chain.registry.roles import KeyRole
from tally_edge import signer
from tally_edge.keys import Signer
from tally_finance.api.forms import written
from tally_finance.api.rights import Role
from tally_finance.close import close_file
from tally_finance.close.body import Body
from tally_finance.close.computing import Asked, closed
from tally_finance.close.month import Month
from tally_finance.close.replaying import view_at
from tally_finance.desk.closes import take_close
from tally_finance.portal.asking import Asking
from tally_gateway.errors import ApiError
from tests.chain.registry.parties import fresh
from tests.finance.desk.office import COPPER, FACILITY
from tests.finance.portal.lender.house import DRAWN, PRICES, House
from tests.finance.portal.signed_in import form
from tests.in_process import InProcess

PEOPLE = {"anna": Role.LENDER, "kai": Role.KEEPER, "dora": Role.DEPOSITOR, "ivan": Role.INSPECTOR}


def told(bank: House, who: str, path: str, **params: object) -> Any:
    role = PEOPLE[who.removeprefix("other-")]
    visitor = bank.site.sessions.visitors[who]  # type: ignore[attr-defined]
    return asyncio.run(Asking(bank.site.desk, visitor.bearer(role)).get(path, **params))


@contextmanager
def refused(status: int) -> Iterator[None]:
    with pytest.raises(ApiError) as error:
        yield
    assert error.value.status == status


def test_an_account_adds_up(bank: House) -> None:
    account = told(bank, "anna", f"/v1/facilities/{FACILITY}/account")
    (line,) = account["lots"]
    kilograms, price = Decimal(line["secured_kg"]), Decimal(line["per_t"])
    assert Decimal(line["value"]) == kilograms * price * Decimal(line["grade"]) / 1000
    assert Decimal(line["lendable"]) == Decimal(line["value"]) * Decimal(line["advance"])
    assert Decimal(account["lendable"]) == Decimal(line["lendable"]) - Decimal(account["terms"]["reserve"])
    owed = account["owed"]
    parts = sum(Decimal(owed[name]) for name in ("costs", "penalty", "interest", "principal"))
    assert parts <= Decimal(owed["exposure"]) < parts + Decimal("0.02")
    assert Decimal(account["missing"]) == Decimal(owed["exposure"]) - Decimal(account["lendable"])
    assert Decimal(line["liquidation_per_t"]) < price < Decimal(line["warning_per_t"])
    assert [one["kind"] for one in account["movements"]] == ["drawn", "search_made", "facility_opened"]
    assert Decimal(account["movements"][0]["amount"]) == DRAWN


def test_the_lots_of_an_account_come_in_pages_of_their_own(bank: House) -> None:
    path = f"/v1/facilities/{FACILITY}"
    account = told(bank, "anna", f"{path}/account")
    assert told(bank, "anna", f"{path}/account", lots=False) == account | {"lots": []}
    whole = told(bank, "anna", path)
    assert told(bank, "anna", path, lots=False) == whole | {"lots": []}
    page = told(bank, "anna", f"{path}/lots", known_at=account["known_at"], as_of=account["as_of"])
    assert (page["items"], page["total"], page["next"]) == (account["lots"], 1, None)
    assert told(bank, "anna", f"{path}/lots", after=account["lots"][0]["lot"])["items"] == []
    with refused(404):
        told(bank, "other-dora", f"{path}/lots")


def test_the_movements_of_an_account_are_counted_and_told_in_parts(bank: House) -> None:
    whole = told(bank, "anna", f"/v1/facilities/{FACILITY}/account")
    parts = [told(bank, "anna", f"/v1/facilities/{FACILITY}/account", last=2, skipped=skipped) for skipped in (0, 2, 4)]
    assert [one["moved"] for one in (whole, *parts)] == [len(whole["movements"])] * 4 == [3] * 4
    assert [one["movements"] for one in parts] == [whole["movements"][:2], whole["movements"][2:], []]


def test_a_course_tells_each_point_as_it_was_known_then(bank: House) -> None:
    points = told(bank, "anna", f"/v1/facilities/{FACILITY}/course")["points"]
    values = dict.fromkeys(one["value_fen"] for one in points)
    wanted = [str(60 * per_t * 100) for per_t in PRICES]
    assert [one for one in values if one in wanted] == wanted
    for point in points[:-1]:
        position = bank.office.desk.position(FACILITY, point["at"], point["at"])
        assert point["owed_fen"] == str(int(position.exposure * 100))
    until = told(bank, "anna", f"/v1/facilities/{FACILITY}/course", known_at=bank.before)["points"]
    assert all(one["at"] <= bank.before for one in until)
    assert [one["line"] for one in (until[-1], points[-1])] == ["none", "warning"]


def test_a_borrower_has_its_account_and_no_other_does(bank: House) -> None:
    for path in ("account", "course"):
        assert told(bank, "dora", f"/v1/facilities/{FACILITY}/{path}")["facility"] == FACILITY
        with refused(404):
            told(bank, "other-dora", f"/v1/facilities/{FACILITY}/{path}")
        with refused(403):
            told(bank, "other-anna", f"/v1/facilities/{FACILITY}/{path}")


def test_attestations_and_plans_are_those_of_ones_own_lots(bank: House) -> None:
    lot = written(bank.office.lot)
    site = written(bank.office.desk.view.book.slots[bank.office.yard.slot].site)
    for who in PEOPLE:
        found = told(bank, who, f"/v1/lots/{lot}/attestations")
        assert [(one["lower_g"], one["upper_g"]) for one in found][-1] == ("99995000", "100005000")
        assert [one["site"] for one in told(bank, who, "/v1/sites")] == [site]
        assert told(bank, who, f"/v1/sites/{site}")["slots"][0]["lots"][0]["lot"] == lot
        stranger = f"other-{who}"
        assert told(bank, stranger, "/v1/sites") == []
        for path in (f"/v1/lots/{lot}/attestations", f"/v1/sites/{site}"):
            with refused(404):
                told(bank, stranger, path)


def test_what_secures_the_book_is_told_in_pages_and_numbers(bank: House) -> None:
    first = told(bank, "anna", "/v1/pledged", limit=1)
    rest = told(bank, "anna", "/v1/pledged", limit=1, after=first["next"])
    found = [*first["items"], *rest["items"]]
    assert {one["receipt"] for one in found} == {written(one) for one in bank.pledged}
    assert rest["next"] is None
    assert {one["keeper"] for one in found} == {written(bank.office.yard.whose("keeper"))}
    summary = told(bank, "anna", "/v1/summary")
    assert (summary["receipts"], summary["lots"], summary["encumbrances"]) == (2, 1, {"registered": 2})
    assert summary["goods"] == [{"commodity": COPPER, "receipts": 2, "pledged_g": "60000000"}]
    early = told(bank, "anna", "/v1/summary", known_at=summary["first_known_at"] - 1)
    assert (early["receipts"], early["known_at"]) == (0, None)
    with refused(403):
        told(bank, "dora", "/v1/pledged")


def test_papers_and_prices_are_the_lenders(bank: House) -> None:
    number = written(bank.pledged[0])
    papers = told(bank, "anna", f"/v1/receipts/{number}/papers")
    assert [one["what"] for one in papers["ownership"]["papers"]] == ["contract", "invoice", "payment", "search"]
    assert (papers["facility"], len(papers["filings"])) == (FACILITY, 1)
    assert Decimal(papers["per_t"]) == PRICES[-1]
    price = told(bank, "anna", f"/v1/prices/{COPPER}")
    assert [Decimal(one["per_t"]) for one in price["judged"]] == [70_000, *PRICES]
    with refused(404):
        told(bank, "anna", "/v1/prices/gold, of fools")
    with refused(404):
        told(bank, "anna", f"/v1/receipts/{written(bank.free)}/papers")
    for path in (f"/v1/receipts/{number}/papers", f"/v1/prices/{COPPER}", "/v1/closes"):
        with refused(403):
            told(bank, "dora", path)


def test_a_signed_close_is_kept_listed_and_handed_out_as_it_was_signed(bank: House, client: InProcess) -> None:
    desk, key = bank.office.desk, signer.generate()
    body = closed(desk.entries(), Asked(Month("2020-01", 8 * 3600), desk.now()), None)
    data = close_file.encode(close_file.sign(body, {}, key, desk.now()))

    def brought(file: bytes, who: str, once: str) -> int:
        sent, headers = {"file": ("2020-01.close", file)}, {"cookie": f"who={who}"}
        return client.post("/lender/closes", data=form(once=once), files=sent, headers=headers).status_code

    assert brought(data, "reader", "close-a-0001") == 403
    assert brought(data[:-1] + bytes([data[-1] ^ 1]), "anna", "close-a-0002") == 422
    for name, other in (
        ("another book", replace(body, book="bank-2")),
        ("another head", replace(body, head=bytes(32))),
    ):
        file = close_file.encode(close_file.sign(other, {}, key, desk.now()))
        assert brought(file, "anna", "close-a-0003") == 422, name
    for once in ("close-a-0004", "close-a-0004", "close-a-0005"):
        assert brought(data, "anna", once) == 303
    (kept,) = [one for one in told(bank, "anna", "/v1/closes") if one["month"] == "2020-01"]
    assert (kept["key"], kept["keepers"]) == (written(key.public_key.kid), [])
    got = client.get(f"/lender/closes/{kept['digest']}", headers={"cookie": "who=anna"})
    assert got.content == data
    assert got.headers["content-disposition"].startswith("attachment")
    assert kept["digest"] in client.get("/lender/close", headers={"cookie": "who=anna"}).text
    for name in (bank.draft, fresh()):
        for path in (f"/v1/closes/{written(name)}", f"/v1/closes/{written(name)}/check"):
            with refused(404):
                told(bank, "anna", path)


def test_a_kept_close_is_computed_again_from_the_book_as_known_then(bank: House, client: InProcess) -> None:
    desk, lender, key = bank.office.desk, bank.office.yard.whose("lender"), signer.generate()
    bank.office.yard.parties.bind(lender, key.public_key.kid, KeyRole.LENDER)
    bank.office.sync()
    month = Month("2020-02", 8 * 3600)
    body = closed(desk.entries(), Asked(month, desk.now(), lender), view_at(desk.view.history, month.end))

    def kept(body: Body, by: Signer) -> str:
        return written(take_close(desk, close_file.encode(close_file.sign(body, {}, by, desk.now()))).digest)

    other = replace(body, evidence=(fresh("root"),))
    for digest, holds, figures, english, chinese in (
        (kept(body, key), True, True, "It says what the book gives as known then", "重算的结果一致"),
        (kept(body, signer.generate()), False, True, "something else of it does not hold", "其他核验步骤不成立"),
        (kept(other, key), False, False, "does not say what the book gives", "结果不一致"),
    ):
        path, headers = f"/lender/closes/{digest}/check", {"cookie": "who=anna", "accept-language": "en"}
        found = told(bank, "anna", f"/v1{path.removeprefix('/lender')}")
        assert (found["holds"], found["figures"]) == (holds, figures)
        assert path in client.get("/lender/close", headers=headers).text
        assert english in client.get(path, headers=headers).text
        assert chinese in client.get(path, headers=headers | {"accept-language": "zh-CN"}).text
        assert client.get(path, headers={"cookie": "who=dora"}).status_code == 403
        with refused(403):
            told(bank, "other-anna", f"/v1/closes/{digest}/check")
