"""Cases of keys that must stand in a registry of parties: step 3.6, and of owners of logs and of grants."""

from __future__ import annotations

import dataclasses

from tally_chain.policy import PinnedChain, PinnedRegistry, PinnedRoot, Policy, RegisteredKey, RootSource
from tally_chain.registry.roles import KeyRole
from tests.chain.verify.case import NOW, Given, case, given, plain
from tests.chain.verify.cases_grant import granted, reader
from tests.world import START, World, p256

OFFICE, INSPECTION, MILL = (bytes([number]) * 32 for number in (1, 2, 3))
OWNER_ADDRESS = bytes(range(20))
CHAIN = PinnedChain(10, bytes(32), bytes(20), RootSource.PUBLIC)
ANCHORED_AT = START + 50 * 86_400
"""When the world's policy says that the head was anchored."""
YEAR = 365 * 86_400


def _keys(world: World) -> dict[bytes, RegisteredKey]:
    """All of the parties' keys, good for the whole time."""
    bound = (
        (world.authority.signer.public_key.kid, OFFICE, KeyRole.AUTHORITY),
        (world.person.public_key.kid, INSPECTION, KeyRole.INSPECTOR),
        (p256("owner").public_key.kid, MILL, KeyRole.OPERATOR),
        (bytes(12) + OWNER_ADDRESS, MILL, KeyRole.OPERATOR),
    )
    return {key: RegisteredKey(key, who, role, START - YEAR, START + YEAR) for key, who, role in bound}


def registered(world: World, *, read_at: int | None = NOW, drop: bytes = b"", **changed: RegisteredKey) -> Policy:
    """The reader's policy that wants every key registered. `changed` replaces what stands of a key, by any name."""
    trusted = reader(world)
    keys = _keys(world) | {key.key_id: key for key in changed.values()}
    read = () if read_at is None else tuple(key for key in keys.values() if key.key_id != drop)
    (log,) = trusted.logs
    return dataclasses.replace(
        trusted,
        authorities=tuple(dataclasses.replace(one, registered=OFFICE) for one in trusted.authorities),
        persons=tuple(dataclasses.replace(one, registered=INSPECTION) for one in trusted.persons),
        owners=tuple(dataclasses.replace(one, registered=MILL) for one in trusted.owners),
        logs=(dataclasses.replace(log, anchor_owner=OWNER_ADDRESS, registered=MILL),),
        chain=CHAIN,
        registry=PinnedRegistry(bytes(20), bytes(20), read_at, read),
    )


def _changed(world: World, key_id: bytes, **changes: object) -> RegisteredKey:
    return dataclasses.replace(_keys(world)[key_id], **changes)  # type: ignore[arg-type]


def _authority(world: World, **changes: object) -> Given:
    changed = _changed(world, world.authority.signer.public_key.kid, **changes)
    return given(world, policy=registered(world, authority=changed))


@case(324, holds=True)
def registered_keys() -> Given:
    """Authority, second person, owner of the log and owner of the grant stand in the registry, good then."""
    world = plain()
    return given(world, bundle=granted(world), policy=registered(world))


@case(323, holds=True)
def registry_not_read() -> Given:
    """The policy pins a registry, and the reader has not asked it: the verdict says that nobody looked."""
    world = plain()
    return given(world, policy=registered(world, read_at=None))


@case(323, 324, holds=True)
def registry_read_before_the_anchor() -> Given:
    """The registry was read before the statements were anchored: a revocation since would not show."""
    world = plain()
    evidence = given(world, policy=registered(world, read_at=ANCHORED_AT - 1))
    (log,) = evidence.policy.logs
    early = dataclasses.replace(log.roots[0], size=4, root=_root_at(world, 4), time=ANCHORED_AT - 100, chain_id=10)
    late = dataclasses.replace(log.roots[0], chain_id=10)
    logs = (dataclasses.replace(log, roots=(early, late)),)
    return dataclasses.replace(evidence, policy=dataclasses.replace(evidence.policy, logs=logs), now=NOW)


