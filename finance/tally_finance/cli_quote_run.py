"""What `tallystick finance quote` does."""

from __future__ import annotations

import argparse
import json
import time

from tally_chain.anchoring.keys import open_keystore
from tally_chain.cli.registry_run import registries
from tally_chain.registry.moments import newest_block
from tally_chain.registry.organisations import read_registry
from tally_edge import passphrase
from tally_edge.errors import ConfigError
from tally_finance import json_file, quoting
from tally_finance.errors import PriceError
from tally_finance.lending.quotes import Quote, decode, encode

OK, DOES_NOT_COUNT = 0, 1


def run_sign(options: argparse.Namespace) -> int:
    """A quote in a file."""
    if options.out.exists():
        raise ConfigError(f"{options.out} exists already")
    at = int(time.time()) if options.at is None else options.at
    try:
        quote = Quote(
            options.source, options.commodity, options.price, options.currency, at, options.lineage, options.until
        )
    except PriceError as error:
        raise ConfigError(str(error)) from None
    key = open_keystore(options.key, lambda: passphrase.read(options.passphrase_file))
    signed = quoting.sign(key, quote, options.chain_id, options.organisations)
    with options.out.open("x", encoding="utf-8") as file:
        file.write(encode(signed))
    print(f"{options.out}: {quote.per_t:f} {quote.currency} per tonne of {quote.commodity}, signed by {key.address}")
    return OK


def run_check(options: argparse.Namespace) -> int:
    """Whether it counts, by the newest block."""
    with options.file.open("rb") as file:
        signed = decode(file.read(json_file.MAX_FILE_BYTES + 1))
    with registries(options) as (engine, pins):
        registry = read_registry(engine, pins.needed("organisations"))
        block, chain_id = newest_block(engine), engine.identity().chain_id
    why = ""
    try:
        quoting.admit(signed, registry, chain_id=chain_id, block_number=block.number, time_seconds=block.time_seconds)
    except PriceError as error:
        why = str(error)
    quote = signed.quote
    speaks = quote.at <= block.time_seconds <= quote.until
    if options.json:
        told = {
            "counts": not why,
            "why": why or None,
            "speaks": speaks,
            "commodity": quote.commodity,
            "per_t": f"{quote.per_t:f}",
            "currency": quote.currency,
            "at": quote.at,
            "until": quote.until,
            "digest": json_file.hexadecimal(signed.digest),
        }
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(f"{quote.per_t:f} {quote.currency} per tonne of {quote.commodity}, from {quote.at} until {quote.until}")
        print(why or "A key of the price source signed it. 报价有效。")
        if not speaks:
            print("It does not speak now. 报价不在有效期内。")
    return DOES_NOT_COUNT if why or not speaks else OK
