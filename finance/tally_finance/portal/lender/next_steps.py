"""What to do next, in words: one sentence and one link each, the gravest first. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_finance.portal.lender import figures
from tally_gateway.pages.shown import in_words, number
from tally_gateway.pages.words import Words

_QUIET: Final = frozenset({"stale-quantity", "no-quantity"})
_ORDER: Final = ("bad", "doubt", "plain", "good")

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence with where it leads."""

    tone: str
    words: Words
    href: str


def of_lender(
    facilities: Sequence[Told], alerts: Sequence[Told], operations: Sequence[Told], organisation: str
) -> list[Step]:
    """A lender's, by its facilities' positions, alerts that stand, and operations that are being signed."""
    found = [
        *_of_alerts(alerts),
        *_of_lines(facilities),
        *_of_calls(facilities),
        *_of_signing(operations, organisation),
    ]
    found += _of_evidence(facilities)
    return _ordered(
        found, Words("Everything is covered, fresh and acknowledged.", "担保充足，数据新鲜，预警均已确认。")
    )


def of_party(
    operations: Sequence[Told],
    organisation: str,
    lots: Sequence[Told],
    now: int,
    place: str,
    *,
    orders: Sequence[Told] = (),
    facilities: Sequence[Told] = (),
) -> list[Step]:
    """A keeper's, a depositor's or an inspector's. `orders`: release orders that it sees; `facilities`: those in which
    a depositor owes.
    """
    found = [*_of_signing(operations, organisation), *_of_own_calls(facilities, place)]
    if place == "keeper":
        found += _of_orders(orders, now)
    short = [one for one in lots if one["is_short"]]
    if short:
        english = f"Goods are missing in {_counted(len(short), 'lot')}. Look at what was attested."
        found.append(Step("bad", Words(english, f"{len(short)} 个批次短少，请查看见证量。"), f"/{place}/lots"))
    old = [one for one in lots if one["is_open"] and _is_old(one, now)]
    if old:
        english = (
            f"{_counted(len(old), 'lot')} {_need(len(old))} a new attestation: nothing is issued or pledged without."
        )
        chinese = f"{len(old)} 个批次的见证量已过期或缺失，无法签发和质押。"
        found.append(Step("doubt", Words(english, chinese), f"/{place}/lots"))
    return _ordered(found, Words("Nothing waits for you.", "暂无待办事项。"))


def is_mine_to_sign(operation: Told, organisation: str) -> bool:
    """Whether an operation that was not sent has a place of this organisation without a signature."""
    return operation["sent"] is None and any(
        one["organisation"] == organisation and not one["is_signed"] for one in operation["places"]
    )


def _of_alerts(alerts: Iterable[Told]) -> Iterator[Step]:
    new = [one for one in alerts if not one["acknowledged"]]
    urgent = [one for one in new if one["severity"] == "urgent"]
    if urgent:
        english = f"{_counted(len(urgent), 'urgent alert')} {_wait(len(urgent))} for somebody to look. Begin there."
        yield Step("bad", Words(english, f"{len(urgent)} 条紧急预警待处理，请先查看。"), "/lender/alerts")
    elif new:
        english = f"{_counted(len(new), 'alert')} {_wait(len(new))} to be acknowledged."
        yield Step("doubt", Words(english, f"{len(new)} 条预警待确认。"), "/lender/alerts")


def _of_lines(facilities: Iterable[Told]) -> Iterator[Step]:
    by_line = {"liquidation": 0, "warning": 0, "uncovered": 0}
    for one in facilities:
        if one["line"] == "warning" and one["margin_call_until"] is not None:
            continue  # the borrower was called: `_of_calls` tells of it
        if one["line"] != "none":
            by_line[one["line"]] += 1
        elif int(one["missing_fen"]):
            by_line["uncovered"] += 1
    if by_line["liquidation"]:
        count = by_line["liquidation"]
        english = f"{_counted(count, 'facility', 'facilities')} reached the liquidation line. Decide what is done."
        yield Step("bad", Words(english, f"{count} 笔授信触及平仓线，请决定处置方式。"), "/lender/book")
    if by_line["warning"]:
        count = by_line["warning"]
        english = f"{_counted(count, 'facility', 'facilities')} reached the warning line. Call for a top-up."
        yield Step("doubt", Words(english, f"{count} 笔授信触及警戒线，请发追保通知。"), "/lender/book")
    if by_line["uncovered"]:
        count = by_line["uncovered"]
        english = f"What is pledged carries less than is owed in {_counted(count, 'facility', 'facilities')}."
        yield Step("doubt", Words(english, f"{count} 笔授信担保不足。"), "/lender/book")


