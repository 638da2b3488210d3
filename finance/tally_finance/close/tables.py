"""A close as tables for people: what workbook and page both show, every figure exact or its rounding said. No IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from tally_finance.book.forms import scaled_down
from tally_finance.book.position import Line
from tally_finance.close import body as bodies
from tally_finance.close.body import Body, OwedParts, ReceiptLine
from tally_finance.close.telling import remarks
from tally_finance.lending.rounding import down, up

Names = Mapping[bytes, str]
"""The reader's own names for ids."""

_LINES = {Line.NONE: "– 正常", Line.WARNING: "WARNING 警戒线", Line.LIQUIDATION: "LIQUIDATION 平仓线"}
_PER_CENT_STEP = Decimal("0.0001")


class Measure(Enum):
    """What a column holds, and so how it is aligned and written."""

    TEXT = "text"
    MONEY = "yuan"
    TONNES = "t"
    PER_CENT = "%"
    COUNT = "count"


Value = str | Decimal | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading in both languages, and what stands below it."""

    english: str
    chinese: str
    measure: Measure = Measure.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `note` says how figures are rounded, where they are."""

    name: str
    english: str
    chinese: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


def written(value: Value, measure: Measure) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if measure is Measure.TONNES:
        return f"{value:,f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else f"{value:,}"
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def short(value: bytes | None, names: Names) -> str:
    """An id by its name, or by its first and last four bytes."""
    if value is None:
        return "–"
    return names.get(value) or f"{value[:4].hex()}…{value[-4:].hex()}"


def moment(at: int | None, utc_offset_s: int) -> str:
    """A time in the close's own zone."""
    if at is None:
        return "–"
    zone = timezone(timedelta(seconds=utc_offset_s)) if utc_offset_s else UTC
    return datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec="seconds")


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
        Column("LTV", "质押率", Measure.PER_CENT),
        Column("Coverage", "覆盖率", Measure.PER_CENT),
        Column("Line", "预警"),
    )
    rows = (
        (
            one.facility,
            short(one.borrower, names),
            one.limit,
            up(one.owed.total),
            _yuan(one.value_fen),
            _yuan(one.lendable_fen),
            _yuan(one.counted_fen),
            one.available,
            one.missing_cash,
            _per_cent(one.loan_to_value, up),
            _per_cent(one.coverage, down),
            _LINES[one.line],
        )
        for one in body.facilities
    )
    note = "Owed, missing and loan to value are rounded up, the rest down. 敞口、应补、质押率向上取整，其余向下取整。"
    return Table("facilities", "Facilities", "授信", columns, tuple(rows), note)


def _movement(body: Body, names: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("Opening", "期初", Measure.MONEY),
        Column("Drawn", "放款", Measure.MONEY),
        Column("Fees", "费用", Measure.MONEY),
        Column("Interest", "应计利息", Measure.MONEY),
        Column("Paid", "还款", Measure.MONEY),
        Column("Closing", "期末", Measure.MONEY),
        Column("Overpaid", "溢付", Measure.MONEY),
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
            None if one.movement.restated is None else up(one.movement.restated),
        )
        for one in body.facilities
    )
    note = "Opening + drawn + fees + interest - paid = closing, exactly; each is rounded for itself. 各项分别取整，精确值见附表。"
    return Table("movement", "Movement of the month", "本月变动", columns, tuple(rows), note)


def _owed(body: Body, names: Names) -> Table:
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
    return facility, at, *(str(part) for part in (owed.costs, owed.penalty, owed.interest, owed.principal))


def _lots(body: Body, names: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("Lot", "批次"),
        Column("Goods", "货物"),
        Column("Pledged t", "质押", Measure.TONNES),
        Column("There t", "见证量内", Measure.TONNES),
        Column("For credit t", "可计", Measure.TONNES),
        Column("Price per t", "单价", Measure.MONEY),
        Column("Value", "价值", Measure.MONEY),
        Column("Lendable", "可融资", Measure.MONEY),
        Column("Quantity of", "见证时间"),
        Column("Price of", "价格时间"),
        Column("Evidence", "证据根"),
    )
    zone = body.utc_offset_s
    rows = (
        (
            one.facility,
            short(lot.lot, names),
            lot.commodity,
            _tonnes(lot.pledged_g),
            _tonnes(lot.secured_g),
            _tonnes(lot.counted_g),
            lot.per_t,
            _yuan(lot.value_fen),
            _yuan(lot.lendable_fen),
            moment(lot.seen_at, zone),
            moment(lot.priced_at, zone),
            short(lot.evidence_root, {}),
        )
        for one in body.facilities
        for lot in one.lots
    )
    return Table("lots", "Lots", "批次", columns, tuple(rows))


