"""What a deposit says, what it is signed over, and what its verification says of one that was touched."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tally_chain.policy import Policy
from tally_edge import signer, statement
from tally_edge import wire as codec
from tally_edge.authority import CorrectionReason
from tally_edge.errors import DecodeError, SignatureError
from tally_finance import signed_file
from tally_finance.activity import boundary_file
from tally_finance.deposit import deposit_file, summing
from tally_finance.deposit.anchored import anchored_by
from tally_finance.deposit.body import Body, body_of
from tally_finance.deposit.calendar import Month
from tally_finance.deposit.checking import Against, checked, table_files
from tally_finance.deposit.deposit_file import Deposit
from tally_finance.errors import DepositError
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.trace import canonical
from tally_finance.report.making import Report, report_of
from tests.finance.activity import works
from tests.finance.activity.test_site import corrected, exchanged
from tests.finance.report import mill
from tests.world import START, World

KEY = signer.generate()
TRUSTED = frozenset({KEY.public_key.kid})
JANUARY, FEBRUARY = "2026-01", "2026-02"
MADE_AT = START + 60 * works.DAY_S
BERLIN = works.SHEET.replace('timezone = "UTC"', 'timezone = "Europe/Berlin"').replace(
    "from = 2026-01-01T00:00:00+00:00", "from = 2025-12-01T00:00:00+00:00"
)


@pytest.fixture(scope="module")
def world() -> World:
    return works.run(works.opened(), mill.DAYS)


@pytest.fixture(scope="module")
def report(world: World, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return mill.made(world, tmp_path_factory.mktemp("mill"))


def signed(body: Body, at: int = MADE_AT) -> Deposit:
    digests = {name: sha256(data).digest() for name, data in table_files(body).items()}
    return deposit_file.decode(deposit_file.encode(deposit_file.sign(body, digests, KEY, at)))


def steps(deposit: Deposit, **given: Any) -> dict[int, bool | None]:
    against = Against(**{"trusted": TRUSTED, "documents": table_files(deposit.body), **given})
    return {one.number: one.holds for one in checked(deposit, against)}


def test_days_are_what_the_meters_counted(report: Report) -> None:
    """31 days of 100 kWh in, 40 made, 10 fed in, 5 m³, 1,000 kg."""
    body = body_of(report, JANUARY)
    electricity, water = body["media"]
    assert {name: electricity["month"][name] for name in ("bought", "made", "fed_in", "used")} == {
        "bought": "3100",
        "made": "1240",
        "fed_in": "310",
        "used": "4030",
    }
    assert [one["day"] for one in electricity["days"]] == [f"2026-01-{day:02}" for day in range(1, 32)]
    assert {one["bought"] for one in electricity["days"]} == {"100"}
    assert (electricity["as"], water["as"]) == (["electricity"], [])
    assert (water["month"]["bought"], body["output"][0]["month"]["made"]) == ("155", "31000")
    grid = next(one for one in body["working"] if one["meter"] == "grid")
    assert (grid["hours"], grid["unknown_hours"], grid["highest_in_an_hour"]) == ("0", "744", ""), "read once a day"
    assert list(summing.of_days(body)) == []


def test_months_add_up_to_the_report(report: Report) -> None:
    said = json.loads(report.encode())
    bodies = {text: body_of(report, text) for text in (JANUARY, FEBRUARY)}
    assert [one.faults for one in summing.of_year(said, bodies)] == [(), (), ()]
    wrong = copy.deepcopy(bodies)
    wrong[FEBRUARY]["media"][0]["month"]["bought"] = "2801"
    told = {one.month: one.faults for one in summing.of_year(said, wrong)}
    assert "electricity, bought: deposited 2801, should be 2800, +1" in told[FEBRUARY]
    assert told[summing.WHOLE] == ("electricity, bought: deposited 5901, should be 5900, +1",)
    assert told[JANUARY] == ()
    missing = {one.month: one.faults for one in summing.of_year(said, {JANUARY: bodies[JANUARY]})}
    assert missing[FEBRUARY] == ("there is no deposit of it 缺存证",)
    assert "electricity, bought: deposited 3100, should be 5900, -2800" in missing[summing.WHOLE]


def test_a_month_in_which_the_clock_is_moved(tmp_path: Path) -> None:
    """March in Berlin: 31 days of the site's clock, one of 23 hours; registers are read at one o'clock and two."""
    days = 95
    inventory = mill.inventory(tmp_path)
    limits = boundary_file.parse(BERLIN, Path("boundary.toml"))
    counted = {(works.GRID, "energy_import"): [100 + day % 7 for day in range(days)]}
    examined = works.examined(works.run(works.opened(), days, counted), days)
    report = report_of(examined, inventory, limits, shipped(), (bytes(32),))
    body = body_of(report, "2026-03")
    assert list(summing.of_days(body)) == []
    rows = body["media"][0]["days"]
    assert len(rows) == 31
    assert [one["day"] for one in rows if int(one["to"]) - int(one["from"]) == 23 * 3600] == ["2026-03-29"]
    month = next(one for one in report.activity.media[0].months if one.from_at == Month("2026-03", limits.zone).from_at)
    assert Decimal(body["media"][0]["month"]["bought"]) == month.bought
    assert {one["state"] for one in rows} == {"bridged"}, "no register was read at midnight: shared out by time"


def test_a_gap_is_told_with_its_treatment(tmp_path: Path) -> None:
    """A meter that was exchanged unread: its ceiling counts, and the deposit says so and by what."""
    text = mill.INVENTORY.partition("[products]")[0]
    found = mill.inventory(tmp_path, text)
    limits = boundary_file.load(tmp_path / "boundary.toml")
    examined = works.examined(exchanged(works.GRID, "energy_import", "kWh"), 31)
    body = body_of(report_of(examined, found, limits, shipped(), (bytes(32),)), JANUARY)
    gaps = [one for one in body["gaps"] if one["meter"] == "grid"]
    assert [(one["quantity"], one["in_month"], one["state"]) for one in gaps] == [("600", "600", "estimated")] * 2
    assert all("50/h, transformer T1" in one["treatment"] for one in gaps)
    assert {one["treatment"] for one in body["gaps"] if one["meter"] == "fed in"} == {"taken off with nothing 不予扣减"}
    assert body["media"][0]["month"]["estimated"] == "1200"
    (change,) = next(one for one in body["meters"] if one["meter"] == "grid")["changes"]
    assert change["other_meter"]
    assert list(summing.of_days(body)) == []


def test_a_deposit_holds(world: World, report: Report) -> None:
    body = body_of(report, FEBRUARY)
    at = START + 70 * works.DAY_S
    assert steps(signed(body), report=report, anchored_by=at) == dict.fromkeys(range(2, 8), True)
    assert steps(signed(body)) == {2: True, 3: True, 4: None, 5: True, 6: True, 7: None}
    assert steps(signed(body), trusted=frozenset({bytes(32)}))[2] is False


def test_equal_evidence_gives_an_equal_body(world: World, report: Report, tmp_path: Path) -> None:
    again = mill.made(world, tmp_path)
    assert canonical(body_of(again, JANUARY)) == canonical(body_of(report, JANUARY))
    assert table_files(body_of(again, JANUARY)) == table_files(body_of(report, JANUARY))


@pytest.mark.parametrize(
    ("anchored", "made_at", "holds"),
    [
        ("2026-03-20T23:59:59", "2026-03-19T00:00:00", True),
        ("2026-03-21T00:00:00", "2026-03-19T00:00:00", False),
        ("2026-03-10T00:00:00", "2026-03-20T23:59:59", True),
        ("2026-03-10T00:00:00", "2026-03-21T00:00:00", False),
        (None, "2026-03-19T00:00:00", None),
    ],
)
def test_in_time_is_by_the_anchor(report: Report, anchored: str | None, made_at: str, holds: bool | None) -> None:
    """A clock that was set back does not make a late deposit one in time."""
    deposit = signed(body_of(report, FEBRUARY), seconds(made_at))
    at = None if anchored is None else seconds(anchored)
    assert steps(deposit, report=report, anchored_by=at)[7] is holds


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_the_anchor_that_dates_the_evidence(world: World, report: Report) -> None:
    """By the reader's policy: what no chain that it names took has no time."""
    policy, bundle = works.policy_of(world), world.bundle(hours=mill.DAYS * works.DAY_H)
    period = Month(JANUARY, report.activity.site.boundary.zone)
    inside = period.from_at, period.to_at
    assert anchored_by(report, bundle, policy, inside) == START + 390 * works.DAY_S
    assert anchored_by(report, bundle, _undated(policy), inside) is None


