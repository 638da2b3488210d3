"""What to offer for a unit of gas. Pure.

A pool takes another transaction of the same nonce only where both of its numbers, the most that it pays and the tip,
outbid those of the one that waits by the pool's percentage (go-ethereum and its relatives: 10 %). So what was offered
before is never lowered, whatever the chain asks by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tally_chain.anchoring.keys import FeeOffer
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.engine.interface import Fees


@dataclass(frozen=True, slots=True)
class OverCap:
    """The profile's cap allows no offer; the text says what would need more."""

    text: str


def offer(fees: Fees, profile: ChainProfile, outbid: FeeOffer | None = None) -> FeeOffer | OverCap:
    """Twice the base fee (it may rise by an eighth with each block) and the tip that the node suggests; both no less
    than `replace_percent` over `outbid`. Where gas is free, nothing outbids nothing.
    """
    if outbid is not None and (outbid.max_fee_wei == 0 or not profile.replace_percent):
        outbid = None
    asked_tip = fees.priority_fee_wei if profile.dynamic_fees else 0
    asked = fees.base_fee_wei + asked_tip if profile.dynamic_fees else fees.gas_price_wei
    if asked > profile.fee_cap_wei:
        return OverCap(f"the chain asks {asked} wei for a unit of gas, the profile's cap is {profile.fee_cap_wei}")
    wanted = min(asked + fees.base_fee_wei if profile.dynamic_fees else asked, profile.fee_cap_wei)
    if outbid is not None:
        least, tip = _raised(outbid.max_fee_wei, profile), _raised(outbid.priority_fee_wei, profile)
        asked_tip = max(asked_tip, fees.gas_price_wei - fees.base_fee_wei, tip)
        wanted = max(wanted, least, tip, min(fees.base_fee_wei + asked_tip, profile.fee_cap_wei))
        if wanted > profile.fee_cap_wei:
            waiting = f"{outbid.max_fee_wei} wei, tip {outbid.priority_fee_wei}"
            text = f"outbidding the transaction that waits ({waiting}) takes {wanted} wei for a unit of gas"
            return OverCap(f"{text}, the profile's cap is {profile.fee_cap_wei}")
    if not profile.dynamic_fees:
        return FeeOffer(dynamic=False, max_fee_wei=wanted, priority_fee_wei=wanted)
    return FeeOffer(dynamic=True, max_fee_wei=wanted, priority_fee_wei=min(asked_tip, wanted))


def highest(offers: Iterable[FeeOffer]) -> FeeOffer | None:
    """The largest of each number: whichever of these transactions waits, more than this outbids it."""
    known = list(offers)
    if not known:
        return None
    most, tip = max(known, key=lambda one: one.max_fee_wei), max(known, key=lambda one: one.priority_fee_wei)
    return FeeOffer(dynamic=most.dynamic, max_fee_wei=most.max_fee_wei, priority_fee_wei=tip.priority_fee_wei)


def _raised(wei: int, profile: ChainProfile) -> int:
    return max(wei + 1, -(-wei * (100 + profile.replace_percent) // 100))