def _of_calls(facilities: Iterable[Told]) -> Iterator[Step]:
    every = [one for one in facilities if one["margin_call_until"] is not None]
    for one in every:
        if not int(one["missing_fen"]):
            english = f"The margin call of {one['facility']} is answered: nothing is missing. Say so."
            chinese = f"{one['facility']} 已补足，担保充足，请确认补仓完成。"
            yield Step("doubt", Words(english, chinese), f"/lender/facilities/{one['facility']}")
    called = [one for one in every if int(one["missing_fen"])]
    if called:
        runs = "runs" if len(called) == 1 else "run"
        english = f"{_counted(len(called), 'margin call')} {runs}. See what is missing, and until when."
        first = min(called, key=lambda one: int(one["margin_call_until"]))
        href = f"/lender/facilities/{first['facility']}"
        yield Step("doubt", Words(english, f"{len(called)} 笔追保进行中，请查看缺口和期限。"), href)


def _of_own_calls(facilities: Iterable[Told], place: str) -> Iterator[Step]:
    """What a lender asks of a borrower, each with its amount and its end."""
    for one in facilities:
        if one["margin_call_until"] is None:
            continue
        name, href = one["facility"], f"/{place}/facilities/{one['facility']}"
        if not int(one["missing_fen"]):
            english = f"{name} is covered again: the lender has yet to end the margin call."
            yield Step("good", Words(english, f"{name} 已补足，待质权人确认补仓完成。"), href)
            continue
        amount, until = number(figures.yuan(one["missing_fen"])), in_words(one["margin_call_until"])
        english = f"Top up {name} by CNY {amount}, in cash or goods, until {until}."
        yield Step("doubt", Words(english, f"{name} 须于 {until} 前补仓：缺口 {amount} 元（现金或等额补货）。"), href)


def _of_signing(operations: Iterable[Told], organisation: str) -> Iterator[Step]:
    mine = [one for one in operations if is_mine_to_sign(one, organisation)]
    if mine:
        english = f"{_counted(len(mine), 'operation')} {_wait(len(mine))} for a signature of yours."
        yield Step("doubt", Words(english, f"{len(mine)} 项操作待贵方签署。"), "/operations")


def _of_orders(orders: Iterable[Told], now: int) -> Iterator[Step]:
    waiting = [one for one in orders if one["state"] == "open" and one["until"] >= now]
    if waiting:
        lets = "lets" if len(waiting) == 1 else "let"
        english = f"{_counted(len(waiting), 'release order')} {lets} goods out. Check the picker, record the load."
        chinese = f"{len(waiting)} 份放货指令待执行，请核对提货人并按磅单登记出库。"
        first = min(waiting, key=lambda one: int(one["until"]))
        yield Step("doubt", Words(english, chinese), f"/operations/release/{first['receipt']}")


def _of_evidence(facilities: Iterable[Told]) -> Iterator[Step]:
    old = {reason["subject"] for one in facilities for reason in one["doubts"] if reason["why"] in _QUIET}
    if old:
        was, count = ("was", "counts") if len(old) == 1 else ("were", "count")
        english = f"{_counted(len(old), 'lot')} {was} not attested in time, and {count} for nothing new."
        yield Step("doubt", Words(english, f"{len(old)} 个批次的见证量过期，不计入新增授信。"), "/lender/book")


def _is_old(lot: Told, now: int) -> bool:
    at = lot["attested_at"]
    return at is None or now > int(at) + int(lot["max_age_s"])


def _ordered(found: Sequence[Step], quiet: Words) -> list[Step]:
    if not found:
        return [Step("good", quiet, "")]
    return sorted(found, key=lambda one: _ORDER.index(one.tone))


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _wait(count: int) -> str:
    return "waits" if count == 1 else "wait"


def _need(count: int) -> str:
    return "needs" if count == 1 else "need"
