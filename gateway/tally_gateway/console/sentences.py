"""What the authority's tool, the reader of lists and the gateway's health say, in Chinese. No IO.

They speak English, as programs do; a page of the console says the same in Chinese where the sentence is known here, and
leaves it as it is where not: a sentence that somebody can look up is better than none.
"""

from __future__ import annotations

from typing import Final

from tally_gateway.pages.words import Sentences, Words, in_chinese

_KNOWN: Final[Sentences] = (
    # what stands in a field, with the field's name: before the same of a cell, which would take the name for its value
    (
        r"registers, line (\d+): a name and a unit, then a modulus, (\S+) or (\S+) where it has one",
        r"寄存器第 \1 行：应为名称与单位，必要时再写满度值、\2 或 \3",
    ),
    (
        r"registers, line (\d+): (.+) is no name of a register: .+",
        r"寄存器第 \1 行：\2 不是有效名称（小写字母、数字、下划线）",
    ),
    (r"registers, line (\d+): (.+) is none of the units .+", r"寄存器第 \1 行：\2 不是读数可用的单位"),
    (r"registers, line (\d+): (.+) is not above 0", r"寄存器第 \1 行：\2 应大于 0"),
    (r"registers, line (\d+): (.+) is not a plain decimal number", r"寄存器第 \1 行：\2 不是普通十进制数"),
    (r"(\S+): (.+) is not a plain decimal number", r"\1：\2 不是普通十进制数"),
    (r"(\S+): (.+) is not a URI such as .+", r"\1：\2 不是有效 URI"),
    (r"(\S+): (.+) is not a whole number from (\S+) to (\S+)", r"\1：\2 不是 \3 至 \4 的整数"),
    # what stands in cells
    (r"is empty", "为空"),
    (r"holds a formula; paste its value", "含公式，请粘贴为数值"),
    (r"holds the error (.+)", r"含错误值 \1"),
    (r"holds true or false", "为逻辑值"),
    (r"has (\d+) characters, at most (\d+) are read", r"共 \1 个字符，最多读取 \2 个"),
    (r"holds characters that can not be printed", "含不可打印字符"),
    (
        r"(.+) is a number of over (\d+) digits, which a spreadsheet cuts: type it as text",
        r"\1 超过 \2 位，表格会截断：请按文本输入",
    ),
    (r"(.+) is not a URI such as .+", r"\1 不是有效 URI"),
    (r"(.+) is not above 0", r"\1 应大于 0"),
    (r"(.+) is not a day such as (\S+)", r"\1 不是日期，应形如 \2"),
    (r"(.+) is not a host name or address", r"\1 不是主机名或地址"),
    (r"(.+) is not 1 to 64 of a-z, 0-9 and '_'", r"\1 应为 1 至 64 个小写字母、数字或下划线"),
    (r"(.+) is not one of (.+)", r"\1 不在可选值之列：\2"),
    (r"(.+) is not a whole number from (\S+) to (\S+)", r"\1 不是 \2 至 \3 的整数"),
    (r"(.+) is not a plain decimal number", r"\1 不是普通十进制数"),
    (r"is (\S+), but PT ratio times CT ratio is (\S+)", r"为 \1，而 PT 变比乘 CT 变比为 \2"),
    (r"differs from row (\d+) of the same point in (.+)", r"与同一计量点的第 \1 行不一致：\2"),
    (r"(\S+) of (\S+) stands twice", r"\2 的 \1 重复出现"),
    (r"serial (\S+) stands in row (\d+) too", r"表号 \1 亦出现于第 \2 行"),
    (r"the parent (\S+) is not a metering point of this list", r"上级 \1 不是本清单中的计量点"),
    (r"(\S+) is its own parent", r"\1 的上级是其自身"),
    (r"heading (.+) is not known", r"无法识别的标题 \1"),
    (r"headings (.+) and (.+) mean the same", r"标题 \1 与 \2 含义相同"),
    (r"no column for (\S+): (.+)", r"缺少列 \1：\2"),
    (r"(.+): is neither \.xlsx nor \.csv; save it as one of them", r"\1：既非 .xlsx 也非 .csv"),
    (r"(.+): is not UTF-8; save it as 'CSV UTF-8'", r"\1：不是 UTF-8 编码"),
    (r"(.+): holds no rows under its headings", r"\1：标题下没有数据行"),
    (r"(.+): has (\d+) visible sheets; leave one, so that none is overlooked", r"\1：有 \2 个可见工作表，请只保留一个"),
    (r"(.+): is not a workbook that can be read: .+", r"\1：无法读取该工作簿"),
    # what the authority's rules refuse
    (r"(\S+) is empty", r"\1 为空"),
    (r"(\S+): give a whole second with its offset, such as (\S+)", r"\1：请填写带时区偏移的整秒时间，如 \2"),
    (r"(\S+): (.+) is not a time such as (\S+)", r"\1：\2 不是时间，应形如 \3"),
    (r"(\S+): (.+) is none of the list", r"\1：\2 不在可选值之列"),
    (r"kid: not the id of a key, 64 hexadecimal digits", "密钥标识应为 64 位十六进制数"),
    (r"last_good_seq: not a number of the stream", "可信截止序号不是有效序号"),
    (r"days: 1 to 3650", "天数应为 1 至 3650"),
    (r"the request's file is missing: .+", "未选择登记申请文件"),
    (r"is an? (\S+), not an enrolment request", r"该文件为 \1，不是登记申请"),
    (r"the request does not name the stream that it continues: .+", "该申请未指明所承接的数据流：应办理登记而非轮换"),
    (r"the parent (\S+) of (\S+) is not a metering point of the plan", r"\2 的上级 \1 不是方案中的计量点"),
    (r"the plan would be stale at once: .+", "现行方案已过期，请先办理续期"),
    (r"(\S+): facts name at least one register, and none twice", r"\1：至少填写一个寄存器，且不得重复"),
    (r"no meter is installed at (\S+)", r"\1 未装表"),
    (r"(\S+): no meter is installed", r"\1：未装表"),
    (r"(\S+): a meter is installed already", r"\1：已装表"),
    (r"(\S+): facts from a later time have been stated already", r"\1：已有更晚生效的器具信息"),
    (r"(\S+): a multiplier is above 0", r"\1：倍率须大于 0"),
    (r"(\S+) is not a metering point of the site plan", r"\1 不是现行方案中的计量点"),
    (r"not metering points of the site plan: (.+)", r"不是现行方案中的计量点：\1"),
    (r"no key (\S+) has been enrolled here", r"密钥 \1 未在此登记"),
    (r"no key of (\S+) has been enrolled here", r"\1 没有已登记的密钥"),
    (
        r"statement (\d+) of this authority ended the key (\S+), .+",
        r"主管方第 \1 号陈述已终止密钥 \2，不可恢复：终端须启用新密钥",
    ),
    (
        r"statement (\d+) of this authority enrols the key (\S+) for (\S+) already; .+",
        r"主管方第 \1 号陈述已为 \3 登记密钥 \2",
    ),
    (r"a correction covers time that has passed: .+", "更正只能针对已过去的时段，且起早于止"),
    (r"the plan in force already runs longer than that", "现行方案的期限已超过该日期"),
    (r"there is no site plan to renew yet", "尚无可续期的方案"),
    (r"the second person has not signed", "复核人尚未签署"),
    (r"the key (\S+) is not that of a person of the site plan in force", r"密钥 \1 不属于现行方案的复核人"),
    # what keeps the gateway from its work
    (r"the disk is nearly full: (\d+) MB free; nothing is taken", r"磁盘将满，仅剩 \1 MB，已停止接收"),
    (r"(\d+) entries wait for a checkpoint; the newest is (\d+) s old", r"\1 条待检查点覆盖，最新检查点距今 \2 秒"),
    (r"the newest anchor is (\d+) s old, one is due every (\d+) s", r"最新锚定距今 \1 秒，应每 \2 秒一次"),
    (r"nothing is anchored yet, one anchor is due every (\d+) s", r"尚未锚定，应每 \1 秒一次"),
    (r"anchoring alarm (.+)", r"锚定告警 \1"),
)


def both(sentence: str) -> Words:
    """The sentence, and in Chinese where it is known."""
    return Words(sentence, in_chinese(_KNOWN, sentence) or sentence)
