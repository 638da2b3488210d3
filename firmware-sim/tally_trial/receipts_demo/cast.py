"""Who takes part: firms, codes and keys. Keys follow from their names, so they are worth nothing elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from eth_account import Account

from tally_chain.anchoring.keys import LocalSigner
from tally_chain.registry.identifiers import Scheme, commitment, identifier
from tally_chain.registry.roles import KeyRole
from tally_finance.filing.description import Named


def digest(text: str) -> bytes:
    """SHA-256 of a text: ids and salts of a play."""
    return hashlib.sha256(f"tallystick receipts demo: {text}".encode()).digest()


def number_of(name: str) -> bytes:
    """The number of a receipt, by its name."""
    return digest(f"receipt {name}")


def key(name: str) -> LocalSigner:
    """The secp256k1 key of a name."""
    return LocalSigner(Account.from_key(digest(f"key {name}")))


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation: how operations call it, its names, its USCC (统一社会信用代码) and the roles of its keys."""

    word: str
    chinese: str
    english: str
    code: str
    roles: tuple[KeyRole, ...]

    @property
    def id(self) -> bytes:
        """Its id in the registry of parties."""
        return digest(f"organisation {self.word}")

    @property
    def salt(self) -> bytes:
        """Opens the registry's commitment to its code."""
        return digest(f"salt {self.word}")

    @property
    def commitment(self) -> bytes:
        """What the registry of parties holds of its code."""
        return commitment(identifier(Scheme.USCC, self.code), self.salt)

    @property
    def named(self) -> Named:
        """How a filing names it."""
        return Named(self.id, self.chinese, Scheme.USCC, self.code, self.salt)


R = KeyRole
FIRMS: Final = {
    firm.word: firm
    for firm in (
        Firm("estate", "江北粮食园区有限公司", "Jiangbei Grain Park", "91310000000000201A", (R.SITE_OWNER,)),
        Firm("keeper", "江北仓储有限公司", "Jiangbei Storage", "91310000000000202D", (R.KEEPER,)),
        Firm("verifier", "中衡监管有限公司", "Zhongheng Supervision", "91310000000000203G", (R.VERIFIER,)),
        Firm("inspector", "信谷检验有限公司", "Xingu Inspection", "91310000000000204K", (R.INSPECTOR,)),
        Firm("seller", "北原农业合作社", "Beiyuan Farmers", "91310000000000205N", (R.HOLDER,)),
        Firm("borrower", "丰禾粮贸有限公司", "Fenghe Grain Trading", "91310000000000206R", (R.HOLDER,)),
        Firm("lender", "第一示范银行", "First Example Bank", "91310000000000207W", (R.LENDER,)),
        Firm("auctioneer", "公平拍卖有限公司", "Gongping Auctions", "913100000000002080", (R.AUCTIONEER,)),
        Firm("buyer", "大牧饲料有限公司", "Damu Feed", "913100000000002093", (R.HOLDER,)),
        Firm("registrar", "示范登记中心", "Example Registry", "913100000000002108", (R.REGISTRY_ADMIN,)),
        Firm("price a", "华粮报价中心", "Hualiang Prices", "91310000000000211B", (R.PRICE_SOURCE,)),
        Firm("price b", "玉米网", "Maize Net", "91310000000000212E", (R.PRICE_SOURCE,)),
        Firm("price c", "港口现货平台", "Port Spot", "91310000000000213H", (R.PRICE_SOURCE,)),
    )
}
"""By word. Names and codes are made up; the codes' check characters fit (GB 32100-2015)."""

LENDER_2: Final = "lender 2"
"""What frees goods, the lender signs by two keys."""

SOURCES: Final = ("price a", "price b", "price c")


def keys() -> dict[str, tuple[Firm, KeyRole, LocalSigner]]:
    """Every key of a firm by the word that operations are signed with: the firm's own, and the lender's second."""
    made = {word: (firm, firm.roles[0], key(word)) for word, firm in FIRMS.items()}
    made[LENDER_2] = (FIRMS["lender"], KeyRole.LENDER, key(LENDER_2))
    return made


def names() -> dict[bytes, str]:
    """The firms' names by id, for whoever reads operations."""
    return {firm.id: f"{firm.english} {firm.chinese}" for firm in FIRMS.values()}
