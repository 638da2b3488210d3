"""Setting the contracts of warehouse receipts up, behind registries that stand already, and checking that they fit.

The contracts name each other: Sites trusts Lots, Lots trusts Receipts and asks Sites, and so on in both directions.
None has a function that would tell it later, because whoever may tell has power. So each is told where the others will
stand: an address follows from its deployer's address and transaction count. What stands there then is checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain import contract_abi
from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.transacting import transact
from tally_chain.engine.interface import Engine
from tally_chain.errors import ForeignContractError
from tally_chain.receipts.history import check_contract, events_of
from tally_chain.registry.administration import check_administered
from tally_chain.registry.history import ask
from tally_chain.registry.organisations import (
    ADMIN,
    ADMINISTRATION_TOPIC,
    administration_change,
    holders,
    read_registry,
)


@dataclass(frozen=True)
class ReceiptContracts:
    """Addresses of the contracts, in the order in which they are deployed: one asks for code of those before it."""

    sites: str
    lots: str
    attestations: str
    receipts: str
    holds: str
    trades: str
    pledges: str
    vouchers: str

    def places(self) -> dict[str, str]:
        """Contract's name to its address."""
        return {name: getattr(self, name.lower()) for name in NAMES}


NAMES = ("Sites", "Lots", "Attestations", "Receipts", "Holds", "Trades", "Pledges", "Vouchers")
"""Every contract of warehouse receipts, in the order of ReceiptContracts."""

REFERENCES = (
    ("Sites", "Lots"),
    ("Lots", "Sites"),
    ("Lots", "Attestations"),
    ("Lots", "Receipts"),
    ("Attestations", "Lots"),
    ("Attestations", "Sites"),
    ("Receipts", "Lots"),
    ("Receipts", "Holds"),
    ("Receipts", "Pledges"),
    ("Receipts", "Trades"),
    ("Holds", "Receipts"),
    ("Holds", "Lots"),
    ("Trades", "Pledges"),
    ("Trades", "Vouchers"),
    ("Pledges", "Receipts"),
    ("Pledges", "Lots"),
    ("Pledges", "Holds"),
    ("Pledges", "Trades"),
    ("Vouchers", "Trades"),
)
"""Which contract trusts or asks which; it has the other's address as an immutable of that name in capitals."""


def contract_address(deployer: str, nonce: int) -> str:
    """Where a contract will stand that an account creates in its transaction `nonce`, counted from 0 (CREATE).

    So on Ethereum and whatever counts as it does; other chains number differently, and `deploy` notices.
    """
    return str(to_checksum_address(keccak(rlp.encode([bytes.fromhex(deployer[2:]), nonce]))[12:]))


def deploy(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, *, timelock: str, organisations: str
) -> ReceiptContracts:
    """Deploys the contracts and returns their addresses; the signer has no power afterwards.

    The registry of parties must stand behind the timelock, which alone will register sites. Raises ForeignContractError
    where it does not, and where a contract comes to stand elsewhere than foreseen, because the key sent something else
    meanwhile or the chain numbers differently: then what was deployed so far is of no use, and one begins anew.
    """
    check_administered(engine, read_registry(engine, organisations), timelock)
    first = engine.nonce(signer.address)
    foreseen = ReceiptContracts(*(contract_address(signer.address, first + place) for place in range(len(NAMES))))
    for name, arguments in _creations(foreseen, timelock, organisations):
        outcome = transact(engine, signer, profile, None, contract_abi.creation_data(name, *arguments))
        if outcome.contract_address != foreseen.places()[name]:
            raise ForeignContractError(
                f"{name} stands at {outcome.contract_address}, and was foreseen at {foreseen.places()[name]}: begin "
                "anew, with a key that sends nothing else meanwhile, on a chain that numbers contracts as Ethereum does"
            )
    check_receipts(engine, foreseen, timelock=timelock, organisations=organisations)
    return foreseen


def _creations(at: ReceiptContracts, timelock: str, organisations: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each contract with what its constructor is given."""
    yield "Sites", (timelock, organisations, at.lots)
    yield "Lots", (organisations, at.sites, at.attestations, at.receipts)
    yield "Attestations", (organisations, at.lots, at.sites)
    yield "Receipts", (organisations, at.lots, at.holds, at.pledges, at.trades)
    yield "Holds", (organisations, at.receipts, at.lots)
    yield "Trades", (organisations, at.pledges, at.vouchers)
    yield "Pledges", (organisations, at.receipts, at.lots, at.holds, at.trades)
    yield "Vouchers", (organisations, at.trades)


def check_receipts(engine: Engine, contracts: ReceiptContracts, *, timelock: str, organisations: str) -> None:
    """Raises ForeignContractError unless these are our contracts and belong together.

    1. The code of each is the committed one; it asks that registry of parties, and counts signatures for this chain.
    2. Each trusts and asks just the others of these.
    3. That timelock alone registers sites, by the complete history of Sites (RegistryHistoryError where it is not).
    """
    places = contracts.places()
    for name, contract in places.items():
        check_contract(engine, contract, name, organisations)
    for name, other in REFERENCES:
        (found,) = ask(engine, places[name], name, other.upper(), "address")
        if to_checksum_address(cast("str", found)) != places[other]:
            raise ForeignContractError(f"{name} at {places[name]} trusts {found} as {other}, not {places[other]}")
    found_administrators = site_administrators(engine, contracts.sites)
    if found_administrators != {timelock}:
        shown = ", ".join(sorted(found_administrators)) or "nobody"
        raise ForeignContractError(f"{contracts.sites} is administered by {shown}, not by {timelock}")


def site_administrators(engine: Engine, sites: str) -> set[str]:
    """Who may register sites, by the complete history of the contract."""
    events = events_of(engine, sites, "Sites")
    changes = [
        administration_change(event, number)
        for number, event in enumerate(events, 1)
        if event.topics[0] == ADMINISTRATION_TOPIC
    ]
    return holders(changes, ADMIN)