def _undated(policy: Policy) -> Policy:
    logs = tuple(replace(log, roots=tuple(replace(root, time=None) for root in log.roots)) for log in policy.logs)
    return replace(policy, logs=logs)


def test_late_evidence_restates_its_month(tmp_path: Path, report: Report) -> None:
    """A correction after the deposit: the next one names the one before, why, and every place that changed."""
    first = signed(body_of(report, FEBRUARY))
    counted = {(works.GRID, "energy_import"): [100] * 40 + [107] + [100] * 18}
    later = mill.made(works.run(works.opened(), mill.DAYS, counted), tmp_path)
    body = body_of(later, FEBRUARY, first.before("the meter's record of 10 February came in"))
    second = signed(body)
    assert (second.signed.number, second.signed.previous) == (2, first.statement.id)
    paths = {one["path"]: (one["before"], one["after"]) for one in body["previous"]["changes"]}
    assert paths["media[0].days[9].bought"] == ("100", "107")
    assert paths["media[0].month.bought"] == ("2800", "2807")
    assert steps(second, report=later, previous=first)[6] is True
    assert steps(second, report=later, previous=first)[7] is None
    assert steps(second, report=later)[6] is None
    assert steps(second, report=later, previous=second)[6] is False
    assert steps(first, report=later)[4] is False, "the old one does not follow from the new evidence"
    hidden = copy.deepcopy(body)
    hidden["previous"]["changes"] = []
    assert steps(signed(hidden), report=later, previous=first)[6] is False


