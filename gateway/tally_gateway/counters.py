"""What the service counts. Plain integers; the metrics page reads them, and the log's thread and the event loop write
them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_edge.answers import RefusalReason


@dataclass(slots=True)
class PipelineCounters:
    """Counted by the pipeline since the service started."""

    appended: int = 0
    duplicates: int = 0
    """Statements offered again; nothing was stored, and they are confirmed again."""
    fork_offers: int = 0
    """Statements at a place that holds two others already: counted, not stored."""
    refused: dict[RefusalReason, int] = field(default_factory=dict)
    asks: int = 0
    asks_refused: int = 0
    asks_over_budget: int = 0
    """Asks of clients that had asked too much; they may ask again later."""
    confirmations: int = 0
    confirmed_statements: int = 0
    down_lost: int = 0
    """Answers and refusals that no connection took. Their clients ask again."""
    unavailable: int = 0
    """Batches turned away: no space, or a checking process died."""
    seals: int = 0
    seal_failures: int = 0
    last_seal_s: float = 0.0
    """How long the newest seal took, proofs included."""