def _root_at(world: World, size: int) -> bytes:
    younger = dataclasses.replace(world, entries=world.entries[:size])
    return younger.root


@case(321)
def authority_not_registered() -> Given:
    """Nothing binds the authority's key."""
    world = plain()
    return given(world, policy=registered(world, drop=world.authority.signer.public_key.kid))


@case(321)
def authority_of_another_organisation() -> Given:
    """The registry binds the authority's key to another organisation than the policy names."""
    return _authority(plain(), organisation=MILL)


@case(321)
def authority_registered_as_lender() -> Given:
    """The key is bound, for something else: a lender's key enrols no meters."""
    return _authority(plain(), role=KeyRole.LENDER)


@case(322)
def authority_bound_after_the_anchor() -> Given:
    """What the key signed was anchored before anybody had bound the key."""
    return _authority(plain(), good_from=ANCHORED_AT + 1)


@case(322)
def authority_revoked_before_the_anchor() -> Given:
    """The key is not believed from a time on that lies before the anchor: it may have been the thief who signed."""
    return _authority(plain(), good_until=ANCHORED_AT)


@case(324, holds=True)
def authority_revoked_after_the_anchor() -> Given:
    """The key ended after the anchor that dates its statements: what it signed before counts."""
    return _authority(plain(), good_until=ANCHORED_AT + 1)


@case(324, holds=True)
def authority_dated_by_an_older_anchor() -> Given:
    """The newest anchor is younger than the key's end, an older one of the same chain is not, and dates the authority's
    statements, though the bundle does not link it: the contract has compared the two."""
    world = plain()
    changed = _changed(world, world.authority.signer.public_key.kid, good_until=ANCHORED_AT - 50)
    trusted = registered(world, authority=changed)
    (log,) = trusted.logs
    roots = (
        PinnedRoot(4, _root_at(world, 4), RootSource.PUBLIC, ANCHORED_AT - 100, 10),
        dataclasses.replace(log.roots[0], chain_id=10),
    )
    return given(world, policy=dataclasses.replace(trusted, logs=(dataclasses.replace(log, roots=roots),)))


@case(322)
def authority_dated_by_an_anchor_of_another_chain() -> Given:
    """The same where the older anchor stands on another chain: nothing shows that the two are of one log."""
    made = authority_dated_by_an_older_anchor()
    (log,) = made.policy.logs
    roots = (dataclasses.replace(log.roots[0], chain_id=11), log.roots[1])
    logs = (dataclasses.replace(log, roots=roots),)
    return dataclasses.replace(made, policy=dataclasses.replace(made.policy, logs=logs))


@case(322)
def person_revoked() -> Given:
    """The second person's key had ended."""
    world = plain()
    changed = _changed(world, world.person.public_key.kid, good_until=START)
    return given(world, policy=registered(world, person=changed))


@case(321)
def person_registered_as_keeper() -> Given:
    """The second person is a keeper: it does not inspect meters."""
    world = plain()
    changed = _changed(world, world.person.public_key.kid, role=KeyRole.KEEPER)
    return given(world, policy=registered(world, person=changed))


@case(322)
def grant_of_a_revoked_key() -> Given:
    """Nothing dates a grant, so the owner's key must be good now."""
    world = plain()
    changed = _changed(world, p256("owner").public_key.kid, good_until=NOW)
    return given(world, bundle=granted(world), policy=registered(world, owner=changed))


@case(321)
def log_of_an_unregistered_owner() -> Given:
    """Nothing binds the address that owns the log on the contract."""
    world = plain()
    return given(world, policy=registered(world, drop=bytes(12) + OWNER_ADDRESS))


@case(322)
def log_of_a_revoked_owner() -> Given:
    """The address that owns the log on the contract is not good any more: whoever stole it can give the log away."""
    world = plain()
    changed = _changed(world, bytes(12) + OWNER_ADDRESS, good_until=NOW)
    return given(world, policy=registered(world, owner=changed))
