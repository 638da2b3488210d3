"""What a reviewer should know of activity data: a remark (备注) by a stable name. One that blocks leaves a sum open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Name(Enum):
    """Every remark: its name, whether it blocks, and in Chinese. Names are never given another meaning."""

    NOT_BELIEVED = ("not-believed", True, "不予采信")
    """The bundle shows nothing of a meter, or a failure touches it: nothing that it says counts."""
    MISSING = ("missing", True, "缺失且无上限")
    """Times that nobody read, and no ceiling bounds what passed: the total is open."""
    CEILING_EXCEEDED = ("ceiling-exceeded", True, "超过物理上限")
    """A measured quantity lies above the ceiling: it is none."""
    CORRECTION_UNPLACED = ("correction-unplaced", True, "更正无法落实")
    """A signed correction whose edges no register was read at, or which reaches over the edge of a period."""
    NEGATIVE = ("negative", True, "为负")
    """More went out than came in and was made."""
    SUBS_EXCEED = ("subs-exceed", True, "分表大于总表")
    """Sub-meters show more than what they are part of, beyond what the meters are wrong by."""
    UNSEEN = ("unseen", False, "未见")
    """A sub-meter or counter of which nothing is believed, or not all: what it is held against is not judged there."""
    UNEXPLAINED = ("unexplained", False, "复位或换表未说明")
    """A device counted a reset, a rollover or an exchange that neither registers nor authority show."""
    ESTIMATED = ("estimated", False, "按上限估计")
    """Times that nobody read, filled with the ceiling."""
    CORRECTED = ("corrected", False, "已更正")
    """A signed correction replaces what the registers say."""
    GAP_FILLED = ("gap-filled", False, "人工补数")
    """A signed correction fills a gap: it counts only above what would be filled in, and not in what is taken off."""
    UNMETERED = ("unmetered", False, "未计量份额过大")
    """More than the sheet allows reaches no sub-meter."""
    LEFT_OUT = ("left-out", False, "未列入边界")
    """The authority's site plan lists a metering point that the sheet, or a version of it in the period, leaves out."""
    PARENT_DIFFERS = ("parent-differs", False, "上下级不符")
    """The authority's site plan puts a meter below another one than the sheet does, or below none."""
    INVOICE_DIFFERS = ("invoice-differs", False, "账单不符")
    """An invoice says another quantity than the meter, beyond its tolerance."""
    INVOICE_REGISTER = ("invoice-register", False, "账单表底不符")
    """An invoice names another register than the meter showed."""
    INVOICE_ARITHMETIC = ("invoice-arithmetic", False, "账单计算不符")
    """An invoice's own registers do not make its quantity."""
    INVOICE_UNHELD = ("invoice-unheld", False, "账单无从核对")
    """An invoice over a time that is not in the period, or that was not measured."""
    INVOICES_APART = ("invoices-apart", False, "账单有间断或重叠")
    """Invoices of one meter that leave a time out, or charge one twice."""
    RATIO_UNUSUAL = ("ratio-unusual", False, "单耗异常")
    """A month's ratio of what was used to what was made lies outside its usual range."""
    DOUBT = ("doubt", False, "疑点")
    """A plausibility check doubts a meter."""
    LATE = ("late", False, "迟交证据")
    """A head of the log shows that statements of a meter were not there a week after they say they were signed."""
    COPIED = ("copied", False, "读数雷同")
    """A day's readings repeat another day's or another meter's, one after the other, to the last digit."""

    @property
    def text(self) -> str:
        """The name in text and JSON."""
        return self.value[0]

    @property
    def blocks(self) -> bool:
        """Whether the total is open."""
        return self.value[1]

    @property
    def chinese(self) -> str:
        """For people."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark, what it is about, and a sentence."""

    name: Name
    touches: str
    sentence: str
