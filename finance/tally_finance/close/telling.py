"""What stands out in a close (差异与提示): the book beside the chain, the keepers' books beside the chain. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tally_chain.receipts.rules.records import Encumbrance, State
from tally_finance.close.body import Body, OnChain, ReceiptLine


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing. `differs`: book and chain, or keeper and chain, do not say the same; else it is only to be known."""

    touches: str
    english: str
    chinese: str
    differs: bool = False


def remarks(body: Body) -> Iterator[Remark]:
    """All of them, receipts first, in order of their numbers."""
    for line in body.receipts:
        yield from _of_receipt(line, body)
    for keeper in body.keepers:
        name = keeper.keeper.hex()
        for one in keeper.differing:
            english = f"{one.field}: here {one.here}, keeper's book {one.there}"
            yield Remark(one.receipt.hex(), english, "与保管人台账不符", differs=True)
        for number in keeper.only_here:
            yield Remark(number.hex(), f"not in the book of keeper {name}", "保管人台账无此仓单", differs=True)
        for number in keeper.only_there:
            yield Remark(number.hex(), f"in the book of keeper {name}, not on the chain", "链上无此仓单", differs=True)


def differs(body: Body) -> bool:
    """Whether anything does not say the same."""
    return any(one.differs for one in remarks(body))


def _of_receipt(line: ReceiptLine, body: Body) -> Iterator[Remark]:
    name, chain = line.receipt.hex(), line.on_chain
    if body.chain is None:
        return
    if chain is None:
        yield Remark(name, "pledged in the book, not on the chain", "账簿有质押，链上无此仓单", differs=True)
        return
    yield from _of_pledge(line, chain, body)
    if chain.held:
        yield Remark(name, "held on the chain", "链上冻结")
    if chain.short:
        yield Remark(name, "its lot is short", "批次短少")
    if chain.until < body.as_of:
        yield Remark(name, "its term is over", "储存期限已过")


def _of_pledge(line: ReceiptLine, chain: OnChain, body: Body) -> Iterator[Remark]:
    name = line.receipt.hex()
    ours = chain.state is State.ISSUED and (body.lender is None or chain.lender == body.lender)
    charged = chain.pledged_g if ours and chain.encumbrance >= Encumbrance.ACCEPTED else 0
    if line.booked_g is None:
        if charged:
            yield Remark(
                name, f"the chain pledges {charged} g to us, the book nothing", "链上已质押，账簿未记", differs=True
            )
        else:
            yield Remark(name, "offered on the chain, not accepted", "链上要约未接受")
    elif not charged:
        english = f"pledged in the book with {line.booked_g} g, on the chain {_standing(chain)}"
        yield Remark(name, english, "账簿有质押，链上没有", differs=True)
    elif charged != line.booked_g:
        yield Remark(
            name, f"the book has {line.booked_g} g pledged, the chain {charged} g", "质押数量不符", differs=True
        )
    elif chain.encumbrance is Encumbrance.ACCEPTED:
        yield Remark(name, "accepted, not registered", "已接受，未登记")


def _standing(chain: OnChain) -> str:
    if chain.state is not State.ISSUED:
        return chain.state.name.lower()
    if chain.lender is not None and chain.encumbrance >= Encumbrance.ACCEPTED:
        return f"to another, {chain.lender.hex()}"
    return chain.encumbrance.name.lower()
