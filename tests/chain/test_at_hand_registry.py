"""Keys of a policy that must stand in a registry, read from a chain: bound, revoked, hidden, foreign."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_chain import at_hand, bundle, policy_text
from tally_chain.anchoring import setup
from tally_chain.errors import ForeignContractError, RegistryHistoryError
from tally_chain.policy import Accept, PinnedChain, PinnedRegistry, Policy, RootSource
from tally_chain.registry import administration as admin
from tally_chain.registry.organisations import BOUND_TOPIC, Reason, key_id_of
from tally_chain.registry.roles import KeyRole
from tally_edge.command import main
from tally_edge.proof import log_id_of
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage, embedded_stage
from tests.chain.registry.parties import REVOKER, YEAR, Parties, fresh, parties_on
from tests.chain.verify.case import plain
from tests.world import World

ROLES = (KeyRole.AUTHORITY, KeyRole.INSPECTOR)


@dataclasses.dataclass
class Consortium:
    """A chain with a world's log and a registry that binds the world's parties."""

    stage: Stage
    parties: Parties
    world: World
    office: bytes
    inspection: bytes
    operator: bytes
    folder: Path

    @property
    def authority(self) -> bytes:
        return self.world.authority.signer.public_key.kid

    def policy(self, **changes: object) -> Policy:
        """A reader that holds no head, pins the chain, and wants every key registered."""
        identity = self.stage.engine.identity()
        trusted = self.world.policy(accept=Accept(self_anchored=True))
        registry = PinnedRegistry(_bytes(self.parties.at.organisations), _bytes(self.parties.at.timelock))
        (log,) = trusted.logs
        made = dataclasses.replace(
            trusted,
            authorities=tuple(dataclasses.replace(one, registered=self.office) for one in trusted.authorities),
            persons=tuple(dataclasses.replace(one, registered=self.inspection) for one in trusted.persons),
            logs=(dataclasses.replace(log, roots=(), anchor_owner=_bytes(OWNER.address), registered=self.operator),),
            chain=PinnedChain(
                identity.chain_id, identity.genesis_hash, _bytes(self.stage.contract), RootSource.CONSORTIUM
            ),
            registry=registry,
        )
        return dataclasses.replace(made, **changes)  # type: ignore[arg-type]

    def verify(self, capsys: pytest.CaptureFixture[str], *more: str, at: int | None = None) -> tuple[int, set[int]]:
        """Exit code and findings of `tallystick verify` with the chain at hand."""
        words = ["verify", str(self.folder / "b.tally"), "--policy", str(self.folder / "policy.toml"), "--json"]
        capsys.readouterr()
        code = main([*words, "--at", str(at or self.parties.now() + 1), *more])
        return code, {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}

    @property
    def chain(self) -> tuple[str, str]:
        return "--embedded", str(self.folder / "chain")


def _bytes(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))


@pytest.fixture
def consortium(tmp_path: Path) -> Iterator[Consortium]:
    """The parties are bound first, then the log is registered and its head anchored."""
    world = plain()
    with embedded_stage(tmp_path / "chain") as stage:
        parties = parties_on(stage)
        office, inspection, operator = (parties.organisation() for _ in range(3))
        parties.bind(office, world.authority.signer.public_key.kid, KeyRole.AUTHORITY)
        parties.bind(inspection, world.person.public_key.kid, KeyRole.INSPECTOR)
        parties.bind(operator, key_id_of(OWNER.address), KeyRole.OPERATOR)
        log_id = log_id_of(world.origin)
        setup.register(
            stage.engine, OWNER, stage.profile, contract=stage.contract, log_id=log_id, tx_key=TX_KEY.address
        )
        stage.send(TX_KEY, "anchor", log_id, len(world.entries), world.root, [])
        made = Consortium(stage, parties, world, office, inspection, operator, tmp_path)
        (tmp_path / "b.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
        (tmp_path / "policy.toml").write_text(policy_text.write(made.policy()), "utf-8")
        yield made


def test_a_reader_needs_the_chain_and_nothing_else(consortium: Consortium, capsys: pytest.CaptureFixture[str]) -> None:
    """Bound keys count; without the chain the verdict says that nobody asked; noted, they count without a network."""
    code, found = consortium.verify(capsys, *consortium.chain)
    assert (code, {321, 322, 323} & found) == (0, set())
    assert 324 in found
    assert 323 in consortium.verify(capsys)[1]
    policy = str(consortium.folder / "policy.toml")
    assert main(["policy", "note", policy, *consortium.chain, "-o", policy]) == 0
    assert "1 new heads" in capsys.readouterr().out
    noted = policy_text.parse((consortium.folder / "policy.toml").read_text("utf-8"))
    assert noted.registry is not None
    assert noted.registry.key(consortium.authority) is not None
    assert [root.size for root in noted.logs[0].roots] == [len(consortium.world.entries)]
    at = noted.registry.read_at
    code, found = consortium.verify(capsys, at=at)
    assert (code, {321, 322, 323, 324} & found) == (0, {324})
    assert 323 in consortium.verify(capsys, at=(at or 0) + 1)[1], "the owner of the log is asked about as of now"
    assert main(["policy", "note", policy, *consortium.chain, "-o", policy]) == 0
    assert "0 new heads" in capsys.readouterr().out
    assert main(["policy", "show", policy]) == 0
    assert "keys, read 20" in capsys.readouterr().out


def test_a_revoked_key_is_not_believed_from_when_its_revoker_says(
    consortium: Consortium, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was anchored before that time stays; what was anchored later, or at it, does not count."""
    anchored = consortium.parties.now()
    organisations = consortium.parties.at.organisations
    consortium.parties.transact(
        REVOKER, organisations, "Organisations", "revokeKey", consortium.authority, int(Reason.COMPROMISED), anchored
    )
    code, found = consortium.verify(capsys, *consortium.chain)
    assert (code, 322 in found) == (1, True)
    consortium.parties.transact(
        OWNER, organisations, "Organisations", "revokeKey", key_id_of(OWNER.address), int(Reason.CEASED), 0
    )
    assert {322} <= consortium.verify(capsys, *consortium.chain)[1]


