"""A timelock, the registries behind it, and short ways to change and to call them."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.engine.interface import BlockTag, Outcome
from tally_chain.errors import CallRevertedError
from tally_chain.registry import administration as admin
from tally_chain.registry.claims import Countersignable, countersign, read_claim
from tally_chain.registry.operations import Call, Operation, Registries, bind_key, open_namespace, register_organisation
from tally_chain.registry.organisations import key_id_of
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import PEOPLE, STRANGER, Stage

ALICE, BOB, REVOKER, REGISTRAR_KEY, LENDER_A, LENDER_B, KEEPER, LEFT = PEOPLE
"""Two proposers, a revoker, and keys of organisations; LEFT is bound to nothing."""
YEAR = 365 * 86_400
FOR_EVER = 2**64 - 1

_numbers = itertools.count(1)
_made: dict[int, Parties] = {}


def fresh(what: str = "id") -> bytes:
    """32 bytes that no test had before."""
    return hashlib.sha256(f"{what} {next(_numbers)}".encode()).digest()


@dataclass
class Parties:
    """Registries on a chain."""

    stage: Stage
    at: Registries
    registrar: bytes = b""
    bank_a: bytes = b""
    bank_b: bytes = b""

    def now(self) -> int:
        block = self.stage.engine.block(BlockTag.LATEST)
        assert block is not None
        return block.time_seconds

    def known(self) -> int:
        """A block before the one of whatever is sent or asked now, and after all that these parties were bound in."""
        block = self.stage.engine.block(BlockTag.LATEST)
        assert block is not None
        return block.number - 1

    def transact(self, key: LocalSigner, contract: str, name: str, function: str, *arguments: object) -> Outcome:
        data = contract_abi.call_data(name, function, *arguments)
        return setup.transact(self.stage.engine, key, self.stage.profile, contract, data)

    def revert(self, key: LocalSigner, contract: str, name: str, function: str, *arguments: object) -> str:
        """The contract's reason in words; fails the test when the call goes through."""
        data = contract_abi.call_data(name, function, *arguments)
        try:
            output = self.stage.engine.call(contract, data, sender=key.address)
        except CallRevertedError as error:
            return contract_abi.explain_revert(error.data)
        raise AssertionError(f"{function} went through and answered {output.hex()}")

    def decide(self, *calls: Call) -> Outcome:
        """Calls through the timelock: proposed by ALICE, waited for, executed by somebody."""
        operation = Operation(calls, fresh("salt"))
        admin.propose(self.stage.engine, ALICE, self.stage.profile, self.at.timelock, operation)
        self.wait()
        return admin.execute(self.stage.engine, STRANGER, self.stage.profile, self.at.timelock, operation)

    def wait(self) -> None:
        """Until the shortest delay, a second, is over; on the embedded chain the next block is a second later."""
        if self.stage.endpoint:
            self.stage.rpc("evm_increaseTime", 2)
            self.stage.rpc("evm_mine")

    def organisation(self) -> bytes:
        """A new organisation."""
        organisation = fresh("organisation")
        self.decide(register_organisation(self.at.organisations, organisation, fresh("commitment")))
        return organisation

    def bind(
        self,
        organisation: bytes,
        key_id: bytes,
        role: KeyRole,
        *,
        valid_from: int = 0,
        valid_until: int | None = None,
    ) -> Outcome:
        until = self.now() + YEAR if valid_until is None else valid_until
        return self.decide(
            bind_key(self.at.organisations, organisation, key_id, role, valid_from=valid_from, valid_until=until)
        )

    def namespace(self, *, releasable: bool = False, transferable: bool = False) -> bytes:
        """A new namespace of the registrar, for lenders."""
        namespace = fresh("namespace")
        self.decide(
            open_namespace(
                self.at.claims,
                namespace,
                self.registrar,
                KeyRole.LENDER,
                releasable=releasable,
                transferable=transferable,
            )
        )
        return namespace

    def countersigned(
        self,
        namespace: bytes,
        nullifier: bytes,
        organisation: bytes,
        digest: bytes | None,
        *,
        key: LocalSigner = REGISTRAR_KEY,
        deadline: int = FOR_EVER,
        turn: int | None = None,
    ) -> bytes:
        rounds = read_claim(self.stage.engine, self.at.claims, namespace, nullifier).rounds
        what = Countersignable(
            self.stage.engine.identity().chain_id,
            self.at.claims,
            namespace,
            nullifier,
            organisation,
            turn if turn is not None else rounds + (digest is not None),
            deadline,
            digest,
        )
        return countersign(key._account, what)

    def claim_arguments(
        self, namespace: bytes, nullifier: bytes, organisation: bytes, digest: bytes
    ) -> tuple[bytes, bytes, bytes, int, bytes]:
        signature = self.countersigned(namespace, nullifier, organisation, digest)
        return namespace, nullifier, digest, FOR_EVER, signature

    def claim(
        self, key: LocalSigner, namespace: bytes, nullifier: bytes, organisation: bytes, digest: bytes
    ) -> Outcome:
        arguments = self.claim_arguments(namespace, nullifier, organisation, digest)
        return self.transact(key, self.at.claims, "Claims", "claim", *arguments)


def parties_on(stage: Stage) -> Parties:
    """The registries of a chain, with a registrar and two banks; made once for each."""
    if id(stage) not in _made:
        at = admin.deploy(
            stage.engine,
            STRANGER,
            stage.profile,
            proposers=[ALICE.address, BOB.address],
            delay_seconds=1,
            revokers=[REVOKER.address],
        )
        made = Parties(stage, at)
        organisations = [fresh("organisation") for _ in range(3)]
        made.registrar, made.bank_a, made.bank_b = organisations
        until = made.now() + YEAR
        bound = (
            (made.registrar, REGISTRAR_KEY, KeyRole.REGISTRY_ADMIN),
            (made.bank_a, LENDER_A, KeyRole.LENDER),
            (made.bank_b, LENDER_B, KeyRole.LENDER),
            (made.bank_a, KEEPER, KeyRole.KEEPER),
        )
        made.decide(
            *(register_organisation(at.organisations, one, fresh("commitment")) for one in organisations),
            *(
                bind_key(at.organisations, one, key_id_of(key.address), role, valid_from=0, valid_until=until)
                for one, key, role in bound
            ),
        )
        _made[id(stage)] = made
    return _made[id(stage)]
