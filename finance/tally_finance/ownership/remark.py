"""What is to be said of an ownership pack or a search (备注), by stable names. What blocks lets nothing be pledged."""

from __future__ import annotations

from dataclasses import dataclass

from tally_finance import remark
from tally_finance.remark import RemarkName


class Name(RemarkName):
    """Every remark: its name, in Chinese, and whether it blocks. Names are never given another meaning."""

    MISSING = ("missing", "资料缺失", True)
    """No invoice, no payment or no transport paper."""
    PARTY_WRONG = ("party-wrong", "主体代码有误", True)
    """What stands there is no USCC and no LEI: a character is wrong, or it was made up."""
    PARTIES_DIFFER = ("parties-differ", "主体不一致", True)
    """A paper names another seller or buyer than the contract."""
    NOT_THE_PLEDGOR = ("not-the-pledgor", "买方非出质人", True)
    """The buyer of the contract is not the one who pledges."""
    PAID_BY_ANOTHER = ("paid-by-another", "第三方收付款", True)
    """Money came from, or went to, somebody who is no party of the contract."""
    GOODS_DIFFER = ("goods-differ", "货物不一致", True)
    """A paper names other goods than the contract."""
    QUANTITY_DIFFERS = ("quantity-differs", "数量不一致", True)
    """Invoiced, carried and weighed in are not the same within the tolerance, or more than was bought."""
    AMOUNT_DIFFERS = ("amount-differs", "金额不一致", True)
    """An invoice does not add up, or its price is not the contract's."""
    MORE_PLEDGED = ("more-pledged", "质押超出权属", True)
    """More is to be pledged than the papers cover."""
    UNPAID = ("unpaid", "货款未付清", True)
    """Less was paid than was invoiced: the seller may still have a claim on the goods."""
    TITLE_RETAINED = ("title-retained", "所有权保留", True)
    """By the contract the goods stay the seller's until they are paid, and they are not (民法典 Art. 641)."""
    DATES_WRONG = ("dates-wrong", "日期矛盾", True)
    """A paper is from before its contract, or from after the day of the check."""
    NUMBER_WRONG = ("number-wrong", "票号有误", True)
    """An invoice's number that can be none."""
    PAPER_TWICE = ("paper-twice", "单据重复", True)
    """One bank receipt or waybill stands in the pack twice, or one file stands for two papers."""
    INVOICE_TWICE = ("invoice-twice", "发票重复", True)
    """One invoice stands in the pack twice."""
    INVOICE_TAKEN = ("invoice-taken", "发票已被使用", True)
    """The invoice's nullifier is claimed already: other financing stands on it."""
    CIRCULAR = ("circular", "循环贸易", True)
    """Goods of this kind went round to where they came from within the window."""
    RELATED = ("related", "关联方", True)
    """Seller, buyer or keeper are under one control: nothing goes by itself any more, a person decides."""
    SEARCH_OTHER = ("search-other", "查询对象不符", True)
    """The registry was asked about somebody else."""
    SEARCH_OLD = ("search-old", "查询过期", True)
    """The search is older than the rules allow, or from later than now."""
    SEARCH_REUSED = ("search-reused", "未重新查询", True)
    """Something was drawn since this search: each draw needs one of its own."""
    CLAIM_FOUND = ("claim-found", "存在在先权利", True)
    """Somebody has a mortgage, a retention of title, a lease or a pledge on these goods."""
    WINDOW_OPEN = ("window-open", "价款抵押登记期未过", False)
    """Whoever financed the purchase may still register before everybody (民法典 Art. 416): search again afterwards."""
    KEEPER_UNASKED = ("keeper-unasked", "保管人未声明", True)
    """The keeper did not say lately what it is owed: its lien stands in no registry."""
    LIEN_OWED = ("lien-owed", "仓储费留置", False)
    """The keeper is owed money and may hold the goods back (民法典 Art. 903): it belongs in the reserve."""

    @property
    def blocks(self) -> bool:
        """Whether nothing may be pledged or drawn on it."""
        return self.is_grave


@dataclass(frozen=True, slots=True)
class Remark(remark.Remark):
    """A remark, what it is about, and a sentence."""

    name: Name
