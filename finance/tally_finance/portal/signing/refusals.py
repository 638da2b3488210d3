"""What is refused, and what to do about it, in both languages: the desk's own words stand beside. No IO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tally_finance.book.reasons import Why
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_WHY: Final[Mapping[Why, Words]] = {
    Why.NO_PRICE: Words("There is no price for these goods.", "该货物尚无价格。"),
    Why.STALE_PRICE: Words("The price is too old.", "价格已过期。"),
    Why.PRICE_DOUBTED: Words("The price is in doubt.", "价格存疑。"),
    Why.NO_QUANTITY: Words("Nothing is attested of the lot.", "该批次尚无见证量。"),
    Why.STALE_QUANTITY: Words("The attestation is too old.", "数量见证已过期。"),
    Why.SHORT: Words("Goods are missing from the lot.", "该批次存在短缺。"),
    Why.DOUBTED: Words("The evidence is in doubt.", "证据存疑。"),
    Why.NO_TERMS: Words("The facility does not lend on these goods.", "授信条款未包含该货物。"),
    Why.OTHER_GOODS: Words("These are other goods than the facility's.", "货物与授信约定不符。"),
    Why.PLEDGED_TWICE: Words("It is pledged to another.", "该仓单已质押给他人。"),
    Why.NOT_REGISTERED: Words("The pledge is not registered yet.", "质押尚未登记。"),
    Why.HELD: Words("The goods are held.", "货物被冻结。"),
    Why.NO_OWNERSHIP: Words("The ownership pack is missing.", "缺少权属资料。"),
    Why.CLAIMED: Words("Somebody else has a claim.", "他人主张权利。"),
    Why.NO_FILING: Words("The pledge is not filed.", "未办理动产融资统一登记。"),
    Why.FILING_LAPSED: Words("The filing has lapsed.", "登记已到期。"),
    Why.NO_SEARCH: Words("The registry was not searched.", "未查询登记系统。"),
    Why.STALE_SEARCH: Words("The search is too old.", "登记查询已过期。"),
    Why.SEARCH_USED: Words("The search has served a draw already.", "该查询已用于一次放款。"),
    Why.CONFLICT_FOUND: Words("The search found a conflict.", "查询发现权利冲突。"),
    Why.MATURED: Words("The facility has matured.", "授信已到期。"),
    Why.MARGIN_CALLED: Words("A margin call is open.", "追保通知尚未了结。"),
    Why.DEFAULTED: Words("Default was declared.", "已宣布违约。"),
    Why.NOT_COVERED: Words("The loan would not be covered afterwards.", "办理后担保不足。"),
    Why.COVERED: Words("The loan is covered: there is nothing to call for.", "担保充足，无需追保。"),
    Why.OVER_LIMIT: Words("It is over the limit of the facility.", "超出授信额度。"),
    Why.NOT_PLEDGED: Words("The receipt is not pledged here.", "该仓单未质押于此。"),
    Why.TOO_MUCH: Words("It is more than is pledged or attested.", "超出质押或见证数量。"),
    Why.NOT_DYNAMIC: Words("This is a static pledge: a floor needs a dynamic one.", "静态质押不能设定最低控货。"),
    Why.OVER_CAP: Words("It is over a cap on what is lent.", "超出集中度上限。"),
    Why.NO_PLACE: Words("Where the goods lie is not known.", "货物所在位置不明。"),
    Why.NO_TURNOVER: Words("What was sold before is not known.", "缺少销售周转数据。"),
    Why.STALE_TURNOVER: Words("What is known of sales is too old.", "销售周转数据已过期。"),
    Why.NOT_INSURED: Words("The goods are not insured.", "货物未投保。"),
    Why.INSURANCE_LAPSED: Words("The insurance has lapsed.", "保险已到期。"),
    Why.OUT_OF_ORDER: Words("A device that counts here is out of order.", "相关设备异常。"),
    Why.RESERVED: Words("Another operation holds this already.", "已被另一笔操作预留。"),
    Why.ALERTED: Words("An alert stops it.", "预警未解除。"),
}
_NAMED: Final = re.compile(r"(?:^|; |any more: )([a-z]+(?:-[a-z]+)*) of ")
_AGAIN: Final = Words("Nothing was changed. Correct it and send the form again.", "未作任何更改，请更正后重新提交。")
_NO_NEED: Final = Words(
    "Nothing is to be done now; the watch tells when a line is reached.", "目前无需办理，触及警戒线时系统将预警。"
)
_ADVICE: Final[Mapping[str, Words]] = {
    "not allowed": Words(
        "Take less, let the borrower pay or bring other goods first, then begin again. "
        "An operation that is not going to be sent can be withdrawn.",
        "请减少数量，或待借款人还款、补充质物后重新办理；不再提交的操作可撤回。",
    ),
    "not as things stand": Words(
        "Look at the receipt as it stands now and begin again from there.", "请核对当前状态后重新办理。"
    ),
    "no good key": Words(
        "The signature is of a key that is not in the registry, has run out, or is not of this operation. "
        "Check that the file you signed is this one.",
        "签名所用密钥未登记、已失效，或所签并非本笔操作；请核对所签文件。",
    ),
    "another's key": Words(
        "This is the key of another organisation: they bring their signature themselves.",
        "该密钥属于其他单位，请由其自行提交签名。",
    ),
    "another role": Words(
        "A key of another role signs at this place. Use the key that the table names.", "该位置须由其他角色的密钥签署。"
    ),
    "another key signs": Words(
        "Let a second person sign with another key. Send them the link below.",
        "请由另一人以另一把密钥会签，可转发下方链接。",
    ),
    "nothing is sent from here": Words(
        "This desk has no key that pays. Download the file and send it with the command below.",
        "本系统未配置付费密钥，请下载文件并用下方命令提交上链。",
    ),
    "begun already": Words("Ask the other party for the link.", "请向对方索取链接。"),
    "not found": Words("Check the number: it is not there, or not yours to see.", "请核对编号：不存在或您无权查看。"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What did not go, for a page: reasons in the reader's words, the desk's own text, and what to do."""

    status: int
    reasons: tuple[Words, ...]
    text: Words
    advice: Words


def refusal(error: ApiError) -> Refusal:
    """Of an answer of the desk."""
    codes = [Why(code) for code in _NAMED.findall(str(error)) if code in set(Why)]
    reasons = tuple(_WHY[code] for code in dict.fromkeys(codes))
    advice = _NO_NEED if set(codes) == {Why.COVERED} else _ADVICE.get(error.title, _AGAIN)
    return Refusal(error.status, reasons, error.words or Words(str(error), str(error)), advice)


def must_be_told(error: ApiError) -> Refusal:
    """The same for what a page says beside the form. Raises the error itself where there is no form to show it by."""
    if error.status in (400, 403, 404, 409, 422, 503):
        return refusal(error)
    raise error
