"""The tables of a close about goods: lots, receipts, what stands out, the keepers' books, the evidence. No IO."""

from __future__ import annotations

from tally_finance.close.body import Body, ReceiptLine
from tally_finance.close.table import Column, Measure, Names, Table, Value, moment, named, named_in, short, tonnes, yuan
from tally_finance.close.telling import remarks
from tally_finance.lending.rounding import down


def lots_table(body: Body, names: Names) -> Table:
    """What each facility has in each lot."""
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
    locked = any(lot.locked_per_t is not None for one in body.facilities for lot in one.lots)
    rows = (
        (
            one.facility,
            short(lot.lot, names),
            lot.commodity,
            tonnes(lot.pledged_g),
            tonnes(lot.secured_g),
            tonnes(lot.counted_g),
            lot.per_t if lot.locked_per_t is None else down(lot.locked_per_t),
            yuan(lot.value_fen),
            yuan(lot.lendable_fen),
            moment(lot.seen_at, zone, "minutes"),
            moment(lot.priced_at, zone, "minutes"),
            short(lot.evidence_root, {}),
        )
        for one in body.facilities
        for lot in one.lots
    )
    note = (
        "Where a part has a firm buyer, the price is the mean with the locked one. 有锁价的按均价。" if locked else ""
    )
    return Table("lots", "Lots", "批次", columns, tuple(rows), note)


def receipts_table(body: Body, names: Names) -> Table:
    """Each receipt, as the book and as the chain has it."""
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
    booked = None if one.booked_g is None else tonnes(one.booked_g)
    chain = one.on_chain
    if chain is None:
        return short(one.receipt, names), one.facility, booked, *([None] * 8)
    return (
        short(one.receipt, names),
        one.facility,
        booked,
        tonnes(chain.pledged_g),
        tonnes(chain.face_g),
        chain.state.name.lower(),
        chain.encumbrance.name.lower().replace("_", " "),
        "yes 是" if chain.held or chain.short else "no 否",
        short(chain.holder, names),
        short(chain.keeper, names),
        short(chain.head, {}),
    )


def remarks_table(body: Body, names: Names) -> Table:
    """What differs, or should be known."""
    columns = (Column("Touches", "对象"), Column("Says", "说明"), Column("", "中文"), Column("Differs", "不符"))
    rows = (
        (named(one.touches, names), named_in(one.english, names), one.chinese, "yes 是" if one.differs else "no 否")
        for one in remarks(body)
    )
    return Table("remarks", "What stands out", "差异与提示", columns, tuple(rows))


def keepers_table(body: Body, names: Names) -> Table:
    """Each keeper's book beside the chain."""
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


def evidence_table(body: Body, _: Names) -> Table:
    """What the figures open to."""
    rows = [("evidence root 证据根", root.hex(), "") for root in body.evidence]
    rows += [
        ("entries used 所依据的分录", one.sources_digest.hex(), f"{one.facility}: {one.sources}")
        for one in body.facilities
    ]
    columns = (Column("What", "名目"), Column("SHA-256", "摘要"), Column("Of", "对象"))
    return Table("evidence", "What the figures open to", "所依据的证据", columns, tuple(rows))
