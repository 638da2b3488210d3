"""Gas of our contracts' transactions, on the embedded chain. It depends on bytes and steps and not on the machine."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from tally_chain import contract_abi
from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.registry import administration as admin
from tally_chain.registry import operations
from tally_chain.registry.operations import TIMELOCK
from tally_chain.registry.organisations import Reason
from tally_chain.registry.roles import KeyRole
from tests.bench.gas import STEPS, synthetic_proof
from tests.chain.contracts.stage import STRANGER, Stage, embedded_stage
from tests.chain.registry.parties import (
    ALICE,
    FOR_EVER,
    KEEPER,
    LENDER_A,
    LENDER_B,
    REVOKER,
    YEAR,
    Parties,
    fresh,
    parties_on,
)

WORST = (1_048_575, 1_048_577)
"""The dearest append of a log of 2^20 leaves: all bits of the old size are set, so nearly every hash of the path is
hashed into both roots, and the new size has one bit more, so the path has 22 hashes instead of 21."""
HEADS = (1_048_575, 1_049_575)
"""1,000 gateways' heads under one anchor of a log of heads; again from the dearest size."""


def measure() -> dict[str, int]:
    """Gas used, by what was done."""
    with tempfile.TemporaryDirectory() as directory, embedded_stage(Path(directory) / "chain") as stage:
        return _log_anchor(stage) | _registries(parties_on(stage))


def _log_anchor(stage: Stage) -> dict[str, int]:
    def send(to: str | None, data: bytes) -> int:
        return setup.transact(stage.engine, STRANGER, EMBEDDED, to, data).gas_used

    gas = {"LogAnchor: deploy": send(None, abi.artefact().creation_code)}
    for old, new in (*STEPS, (1_048_575, 1_048_576), HEADS):
        log_id, old_root, new_root, proof = without_zeros(old, new)
        gas["register a log"] = send(stage.contract, abi.call_data("register", log_id, STRANGER.address))
        gas["first anchor of a log"] = send(stage.contract, abi.anchor_call(log_id, old, old_root, []))
        used = send(stage.contract, abi.anchor_call(log_id, new, new_root, proof))
        name = f"anchor {old:,} to {new:,} ({len(proof)} hashes)"
        gas["anchor of 1,000 gateways' heads (22 hashes)" if (old, new) == HEADS else name] = used
        gas["the same head again"] = send(stage.contract, abi.anchor_call(log_id, new, new_root, []))
    gas["give the log another transaction key"] = send(stage.contract, abi.call_data("rotate", log_id, ALICE.address))
    gas["retire a log"] = send(stage.contract, abi.call_data("retire", log_id))
    successor = hashlib.sha256(log_id).digest()
    gas["name a successor"] = send(stage.contract, abi.call_data("succeed", log_id, successor, STRANGER.address))
    return gas


def without_zeros(old: int, new: int) -> tuple[bytes, bytes, bytes, list[bytes]]:
    """A log id, both roots and a proof without a zero byte anywhere: zeros are cheap, and the dearest is wanted."""
    number = 0
    while True:
        number += 1
        log_id = hashlib.sha256(f"gas {old} {new} {number}".encode()).digest()
        old_root, new_root, proof = synthetic_proof(old, new, number)
        if 0 not in b"".join((log_id, old_root, new_root, *proof)):
            return log_id, old_root, new_root, proof


def _registries(parties: Parties) -> dict[str, int]:
    engine, at = parties.stage.engine, parties.at

    def create(name: str, *arguments: object) -> int:
        data = contract_abi.creation_data(name, *arguments)
        return setup.transact(engine, STRANGER, EMBEDDED, None, data).gas_used

    def binding(number: int) -> tuple[operations.Call, ...]:
        until = parties.now() + YEAR
        return tuple(
            operations.bind_key(
                at.organisations, parties.bank_a, fresh("key"), KeyRole.VERIFIER, valid_from=0, valid_until=until
            )
            for _ in range(number)
        )

    proposers = [ALICE.address, LENDER_A.address]
    gas = {
        "TimelockController: deploy": create(TIMELOCK, 1, proposers, [admin.ZERO_ADDRESS], admin.ZERO_ADDRESS),
        "Organisations: deploy": create("Organisations", at.timelock, [REVOKER.address]),
        "Claims: deploy": create("Claims", at.timelock, at.organisations),
    }
    for number in (1, 10):
        operation = operations.Operation(binding(number), fresh("salt"))
        proposed = admin.propose(engine, ALICE, EMBEDDED, at.timelock, operation)
        parties.wait()
        done = admin.execute(engine, STRANGER, EMBEDDED, at.timelock, operation)
        keys = "a key" if number == 1 else f"{number} keys"
        gas |= {f"propose to bind {keys}": proposed.gas_used, f"bind {keys}": done.gas_used}
    registered = operations.register_organisation(at.organisations, fresh("organisation"), fresh("commitment"))
    gas["register an organisation"] = parties.decide(registered).gas_used
    key_id = fresh("key")
    parties.bind(parties.bank_a, key_id, KeyRole.KEEPER)
    vouched = parties.transact(KEEPER, at.organisations, "Organisations", "vouch", key_id)
    gas["vouch for a key"] = vouched.gas_used
    revoked = (key_id, int(Reason.CEASED), parties.now() - 10)
    ended = parties.transact(REVOKER, at.organisations, "Organisations", "revokeKey", *revoked)
    gas["revoke a key"] = ended.gas_used
    return gas | _claims(parties)


def _claims(parties: Parties) -> dict[str, int]:
    namespace, thing = parties.namespace(releasable=True, transferable=True), fresh("thing")
    arguments = parties.claim_arguments(namespace, thing, parties.bank_a, fresh("digest"))
    claims = parties.at.claims
    gas = {}
    for what, key, function, given in (
        ("claim", LENDER_A, "claim", arguments),
        ("the same claim again", LENDER_A, "claim", arguments),
        ("offer a claim", LENDER_A, "offer", (namespace, thing, parties.bank_b, parties.known())),
        ("accept a claim", LENDER_B, "accept", (namespace, thing)),
    ):
        gas[what] = parties.transact(key, claims, "Claims", function, *given).gas_used
    signature = parties.countersigned(namespace, thing, parties.bank_b, None)
    released = parties.transact(LENDER_B, claims, "Claims", "release", namespace, thing, FOR_EVER, signature)
    return gas | {"release a claim": released.gas_used}
