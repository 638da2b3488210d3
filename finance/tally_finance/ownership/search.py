"""The search for others' claims (查询) before a pledge and before every draw: what was found, and how old it is. No IO.

Three places, because no register has all:

- the unified movables registry (动产融资统一登记公示系统) by the pledgor: mortgages (抵押, also floating: Art. 396),
  retained title (所有权保留, Art. 641), leases, pledges of receipts. What is not registered does not hold against who
  took the goods in good faith (Arts 403, 641), and who did not search can hardly say so;
- who financed the purchase may register within ten days of delivery and comes first all the same (Art. 416), so a
  search within those days proves little;
- the keeper's lien (留置权, Art. 903) stands in no register and ranks before all (Art. 456): the keeper is asked.

Articles are of the 民法典 (Civil Code). The registry examines nothing: what it shows is what parties filed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from tally_chain.errors import IdentifierError
from tally_edge import cbor
from tally_finance.errors import OwnershipError
from tally_finance.ownership.papers import DIGEST_BYTES, SALT_BYTES, party
from tally_finance.ownership.remark import Name, Remark

DAY_S: Final = 86_400
PURCHASE_MONEY_S: Final = 10 * DAY_S
"""民法典 Art. 416."""
_DOMAIN: Final = b"tallystick search record 1\0"


class Kind(Enum):
    """What somebody may have filed."""

    MORTGAGE = "抵押"
    FLOATING = "浮动抵押"
    PURCHASE_MONEY = "价款抵押"
    RETENTION = "所有权保留"
    LEASE = "融资租赁"
    PLEDGE = "质押"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry shows. `covers`: by a person's reading it touches these goods; if not, `why` says so."""

    kind: Kind
    registration: str
    creditor: str
    covers: bool
    why: str


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the registry. `certificate`: digest of its certificate of search (查询证明). Unix seconds."""

    subject: str
    searched_at: int
    certificate: bytes
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class KeeperSays:
    """The keeper's declaration of what it is owed for these goods, yuan. `digest`: of the signed paper."""

    keeper: str
    said_at: int
    owed: Decimal
    digest: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """Both answers, for one pledge. Raises OwnershipError."""

    search: Search
    keeper_says: KeeperSays | None
    salt: bytes

    def __post_init__(self) -> None:
        says = self.keeper_says
        if len(self.salt) != SALT_BYTES or len(self.search.certificate) != DIGEST_BYTES:
            raise OwnershipError(f"a salt has {SALT_BYTES} bytes, a certificate's digest {DIGEST_BYTES}")
        if says is not None and (len(says.digest) != DIGEST_BYTES or says.owed < 0):
            raise OwnershipError(f"a declaration's digest has {DIGEST_BYTES} bytes, and what is owed is not negative")
        for entry in self.search.entries:
            if not entry.covers and not entry.why.strip():
                raise OwnershipError(f"registration {entry.registration} is left aside without a reason")

    @property
    def lien(self) -> Decimal:
        """What belongs in the reserve (扣减项)."""
        return Decimal(0) if self.keeper_says is None else self.keeper_says.owed

    @property
    def digest(self) -> bytes:
        """What stands in `Accept.search` and `Register.search`."""
        return hashlib.sha256(self.paper).digest()

    @property
    def paper(self) -> bytes:
        """All of it as bytes that the lender's desk keeps."""
        search, says = self.search, self.keeper_says
        item: list[cbor.Item] = [
            [search.subject, search.searched_at, search.certificate],
            [[one.kind.value, one.registration, one.creditor, one.covers, one.why] for one in search.entries],
            None if says is None else [says.keeper, says.said_at, f"{says.owed:f}", says.digest],
        ]
        return _DOMAIN + self.salt + cbor.encode(item)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a record must fit. Times are Unix seconds.

    `last_draw_at`: of this loan, None before the first. `delivered_at`: when the goods came to the pledgor.
    """

    pledgor: str
    keeper: str
    delivered_at: int
    last_draw_at: int | None
    max_age_s: int
    keeper_max_age_s: int


def judge(record: Record, asked: Asked, now: int) -> tuple[Remark, ...]:
    """What stands against a pledge or a draw at `now`."""
    return (*_registry(record.search, asked, now), *_keeper(record.keeper_says, asked, now))


def _registry(search: Search, asked: Asked, now: int) -> Iterator[Remark]:
    touches, at = f"search of {search.searched_at}", search.searched_at
    if not _same(search.subject, asked.pledgor):
        yield Remark(Name.SEARCH_OTHER, touches, f"is about {search.subject}, and {asked.pledgor} pledges")
    if not 0 <= now - at <= asked.max_age_s:
        yield Remark(Name.SEARCH_OLD, touches, f"is {now - at} s old, and may be {asked.max_age_s}")
    if asked.last_draw_at is not None and at <= asked.last_draw_at:
        yield Remark(Name.SEARCH_REUSED, touches, f"is from before the draw of {asked.last_draw_at}")
    for entry in search.entries:
        if entry.covers:
            text = f"{entry.creditor} has a claim of kind {entry.kind.value} on these goods"
            yield Remark(Name.CLAIM_FOUND, f"registration {entry.registration}", text)
    if at <= asked.delivered_at + PURCHASE_MONEY_S:
        text = f"whoever financed the purchase may register until {asked.delivered_at + PURCHASE_MONEY_S}"
        yield Remark(Name.WINDOW_OPEN, touches, text)


def _keeper(says: KeeperSays | None, asked: Asked, now: int) -> Iterator[Remark]:
    if says is None or not _same(says.keeper, asked.keeper):
        yield Remark(Name.KEEPER_UNASKED, asked.keeper, "the keeper of these goods declared nothing")
        return
    if not 0 <= now - says.said_at <= asked.keeper_max_age_s:
        text = f"the declaration is {now - says.said_at} s old, and may be {asked.keeper_max_age_s}"
        yield Remark(Name.KEEPER_UNASKED, asked.keeper, text)
    if says.owed:
        yield Remark(Name.LIEN_OWED, asked.keeper, f"the keeper is owed {says.owed:f}, before every pledge")


def _same(one: str, other: str) -> bool:
    """Whether both name one organisation; what names none is nobody's."""
    try:
        return party(one) == party(other)
    except IdentifierError:
        return False
