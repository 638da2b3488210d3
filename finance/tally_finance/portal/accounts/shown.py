"""How accounts, sessions and rows of the log are said on a page. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tally_finance.portal.accounts.account import Account, State
from tally_finance.portal.accounts.audit import Row
from tally_finance.portal.visitor import ADMINISTRATOR
from tally_gateway.pages.words import Words

ROLES: Final = MappingProxyType(
    {
        "keeper": Words("keeper", "保管人"),
        "depositor": Words("depositor", "存货人"),
        "lender": Words("lender", "质权人"),
        "inspector": Words("inspector", "监管检验人"),
        "court": Words("court liaison", "司法协助"),
        "reviewer": Words("reviewer", "绿色金融审查人"),
        "verifier": Words("verifier", "核查机构"),
        "operator": Words("gateway operator", "网关运行人员"),
        "owner": Words("owner of evidence", "数据所有者"),
        ADMINISTRATOR: Words("administrator", "管理员"),
    }
)

STATES: Final = MappingProxyType(
    {
        State.INVITED: ("doubt", Words("invited", "待激活")),
        State.ACTIVE: ("good", Words("active", "正常")),
        State.LOCKED: ("bad", Words("locked", "已锁定")),
        State.LEFT: ("plain", Words("left", "已离职")),
    }
)

METHODS: Final = MappingProxyType(
    {
        "password": Words("password and code", "密码加验证码"),
        "passkey": Words("passkey", "通行密钥"),
        "oidc": Words("outside sign-in", "外部登录"),
        "link": Words("one-time link", "一次性链接"),
        "recovery": Words("password and recovery code", "密码加恢复码"),
    }
)

DEEDS: Final = MappingProxyType(
    {
        "sign-in": Words("signed in", "登录"),
        "sign-out": Words("signed out", "退出"),
        "prove": Words("proved again who it is", "再次验证身份"),
        "set-up": Words("set up how to sign in", "设置登录方式"),
        "factor": Words("changed how to sign in", "变更登录方式"),
        "session": Words("ended a session", "结束会话"),
        "token": Words("changed an API token", "变更接口令牌"),
        "invite": Words("invited", "邀请"),
        "roles": Words("changed roles", "变更角色"),
        "state": Words("changed an account's state", "变更账户状态"),
        "reset": Words("let somebody start over", "重置登录方式"),
        "bind": Words("bound an outside identity", "绑定外部身份"),
        "organisation": Words("added an organisation", "新增单位"),
        "export": Words("exported the audit log", "导出审计日志"),
        "post": Words("sent", "提交"),
        "get": Words("was refused", "访问被拒"),
        "download": Words("took away", "下载"),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the log as a page says it."""

    seq: int
    at: int
    account: str
    what: Words
    about: str
    network: str
    outcome: str
    is_good: bool
    digest: str


def line(row: Row) -> Line:
    """A row's line."""
    entry = row.entry
    what = DEEDS.get(entry.what, Words(entry.what, entry.what))
    is_good = entry.outcome == "done" or entry.outcome[:1] in ("2", "3")
    return Line(
        entry.seq, entry.at, entry.account, what, entry.about, entry.network, entry.outcome, is_good, row.digest.hex()
    )


def since(before: Account) -> Words | None:
    """What somebody is told who came in: tries in vain since the last time; None where there is nothing to tell."""
    if not before.failed:
        return None
    count = before.failed
    return Words(
        f"Since you last signed in, {count} {'try' if count == 1 else 'tries'} to sign in as you failed. If that was "
        "not you, tell your administrator, and change your password.",
        f"自您上次登录以来，有 {count} 次以您账户登录的尝试失败。如非本人操作，请告知管理员并修改密码。",
    )
