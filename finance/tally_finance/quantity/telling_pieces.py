"""A position of pieces for people and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tally_chain.findings import Finding, printable
from tally_edge import text_table
from tally_finance.estimate import Estimate, total
from tally_finance.quantity.pieces import PiecePosition, State, Stood
from tally_finance.quantity.store import Pieces
from tally_finance.quantity.telling import heading, kg_text, of_attested, of_remarks, remark_lines, rounded, source_of

_WORDS = {
    State.CONFIRMED: "confirmed 已确认",
    State.UNSEEN: "unseen of late 未确认",
    State.MISSING: "missing 缺失",
    State.STRUCK: "struck 剔除",
}


def as_json(found: PiecePosition, store: Pieces) -> dict[str, Any]:
    """Everything; numbers are text. A piece that came in the period has its weighing's and its passage's statements."""
    return {
        **of_attested(found.at, found.attested, store.name, store.rules),
        "allows_credit": found.allows_credit,
        "book_kg": kg_text(found.book.value),
        "misses_that_count": found.misses,
        "pieces": [
            {
                "serial": one.piece.serial,
                "state": one.state.value,
                "kg": kg_text(one.piece.mass.value),
                "u_kg": kg_text(one.piece.mass.u),
                "since": one.piece.since,
                "seen": dict(sorted(one.seen.items())),
                "statements": [source_of(source) for source in one.piece.sources],
            }
            for one in found.pieces
        ],
        "tickets": [
            {
                "ticket": one.number,
                "alibi": one.alibi,
                "at": one.at,
                "piece": one.serial,
                "net_kg": f"{one.net_kg:f}",
                "evidence": one.evidence.hex(),
                **source_of(one.source),
            }
            for one in found.tickets
        ],
        "remarks": of_remarks(found.remarks),
    }


def as_text(found: PiecePosition, store: Pieces, failures: Sequence[Finding]) -> list[str]:
    """For people. `failures`: of the verification."""
    attested = found.attested
    lines = heading(found.at, attested, store.name, failures)
    rows = [("", "pieces", "kg", "± u")]
    for state in State:
        of_state = found.of(state)
        if of_state or state is State.CONFIRMED:
            rows.append(_row(_WORDS[state], of_state))
    rows.append(_row("book 账面", found.pieces))
    rows.append(("attested quantity 见证量", "", rounded(attested.quantity_kg), rounded(attested.u_kg)))
    rows.append((f"lower bound 下限 (k = {store.rules.k:f})", "", rounded(attested.lower_kg), ""))
    lines += [*text_table.render(rows), ""]
    witnesses = f"a piece counts that {store.witnesses} kinds of witness saw in {store.fresh_s // 3600} hours"
    lines.append(printable(f"{witnesses}; it is missing after {found.misses} looks running that do not read it"))
    return lines + remark_lines(found.remarks)


def _row(name: str, stood: Sequence[Stood]) -> tuple[str, str, str, str]:
    mass = total(one.piece.mass for one in stood) if stood else Estimate(Decimal(0))
    return name, f"{len(stood):,}", rounded(mass.value), rounded(mass.u)
