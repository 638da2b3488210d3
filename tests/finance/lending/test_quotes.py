"""Signed quotes: whose they are, which of them speak, and what is no quote."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.registry.organisations import BoundKey, Reason, Registry, Revocation, key_id_of
from tally_chain.registry.roles import KeyRole
from tally_finance import quoting
from tally_finance.errors import PriceError
from tally_finance.lending import prices
from tally_finance.lending.quotes import MAX_PRICE_FEN, Quote, SignedQuote, decode, encode, speaking

KEY, OTHER, LENDERS = (Account.from_key(bytes([n]) * 32) for n in (1, 2, 3))
SOURCE, BANK = b"\x0a" * 32, b"\x0b" * 32
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
CHAIN = 20_260
QUOTE = Quote(SOURCE, "阴极铜 cathode copper, grade A", 7_012_300, "CNY", 1_000, b"\x0c" * 32, 5_000)


def bound(account: LocalAccount, organisation: bytes = SOURCE, role: KeyRole = KeyRole.PRICE_SOURCE) -> BoundKey:
    key_id = key_id_of(account.address)
    return BoundKey(key_id, organisation, role, 0, 10_000, 5, 2, 1, 2)


def registry(*keys: BoundKey) -> Registry:
    return Registry(CONTRACT, len(keys), 2, {}, {key.key_id: key for key in keys}, ())


def admitted(signed: SignedQuote, known: Registry, **changes: object) -> Quote:
    where = {"chain_id": CHAIN, "block_number": 9, "time_seconds": 2_000, **changes}
    return quoting.admit(signed, known, **where)


def test_a_quote_of_a_bound_key_counts() -> None:
    signed = quoting.sign(KEY, QUOTE, CHAIN, CONTRACT)
    assert admitted(signed, registry(bound(KEY))) == QUOTE
    assert QUOTE.per_t == Decimal("70123.00")


def test_the_digest_is_the_one_that_the_standard_describes() -> None:
    """EIP-712 by hand: encodeType, encodeData and the domain, without the library that signs."""

    def word(number: int) -> bytes:
        return number.to_bytes(32, "big")

    kind = "Quote(bytes32 source,string commodity,uint128 price,string currency,uint64 at,bytes32 lineage,uint64 until)"
    struct = keccak(
        keccak(text=kind) + QUOTE.source + keccak(text=QUOTE.commodity) + word(QUOTE.price)
        + keccak(text=QUOTE.currency) + word(QUOTE.at) + QUOTE.lineage + word(QUOTE.until)
    )  # fmt: skip
    of_domain = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = keccak(
        keccak(text=of_domain) + keccak(text="Tallystick Prices") + keccak(text="1") + word(CHAIN)
        + word(int(CONTRACT, 16))
    )  # fmt: skip
    message = encode_typed_data(full_message=QUOTE.typed_data(CHAIN, CONTRACT))
    assert keccak(b"\x19\x01" + domain + struct) == keccak(b"\x19" + message.version + message.header + message.body)


@pytest.mark.parametrize(
    ("known", "changes", "why"),
    [
        (registry(), {}, "is not bound as a key of a price source"),
        (registry(bound(KEY, role=KeyRole.LENDER)), {}, "is not bound as a key of a price source"),
        (registry(bound(KEY, organisation=BANK)), {}, "signs for 0x0b0b"),
        (registry(bound(KEY)), {"block_number": 1}, "is not good in block 1"),
        (registry(bound(KEY)), {"time_seconds": 10_000}, "is not good in block 9"),
        (registry(bound(KEY)), {"interested": {SOURCE}}, "has an interest in the price"),
        (registry(bound(KEY)), {"chain_id": CHAIN + 1}, "is not bound"),
        (
            registry(replace(bound(KEY), revocation=Revocation(Reason.COMPROMISED, 900, 100, 8, 2))),
            {},
            "is not good in block 9",
        ),
    ],
)
def test_whose_quote_does_not_count(known: Registry, changes: dict[str, object], why: str) -> None:
    with pytest.raises(PriceError, match=why):
        admitted(quoting.sign(KEY, QUOTE, CHAIN, CONTRACT), known, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"price": QUOTE.price + 1},
        {"commodity": "zinc"},
        {"currency": "USD"},
        {"at": 1_001},
        {"until": 5_001},
        {"lineage": b"\x0d" * 32},
    ],
)
def test_a_quote_that_was_changed_leads_to_another_key(changes: dict[str, object]) -> None:
    signed = quoting.sign(KEY, QUOTE, CHAIN, CONTRACT)
    with pytest.raises(PriceError, match=r"is not bound|leads to no key"):
        admitted(replace(signed, quote=replace(QUOTE, **changes)), registry(bound(KEY)))


def test_the_twin_of_a_signature_is_refused() -> None:
    made = quoting.sign(KEY, QUOTE, CHAIN, CONTRACT).signature
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = (order - int.from_bytes(made[32:64], "big")).to_bytes(32, "big")
    twin = SignedQuote(QUOTE, made[:32] + high + bytes([55 - made[64]]))
    message = encode_typed_data(full_message=QUOTE.typed_data(CHAIN, CONTRACT))
    assert Account.recover_message(message, signature=twin.signature) == KEY.address
    with pytest.raises(PriceError, match="low s"):
        admitted(twin, registry(bound(KEY)))


@pytest.mark.parametrize("signature", [bytes(32) + b"\1" * 32 + b"\x1b", b"\xff" * 32 + b"\1" * 32 + b"\x1b"])
def test_a_signature_that_leads_to_no_key(signature: bytes) -> None:
    with pytest.raises(PriceError, match="leads to no key"):
        admitted(SignedQuote(QUOTE, signature), registry(bound(KEY)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": b"\x0a"}, "32 bytes"),
        ({"lineage": bytes(32)}, "not all of them zero"),
        ({"commodity": ""}, "is no commodity"),
        ({"commodity": "copper  A"}, "is no commodity"),
        ({"commodity": "e\u0301tain"}, "is no commodity"),
        ({"commodity": "tin\x1b[2J"}, "is no commodity"),
        ({"commodity": "tin\u200b"}, "is no commodity"),
        ({"commodity": "x" * 129}, "at most 128"),
        ({"price": 0}, "is no price"),
        ({"price": MAX_PRICE_FEN + 1}, "is no price"),
        ({"currency": "cny"}, "is no currency"),
        ({"currency": "C1Y"}, "is no currency"),
        ({"until": 999}, "can not speak until"),
    ],
)
def test_what_is_no_quote(changes: dict[str, object], why: str) -> None:
    with pytest.raises(PriceError, match=why):
        replace(QUOTE, **changes)


@given(
    price=st.integers(1, MAX_PRICE_FEN),
    at=st.integers(1, 2**39),
    lasts=st.integers(0, 2**20),
    commodity=st.from_regex(r"[a-z铜铝]{1,20}( [a-z0-9]{1,8}){0,3}", fullmatch=True),
)
def test_the_file_gives_back_what_was_written(price: int, at: int, lasts: int, commodity: str) -> None:
    signed = SignedQuote(Quote(SOURCE, commodity, price, "CNY", at, b"\1" * 32, at + lasts), bytes(range(65)))
    assert decode(encode(signed).encode()) == signed


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (lambda text: text[:-9], "this is no"),
        (lambda text: text.replace("quote 1", "quote 2"), "this is no"),
        (lambda text: text.replace('"price": 7012300', '"price": 7012300.0'), "is no whole number"),
        (lambda text: text.replace('"price": 7012300', '"price": true'), "price is not a whole number"),
        (lambda text: text.replace('"at": 1000', '"at": 1000,\n "at": 1001'), "a name stands twice"),
        (lambda text: text.replace('"at": 1000', '"when": 1000'), "lacks or adds: at, when"),
        (lambda text: text.replace("0x0a", "0X0A", 1), "source is not 0x"),
        (lambda text: text.replace('"CNY"', "null"), "currency is not text"),
        (lambda text: text + " " * 70_000, "longer than any"),
        (lambda text: "[" * 60_000, "this is no"),
    ],
)
def test_a_file_that_is_none(changed: object, why: str) -> None:
    text = encode(quoting.sign(KEY, QUOTE, CHAIN, CONTRACT))
    assert json.loads(text)["price"] == QUOTE.price
    with pytest.raises(PriceError, match=why):
        decode(changed(text).encode())


def test_a_quote_that_has_run_out_does_not_bring_back_the_one_before() -> None:
    """The source said 70,000 for long and then 50,000 for an hour: afterwards it says nothing, and not 70,000 again."""
    long = replace(QUOTE, price=7_000_000, at=1_000, until=9_000)
    short = replace(QUOTE, price=5_000_000, at=2_000, until=5_600)
    heap, copper = [short, long], QUOTE.commodity
    assert speaking(1_500, heap, copper, "CNY") == [prices.Quote(SOURCE.hex(), 1_000, Decimal(70_000))]
    assert speaking(5_600, heap, copper, "CNY") == [prices.Quote(SOURCE.hex(), 2_000, Decimal(50_000))]
    assert speaking(5_601, heap, copper, "CNY") == []


def test_other_goods_and_other_money_say_nothing() -> None:
    assert speaking(2_000, [QUOTE], "zinc", "CNY") == speaking(2_000, [QUOTE], QUOTE.commodity, "USD") == []


def test_two_prices_of_one_second_reach_the_rule_that_refuses_them() -> None:
    rules = prices.Rules(frozenset({SOURCE.hex()}), 1, 3_600, Decimal("0.05"))
    both = [QUOTE, replace(QUOTE, price=QUOTE.price + 1)]
    with pytest.raises(PriceError, match="quotes 70123"):
        prices.price_at(2_000, speaking(2_000, both, QUOTE.commodity, "CNY"), rules)
    twice = speaking(2_000, [QUOTE, replace(QUOTE, until=6_000)], QUOTE.commodity, "CNY")
    assert prices.price_at(2_000, twice, rules) == QUOTE.per_t
