"""Whose log it is: the keys and origin it was created with, and the log-opening that says so as entry 0."""

from __future__ import annotations

from pathlib import Path

from tally_chain import note
from tally_edge import proof, statement, wire
from tally_edge.keys import Signer
from tally_edge.log_opening import LogOpening, Predecessor
from tally_edge.statement import Claims, Kind
from tally_gateway.errors import LogForeign
from tally_gateway.log.store import Identity, Store


def identity_of(origin: str, checkpoint_signer: Signer, proof_signer: Signer) -> Identity:
    """The identity that these signers give. Raises NoteError for a bad origin or a checkpoint key of another type."""
    key = note.verifier_key_of(origin, checkpoint_signer)
    return Identity(origin, key.encode(), proof_signer.public_key.encode())


def check_identity(
    folder: Path, identity: Identity, origin: str | None, checkpoint_signer: Signer, proof_signer: Signer
) -> None:
    """Raise LogForeign unless the log in `folder` is of `origin` (where given) and of these signers."""
    if origin is not None and origin != identity.origin:
        raise LogForeign(f"{folder} is the log of {identity.origin}, not of {origin}")
    given = identity_of(identity.origin, checkpoint_signer, proof_signer)
    if given.verifier_key != identity.verifier_key:
        raise LogForeign(
            f"{folder} is sealed with the checkpoint key {identity.verifier_key}, not {given.verifier_key}"
        )
    if given.proof_key != identity.proof_key:
        raise LogForeign(f"{folder} has another proof key than the one given")


def is_begun(store: Store, predecessor: Predecessor | None) -> bool:
    """Whether a creation with this `predecessor` was cut short after its commit: the opening stands alone."""
    if store.staged_span() != (0, 1):
        return False
    opening = statement.decode(store.staged(0, 1)[0][1])
    return wire.decode(LogOpening, opening.payload).predecessor == predecessor


def opening_of(identity: Identity, signer: Signer, at: int, predecessor: Predecessor | None) -> bytes:
    """The encoded log-opening, signed by the proof key."""
    log_id = proof.log_id_of(identity.origin)
    urn = f"urn:tallystick:log:{log_id.hex()}"
    opening = LogOpening(log_id, identity.origin, identity.verifier_key, identity.proof_key, at, predecessor)
    claims = Claims(Kind.LOG_OPENING, signer.public_key.kid, urn, urn, at)
    return statement.sign(claims, wire.encode(opening), signer).encoded
