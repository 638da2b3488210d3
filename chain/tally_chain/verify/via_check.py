"""Step 2.4, for a log that is anchored in a log of heads. Verdict-critical: no IO.

    1  the section shows a head entry of its log, signed by the log's own proof key
    2  the policy knows the log of heads, and its proof key signed the head of it that the entry stands under
    3  that head of the log of heads is one that the reader holds, or is consistent with one
    4  so the entry's head is one that the reader holds too, from the same source and by the same block

Nothing here shows that no second history of the log stands in the log of heads: `tallystick heads audit` does.
"""

from __future__ import annotations

from tally_chain import head_entry
from tally_chain.bundle import Section, Via
from tally_chain.findings import Code, Ledger
from tally_chain.head_entry import HeadEntry
from tally_chain.head_rules import check_standing
from tally_chain.policy import PinnedRoot, Policy, TrustedLog
from tally_chain.verify.root_check import STRENGTH, ShownHead, check_contradictions, check_roots, dated
from tally_edge import proof
from tally_edge.errors import CoseError, EdgeError
from tally_edge.proof import Proof


def check_via(section: Section, log: TrustedLog, policy: Policy, ledger: Ledger) -> tuple[PinnedRoot, ...]:
    """The head of `log` that its log of heads vouches for; nothing where none does, which is told."""
    via = section.via
    if via is None:
        return ()
    touches = f"log {section.origin}"
    try:
        entry, shown = head_entry.decode(via.entry), proof.decode(via.proof)
        if entry.head.origin != section.origin:
            raise CoseError(f"it shows a head of {entry.head.origin}")
        entry.verify(log.proof_key)
        aggregator = policy.aggregator(shown.head.origin)
        if aggregator is None:
            ledger.add(Code.VIA_UNUSED, touches, f"the policy does not know the log of heads {shown.head.origin}")
            return ()
        root = check_standing(via.entry, shown, aggregator.origin, aggregator.proof_key)
    except EdgeError as error:
        ledger.add(Code.VIA_WRONG, touches, str(error))
        return ()
    return _vouched(touches, via, (entry, shown, root), aggregator, ledger)


def _vouched(
    touches: str, via: Via, stands: tuple[HeadEntry, Proof, bytes], aggregator: TrustedLog, ledger: Ledger
) -> tuple[PinnedRoot, ...]:
    """Steps 3 and 4."""
    entry, shown, root = stands
    of_heads = f"log of heads {aggregator.origin}"
    links = {link.size: link.path for link in via.links or ()}
    check_contradictions(aggregator.roots, of_heads, ledger)
    vouching = check_roots(ShownHead(of_heads, shown.head.size, root, links), aggregator.roots, ledger)
    covering = [pinned for pinned in vouching if pinned.size > shown.paths[0].index]
    if not covering:
        ledger.add(Code.VIA_UNUSED, touches, f"the reader holds no head of the {of_heads} that covers it")
        return ()
    best = max(covering, key=lambda pinned: STRENGTH[pinned.source])
    times = [pinned.time for pinned in dated(covering) if pinned.time is not None]
    # The contract has compared heads of the log of heads, not of this log: so no history of a chain is claimed for it.
    time = min(times, default=best.time)
    ledger.add(Code.AGGREGATED, touches, f"{aggregator.origin}, entry {shown.paths[0].index}")
    return (PinnedRoot(entry.head.size, entry.root, best.source, time, via=aggregator.origin),)
