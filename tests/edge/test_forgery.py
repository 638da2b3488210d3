"""Nothing that needs no private key makes a statement or a proof verify as the same content, or as any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tally_edge import cose, proof, statement
from tally_edge.errors import DecodeError, SignatureError
from tally_edge.signer import FileSigner
from tests import mutate
from tests.mutate import Forgery
from tests.vectors import testkeys
from tests.vectors.cases_authority import EXAMPLES, claims_of
from tests.vectors.cases_proof import ENTRIES, proof_of
from tests.vectors.cases_statement import READINGS, SECOND

KEYS = {one.public_key.kid: one.public_key for one in vars(testkeys).values() if isinstance(one, FileSigner)}


def accepted_statement(data: bytes) -> statement.Statement | None:
    """What a reader who knows every enrolled key makes of `data`."""
    try:
        read = statement.decode(data)
        read.verify(KEYS[read.claims.kid])
    except (DecodeError, SignatureError, KeyError):
        return None
    return read


def accepted_proof(data: bytes, entries: list[bytes]) -> proof.Proof | None:
    """What a reader of a proof over `entries` makes of `data`."""
    try:
        read = proof.decode(data)
        read.verify(entries, testkeys.PROOF_KEY.public_key)
    except (DecodeError, SignatureError):
        return None
    return read


def survivors(forgeries: Iterator[Forgery], original: bytes) -> tuple[int, list[str], list[bytes]]:
    """How many there are, and those that a reader of statements accepts."""
    count, names, datas = 0, [], []
    for what, data in forgeries:
        count += 1
        assert data != original, what
        if accepted_statement(data) is not None:
            names.append(what)
            datas.append(data)
    return count, names, datas


def authority_statement() -> bytes:
    from tally_edge import countersign  # noqa: PLC0415  # for this one

    kind, payload, _ = EXAMPLES["revocation"]
    return countersign.sign(claims_of(kind), payload, testkeys.AUTHORITY, testkeys.PERSON).encoded


@pytest.mark.parametrize("encoded", [READINGS.encoded, SECOND.encoded, authority_statement()])
def test_no_edit_of_a_statement_verifies(encoded: bytes) -> None:
    assert accepted_statement(encoded) is not None
    count, names, _ = survivors(mutate.statement_forgeries(encoded), encoded)
    assert count > 80
    assert names == []


@pytest.mark.parametrize("encoded", [READINGS.encoded, authority_statement()])
def test_no_flip_cut_or_addition_of_a_statement_verifies(encoded: bytes) -> None:
    count, names, _ = survivors(mutate.byte_flips(encoded), encoded)
    assert (count, names) == (8 * len(encoded), [])
    cuts = ((what, data) for what, data in mutate.cuts_and_additions(encoded) if data != encoded)
    assert survivors(cuts, encoded)[1] == []


def verified_places(read: proof.Proof) -> list[tuple[int, tuple[bytes, ...]]]:
    return [(place.index, place.path) for place in read.paths]


@pytest.mark.parametrize("indexes", [[1], [1, 2], [4]])
def test_no_edit_or_flip_of_a_proof_proves_another_place_or_head(indexes: list[int]) -> None:
    """The run is a hint and not signed: it may change, and nothing is believed on its account."""
    made = proof_of(5, indexes, (READINGS.claims.kid, 0))
    encoded, entries = made.encode(), [ENTRIES[index] for index in indexes]
    assert accepted_proof(encoded, entries) is not None
    count = 0
    for forgeries in (mutate.proof_forgeries, mutate.byte_flips, mutate.cuts_and_additions):
        for what, data in forgeries(encoded):
            count += 1
            read = accepted_proof(data, entries)
            if read is None or data == encoded:
                continue
            assert read.run != made.run, what
            assert read.head == made.head, what
            assert verified_places(read) == verified_places(made), what
    assert count > 1_000


def test_the_forger_is_not_toothless() -> None:
    """With the private key its edits do verify: what stops them above is the signature and not their clumsiness."""
    accepted = 0
    for _, data in mutate.statement_forgeries(READINGS.encoded):
        try:
            frame = cose.decode_sign1(data)
            signature = testkeys.DEVICE.sign(frame.to_be_signed())
        except DecodeError:
            continue
        signed = cose.Sign1(frame.protected, frame.unprotected, frame.payload, signature).encode()
        accepted += accepted_statement(signed) is not None
    assert accepted > 20