def test_what_can_not_follow(report: Report) -> None:
    first = signed(body_of(report, JANUARY))
    with pytest.raises(DepositError, match="the deposit before is of '2026-01', this one of '2026-02'"):
        body_of(report, FEBRUARY, first.before("why"))
    with pytest.raises(DepositError, match="say why"):
        body_of(report, JANUARY, first.before(" "))
    with pytest.raises(DepositError, match="does not have the whole of 2026-03"):
        body_of(report, "2026-03")
    with pytest.raises(DepositError, match="is not over"):
        deposit_file.sign(body_of(report, FEBRUARY), {}, KEY, START + 58 * works.DAY_S)


def test_a_changed_file_is_refused(report: Report) -> None:
    """Every byte of it counts."""
    data = deposit_file.encode(signed(body_of(report, JANUARY)))
    for place in range(0, len(data), 997):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises((SignatureError, DecodeError, DepositError)):
            deposit_file.decode(bytes(changed))


def _more_bought(body: Body) -> None:
    body["media"][0]["days"][3]["bought"] = "101"


def _day_left_out(body: Body) -> None:
    del body["media"][1]["days"][4]


def _cheaper(body: Body) -> None:
    for one in (body["media"][0]["month"], body["media"][0]["days"][0]):
        one["bought"] = str(Decimal(one["bought"]) - 50)
        one["used"] = str(Decimal(one["used"]) - 50)
        one["measured"] = str(Decimal(one["measured"]) - 50)


@pytest.mark.parametrize(("change", "fails"), [(_more_bought, {3, 4}), (_day_left_out, {3, 4}), (_cheaper, {4})])
def test_a_maker_who_signs_something_else(report: Report, change: Callable[[Body], None], fails: set[int]) -> None:
    """Figures that add up and do not follow from the evidence are found by computing them again alone."""
    body = body_of(report, FEBRUARY)
    change(body)
    found = steps(signed(body), report=report)
    assert {number for number, holds in found.items() if holds is False} == fails