def test_what_was_anchored_before_a_revocation_stays(
    consortium: Consortium, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key ended after its statements had been anchored."""
    later = consortium.parties.now() + 1
    consortium.parties.transact(
        REVOKER,
        consortium.parties.at.organisations,
        "Organisations",
        "revokeKey",
        consortium.authority,
        int(Reason.SUPERSEDED),
        later,
    )
    code, found = consortium.verify(capsys, *consortium.chain)
    assert (code, 322 in found) == (0, False)


def test_a_key_of_another_organisation_or_role_does_not_count(
    consortium: Consortium, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another party's id in the policy, and a person that is bound as a lender."""
    text = policy_text.write(consortium.policy()).replace(consortium.office.hex(), consortium.operator.hex(), 1)
    (consortium.folder / "policy.toml").write_text(text, "utf-8")
    code, found = consortium.verify(capsys, *consortium.chain)
    assert (code, 321 in found) == (1, True)


class Hiding:
    """A node that keeps one kind of event back."""

    def __init__(self, engine: object, topic: bytes) -> None:
        self._engine, self._topic = engine, topic

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def events(self, *arguments: object) -> list[object]:
        found = self._engine.events(*arguments)  # type: ignore[attr-defined]
        return [event for event in found if event.topics[0] != self._topic]


def test_a_node_cannot_hide_a_binding(consortium: Consortium) -> None:
    """Every event has its number, so one that is kept back is missed."""
    node = Hiding(consortium.stage.engine, BOUND_TOPIC)
    with pytest.raises(RegistryHistoryError):
        at_hand.with_registered_keys(consortium.policy(), node, 0)  # type: ignore[arg-type]


def test_a_registry_under_another_timelock_is_refused(consortium: Consortium) -> None:
    """Somebody else's registry has the same code; who may change it is what the policy pins."""
    policy, stage = consortium.policy(), consortium.stage
    assert policy.registry is not None
    other = admin.deploy(
        stage.engine,
        OWNER,
        stage.profile,
        proposers=[OWNER.address, TX_KEY.address],
        delay_seconds=1,
        revokers=[],
    )
    for registry in (
        dataclasses.replace(policy.registry, organisations=_bytes(other.organisations)),
        dataclasses.replace(policy.registry, timelock=_bytes(other.timelock)),
        dataclasses.replace(policy.registry, timelock=_bytes(OWNER.address)),
        dataclasses.replace(policy.registry, organisations=_bytes(other.claims)),
    ):
        with pytest.raises(ForeignContractError):
            at_hand.with_registered_keys(dataclasses.replace(policy, registry=registry), stage.engine, 0)


def test_validity_for_ever_fits_a_policy(consortium: Consortium) -> None:
    """The contract counts to 2**64; a policy to the end of what times may be."""
    key = fresh("key")
    consortium.parties.bind(consortium.operator, key, KeyRole.OPERATOR, valid_until=2**64 - 1)
    read = at_hand.with_registered_keys(consortium.policy(), consortium.stage.engine, YEAR)
    assert policy_text.parse(policy_text.write(read)) == read
