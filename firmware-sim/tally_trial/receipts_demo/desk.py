"""The lender's desk of the play: the product's own, over the chain of the play, and what it leaves as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tally_chain.receipts.operation_file import OperationFile
from tally_edge.signer import generate
from tally_finance.book import schema
from tally_finance.book.database import engine_for
from tally_finance.book.events import Event
from tally_finance.book.journal_file import encode
from tally_finance.book.position import FacilityPosition
from tally_finance.desk import sheet_file
from tally_finance.desk.asked import Asked
from tally_finance.desk.desk import Desk
from tally_finance.desk.evidence import take_evidence
from tally_finance.desk.on_chain import PinnedChain
from tally_finance.desk.preparing import prepare
from tally_finance.desk.quotes import take_quote
from tally_finance.desk.standing import alerts
from tally_finance.desk.syncing import sync
from tally_finance.lending.quotes import SignedQuote
from tally_finance.lending.quotes import encode as encoded
from tally_finance.lending.rounding import down, up
from tally_finance.watch.alert import Alert, compare
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_trial.receipts_demo.consortium import Consortium
from tally_trial.receipts_demo.days import shown
from tally_trial.receipts_demo.files import leave
from tally_trial.receipts_demo.terms import FACILITY
from tally_trial.receipts_demo.works import Seen

_TOLD: Final = frozenset({Code.NOT_COVERED, Code.WARNING_LINE, Code.LIQUIDATION_LINE, Code.TOP_UP_OVERDUE})
"""The alerts that this story is about."""


class LendersDesk:
    """The desk in `folder`, whose sheet stands there. It reads the chain, and has no key."""

    def __init__(self, folder: Path, chain: Consortium, before: tuple[Alert, ...] = ()) -> None:
        """Open the database, or make it. `before`: the alerts that stood when last looked."""
        self.folder, self.alerts = folder, before
        self._database = engine_for(f"sqlite:///{folder / 'books.db'}")
        schema.migrate(self._database)
        places = chain.places
        read = PinnedChain(chain.engine, places.contracts.places(), places.registries.organisations)
        self.desk = Desk(self._database, sheet_file.load(folder / "desk.toml"), read, None, chain.clock)
        self._said = self.desk.book.head().seq

    def read(self) -> None:
        """What happened on the chain goes into the book."""
        sync(self.desk)

    def record(self, *events: Event) -> None:
        """What the lender says itself."""
        for event in events:
            self._said += 1
            self.desk.record(event, key=f"{self._said}")

    def keep(self, *papers: bytes) -> None:
        """Papers that an operation will name."""
        for paper in papers:
            self.desk.take_paper(paper)

    def take(self, lot: bytes, seen: Seen) -> None:
        """A verified bundle goes into the book, under the policy that the lender has by then."""
        self.desk.policy = seen.policy
        take_evidence(self.desk, lot, seen.file.read_bytes())

    def quoted(self, quote: SignedQuote) -> None:
        """A quote comes in; with those before it, it makes a price."""
        take_quote(self.desk, encoded(quote).encode())

    def prepared(self, asked: Asked) -> OperationFile:
        """An operation to sign, tested before; its computation is left as a file. Raises NotAllowedError."""
        self.read()
        made = prepare(self.desk, asked)
        name = f"{self._count('computations'):02d}-{made.computation.act.name.lower()}.cbor"
        leave(self.folder / "computations" / name, made.computation.encoded)
        return made.file

    def _count(self, name: str) -> int:
        folder = self.folder / name
        return 1 + (sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0)

    @property
    def position(self) -> FacilityPosition:
        """The facility now."""
        return self.desk.position(FACILITY)

    def looked(self) -> list[Alert]:
        """The alerts of this story that were raised since the last look."""
        found = alerts(self.desk.state(), self.desk.view, self.desk.sheet, Limits())
        raised, self.alerts = compare(self.alerts, found).raised, found
        return [one for one in raised if one.code in _TOLD]

    def left(self, name: str) -> None:
        """The position as a file, as known now."""
        data = json.dumps(told(self.position), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        leave(self.folder / "positions" / f"{name}.json", data.encode())

    def leave_journal(self) -> None:
        """The journal as one file, signed; and the key that it is checked with, as hexadecimal."""
        signer = generate()
        signed = encode(self.desk.book.name, self.desk.book.entries(), signer, self.desk.now())
        leave(self.folder / "journal.cbor", signed)
        leave(self.folder / "journal.key", f"{signer.public_key.encode().hex()}\n".encode())

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()


def told(position: FacilityPosition) -> dict[str, Any]:
    """A position for people and scripts: money in yuan, what is owed rounded up and the rest down; kilograms."""
    owed, covered = position.loan.owed, position.secured
    return {
        "as_of": shown(position.as_of),
        "as_of_unix": position.as_of,
        "known_at_unix": position.known_at,
        "facility": position.opened.facility,
        "principal": f"{up(owed.principal):f}",
        "interest": f"{up(owed.interest):f}",
        "exposure": f"{position.exposure:f}",
        "value": f"{down(covered.value):f}",
        "lendable": f"{down(covered.lendable):f}",
        "available": f"{position.available:f}",
        "coverage": _ratio(covered.coverage, down),
        "loan_to_value": _ratio(covered.loan_to_value, up),
        "line": position.line.name.lower(),
        "missing_cash": f"{position.missing_cash:f}",
        "margin_call_until": None if position.margin_call is None else shown(position.margin_call.until),
        "lots": [
            {
                "lot": lot.lot.hex(),
                "receipts": [one.hex() for one in lot.receipts],
                "pledged_kg": f"{Decimal(lot.pledged_g) / 1000:f}",
                "secured_kg": f"{Decimal(lot.secured_g) / 1000:f}",
                "per_t": None if lot.per_t is None else f"{lot.per_t:f}",
                "attested_at": None if lot.seen_at is None else shown(lot.seen_at),
                "evidence_root": None if lot.evidence_root is None else lot.evidence_root.hex(),
            }
            for lot in position.lots
        ],
        "against_new_credit": [f"{one.why}: {one.text}" for one in (*position.doubts, *position.stops)],
        "entries": [one.hex() for one in position.sources],
    }


def _ratio(ratio: Fraction | None, rounded: Callable[[Fraction, Decimal], Decimal]) -> str | None:
    return None if ratio is None else f"{rounded(ratio, Decimal('0.0001')):f}"
