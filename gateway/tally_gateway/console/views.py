"""What the pages of the console show of a state: filters, charts. Over JSON as it came. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tally_gateway.console.next_steps import BEHIND_S, FULL_OUTBOX, OFF_S

Json = Mapping[str, Any]


def devices(state: Json, show: str, search: str) -> list[Any]:
    """The devices of a filter whose name, key or points hold `search`; what needs somebody first."""
    found = [one for one in state["devices"] if _shown(one, show) and _named(one, search)]
    return sorted(found, key=lambda one: (_URGENCY[urgency(one)], one["device"], one["kid"]))


def urgency(device: Json) -> str:
    """bad, doubt, good or plain: how the row is marked."""
    if device["standing"] in ("replaced", "revoked"):
        return "plain"
    if device["forks"]:
        return "bad"
    if device["standing"] != "speaking" or device["missing"] or is_off(device) or is_full(device):
        return "doubt"
    return "good"


def is_off(device: Json) -> bool:
    """Whether its clock is off, or what it sends is old."""
    offset, behind = device["offset_s"], device["behind_s"]
    return (offset is not None and not -5 <= offset <= OFF_S) or (behind is not None and behind > BEHIND_S)


def is_full(device: Json) -> bool:
    """Whether its outbox holds more than what is usually on its way."""
    return device["outbox"] is not None and device["outbox"] > FULL_OUTBOX


_URGENCY: Final = {"bad": 0, "doubt": 1, "good": 2, "plain": 3}


def _shown(device: Json, show: str) -> bool:
    ended = device["standing"] in ("replaced", "revoked")
    if show == "ended":
        return ended
    tests = {
        "holes": device["missing"] > 0,
        "forked": device["forks"] > 0,
        "clock": is_off(device),
        "outbox": is_full(device),
    }
    return not ended and (not show or tests.get(show, device["standing"] == show))


def _named(device: Json, search: str) -> bool:
    wanted = search.strip().lower()
    return not wanted or any(wanted in text.lower() for text in (device["device"], device["kid"], *device["points"]))


def counts(state: Json) -> dict[str, int]:
    """How many devices each filter shows."""
    names = ("", "speaking", "silent", "never", "holes", "forked", "clock", "outbox", "ended")
    return {name: sum(_shown(one, name) for one in state["devices"]) for name in names}


def by_reason(state: Json) -> list[tuple[str, int]]:
    """Refusals ever, by reason, the most first."""
    total: dict[str, int] = {}
    for row in state["refusals"]:
        total[row["reason"]] = total.get(row["reason"], 0) + row["count"]
    return sorted(total.items(), key=lambda item: -item[1])


def growth_chart(history: Json, name: str) -> dict[str, Any]:
    """For chart.js: the size of the log over time."""
    points = history["points"]
    return {
        "unit": "",
        "series": [{"name": name}],
        "times": [point["at"] for point in points],
        "values": [[str(point["size"]) for point in points]],
    }
