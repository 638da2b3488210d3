"""What the shared options of commands about a chain lead to: an engine, a profile, a key."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from tally_chain.anchoring.external_signer import ExternalSigner
from tally_chain.anchoring.keys import TransactionSigner, open_keystore
from tally_chain.anchoring.profile import EMBEDDED, GETH_FAMILY, ChainProfile, profile_named
from tally_chain.anchoring.transacting import without_waiting
from tally_chain.engine.interface import Engine
from tally_chain.engine.pool import open_nodes
from tally_chain.errors import TransactionKeyError
from tally_edge import passphrase


@contextmanager
def open_engine(options: argparse.Namespace, *, writing: bool = False) -> Iterator[Engine]:
    """The chain that the options name. Raises as Engine does."""
    if options.embedded is not None:
        from tally_chain.engine.embedded import EmbeddedEngine  # noqa: PLC0415  takes a second to import

        engine: Engine = (EmbeddedEngine.open if writing else EmbeddedEngine.open_reader)(options.embedded)
    else:
        agree = options.agree or len(options.endpoint) // 2 + 1
        profile = None if options.profile is None else profile_of(options)
        known = {} if profile is None else {"event_page_blocks": profile.event_page_blocks}
        refusals = () if profile is None else profile.refusals
        engine = open_nodes(" ".join(options.endpoint), agree=agree, refusals=refusals, **known)
    try:
        yield engine
    finally:
        engine.close()


def profile_of(options: argparse.Namespace) -> ChainProfile:
    """How that chain behaves."""
    if options.profile is None:
        return EMBEDDED if options.embedded is not None else GETH_FAMILY
    profile = profile_named(options.profile)
    assert profile is not None  # noqa: S101  argparse took no other name
    return profile


def profile_for_sending(options: argparse.Namespace) -> ChainProfile:
    """How that chain behaves, for what is sent with the options of `add_sender`."""
    profile = profile_of(options)
    return without_waiting(profile) if options.no_wait else profile


def signer_of(options: argparse.Namespace) -> TransactionSigner:
    """Whose key sends. Raises TransactionKeyError where none is named."""
    if options.signer is not None and options.signer_address is not None:
        return ExternalSigner(options.signer, options.signer_address)
    if options.key is None:
        raise TransactionKeyError("sending needs --key, or --signer with --signer-address")
    return open_keystore(options.key, lambda: passphrase.read(options.passphrase_file))
