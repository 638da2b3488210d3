"""Who a visitor of the demonstration can be: persons of made-up firms, each with what they come for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_finance.api.rights import Role
from tally_finance.portal.accounts.account import Account, State, organisation_of
from tally_finance.portal.accounts.service import Accounts
from tally_finance.portal.visitor import ADMINISTRATOR, OPERATOR, OWNER
from tally_gateway.pages.words import Words
from tally_trial.portal_demo.green import BANK_ID, VERIFIER_ID, VERIFIERS_PERSON, WORKS_ID
from tally_trial.receipts_demo.cast import FIRMS


@dataclass(frozen=True, slots=True)
class Part:
    """One account: its name, whose, in which roles; `who` and `looks` are told on the guide's page.

    `key`: the file of the key that this person signs with, from the demonstration's folder; "" for none.
    """

    name: str
    organisation: bytes
    roles: frozenset[str]
    who: Words
    first: str
    looks: Words
    key: str = ""

    @property
    def short(self) -> Words:
        """What they are called."""
        return Words(self.who.english.partition(",")[0], self.who.chinese.partition("，")[0])


PARTS: Final = (
    Part(
        "ren", WORKS_ID, frozenset({OPERATOR, OWNER}),
        Words("Ren, who runs the works' gateway", "任工，厂区网关运行人员"), "/operator",
        Words(
            "Telemetry flows in while you look. See what each device said last, whether its stream has holes, what was "
            "refused and why, and how the log reaches the chain. Then grant a reader some of it.",
            "遥测数据正在流入。查看每台设备最近的读数、数据流是否连续、哪些报文被拒收及原因、日志如何锚定上链；再向读者授权其中一部分数据。",
        ),
        "handover/owner.key",
    ),
    Part(
        "anna", BANK_ID, frozenset({Role.LENDER}),
        Words("Anna, who lends against grain", "安娜，仓单质押信贷经理"), "/lender",
        Words(
            "The price of maize fell and a margin call is running. See what is missing, whether the grain is there, "
            "and who else could have a claim on it.",
            "玉米价格下跌，追保通知已发出。查看缺口多少、粮食是否在库、是否另有他人主张权利。",
        ),
        "warehouse/keys/lender.json",
    ),
    Part(
        "bo", BANK_ID, frozenset({Role.LENDER}),
        Words("Bo, the bank's second signer", "周波，银行复核人"), "/operations",
        Words(
            "What frees goods needs two of the bank's keys. See what waits for the second.",
            "解押放货须由银行两把密钥会签。查看等待第二人签署的操作。",
        ),
        "warehouse/keys/lender-2.json",
    ),
    Part(
        "ke", FIRMS["keeper"].id, frozenset({Role.KEEPER}),
        Words("Ke, who keeps the silo", "柯勇，仓库保管员"), "/keeper",
        Words(
            "The lots in your silo, the receipts for them, and what you are asked to hand out.",
            "您保管的批次、对应仓单以及待提货指令。",
        ),
        "warehouse/keys/keeper.json",
    ),
    Part(
        "fen", FIRMS["borrower"].id, frozenset({Role.DEPOSITOR}),
        Words("Fen, who owns the grain and owes the bank", "孙芬，存货人、借款人"), "/depositor",
        Words(
            "Your receipts, your loan, and what the bank asks of you by when.",
            "您的仓单、借款以及银行要求的补足期限。",
        ),
        "warehouse/keys/borrower.json",
    ),
    Part(
        "yan", FIRMS["verifier"].id, frozenset({Role.INSPECTOR}),
        Words("Yan, who supervises the goods", "严谨，监管人员"), "/inspector",
        Words(
            "What is attested of the silo, and what leaves by its gate: the keeper records it, and you sign beside the "
            "keeper, or it is not recorded.",
            "粮仓的见证数量与出库：保管人登记，监管人会签后方可入账。",
        ),
        "warehouse/keys/verifier.json",
    ),
    Part(
        "li", BANK_ID, frozenset({Role.REVIEWER}),
        Words("Li, who reviews footprints", "李娜，绿色金融审查人"), "/reviewer",
        Words(
            "A rolling works' footprint in two versions. See what is weak in it, what drives its uncertainty, and open "
            "any figure down to the signed reading.",
            "轧钢厂碳足迹的两个版本。查看薄弱之处、不确定度来源，并将任一数字穿透至签名读数。",
        ),
        "green/play/keys/reviewer.key",
    ),
    Part(
        VERIFIERS_PERSON, VERIFIER_ID, frozenset({Role.VERIFIER}),
        Words("Chen, of the verification body", "陈伟，核查机构人员"), "/reviewer",
        Words("The report that you verified, as a third party sees it.", "以第三方身份查看您核查过的报告。"),
        "green/play/keys/verifier.key",
    ),
    Part(
        "wen", BANK_ID, frozenset({ADMINISTRATOR}),
        Words("Wen, the bank's administrator", "文静，银行系统管理员"), "/administration",
        Words("Accounts, tokens, and the signed log of who did what.", "账户、令牌以及签名的操作审计日志。"),
    ),
)  # fmt: skip

_OTHERS: Final = (
    (WORKS_ID, "Beishan Rolling", "北山轧钢有限公司"),
    (VERIFIER_ID, "Zhongheng Verification", "中衡核查有限公司"),
)


def come(accounts: Accounts, now: int) -> None:
    """Every firm and person gets an account that is open."""
    firms = [(firm.id, firm.english, firm.chinese) for firm in FIRMS.values()]
    for identity, latin, chinese in (*firms, *_OTHERS):
        if accounts.directory.organisation(identity) is None:
            accounts.directory.add_organisation(organisation_of(identity, latin, chinese), now)
    for one in PARTS:
        accounts.directory.add(Account(one.name, one.organisation, one.roles, State.ACTIVE), now)