def _receipts(body: Body, names: Names) -> Table:
    columns = (
        Column("Receipt", "仓单"),
        Column("Facility", "授信"),
        Column("Book t", "账簿质押", Measure.TONNES),
        Column("Chain t", "链上质押", Measure.TONNES),
        Column("Face t", "仓单数量", Measure.TONNES),
        Column("State", "状态"),
        Column("Pledge", "担保"),
        Column("Held", "冻结"),
        Column("Holder", "持单人"),
        Column("Keeper", "保管人"),
        Column("Head", "链上头"),
    )
    return Table("receipts", "Receipts", "仓单", columns, tuple(_receipt(one, names) for one in body.receipts))


def _receipt(one: ReceiptLine, names: Names) -> tuple[Value, ...]:
    booked = None if one.booked_g is None else _tonnes(one.booked_g)
    chain = one.on_chain
    if chain is None:
        return short(one.receipt, names), one.facility, booked, *([None] * 8)
    return (
        short(one.receipt, names),
        one.facility,
        booked,
        _tonnes(chain.pledged_g),
        _tonnes(chain.face_g),
        chain.state.name.lower(),
        chain.encumbrance.name.lower().replace("_", " "),
        "yes 是" if chain.held or chain.short else "no 否",
        short(chain.holder, names),
        short(chain.keeper, names),
        short(chain.head, {}),
    )


def _remarks(body: Body, names: Names) -> Table:
    columns = (Column("Touches", "对象"), Column("Says", "说明"), Column("", "中文"), Column("Differs", "不符"))
    rows = (
        (_named(one.touches, names), one.english, one.chinese, "yes 是" if one.blocks else "no 否")
        for one in remarks(body)
    )
    return Table("remarks", "What stands out", "差异与提示", columns, tuple(rows))


def _reasons(body: Body, names: Names) -> Table:
    columns = (Column("Facility", "授信"), Column("Reason", "原因"), Column("Of", "对象"), Column("Says", "说明"))
    rows = (
        (one.facility, str(reason.why), _named(reason.subject, names), reason.text)
        for one in body.facilities
        for reason in (*one.stops, *one.doubts)
    )
    return Table("reasons", "What allows no new credit", "不予新增授信的原因", columns, tuple(rows))


def _keepers(body: Body, names: Names) -> Table:
    columns = (
        Column("Keeper", "保管人"),
        Column("Rows", "台账行数", Measure.COUNT),
        Column("Matched", "相符", Measure.COUNT),
        Column("Differing", "不符", Measure.COUNT),
        Column("Only here", "仅链上", Measure.COUNT),
        Column("Only there", "仅台账", Measure.COUNT),
        Column("SHA-256 of the keeper's file", "台账文件摘要"),
    )
    rows = (
        (
            short(one.keeper, names),
            one.rows,
            one.matched,
            len({difference.receipt for difference in one.differing}),
            len(one.only_here),
            len(one.only_there),
            one.book.hex(),
        )
        for one in body.keepers
    )
    return Table("keepers", "Beside the keepers' books", "与保管人对账", columns, tuple(rows))


def _days(body: Body, names: Names) -> Table:
    columns = (
        Column("Facility", "授信"),
        Column("Day", "日期"),
        Column("Owed", "敞口", Measure.MONEY),
        Column("Value", "押品价值", Measure.MONEY),
        Column("Lendable", "可融资额度", Measure.MONEY),
        Column("For new credit", "可计额度", Measure.MONEY),
    )
    rows = (
        (
            one.facility,
            day.day.isoformat(),
            *(_yuan(fen) for fen in (day.owed_fen, day.value_fen, day.lendable_fen, day.counted_fen)),
        )
        for one in body.facilities
        for day in one.days
    )
    return Table("days", "Every day", "每日", columns, tuple(rows), "At the end of each day. 每日终了。")


def _evidence(body: Body, names: Names) -> Table:
    rows = [("evidence root 证据根", root.hex(), "") for root in body.evidence]
    rows += [
        ("entries used 所依据的分录", one.sources_digest.hex(), f"{one.facility}: {one.sources}")
        for one in body.facilities
    ]
    columns = (Column("What", "名目"), Column("SHA-256", "摘要"), Column("Of", "对象"))
    return Table("evidence", "What the figures open to", "所依据的证据", columns, tuple(rows))


_MAKERS: tuple[Callable[[Body, Names], Table], ...] = (
    _facilities, _movement, _lots, _receipts, _remarks, _reasons, _keepers, _owed, _days, _evidence,
)  # fmt: skip


def _named(subject: str, names: Names) -> str:
    """A subject that is an id in hexadecimal, by its name or shortened; any other as it is."""
    if len(subject) != 64 or not set(subject) <= set("0123456789abcdef"):
        return subject
    return short(bytes.fromhex(subject), names)


def _yuan(fen: int) -> Decimal:
    return scaled_down(fen, 2)


def _tonnes(grams: int) -> Decimal:
    return scaled_down(grams, 6)


def _per_cent(ratio: Fraction | None, rounded: Callable[[Fraction, Decimal], Decimal]) -> Decimal | None:
    return None if ratio is None else rounded(ratio, _PER_CENT_STEP).scaleb(2)
