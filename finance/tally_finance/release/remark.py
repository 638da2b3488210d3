"""What is to be said of goods that went out (备注), by stable names. One that alarms lets nobody wait."""

from __future__ import annotations

from dataclasses import dataclass

from tally_finance import remark
from tally_finance.remark import RemarkName


class Name(RemarkName):
    """Every remark: its name, in Chinese, and whether it alarms. Names are never given another meaning."""

    NO_ORDER = ("no-order", "无放货指令出库", True)
    """Goods went out, and no live order names this vehicle at this time."""
    PLATE_UNKNOWN = ("plate-unknown", "车辆未核实", True)
    """The scale did not read the plate, or nobody opened what it signed."""
    OUTSIDE_WINDOW = ("outside-window", "超出提货时间", True)
    """The vehicle has an order, for another time."""
    OVER_PICK = ("over-pick", "超量提货", True)
    """More went out than the order names: the goods are gone, so it is recorded, and the lot is short."""
    UNDER_FLOOR = ("under-floor", "低于最低控货值", True)
    """More went out of a dynamic pledge than lay above its floor."""
    UNTICKETED = ("unticketed", "无磅单出库", True)
    """By the scale's running sums more went out than its tickets say."""
    GATE_ALONE = ("gate-alone", "出门未过磅", True)
    """Serials passed the gate outwards, and nothing was weighed afterwards."""
    NOT_PASSED = ("not-passed", "过磅未出门", True)
    """A load was weighed out for an order of serialised goods, and no serial passed the gate before."""
    SERIALS_SHARED = ("serials-shared", "序列号归属不明", True)
    """Serials passed the gate while trucks of two orders were loaded: whose they are, nobody can tell."""
    SEVERAL_ORDERS = ("several-orders", "多单可用", False)
    """More than one order fits a load; it counts for the one that ends first."""
    UNUSED = ("unused", "未提货", False)
    """The order's time is over, all of it was watched, and nothing was picked up."""

    @property
    def alarms(self) -> bool:
        """Whether the lender is to be called at once."""
        return self.is_grave


@dataclass(frozen=True, slots=True)
class Remark(remark.Remark):
    """A remark, what it is about, and a sentence."""

    name: Name
