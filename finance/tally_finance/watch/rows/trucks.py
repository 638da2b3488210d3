"""Alerts about trucks and weighings (2xx). No IO."""

from __future__ import annotations

from tally_finance.watch.row import BLOCKS, URGENT, WARNING, Row

# fmt: off
TRUCK_AT_TWO_SITES = Row(
    201, URGENT, BLOCKS, "同车两地",
    "a vehicle was weighed at {site} and {apart_s} s from then at {other}; the way takes {journey_s} s",
    "同一车辆在{site}与{other}过磅，相隔{apart_s}秒，行程需{journey_s}秒",
    "One of the two weighings is of another vehicle, or of none: compare the cameras.",
)
WEIGHED_WITHOUT_VEHICLE = Row(
    202, WARNING, BLOCKS, "无车过磅",
    "ticket {ticket}: {net_kg} kg were weighed, and no plate was read",
    "磅单{ticket}：过磅{net_kg}千克，未识别车牌",
    "Ask for the picture of the weighing; until then it makes no stock.",
)
SAME_TARE = Row(
    203, WARNING, BLOCKS, "皮重雷同",
    "{count} weighings in a row show one tare of {tare_kg} kg, of more vehicles than one",
    "连续{count}次过磅皮重均为{tare_kg}千克，且非同一车辆",
    "Empty vehicles differ by hundreds of kilograms: look at the pictures, and have the scale checked.",
)
WEIGHING_WRONG = Row(
    204, WARNING, BLOCKS, "过磅不成立",
    "the weighing at {at} {why}",
    "{at}的过磅记录有误：{why}",
    "It counts as nothing; ask the keeper for the scale's own record of it.",
)
# fmt: on
