"""What a lender filed of a pledged receipt, held against what the chain says of it now (登记内容核对). No IO.

The chain knows receipt, place, quantities, terms, and the parties by commitments; their names, the goods in words and
the loan are in their contract. Of both the description is written again, and the filed text held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Encumbrance
from tally_finance.filing.description import Named, filing_digest
from tally_finance.filing.filed import differences
from tally_finance.filing.receipt import PledgedReceipt


@dataclass(frozen=True, slots=True)
class Registered:
    """What was filed: the registry's number and its text, and of the description what only the parties know."""

    registration: str
    text: str
    pledgor: Named
    pledgee: Named
    keeper: Named
    place: str
    goods: str
    grade: str
    loan_contract: str
    loan_fen: int
    national_code: str | None = None

    @property
    def digest(self) -> bytes:
        """What stands in `Register.filing`. Raises FilingError where there is no number or no text."""
        return filing_digest(self.registration, self.text)


def described(filed: Registered, number: bytes, book: Book) -> PledgedReceipt | None:
    """The receipt as it is to be filed now; None where the chain says that it is not pledged. Raises FilingError."""
    receipt = book.receipts.get(number)
    if receipt is None or not receipt.live or receipt.charge.stage < Encumbrance.ACCEPTED:
        return None
    slot = book.lots[receipt.lot].slot
    return PledgedReceipt(
        number=number,
        document=receipt.document,
        lot=receipt.lot,
        slot=slot,
        plan=book.slots[slot].plan,
        face_g=receipt.quantity,
        pledged_g=receipt.charge.pledged,
        until=receipt.until,
        matures=book.pledges[receipt.charge.pledge].maturity,
        pledgor=filed.pledgor,
        pledgee=filed.pledgee,
        keeper=filed.keeper,
        place=filed.place,
        goods=filed.goods,
        grade=filed.grade,
        loan_contract=filed.loan_contract,
        loan_fen=filed.loan_fen,
        national_code=filed.national_code,
    )


def wrong_items(
    filed: Registered, number: bytes, book: Book, commitments: Mapping[bytes, bytes]
) -> tuple[str, ...] | None:
    """The names of the items that are filed otherwise than the chain has them; None where nothing is pledged.

    A party is wrong too that is another than the chain's, or whose name does not open what was registered of it
    (`commitments`, by organisation). Raises FilingError for what no description can be written of.
    """
    pledged = described(filed, number, book)
    if pledged is None:
        return None
    receipt = book.receipts[number]
    lender = receipt.charge.lender
    parties = {
        "pledgor": (filed.pledgor, receipt.holder.organisation),
        "pledgee": (filed.pledgee, None if lender is None else lender.organisation),
        "keeper": (filed.keeper, book.lots[receipt.lot].keeper.organisation),
    }
    wrong = {role for role, (named, organisation) in parties.items() if named.organisation != organisation}
    wrong |= {one.name for one in differences(filed.text, pledged.description())}
    return tuple(sorted(wrong | set(pledged.strangers(commitments))))
