"""What a call of the timelock would do, in words: what the other proposers decide on. No IO.

Only what is understood to the last byte is put into words: a contract that was named by its address, a function of it,
and arguments that encode to the very bytes again. Everything else is shown as unknown, with all its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain import contract_abi
from tally_chain.registry import outline
from tally_chain.registry.operations import Call
from tally_chain.registry.organisations import ADMIN, REGISTRAR, REVOKER, Reason
from tally_chain.registry.roles import KeyRole

PROPOSER = bytes(keccak(text="PROPOSER_ROLE"))
CANCELLER = bytes(keccak(text="CANCELLER_ROLE"))
EXECUTOR = bytes(keccak(text="EXECUTOR_ROLE"))

RIGHTS: Mapping[str, tuple[str, bytes]] = {
    "registrar": ("Organisations", REGISTRAR),
    "revoker": ("Organisations", REVOKER),
    "organisations-admin": ("Organisations", ADMIN),
    "claims-admin": ("Claims", ADMIN),
    "sites-admin": ("Sites", ADMIN),
    "proposer": ("TimelockController", PROPOSER),
    "canceller": ("TimelockController", CANCELLER),
    "executor": ("TimelockController", EXECUTOR),
    "timelock-admin": ("TimelockController", ADMIN),
}
"""Every right over the contracts, by the name that commands have for it: the contract, and its role."""

Words = Callable[..., str]


def describe(call: Call, named: Mapping[str, str]) -> str:
    """A call in words. `named` says which of our contracts stands at which address; nothing else is believed."""
    name = named.get(to_checksum_address(call.to))
    sent = f", with {call.value_wei} wei" if call.value_wei else ""
    if name is None:
        return f"UNKNOWN: a call to {call.to}, which is none of the contracts that were named{sent}: {_hex(call.data)}"
    for function, words in _FUNCTIONS[name].items():
        types = contract_abi.load(name).functions[function]
        if call.data[:4] == contract_abi.selector(function, types):
            told = _told(words, types, call.data[4:], name)
            if told is not None:
                return told + sent
    return f"UNKNOWN: a call to {name} {call.to} that is not understood{sent}: {_hex(call.data)}"


def _told(words: Words, types: Sequence[str], data: bytes, name: str) -> str | None:
    """None where the arguments do not decode, mean nothing, or have another encoding than the one that there is."""
    try:
        arguments = decode(types, data)
        if encode(types, arguments) != data:
            return None
        return words(name, *arguments)
    except (DecodingError, EncodingError, ValueError):
        return None


def key_words(key_id: bytes) -> str:
    """A key's id; the id of a transaction key is its address."""
    return f"key {_hex(key_id)}" if any(key_id[:12]) else f"transaction key {to_checksum_address(key_id[12:])}"


def time_words(at_seconds: int) -> str:
    """A time for people; one that no calendar here reaches is shown in seconds."""
    try:
        return datetime.fromtimestamp(at_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"second {at_seconds}"


def validity_words(valid_from: int, valid_until: int) -> str:
    """From when to when a key may be good."""
    start = time_words(valid_from) if valid_from else "from its binding"
    return f"{start} to {time_words(valid_until)}"


def right_words(name: str, role: bytes) -> str:
    """A right over a contract, by the name that commands have for it."""
    known = (right for right, found in RIGHTS.items() if found == (name, role))
    return next(known, f"role {_hex(role)} of {name}")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _register(_: str, organisation: bytes, commitment: bytes) -> str:
    return f"register organisation {_hex(organisation)} with commitment {_hex(commitment)}"


def _bind(_: str, organisation: bytes, key_id: bytes, role: int, start: int, stop: int) -> str:
    who = f"{key_words(key_id)} of organisation {_hex(organisation)} as {KeyRole(role).word}"
    return f"bind {who}, {validity_words(start, stop)}"


def _revoke(_: str, key_id: bytes, reason: int, since: int) -> str:
    return f"revoke {key_words(key_id)}: {Reason(reason).name.lower()}, not believed since {time_words(since)}"


def _open(_: str, namespace: bytes, registrar: bytes, role: int, releasable: bool, transferable: bool) -> str:
    rules = ["releasable" if releasable else "final", "transferable" if transferable else "not transferable"]
    whose = f"registrar {_hex(registrar)}, claimed by keys of role {KeyRole(role).word}"
    return f"open namespace {_hex(namespace)}: {whose}, {', '.join(rules)}"


def _appoint(_: str, namespace: bytes, registrar: bytes) -> str:
    return f"appoint organisation {_hex(registrar)} registrar of namespace {_hex(namespace)}"


def _site(_: str, site: bytes, owner: bytes, corners: Sequence[tuple[int, int]]) -> str:
    return f"register site {_hex(site)} of organisation {_hex(owner)}, corners {outline.words(corners)}"


def _grant(name: str, role: bytes, account: str) -> str:
    return f"grant the right {right_words(name, role)} to {to_checksum_address(account)}"


def _take(name: str, role: bytes, account: str) -> str:
    return f"take the right {right_words(name, role)} from {to_checksum_address(account)}"


def _renounce(name: str, role: bytes, account: str) -> str:
    return f"the timelock gives up its own right {right_words(name, role)} ({to_checksum_address(account)})"


def _delay(_: str, delay: int) -> str:
    return f"change the delay of all later proposals to {delay}, in the chain's unit of time"


_RIGHTS_CALLS: Mapping[str, Words] = {"grantRole": _grant, "revokeRole": _take, "renounceRole": _renounce}
_FUNCTIONS: Mapping[str, Mapping[str, Words]] = {
    "Organisations": {
        "registerOrganisation": _register,
        "bindKey": _bind,
        "revokeKey": _revoke,
        **_RIGHTS_CALLS,
    },
    "Claims": {"openNamespace": _open, "appointRegistrar": _appoint, **_RIGHTS_CALLS},
    "Sites": {"registerSite": _site, **_RIGHTS_CALLS},
    "TimelockController": {"updateDelay": _delay, **_RIGHTS_CALLS},
}
