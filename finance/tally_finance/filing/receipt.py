"""The description of a pledged warehouse receipt (仓单质押), from what the chain says of it. No IO.

Name and quantity of what is pledged belong in the contract (民法典 Arts 427, 446), and by a description it must be
possible to tell what it is (法释〔2020〕28号 Art. 53). This one names the one receipt, the one place and the exact
quantity, so that a later search finds these goods and no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tally_finance.errors import FilingError
from tally_finance.filing.description import Description, Named, digest, mass, moment, money, party, words


@dataclass(frozen=True, slots=True)
class PledgedReceipt:
    """What is filed of a receipt. Raises FilingError.

    From the chain: `number`, `document`, `lot`, `slot`, `plan` (of its site), 32 bytes each; face and pledge in grams;
    `until`, the receipt's term, and `matures`, the pledge's, Unix seconds. From the parties: the names, the place in
    words, goods and grade, the loan. `national_code`: 全国普通仓单编码, where the receipt has one.
    """

    number: bytes
    document: bytes
    lot: bytes
    slot: bytes
    plan: bytes
    face_g: int
    pledged_g: int
    until: int
    matures: int
    pledgor: Named
    pledgee: Named
    keeper: Named
    place: str
    goods: str
    grade: str
    loan_contract: str
    loan_fen: int
    national_code: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.pledged_g <= self.face_g:
            raise FilingError(f"{self.pledged_g} g can not be pledged of {self.face_g} g")

    def description(self) -> Description:
        """In the order in which the registry asks. Raises FilingError."""
        code = self.national_code
        items = [
            words("business", "业务类型", "Business", "仓单质押"),
            party("pledgor", "出质人", "Pledgor", self.pledgor),
            party("pledgee", "质权人", "Pledgee", self.pledgee),
            words("loan-contract", "主合同编号", "Loan contract", self.loan_contract),
            money("loan", "主债权金额", "Principal", self.loan_fen),
            moment("matures", "债务履行期限至", "Debt due by", self.matures),
            digest("number", "仓单编号", "Receipt number", self.number),
            *([words("national-code", "全国普通仓单编码", "National receipt code", code)] if code else []),
            digest("document", "仓单文件摘要（SHA-256）", "Digest of the receipt's document (SHA-256)", self.document),
            party("keeper", "保管人", "Keeper", self.keeper),
            words("place", "储存场所", "Place", self.place),
            digest("slot", "货位标识", "Slot", self.slot),
            digest("plan", "场地平面图摘要（SHA-256）", "Digest of the site plan (SHA-256)", self.plan),
            digest("lot", "批次标识", "Lot", self.lot),
            words("goods", "货物名称", "Goods", self.goods),
            words("grade", "规格等级", "Grade", self.grade),
            mass("face", "仓单记载数量", "Quantity of the receipt", self.face_g),
            mass("pledged", "出质数量", "Quantity pledged", self.pledged_g),
            moment("until", "储存期限至", "Stored until", self.until),
        ]
        return Description("receipt", tuple(items))

    def strangers(self, commitments: Mapping[bytes, bytes]) -> list[str]:
        """The roles whose name does not open what the chain registered (organisation to commitment)."""
        roles = {"pledgor": self.pledgor, "pledgee": self.pledgee, "keeper": self.keeper}
        return [
            role
            for role, who in roles.items()
            if who.organisation not in commitments or not who.is_of(commitments[who.organisation])
        ]
