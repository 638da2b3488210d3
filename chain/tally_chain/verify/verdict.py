"""What a verification returns, and how it is told to people and to programs. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tally_chain.findings import Finding, Severity, printable
from tally_chain.verify.figures import Figure
from tally_edge import text_table

MAX_LINES: Final = 200
"""Findings that the text shows, gravest first: two million bad statements are told as readily in two hundred lines."""


@dataclass(frozen=True, slots=True)
class LogSummary:
    """A log of the bundle: where it stands, and how many of its entries are carried."""

    origin: str
    size: int
    root: bytes
    carried: int
    vouched_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures and findings of one bundle under one policy."""

    content: str
    from_at: int
    to_at: int
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]
    logs: tuple[LogSummary, ...]
    statements: int

    @property
    def holds(self) -> bool:
        """Whether no finding is a failure."""
        return all(finding.severity is not Severity.FAILURE for finding in self.findings)


def to_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data; numbers that are quantities are text, so no reader makes a float of them."""
    return {
        "holds": verdict.holds,
        "content": verdict.content,
        "period": {"from": verdict.from_at, "to": verdict.to_at},
        "statements": verdict.statements,
        "figures": [
            {
                "point": figure.point,
                "register": figure.register,
                "unit": figure.unit,
                "from": figure.from_at,
                "to": figure.to_at,
                "quantity": f"{figure.quantity:f}",
                "restated": None if figure.restated is None else f"{figure.restated:f}",
                "basis": figure.basis.value,
                "first": figure.first,
                "last": figure.last,
                "samples": figure.samples,
            }
            for figure in verdict.figures
        ],
        "findings": [
            {
                "code": finding.code.number,
                "name": finding.code.name,
                "severity": finding.severity.name.lower(),
                "touches": finding.touches,
                "sentence": finding.sentence,
            }
            for finding in verdict.findings
        ],
        "logs": [
            {
                "origin": log.origin,
                "size": log.size,
                "root": log.root.hex(),
                "carried": log.carried,
                "vouched_by": list(log.vouched_by),
            }
            for log in verdict.logs
        ],
    }


def to_text(verdict: Verdict) -> str:
    """The verdict for people: what holds, the figures, what was found."""
    lines = [
        "The evidence holds. 证据成立。" if verdict.holds else "The evidence does not hold. 证据不成立。",
        f"{verdict.content} bundle, {time_text(verdict.from_at)} to {time_text(verdict.to_at)}, "
        f"{verdict.statements} statements",
    ]
    for log in verdict.logs:
        vouched = ", ".join(log.vouched_by) or "nobody"
        lines.append(
            f"log {printable(log.origin)}: {log.carried} of {log.size} entries carried; vouched for by {vouched}"
        )
    if verdict.figures:
        rows = [("metering point 计量点", "register", "quantity 数量", "unit", "basis 依据")]
        rows += [
            (
                printable(figure.point),
                printable(figure.register),
                _quantity(figure),
                figure.unit,
                _basis(figure, verdict),
            )
            for figure in verdict.figures
        ]
        lines += ["", *text_table.render(rows)]
    if verdict.findings:
        lines.append("")
        lines += [
            f"{finding.severity.name.lower():8} {finding.code.number}  {finding.sentence}  [{finding.touches}]"
            for finding in verdict.findings[:MAX_LINES]
        ]
        if len(verdict.findings) > MAX_LINES:
            lines.append(f"… and {len(verdict.findings) - MAX_LINES} more, none graver; as JSON all are shown")
    return "\n".join(lines) + "\n"


def _quantity(figure: Figure) -> str:
    if figure.restated is None:
        return f"{figure.quantity:f}"
    return f"{figure.restated:f} (measured {figure.quantity:f})"


def _basis(figure: Figure, verdict: Verdict) -> str:
    """What the figure rests on, and its own times where they are not the period's."""
    if (figure.from_at, figure.to_at) == (verdict.from_at, verdict.to_at):
        return figure.basis.value
    if figure.from_at == figure.to_at:
        return f"{figure.basis.value}, {time_text(figure.to_at)}"
    return f"{figure.basis.value}, {time_text(figure.from_at)} to {time_text(figure.to_at)}"


def time_text(at: int) -> str:
    """A time for people; one that no calendar here reaches is shown in seconds."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ")
    except (ValueError, OverflowError, OSError):
        return f"second {at}"