def test_tables_are_those_of_the_body(report: Report) -> None:
    """A changed file, and a maker who signs tables that say something else than the body."""
    body = body_of(report, JANUARY)
    files = table_files(body)
    name = "tables/days.csv"
    touched = {**files, name: files[name].replace(b",100,", b",10,")}
    assert steps(signed(body), documents=touched)[5] is False
    digests = {one: sha256(data).digest() for one, data in touched.items()}
    assert steps(deposit_file.sign(body, digests, KEY, MADE_AT), documents=touched)[5] is False
    assert steps(signed(body), documents={})[5] is None
    assert steps(signed(body), documents={**files, "tables/more.csv": b""})[5] is False


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("due"),
        lambda body: body.pop("to"),
        lambda body: body.update(to="1e9"),
        lambda body: body["boundary"][0].update(media=[[]]),
        lambda body: body["output"][0].update(meter={}),
        lambda body: body["media"][0]["month"].update(bought="much"),
        lambda body: body["media"][0]["month"].update(bought="1e999999999"),
        lambda body: body["media"][0]["days"][0].update({"from": "9" * 30}),
        lambda body: body["media"][0]["days"].append([]),
        lambda body: body["gaps"].append({"first": 1, "last": None}),
        lambda body: body.update(timezone="Mars/Olympus"),
        lambda body: body.update(timezone="Asia"),
        lambda body: body.update(media=None),
        lambda body: body["basis"].update(report="zz"),
    ],
)
def test_a_body_that_is_none(report: Report, change: Callable[[Body], object]) -> None:
    """Signed all the same: what can not be told or added up is no deposit."""
    body = body_of(report, JANUARY)
    deposit = signed(body)
    change(body)
    data = canonical(body)
    said = replace(deposit.signed, body=sha256(data).digest())
    made = statement.sign(deposit.statement.claims, codec.encode(said), KEY)
    with pytest.raises(DepositError, match="its body is no"):
        deposit_file.decode(signed_file.encode(deposit_file.FORM, made, data, KEY.public_key))


def test_a_gap_over_the_end_of_a_month_is_shared_out(tmp_path: Path) -> None:
    """Nobody read the grid meter on the midnight between: both months tell of it, each with its part."""
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            step = works.PER_DAY[point, register]
            days = [day for day in range(mill.DAYS + 1) if (point, register, day) != (works.GRID, "energy_import", 31)]
            works.say(world, point, register, unit, [(day * works.DAY_H, 1000 + day * step) for day in days])
    report = mill.made(world, tmp_path)
    parts = []
    for month in (JANUARY, FEBRUARY):
        body = body_of(report, month)
        (gap,) = [one for one in body["gaps"] if one["meter"] == "grid"]
        assert (gap["quantity"], gap["state"]) == ("200", "bridged")
        parts.append(gap["in_month"])
        assert body["media"][0]["month"]["bought"] == {JANUARY: "3100", FEBRUARY: "2800"}[month]
        assert list(summing.of_days(body)) == []
    assert parts == ["100", "100"]


def _hour_moved(body: Body) -> None:
    for one, word in zip(body["media"][0]["days"][3:5], ("to", "from"), strict=True):
        one[word] = str(int(one[word]) + 3_600)


def _last_day_short(body: Body) -> None:
    body["output"][0]["days"][-1]["to"] = str(int(body["to"]) - 1)


@pytest.mark.parametrize("change", [_hour_moved, _last_day_short])
def test_days_are_those_of_the_calendar(report: Report, change: Callable[[Body], None]) -> None:
    """Their sums are the month's, and they are not its days."""
    body = body_of(report, FEBRUARY)
    change(body)
    assert len(list(summing.of_days(body))) == 1
    assert steps(signed(body))[3] is False


def test_a_signed_correction_after_the_deposit(tmp_path: Path) -> None:
    """The authority finds a wrong ratio: the next deposit tells the correction with its statement, and what it did."""
    text = mill.INVENTORY.partition("[products]")[0]
    found = mill.inventory(tmp_path, text)
    limits = boundary_file.load(tmp_path / "boundary.toml")
    before, after = (
        report_of(works.examined(world, 31), found, limits, shipped(), (bytes(32),))
        for world in (works.run(works.opened(), 31), corrected(CorrectionReason.WRONG_RATIO, 4000))
    )
    first = signed(body_of(before, JANUARY))
    body = body_of(after, JANUARY, first.before("wrong ratio"))
    assert body["media"][0]["month"]["bought"] == "6100"
    (told,) = body["corrections"]
    assert (told["before"], told["after"], told["reason"], told["placed"]) == ("1000", "4000", "wrong_ratio", True)
    assert len(bytes.fromhex(told["statement"])) == 32
    changed = {one["path"]: (one["before"], one["after"]) for one in body["previous"]["changes"]}
    assert changed["media[0].month.bought"] == ("3100", "6100")
    assert changed["corrections[0].after"] == ("", "4000")
    assert list(summing.of_days(body)) == []
    assert steps(signed(body), report=after, previous=first)[6] is True
