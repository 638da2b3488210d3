"""What a timelock is asked to do: calls, operations, their ids, and the calls that a consortium makes. No IO."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain import contract_abi
from tally_chain.registry.roles import KeyRole

TIMELOCK = "TimelockController"
NO_PREDECESSOR = bytes(32)
_SINGLE = ("address", "uint256", "bytes", "bytes32", "bytes32")
_BATCH = ("address[]", "uint256[]", "bytes[]", "bytes32", "bytes32")


@dataclass(frozen=True)
class Registries:
    """What readers pin, beside the chain."""

    timelock: str
    organisations: str
    claims: str


@dataclass(frozen=True)
class Call:
    """One call that the timelock is to make."""

    to: str
    data: bytes
    value_wei: int = 0
    """Coin that the timelock sends along; nothing here needs any."""


@dataclass(frozen=True)
class Operation:
    """Calls that are made together or not at all. Equal calls need another salt each time."""

    calls: tuple[Call, ...]
    salt: bytes
    predecessor: bytes = NO_PREDECESSOR
    """Operation that must be executed before this one, or zero."""
    single: bool = False
    """Proposed by `schedule` instead of `scheduleBatch`: one call, and another id."""

    def arguments(self) -> tuple[object, ...]:
        """What the timelock's functions take for it."""
        places = [to_checksum_address(call.to) for call in self.calls]
        values, inputs = [call.value_wei for call in self.calls], [call.data for call in self.calls]
        if self.single:
            return places[0], values[0], inputs[0], self.predecessor, self.salt
        return places, values, inputs, self.predecessor, self.salt

    @property
    def operation_id(self) -> bytes:
        """The id under which a timelock keeps it: a hash over all of it, so no node can show other calls under it."""
        return bytes(keccak(encode(_SINGLE if self.single else _BATCH, self.arguments())))


class OperationState(enum.IntEnum):
    """How far an operation is; the numbers are OpenZeppelin's."""

    UNSET = 0
    WAITING = 1
    READY = 2
    DONE = 3


def register_organisation(organisations: str, organisation: bytes, commitment: bytes) -> Call:
    """The call that registers an organisation."""
    return Call(
        organisations,
        contract_abi.call_data("Organisations", "registerOrganisation", organisation, commitment),
    )


def bind_key(
    organisations: str, organisation: bytes, key_id: bytes, role: KeyRole, *, valid_from: int, valid_until: int
) -> Call:
    """The call that binds a key; times are seconds since 1970."""
    data = contract_abi.call_data("Organisations", "bindKey", organisation, key_id, int(role), valid_from, valid_until)
    return Call(organisations, data)


def open_namespace(
    claims: str, namespace: bytes, registrar: bytes, role: KeyRole, *, releasable: bool, transferable: bool
) -> Call:
    """The call that opens a namespace; the id comes from `nullifier.namespace_id`."""
    return Call(
        claims,
        contract_abi.call_data("Claims", "openNamespace", namespace, registrar, int(role), releasable, transferable),
    )


def appoint_registrar(claims: str, namespace: bytes, registrar: bytes) -> Call:
    """The call after which another organisation countersigns in a namespace."""
    return Call(claims, contract_abi.call_data("Claims", "appointRegistrar", namespace, registrar))


def register_site(sites: str, site: bytes, owner: bytes, corners: Sequence[tuple[int, int]]) -> Call:
    """The call that registers a site; corners in 1e-7 degree, as `outline.canonical` spells them."""
    return Call(sites, contract_abi.call_data("Sites", "registerSite", site, owner, list(corners)))


def change_right(contract: str, name: str, role: bytes, account: str, *, granted: bool) -> Call:
    """The call that gives or takes a right over a contract; `name` is the contract's artefact."""
    function = "grantRole" if granted else "revokeRole"
    return Call(contract, contract_abi.call_data(name, function, role, account))
