"""The description of a financed receivable voucher (应收账款电子凭证), in the manner of the registry's examples. No IO.

银发〔2025〕77号: who finances a voucher registers it; its term is six months in principle and a year at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tally_finance.errors import FilingError
from tally_finance.filing.description import Description, Named, digest, moment, money, party, words


class Business(Enum):
    """How a voucher is financed, in the registry's words."""

    PLEDGE = "应收账款质押"
    TRANSFER = "应收账款转让"


@dataclass(frozen=True, slots=True)
class FinancedVoucher:
    """What is filed of a leaf. Raises FilingError.

    `number` of the leaf and `root` of the voucher that the obligor accepted, 32 bytes each; both faces in fen; `due_at`
    Unix seconds. `invoices`: their numbers. `platform`: where the voucher is kept, by its name.
    """

    business: Business
    number: bytes
    root: bytes
    face_fen: int
    root_face_fen: int
    due_at: int
    obligor: Named
    supplier: Named
    financed: Named
    financier: Named
    invoices: tuple[str, ...]
    platform: str

    def __post_init__(self) -> None:
        if not 0 < self.face_fen <= self.root_face_fen:
            raise FilingError(f"a leaf of {self.face_fen} fen is no part of {self.root_face_fen} fen")
        if self.obligor.organisation == self.supplier.organisation:
            raise FilingError("nobody owes himself: obligor and supplier are one organisation")
        if not self.invoices:
            raise FilingError("a voucher without an invoice stands on nothing")

    def description(self) -> Description:
        """In the order in which the registry asks. Raises FilingError."""
        pledged = self.business is Business.PLEDGE
        gives, takes = ("出质人", "质权人") if pledged else ("转让人", "受让人")
        giver, taker = ("Pledgor", "Pledgee") if pledged else ("Transferor", "Transferee")
        items = (
            words("business", "业务类型", "Business", self.business.value),
            party("financed", gives, giver, self.financed),
            party("financier", takes, taker, self.financier),
            digest("number", "应收账款电子凭证编号", "Voucher number", self.number),
            digest("root", "原始凭证编号", "Number of the first voucher", self.root),
            words("platform", "凭证服务平台", "Platform", self.platform),
            party("obligor", "债务人（凭证开立人）", "Obligor (issuer)", self.obligor),
            party("supplier", "原始债权人", "First creditor", self.supplier),
            money("face", "凭证金额", "Face", self.face_fen),
            money("root-face", "原始凭证金额", "Face of the first voucher", self.root_face_fen),
            moment("due", "承诺付款日", "Due", self.due_at),
            words("invoices", "对应发票号码", "Invoices", "、".join(sorted(self.invoices))),
        )
        return Description("voucher", items)
