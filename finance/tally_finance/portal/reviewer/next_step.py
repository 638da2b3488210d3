"""What a reviewer does next, in one sentence with one link. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tally_gateway.pages.words import Words


@dataclass(frozen=True, slots=True)
class Step:
    """The sentence, where it leads (empty: nowhere), and how it weighs: good, doubt, bad."""

    words: Words
    href: str
    tone: str


def of(work: Mapping[str, Any]) -> Step:
    """The most pressing of what is to do: lapsed or lapsing opinions, what was refused, what waits to be judged."""
    lapsed = [one for one in work["lapsing"] if one["until"] < work["now"]]
    if lapsed:
        count = len(lapsed)
        words = Words(
            f"{_many(count, 'opinion has', 'opinions have')} lapsed: look at the report and sign again.",
            f"{count} 份意见已失效：请复核报告并重新签署。",
        )
        return Step(words, f"/reviewer/reports/{lapsed[0]['report']}/opinions", "bad")
    if work["lapsing"]:
        count = len(work["lapsing"])
        words = Words(
            f"{_many(count, 'opinion lapses', 'opinions lapse')} within sixty days.",
            f"{count} 份意见将于 60 天内到期。",
        )
        return Step(words, f"/reviewer/reports/{work['lapsing'][0]['report']}/opinions", "doubt")
    if work["to_judge"]:
        count = work["to_judge_in_all"]
        words = Words(
            f"{_many(count, 'report has', 'reports have')} no opinion of yours that stands: judge the next.",
            f"{count} 份报告尚无贵方有效意见：请审查下一份。",
        )
        return Step(words, f"/reviewer/reports/{work['to_judge'][0]['digest']}", "doubt")
    if work["refused"]:
        refused = next((one for one in work["arrivals"] if one["state"] == "refused"), None)
        count = work["refused"]
        words = Words(
            f"{_many(count, 'report', 'reports')} you sent did not follow from the evidence: see why.",
            f"{count} 份送审报告与证据不符：请查看原因。",
        )
        return Step(words, f"/reviewer/arrivals/{refused['digest']}" if refused else "", "bad")
    if work["computing"]:
        words = Words("A report is being computed again. Nothing else waits.", "有报告正在复算，暂无其他待办。")
        return Step(words, "", "good")
    if not work["reports_in_all"]:
        words = Words("No report is here yet: send the first below.", "暂无报告：请在下方送审第一份。")
        return Step(words, "", "doubt")
    return Step(Words("Nothing waits for you.", "暂无待办事项。"), "", "good")


def of_report(weak: Mapping[str, Any], base: str, *, is_judged: bool) -> Step:
    """What to look at first in a report: what is against it, what is doubtful, or what is left to sign."""
    rows = [row for block in weak["blocks"] if block["block"] == "table" for row in block["rows"]]
    bad, doubts = (sum(1 for row in rows if row["tone"] == tone) for tone in ("bad", "doubt"))
    if bad:
        words = Words(
            f"{bad} against the report, {doubts} to look at: begin with these.",
            f"不利事项 {bad} 项，待关注 {doubts} 项：请先查看。",
        )
        return Step(words, "#weak", "bad")
    if doubts:
        words = Words(f"Nothing against the report, {doubts} to look at.", f"无不利事项，待关注 {doubts} 项。")
        return Step(words, "#weak", "doubt")
    if not is_judged:
        words = Words("Nothing against the report: conclude.", "无不利事项：可出具审查结论。")
        return Step(words, f"{base}/conclude", "good")
    words = Words("Nothing against the report, and an opinion stands.", "无不利事项，且已有有效意见。")
    return Step(words, f"{base}/opinions", "good")


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
