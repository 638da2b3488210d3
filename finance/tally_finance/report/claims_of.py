"""What the registry of claims says of certificates, read from a chain under the namespace's key. It only asks."""

from __future__ import annotations

from collections.abc import Iterable

from tally_chain.engine.interface import BlockTag, Engine
from tally_chain.errors import RegistryError
from tally_chain.registry.claims import ClaimHistory, read_claims
from tally_chain.registry.namespace_key import NamespaceKey
from tally_finance.footprint.claiming import Entry, salt_of
from tally_finance.report.claims_file import Claims


def claims_of(
    engine: Engine,
    contract: str,
    organisations: str,
    *,
    key: NamespaceKey,
    issuer: str,
    numbers: Iterable[str],
) -> Claims:
    """The claims of an issuer's certificates, from the contract's whole history, which is proven complete.

    The caller has checked that the chain and the contracts are the pinned ones. Raises RegistryError where the
    namespace was never opened or its claims are not final, IdentifierError for a number that is none, and as
    `read_claims`.
    """
    newest = engine.block(BlockTag.LATEST)
    if newest is None:
        raise RegistryError("the chain shows no newest block")
    history = read_claims(engine, contract, organisations)
    rules = history.namespaces.get(key.namespace_id)
    if rules is None:
        raise RegistryError(f"namespace {key.namespace_id.hex()} was never opened on this chain")
    if rules.releasable or rules.transferable:
        raise RegistryError(
            f"claims of namespace {key.namespace_id.hex()} can be released or handed over: "
            "a certificate that was used would not stay used"
        )
    identity = engine.identity()
    return Claims(
        identity.chain_id,
        identity.genesis_hash,
        contract,
        organisations,
        key.namespace_id,
        newest.number,
        newest.hash,
        {number: _entry(history, key, issuer, number) for number in numbers},
    )


def _entry(history: ClaimHistory, key: NamespaceKey, issuer: str, number: str) -> Entry:
    nullifier = key.nullifier(issuer, number)
    held = history.holdings.get((key.namespace_id, nullifier), ())
    living = held[-1] if held and held[-1].until_block is None else None
    holder, digest = (None, None) if living is None else (living.holder, living.digest)
    return Entry(number, nullifier, salt_of(key.key, nullifier), holder, digest)
