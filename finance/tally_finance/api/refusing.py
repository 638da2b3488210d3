"""What the interfaces refuse alike, in both languages: what is not there, and whoever may not. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tally_finance.api.rights import Right
from tally_finance.api.tokens import Bearer
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

_CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alert": "预警",
        "book at that time": "该时点台账",
        "bundle": "证据包",
        "bundle of this lot": "该批次证据包",
        "close": "月结",
        "commodity": "品种",
        "computation": "测算",
        "facility": "授信",
        "item of the report": "报告条目",
        "kind of export": "导出格式",
        "line": "报告行",
        "load of the report": "报告负荷曲线",
        "lot": "批次",
        "operation": "操作",
        "opinion": "意见",
        "order": "放货指令",
        "pledge": "质押",
        "policy of this desk, and so no evidence,": "核验规则（因而没有证据）",
        "receipt": "仓单",
        "report": "报告",
        "report of yours": "贵方报告",
        "revision": "修订",
        "section": "报告章节",
        "sheet": "工作表",
        "site": "库区",
        "slot": "货位",
        "statement in the bundle": "证据包内陈述",
        "statement in the evidence": "证据内陈述",
        "verification": "核查意见",
    }
)


def missing(what: str) -> ApiError:
    """What is not there, or is none of the bearer's business: one answer for both, which says nothing of others.

    `what`: one of those above.
    """
    english = f"there is no such {what}, or it is not yours to see"
    return ApiError(404, "not found", Words(english, f"{_CHINESE[what]}不存在，或您无权查看"))


def must_be_let(bearer: Bearer, right: Right) -> None:
    """Raises ApiError 403 where a right opens to other roles, or to tokens that may write."""
    if bearer.role not in right.roles:
        roles = ", ".join(sorted(right.roles))
        said = Words(
            f"this is for {roles}; the token is of a {bearer.role}", f"仅限角色 {roles}；该令牌的角色为 {bearer.role}"
        )
        raise ApiError(403, "not for this role", said)
    if right.writes and not bearer.may_write:
        raise ApiError(403, "not for writing", Words("the token may only read", "该令牌仅可读取"))
