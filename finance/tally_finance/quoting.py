"""Signing price quotes, and saying whose key signed one: against the registry of organisations, never by a name."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from tally_chain.registry.claims import MessageSigner
from tally_chain.registry.organisations import Registry, key_id_of
from tally_chain.registry.roles import KeyRole
from tally_finance.errors import PriceError
from tally_finance.lending.quotes import Quote, SignedQuote

_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Of secp256k1. Above it lies the twin of a signature, which verifies too; contracts and this refuse it (EIP-2)."""


def sign(key: MessageSigner, quote: Quote, chain_id: int, organisations: str) -> SignedQuote:
    """The source's signature."""
    message = encode_typed_data(full_message=quote.typed_data(chain_id, organisations))
    return SignedQuote(quote, bytes(key.sign_message(message).signature))


@lru_cache(maxsize=16_384)
def signer_of(signed: SignedQuote, chain_id: int, organisations: str) -> str:
    """The checksummed address that the signature leads to. Raises PriceError where it leads nowhere.

    It is asked of every quote that is kept, each time that prices are judged, and is always the same.
    """
    if not 0 < int.from_bytes(signed.signature[32:64], "big") <= _HALF_ORDER or signed.signature[64] not in (27, 28):
        raise PriceError("a quote's signature is not r, low s and v of 27 or 28")
    message = encode_typed_data(full_message=signed.quote.typed_data(chain_id, organisations))
    try:
        return str(Account.recover_message(message, signature=signed.signature))
    except (BadSignature, ValidationError, ValueError) as error:
        raise PriceError(f"a quote's signature leads to no key: {error}") from None


def admit(
    signed: SignedQuote,
    registry: Registry,
    *,
    chain_id: int,
    block_number: int,
    time_seconds: int,
    interested: Collection[bytes] = (),
) -> Quote:
    """The quote, where the registry knows who signed it. Raises PriceError that says why it does not count.

    1. The signature leads to a key that is bound for the role PriceSource and good in the block in which the lender
       looks (`block_number` of `time_seconds`): the quote's own time is only what its signer says.
    2. The key is of the organisation that the quote names.
    3. That organisation is none of `interested`: neither lender nor borrower nor keeper prices the goods.
    """
    quote = signed.quote
    address = signer_of(signed, chain_id, registry.contract)
    key = registry.keys.get(key_id_of(address))
    if key is None or key.role is not KeyRole.PRICE_SOURCE:
        raise PriceError(f"{address} is not bound as a key of a price source")
    if not key.good_at(block_number, time_seconds):
        raise PriceError(f"the price source's key {address} is not good in block {block_number}")
    if key.organisation != quote.source:
        raise PriceError(f"{address} signs for 0x{key.organisation.hex()}, not for 0x{quote.source.hex()}")
    if quote.source in interested:
        raise PriceError(f"0x{quote.source.hex()} has an interest in the price")
    return quote
