"""What to offer for a unit of gas. Pure."""

from __future__ import annotations

from tally_chain.anchoring.keys import FeeOffer
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.engine.interface import Fees


def offer(fees: Fees, profile: ChainProfile, outbid_wei: int) -> FeeOffer | None:
    """What to offer for a unit of gas: twice the base fee (it may rise by an eighth with each block), and no less than
    `replace_percent` over `outbid_wei`. None when the profile's cap does not allow what the next block asks.
    """
    least = outbid_wei + -(-outbid_wei * profile.replace_percent // 100) if outbid_wei else 0
    if not profile.dynamic_fees:
        wei = max(fees.gas_price_wei, least)
        return FeeOffer(dynamic=False, max_fee_wei=wei, priority_fee_wei=wei) if wei <= profile.fee_cap_wei else None
    needed = max(fees.base_fee_wei + fees.priority_fee_wei, least)
    if needed > profile.fee_cap_wei:
        return None
    wanted = max(2 * fees.base_fee_wei + fees.priority_fee_wei, least)
    max_fee = min(wanted, profile.fee_cap_wei)
    priority = fees.priority_fee_wei if not outbid_wei else max(fees.priority_fee_wei, max_fee - fees.base_fee_wei)
    return FeeOffer(dynamic=True, max_fee_wei=max_fee, priority_fee_wei=min(priority, max_fee))
