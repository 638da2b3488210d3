"""Findings of a verification, in both languages, gravest first. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from tally_chain.finding_help import HELP, NOTHING
from tally_chain.findings import Code
from tally_gateway.pages.words import Words

TONES: Final = MappingProxyType({"failure": "bad", "warning": "doubt", "note": "plain"})
WEIGHTS: Final = MappingProxyType(
    {"failure": Words("failure", "不通过"), "warning": Words("warning", "警示"), "note": Words("note", "提示")}
)
_NO_ADVICE: Final = Words("", "")
_RANK: Final = ("failure", "warning", "note")
_BY_NUMBER: Final = {code.number: code for code in Code}

BASES: Final = MappingProxyType(
    {
        "complete": Words("complete", "完整"),
        "bridged by registers over declared gaps": Words("bridged by registers over declared gaps", "缺口由表底衔接"),
        "total by registers": Words("total by registers", "表底差"),
        "incomplete": Words("incomplete", "不完整"),
        "state at the end": Words("state at the end", "期末状态"),
    }
)
"""What a figure of a verdict rests on."""


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """`detail`: the program's sentence, where `words` are not already that. `advice`: empty where nothing is to do."""

    code: int
    tone: str
    weight: Words
    words: Words
    detail: Words
    touches: str
    advice: Words


def shown(findings: Iterable[Mapping[str, Any]]) -> list[ShownFinding]:
    """As pages show them."""
    return [_shown(one) for one in ranked(findings)]


def ranked(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The gravest first."""
    return sorted(findings, key=lambda one: _RANK.index(one["severity"]) if one["severity"] in _RANK else 0)


def _shown(one: Mapping[str, Any]) -> ShownFinding:
    number, sentence, severity = int(one["code"]), str(one["sentence"]), str(one["severity"])
    known = _BY_NUMBER.get(number)
    chinese = sentence if known is None else HELP[known].name
    return ShownFinding(
        code=number,
        tone=TONES.get(severity, "bad"),
        weight=WEIGHTS.get(severity, Words(severity, severity)),
        words=Words(sentence, chinese),
        detail=Words("", sentence),
        touches=str(one["touches"]),
        advice=_NO_ADVICE if known is None or HELP[known].advice == NOTHING else Words(*HELP[known][1:]),
    )
