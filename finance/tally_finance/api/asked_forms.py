"""What is asked in bodies: facilities, money, papers, operations, and what the desk is to prepare. No IO."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tally_finance.api.forms import Asked, Factor, Grams, GramsOrNone, Id, Money, Sentence, Share, Time, Word

Seconds = Annotated[int, Field(ge=1, le=366 * 86_400, description="seconds", examples=[86_400])]


class GoodsAsked(Asked):
    """What is lent on a commodity."""

    commodity: Word
    advance: Share
    grade: Factor
    price_age_s: Seconds
    quantity_age_s: Seconds
    cap: Money | None = None


class FacilityAsked(Asked):
    """A facility (授信)."""

    facility: Word
    borrower: Id
    limit: Money
    goods: Annotated[list[GoodsAsked], Field(min_length=1, max_length=64)]
    warning: Share
    liquidation: Share
    yearly_rate: Share
    penalty: Factor
    matures: Annotated[str, Field(pattern="^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", examples=["2030-01-31"])]
    pledging: Literal["static", "dynamic"]
    search_age_s: Seconds
    utc_offset_s: Annotated[int, Field(ge=-14 * 3600, le=14 * 3600, examples=[28_800])]
    reserve: Money


class AmountAsked(Asked):
    """A draw (放款)."""

    amount: Money


class RepaymentAsked(Asked):
    """A payment (还款). `payment`: digest of the bank's advice; `paid_at`: when the money came."""

    amount: Money
    payment: Id
    paid_at: Time


class FeeAsked(Asked):
    """A fee (费用)."""

    amount: Money
    reason: Sentence


class SearchAsked(Asked):
    """A search of the movables registry (登记查询). `searched_at`: when the registry was asked."""

    search: Id
    clear: bool
    searched_at: Time


class WithdrawalAsked(Asked):
    """A prepared operation that is not going to be sent.

    `no_copy_was_signed`: your word that none of your keys has signed it anywhere, for one whose file is not kept here.
    """

    reason: Sentence
    no_copy_was_signed: bool = False


class ReserveAsked(Asked):
    """What is taken off (扣减项)."""

    reserve: Money


class OwnershipAsked(Asked):
    """The ownership pack of a receipt (权属资料), by digests."""

    contract: Id
    invoice: Id
    payment: Id
    search: Id
    clear: bool


class FilingAsked(Asked):
    """The filing of a pledge (登记)."""

    facility: Word
    filing: Id
    lapses_at: Time


class WordAsked(Asked):
    """What a person says of an alert: what was found, or is done."""

    reason: Sentence


class OperationAsked(Asked):
    """An operation; `values` as in its file, without the heads of what the bearer sees, which are filled in."""

    kind: Annotated[str, Field(pattern="^[A-Z][A-Za-z]{1,31}$", examples=["Surrender"])]
    values: Annotated[
        dict[str, Any], Field(max_length=32, examples=[{"receipt": "0x" + "5a" * 32, "deadline": "1893456000"}])
    ]


class SignatureAsked(Asked):
    """A signature at a place of an operation: r, s (low) and v."""

    place: Annotated[int, Field(ge=0, le=31, examples=[0])]
    signature: Annotated[str, Field(pattern="^0x[0-9a-f]{130}$", examples=["0x" + "5a" * 64 + "1b"])]


class AcceptAsked(Asked):
    """Accept a pledge."""

    act: Literal["accept"]
    receipt: Id
    ownership: Id
    search: Id


class OrderAsked(Asked):
    """Order goods out."""

    act: Literal["order"]
    receipt: Id
    quantity_g: Grams
    picker: Id
    begins: Time
    until: Time


class ReleaseAsked(Asked):
    """Free a part of a pledge."""

    act: Literal["release"]
    receipt: Id
    quantity_g: Grams


class FloorAsked(Asked):
    """Set a floor."""

    act: Literal["floor"]
    receipt: Id
    floor_g: GramsOrNone
    until: Time


class SubstituteAsked(Asked):
    """Take other goods instead."""

    act: Literal["substitute"]
    receipt: Id
    instead: Id
    quantity_g: Grams
    filing: Id


class CallAsked(Asked):
    """Call the borrower to top up."""

    act: Literal["call"]
    receipt: Id
    until: Time


class CureAsked(Asked):
    """Take the call as answered."""

    act: Literal["cure"]
    receipt: Id


PrepareAsked = Annotated[
    AcceptAsked | OrderAsked | ReleaseAsked | FloorAsked | SubstituteAsked | CallAsked | CureAsked,
    Field(discriminator="act"),
]
