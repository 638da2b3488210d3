"""A close verified by computing it again (月结核验), numbered steps, none passed in silence. Verdict-critical: no IO.

1. the file holds together, and its key signed it            close_file.decode, before anything here
2. the key is one that the reader trusts                     by its id, or as a lender's in the registry
3. the figures follow from the journal as known then         computing.closed
4. receipts are as the chain's history has them              computing.closed
5. the keepers' books are those that were looked at          reconcile
6. workbook and page are those that were signed              SHA-256
7. the close before is the one that it names                 its statement's SHA-256
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from tally_finance.book.journal import Recorded
from tally_finance.close.body import Body
from tally_finance.close.close_file import Close
from tally_finance.close.computing import Asked, beside, closed
from tally_finance.close.month import Month
from tally_finance.close.onchain import ChainView
from tally_finance.close.reconcile import KeeperBook
from tally_finance.errors import BookError, CloseError, LendingError


@dataclass(frozen=True)
class Against:
    """What the reader has; what is None or missing is said to be unchecked. `trusted`: ids of keys."""

    trusted: frozenset[bytes]
    entries: Sequence[Recorded] | None = None
    chain: ChainView | None = None
    keepers: Sequence[KeeperBook] = ()
    documents: Mapping[str, bytes] = field(default_factory=dict)
    previous: Close | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it holds, None where it could not be looked at."""

    number: int
    what: str
    chinese: str
    holds: bool | None
    says: str


def checked(close: Close, against: Against) -> tuple[Step, ...]:
    """The steps from the second on. Raises nothing: what can not be computed does not hold."""
    steps = (_key, _journal, _chain, _keepers, _documents, _previous)
    whats = (
        ("the key is trusted", "签名密钥可信"),
        ("the figures follow from the journal", "数字可由流水账重算"),
        ("receipts are as the chain has them", "仓单与链上一致"),
        ("the keepers' books are those", "保管人台账一致"),
        ("workbook and page are those", "表格与文件一致"),
        ("the close before is that one", "上期月结一致"),
    )
    found = []
    for number, (step, (what, chinese)) in enumerate(zip(steps, whats, strict=True), 2):
        holds, says = step(close, against)
        found.append(Step(number, what, chinese, holds, says))
    return tuple(found)


FIGURES: Final = 3
"""The step without which nobody says that a close holds: a good signature says nothing of the figures."""

_Answer = tuple[bool | None, str]


def _key(close: Close, against: Against) -> _Answer:
    kid = close.key.kid
    return kid in against.trusted, f"signed by key {kid.hex()}"


def _journal(close: Close, against: Against) -> _Answer:
    said = close.body
    if against.entries is None:
        return None, "no journal was given"
    here = [one for one in against.entries if one.entry.seq <= said.seq]
    if not here or here[-1].digest != said.head:
        return False, f"the journal has another entry {said.seq}, or none"
    later = [one for one in against.entries[len(here) :] if one.entry.known_at <= said.known_at]
    if later:
        return False, f"{len(later)} entries that were known by {said.known_at} are left out"
    try:
        again = closed(here, _asked(said), None)
    except (BookError, CloseError, LendingError) as error:
        return False, f"it can not be computed: {error}"
    wrong = [name for name in ("facilities", "evidence", "as_of") if getattr(again, name) != getattr(said, name)]
    booked = [(one.receipt, one.facility, one.booked_g) for one in said.receipts if one.booked_g is not None]
    if booked != [(one.receipt, one.facility, one.booked_g) for one in again.receipts]:
        wrong.append("receipts")
    if wrong:
        return False, f"the journal gives other {', '.join(wrong)}"
    return True, f"{len(here)} entries of {said.book}, up to {said.head.hex()}"


def _asked(said: Body) -> Asked:
    return Asked(Month(said.month, said.utc_offset_s), said.known_at, said.lender, said.previous)


def _chain(close: Close, against: Against) -> _Answer:
    said, chain = close.body, against.chain
    if said.chain is None:
        return None, "the close did not look at the chain"
    if said.lender is None:
        return False, "it names no lender, so that receipts may be left out"
    if chain is None:
        return None, "no chain was given"
    if chain.at != said.chain:
        return False, f"the chain has {chain.at.operations} operations then, of hash {chain.at.digest.hex()}"
    left_out = set(chain.pledged_to(said.lender)) - {one.receipt for one in said.receipts}
    if left_out:
        return False, f"{len(left_out)} receipts that are charged to the lender are left out"
    wrong = [one.receipt.hex() for one in said.receipts if one.on_chain != chain.receipt(one.receipt)]
    if wrong:
        return False, f"the chain says something else of {len(wrong)} receipts, first {wrong[0]}"
    return True, f"{chain.at.operations} operations up to block {chain.at.block}, lender {said.lender.hex()}"


def _keepers(close: Close, against: Against) -> _Answer:
    said = close.body
    if not said.keepers:
        return None, "no keeper's book was looked at"
    if not against.keepers or against.chain is None:
        return None, "no keeper's book, or no chain, was given"
    again = beside(against.chain, against.keepers)
    if again != said.keepers:
        return False, "these books are others, or say something else beside the chain"
    return True, f"{len(again)} books"


def _documents(close: Close, against: Against) -> _Answer:
    if not against.documents:
        return None, "no workbook or page was given"
    signed = {one.form: one.sha256 for one in close.signed.documents}
    wrong = [form for form, data in against.documents.items() if signed.get(form) != sha256(data).digest()]
    if wrong:
        return False, f"not as they were signed: {', '.join(wrong)}"
    return True, ", ".join(sorted(against.documents))


def _previous(close: Close, against: Against) -> _Answer:
    said = close.body.previous
    if said is None:
        return None, "it names none"
    if against.previous is None:
        return None, "it was not given"
    holds = against.previous.previous == said and against.previous.body.book == close.body.book
    return holds, f"{against.previous.body.month}, {against.previous.statement.id.hex()}"


def holding(steps: Sequence[Step]) -> bool | None:
    """Whether the close holds: False where a step does not, None where its figures were not computed again."""
    is_computed = any(step.number == FIGURES and step.holds for step in steps)
    return False if any(step.holds is False for step in steps) else True if is_computed else None
