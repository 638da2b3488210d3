"""A close as tables for people: what workbook and page both show, every figure exact or its rounding said. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tally_finance.book.position import Line
from tally_finance.close import body as bodies
from tally_finance.close import goods_tables
from tally_finance.close.body import Body, OwedParts
from tally_finance.close.table import Column, Measure, Names, Table, Value, exact, moment, named, per_cent, short, yuan
from tally_finance.lending.rounding import down, up

_LINES: Final = {Line.NONE: "– 正常", Line.WARNING: "WARNING 警戒线", Line.LIQUIDATION: "LIQUIDATION 平仓线"}


def tables(body: Body, names: Names) -> tuple[Table, ...]:
    """All of them in their order; those that would be empty are left out."""
    made = (make(body, names) for make in _MAKERS)
    return tuple(table for table in made if table.rows)


def about(body: Body, names: Names) -> Table:
    """What was closed, and the heads that it follows from."""
    zone, chain, before = body.utc_offset_s, body.chain, body.previous
    rows = [
        ("Book 账簿", body.book),
        ("Month 月份", body.month),
        ("As of 截至", moment(body.as_of, zone)),
        ("As known at 知悉时间", moment(body.known_at, zone)),
        ("Journal 流水账", f"entry {body.seq}, head {body.head.hex()}"),
        ("Chain 链", _chain_words(body)),
        ("Operations 链上操作", "–" if chain is None else f"{chain.operations}, hash {chain.digest.hex()}"),
        ("Lender 质权人", "–" if body.lender is None else names.get(body.lender, body.lender.hex())),
        ("Close before 上期月结", "–" if before is None else before.close.hex()),
        ("Digest of all figures 内容摘要", bodies.digest(body).hex()),
    ]
    return Table("about", "Monthly close", "月结", (Column("", ""), Column("", "")), tuple(rows))


def _chain_words(body: Body) -> str:
    if body.chain is None:
        return "not looked at 未核对"
    return f"chain {body.chain.chain_id}, block {body.chain.block}"


def _facilities(body: Body, names: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("Borrower", "借款人"),
        Column("Limit", "额度", Measure.MONEY),
        Column("Owed", "敞口", Measure.MONEY),
        Column("Value", "押品价值", Measure.MONEY),
        Column("Lendable", "可融资额度", Measure.MONEY),
        Column("For new credit", "可计额度", Measure.MONEY),
        Column("Available", "可用额度", Measure.MONEY),
        Column("Missing", "应补", Measure.MONEY),
        Column("LTV %", "质押率", Measure.PER_CENT),
        Column("Coverage %", "覆盖率", Measure.PER_CENT),
        Column("Line", "预警"),
    )
    rows = (
        (
            one.facility,
            short(one.borrower, names),
            one.limit,
            up(one.owed.total),
            yuan(one.value_fen),
            yuan(one.lendable_fen),
            yuan(one.counted_fen),
            one.available,
            one.missing_cash,
            per_cent(one.loan_to_value, up),
            per_cent(one.coverage, down),
            _LINES[one.line],
        )
        for one in body.facilities
    )
    note = "Owed, missing and loan to value are rounded up, the rest down. 敞口、应补、质押率向上取整，其余向下取整。"
    return Table("facilities", "Facilities", "授信", columns, tuple(rows), note)


def _movement(body: Body, _: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("Opening", "期初", Measure.MONEY),
        Column("Drawn", "放款", Measure.MONEY),
        Column("Fees", "费用", Measure.MONEY),
        Column("Interest", "应计利息", Measure.MONEY),
        Column("Paid", "还款", Measure.MONEY),
        Column("Closing", "期末", Measure.MONEY),
        Column("Overpaid", "溢付", Measure.MONEY),
        Column("Refunded", "退款", Measure.MONEY),
        Column("Restated", "重述", Measure.MONEY),
    )
    rows = (
        (
            one.facility,
            up(one.movement.opening.total),
            one.movement.drawn,
            one.movement.charged,
            up(one.movement.accrued),
            down(one.movement.applied),
            up(one.owed.total),
            one.movement.overpaid,
            one.movement.refunded,
            None if one.movement.restated is None else up(one.movement.restated),
        )
        for one in body.facilities
    )
    note = (
        "Opening + drawn + fees + interest - paid = closing, exactly; each is rounded for itself. "
        "各项分别取整，精确值见附表。"
    )
    return Table("movement", "Movement of the month", "本月变动", columns, tuple(rows), note)


def _owed(body: Body, _: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("At", "时点"),
        Column("Costs", "费用"),
        Column("Penalty", "罚息"),
        Column("Interest", "利息"),
        Column("Principal", "本金"),
    )
    rows: list[tuple[Value, ...]] = []
    for one in body.facilities:
        rows += [
            _exact(one.facility, "opening 期初", one.movement.opening),
            _exact(one.facility, "closing 期末", one.owed),
        ]
    return Table(
        "owed",
        "What is owed, exactly",
        "敞口精确值",
        columns,
        tuple(rows),
        "Fractions of a yuan are exact. 分数为精确值。",
    )


def _exact(facility: str, at: str, owed: OwedParts) -> tuple[Value, ...]:
    return facility, at, *(exact(part) for part in (owed.costs, owed.penalty, owed.interest, owed.principal))


def _reasons(body: Body, names: Names) -> Table:
    columns = (Column("Facility", "授信"), Column("Reason", "原因"), Column("Of", "对象"), Column("Says", "说明"))
    rows = (
        (one.facility, str(reason.why), named(reason.subject, names), reason.text)
        for one in body.facilities
        for reason in (*one.stops, *one.doubts, *one.cuts)
    )
    return Table("reasons", "What allows no new credit", "不予新增授信的原因", columns, tuple(rows))


def _days(body: Body, _: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("Day", "日期"),
        Column("Owed", "敞口", Measure.MONEY),
        Column("Value", "押品价值", Measure.MONEY),
        Column("Lendable", "可融资额度", Measure.MONEY),
        Column("For new credit", "可计额度", Measure.MONEY),
    )
    rows: Iterator[tuple[Value, ...]] = (
        (
            one.facility,
            day.day.isoformat(),
            yuan(day.owed_fen),
            yuan(day.value_fen),
            yuan(day.lendable_fen),
            yuan(day.counted_fen),
        )
        for one in body.facilities
        for day in one.days
    )
    return Table("days", "Every day", "每日", columns, tuple(rows), "At the end of each day. 每日终了。")


_MAKERS: Final[tuple[Callable[[Body, Names], Table], ...]] = (
    _facilities,
    _movement,
    goods_tables.lots_table,
    goods_tables.receipts_table,
    goods_tables.remarks_table,
    _reasons,
    goods_tables.keepers_table,
    _owed,
    _days,
    goods_tables.evidence_table,
)
