"""Signatures: what a key makes leads back to it, and what no contract takes is nobody's."""

from __future__ import annotations

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import OperationError, SignerError
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.signing import _ORDER, recovered, sign, signer_of
from tests.chain.anchoring.test_external_signer import client_of
from tests.chain.contracts.stage import ALL, OWNER, STRANGER, LocalSigner, Stage
from tests.chain.receipts.values import operations

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
CLOSE = Operation("Cancel", {"receipt": b"L" * 32, "head": b"H" * 32, "deadline": 5})


@given(operations, st.sampled_from(ALL), st.integers(1, 2**62))
def test_a_signature_leads_back_to_its_key(operation: Operation, key: LocalSigner, chain_id: int) -> None:
    signature = sign(key, operation, chain_id, CONTRACT)
    digest = operation.digest(chain_id, CONTRACT)
    assert recovered(digest, signature) == key.address
    assert Account._recover_hash(digest, signature=signature) == key.address
    assert recovered(operation.digest(chain_id + 1, CONTRACT), signature) != key.address


def test_the_twin_of_a_signature_is_nobodys() -> None:
    digest, signature = CLOSE.digest(1, CONTRACT), sign(OWNER, CLOSE, 1, CONTRACT)
    high = (_ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    twin = signature[:32] + high + bytes([27 + 28 - signature[64]])
    assert Account._recover_hash(digest, signature=twin) == OWNER.address
    assert recovered(digest, twin) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made[:64],
        lambda made: made + b"\0",
        lambda made: made[:64] + bytes([made[64] - 27]),
        lambda made: made[:64] + b"\x1d",
        lambda made: made[:32] + bytes(32) + made[64:],
        lambda made: bytes(32) + made[32:],
        lambda made: b"\xff" * 32 + made[32:],
        lambda _: b"",
    ],
)
def test_what_is_no_signature_is_refused(change) -> None:
    made = change(sign(OWNER, CLOSE, 1, CONTRACT))
    assert recovered(CLOSE.digest(1, CONTRACT), made) is None
    with pytest.raises(OperationError, match="a signature is none"):
        signer_of(CLOSE.digest(1, CONTRACT), made)


class Elsewhere:
    """A signer in another process, which signs with a key or says something else."""

    def __init__(self, address: str, signature: bytes) -> None:
        self.address, self.signature, self.asked = address, signature, {}

    def sign_typed_data(self, document: dict[str, object]) -> bytes:
        self.asked = document
        return self.signature


def test_a_signer_elsewhere_is_believed_only_where_its_own_key_signed_this() -> None:
    good = sign(OWNER, CLOSE, 1, CONTRACT)
    there = Elsewhere(OWNER.address, good)
    assert sign(there, CLOSE, 1, CONTRACT) == good
    assert there.asked == CLOSE.typed_data(1, CONTRACT)
    for wrong in (sign(STRANGER, CLOSE, 1, CONTRACT), sign(OWNER, CLOSE, 2, CONTRACT), b"", good[:64] + b"\0"):
        with pytest.raises(SignerError, match="is not one of"):
            sign(Elsewhere(OWNER.address, wrong), CLOSE, 1, CONTRACT)


@pytest.mark.evm_node
def test_a_node_signs_operations_of_every_shape(anvil: Stage) -> None:
    """anvil's own eth_signTypedData_v4, over what other code than ours hashes: lists and structs in them."""
    (account,) = anvil.rpc("eth_accounts")  # type: ignore[misc]
    slot = {
        "site": b"S" * 32,
        "head": bytes(32),
        "bottom": -5,
        "top": 2**31 - 1,
        "plan": b"P" * 32,
        "deadline": 2**64 - 1,
    }
    split = {"receipt": b"R" * 32, "head": b"H" * 32, "numbers": (b"1" * 32, b"2" * 32), "deadline": 9}
    made = (
        CLOSE,
        Operation("AddSlot", {**slot, "outline": ((-5, 7), (2**31 - 1, -(2**31)))}),
        Operation(
            "Split", {**split, "quantities": (2**128 - 1, 0), "pledged": (0, 1), "documents": (b"3" * 32, b"4" * 32)}
        ),
    )
    with client_of(anvil.endpoint, str(account)) as external:
        for operation in made:
            signature = sign(external, operation, 77, CONTRACT)
            assert recovered(operation.digest(77, CONTRACT), signature) == external.address


@pytest.mark.parametrize("answer", [None, 5, "0xzz", {"signature": "0x00"}])
def test_an_answer_that_is_no_signature_is_refused(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    with client_of("http://127.0.0.1:9", OWNER.address) as external:
        monkeypatch.setattr(external, "_ask", lambda *_: answer)
        with pytest.raises(SignerError, match="no signature"):
            sign(external, CLOSE, 77, CONTRACT)
