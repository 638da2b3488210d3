"""A facility's bar: loan to value against its warning and liquidation lines, as shapes of a drawing. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.portal.lender import figures
from tally_gateway.pages.words import Words

WIDTH: Final = 240
_WHOLE: Final = Decimal("1.1")
"""The bar's end: beyond it a loan to value is not drawn longer."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`filled`, `warning`, `liquidation`: units of WIDTH. `says` is the same in words."""

    filled: int
    warning: int
    liquidation: int
    tone: str
    says: Words
    status: Words


def bar(loan_to_value: object, warning: object, liquidation: object, line: str, *, owes: bool) -> Bar:
    """A bar. `loan_to_value` None with something owed: nothing is left of the value."""
    lines = [Decimal(str(warning)), Decimal(str(liquidation))]
    tone, status = standing(line, owes=owes)
    value = None if loan_to_value is None else Decimal(str(loan_to_value))
    if not owes:
        filled, told = Decimal(0), Words("nothing is owed", "无欠款")
    elif value is None:
        filled, told = _WHOLE, Words("nothing is left of the value", "押品无余值")
    else:
        share = figures.per_cent(value, upwards=True)
        filled, told = value, Words(f"loan to value {share} %", f"动态质押率 {share}%")
    shown = [figures.per_cent(one) for one in lines]
    says = Words(
        f"{told.english}; warning line {shown[0]} %, liquidation line {shown[1]} %",
        f"{told.chinese}；警戒线 {shown[0]}%，平仓线 {shown[1]}%",
    )
    return Bar(_place(filled), _place(lines[0]), _place(lines[1]), tone, says, status)


def standing(line: str, *, owes: bool = True) -> tuple[str, Words]:
    """Where a facility stands, as a tone and in words."""
    if not owes:
        return "plain", Words("Nothing owed", "无欠款")
    if line == "liquidation":
        return "bad", Words("At the liquidation line", "触及平仓线")
    if line == "warning":
        return "doubt", Words("At the warning line", "触及警戒线")
    return "good", Words("Below the lines", "低于警戒线")


def _place(share: Decimal) -> int:
    return int(min(max(share, Decimal(0)), _WHOLE) / _WHOLE * WIDTH)
