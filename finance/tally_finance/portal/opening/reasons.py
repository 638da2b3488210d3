"""Why a step did not hold or was not made, in Chinese: programs say it in English. No IO.

What is not known here stays as the program said it: a sentence that somebody can look up is better than none.
"""

from __future__ import annotations

import re
from typing import Final

from tally_finance.bilingual import Words, known
from tally_gateway.pages.words import Sentences

_NO_POLICY: Final = r"no head of a policy here covers it"
_KNOWN: Final[Sentences] = (
    (r"no statement", "不是陈述"),
    (r"the bytes are no statement", "这些字节不是陈述"),
    (r"the policy does not know this authority", "策略未列入该计量主管"),
    (r"the policy does not know this log's key", "策略未列入该日志的密钥"),
    (r"the policy does not know this log", "策略未列入该日志"),
    (r"no authority that the policy names enrolled this key", "策略所列计量主管均未登记该密钥"),
    (r"no authority that the gateway lists here enrolled the key", "网关所列计量主管均未登记该密钥"),
    (r"no policy of your organisation names whose key this is", "本单位策略未列明该密钥归属"),
    (
        r"(\S+) enrolled it by the gateway's own list; whether \S+ may, a policy of your organisation says",
        r"据网关自有清单，由 \1 登记；\1 是否有权登记，须由本单位策略确认",
    ),
    (r"(\S+) enrolled it in no way that your policy accepts", r"\1 的登记不为本单位策略所接受"),
    (r"the key was enrolled only after this statement", "该密钥在此陈述之后才登记"),
    (r"the key had ended at seq (\d+)", r"该密钥已于序号 \1 终止"),
    (r"the key is not enrolled for this metering point", "该密钥未就此计量点登记"),
    (r"where the enrolment stands in the log is not proven here", "此处未证明该登记在日志中的位置"),
    (r"the enrolment does not stand in the log where it is said: .+", "该登记并不在所称的日志位置"),
    (r"it stands alone, in no stream", "单独存在，不属于任何陈述流"),
    (r"the gateway shows no statement before it", "网关未提供前一份陈述"),
    (r"the log holds another statement at the number before it", "日志中前一序号为另一份陈述"),
    (r"the bundle carries another statement before it", "证据包中前一序号为另一份陈述"),
    (r"the statement before it is not carried", "未附前一份陈述"),
    (r"there is no root, or no key to check it with", "没有根，或没有可用于核验的密钥"),
    (r"there is no root to compare", "没有可比对的根"),
    (r"there is no key to check it with", "没有可用于核验的密钥"),
    (r"it is the head of another log or size", "该树头属于其他日志或规模"),
    (
        r"it verifies with the key that the log's first entry names; whose key that is, a policy says",
        "可用日志首条所载密钥验证；该密钥归属须由策略确认",
    ),
    (r"the log did not hold, so no head can vouch for it", "日志核验不成立，无树头可作证"),
    (r"no head that the reader holds covers this entry", "读者持有的树头均未覆盖该条目"),
    (r"it stands on a chain that the operator controls", "锚定于运营方自有链"),
    (_NO_POLICY + r", and the gateway has anchored none that does", "本单位策略中无树头覆盖该条目，网关亦未锚定"),
    (
        _NO_POLICY + r"; the gateway's anchor of size (\d+) was not linked",
        r"本单位策略中无树头覆盖该条目；网关规模 \1 的锚定未能相连",
    ),
    (
        _NO_POLICY
        + r"; the gateway's own anchor of size (\d+) is of this history, and that a chain took it is its word",
        r"本单位策略中无树头覆盖该条目；网关规模 \1 的锚定与此树头同属一段历史，但上链与否仅为网关所称",
    ),
    (
        r"the gateway's own anchor of size (\d+) is of another history than this head: .+",
        r"网关规模 \1 的锚定与此树头不属同一历史",
    ),
    (r"this page has one entry; a bundle of the log shows it", "本页仅有一个条目，须由日志的证据包说明"),
)
_BY_ITSELF: Final = re.compile(r"by what (\S+) itself stated, (.+)")


def said(why: str) -> Words:
    """The program's sentence, and in Chinese where it is known."""
    own = _BY_ITSELF.fullmatch(why)
    if own is not None:
        return Words(why, f"据 {own[1]} 自身陈述，{said(own[2]).chinese}")
    return known(_KNOWN, why) or Words(why, why)
