"""A warehouse with its parties on a chain: operations by name, heads filled in, signed by whoever must, and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.engine.interface import Outcome
from tally_chain.receipts import deployment
from tally_chain.receipts.ids import lot_id, slot_id
from tally_chain.receipts.operation_file import OperationFile, add, begin
from tally_chain.receipts.operations import KINDS, Operation
from tally_chain.receipts.parties import parties_of
from tally_chain.receipts.sending import send
from tally_chain.receipts.signing import sign
from tally_chain.receipts.views import head_of, view, with_heads
from tally_chain.registry.operations import Call, bind_key, register_organisation
from tally_chain.registry.organisations import key_id_of
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import STRANGER, signer
from tests.chain.registry.parties import YEAR, Parties, fresh

KEYS = {
    "owner": ("estate", KeyRole.SITE_OWNER),
    "keeper": ("warehouse", KeyRole.KEEPER),
    "verifier": ("surveyor", KeyRole.VERIFIER),
    "inspector": ("assayer", KeyRole.INSPECTOR),
    "holder": ("trader", KeyRole.HOLDER),
    "taker": ("smelter", KeyRole.HOLDER),
    "lender": ("bank", KeyRole.LENDER),
    "lender 2": ("bank", KeyRole.LENDER),
    "court": ("court", KeyRole.COURT_LIAISON),
    "registrar": ("registrar", KeyRole.REGISTRY_ADMIN),
}
"""Key to its organisation and role."""
OUTLINE = ((0, 0), (9_000, 0), (9_000, 9_000), (0, 9_000))
CORNERS = ((1_000, 1_000), (2_000, 1_000), (2_000, 2_000), (1_000, 2_000))
TONNE = 1_000_000


@dataclass
class Yard:
    """Contracts, parties, and a slot with its keeper; goods come in by `stocked`."""

    parties: Parties
    contracts: deployment.ReceiptContracts
    organisations: dict[str, bytes]
    keys: dict[str, LocalSigner]
    site: bytes
    slot: bytes = b""
    files: list[OperationFile] = field(default_factory=list)
    """What was carried out, oldest first."""

    @property
    def places(self) -> dict[str, str]:
        return self.contracts.places()

    @property
    def deadline(self) -> int:
        return self.parties.now() + 3_600

    def whose(self, key: str) -> bytes:
        return self.organisations[KEYS[key][0]]

    def drafted(self, kind: str, values: Mapping[str, Any]) -> OperationFile:
        engine = self.parties.stage.engine
        filled = with_heads(engine, self.places, kind, {"deadline": self.deadline, **values})
        contract = self.places[KINDS[kind].contract]
        operation = Operation(kind, filled)
        parties = parties_of(engine, self.places, operation)
        return begin(operation, engine.identity().chain_id, contract, parties=parties)

    def signed(self, file: OperationFile, *by: str) -> OperationFile:
        for number, key in enumerate(by):
            made = sign(self.keys[key], file.operation, file.chain_id, file.contract)
            file = add(file, number, made)
        return file

    def sent(self, file: OperationFile) -> Outcome:
        stage = self.parties.stage
        outcome = send(stage.engine, STRANGER, stage.profile, file, self.parties.at.organisations)
        self.files.append(file)
        return outcome

    def did(self, kind: str, /, *by: str, **values: Any) -> OperationFile:
        """An operation, signed by these keys in this order and carried out."""
        file = self.signed(self.drafted(kind, values), *by)
        self.sent(file)
        return file

    def stocked(self, tonnes: int) -> bytes:
        """A lot with goods, attested."""
        head = head_of(self.parties.stage.engine, self.places, "slot", self.slot)
        self.did(
            "OpenLot", "keeper",
            slot=self.slot, goods=fresh("goods"), serialised=False, allowancePpm=1_000, maxAgeSeconds=86_400,
            witnesses=(self.whose("keeper"), self.whose("verifier"), self.whose("inspector")), quorum=2,
            roles=(int(KeyRole.KEEPER), int(KeyRole.VERIFIER), int(KeyRole.INSPECTOR)),
        )  # fmt: skip
        lot = lot_id(self.slot, head)
        self.did(
            "RecordInbound", "keeper", "verifier", "holder",
            lot=lot, depositor=self.whose("holder"), serials=(),
            weighings=tuple((fresh("weighing"), TONNE) for _ in range(tonnes)), weighedAt=self.parties.now(),
        )  # fmt: skip
        self.attested(lot, tonnes)
        return lot

    def attested(self, lot: bytes, tonnes: int) -> None:
        self.later_than(lot)
        self.did(
            "Attest", "keeper", "verifier",
            lot=lot, estimate=tonnes * TONNE, lower=tonnes * TONNE - 5_000, upper=tonnes * TONNE + 5_000,
            asOf=self.parties.now(), short=False, evidenceRoot=fresh("root"), policy=fresh("policy"), places=(0, 1),
        )  # fmt: skip

    def later_than(self, lot: bytes) -> None:
        """Until the chain's time is past the lot's newest attestation: a chain's block may have its parent's second."""
        stage = self.parties.stage
        while self.parties.now() <= view(stage.engine, self.places["Lots"], "Lots", "lotOf", lot)["attestedAt"]:
            setup.transact(stage.engine, STRANGER, stage.profile, STRANGER.address, b"")

    def issued(self, lot: bytes, tonnes: int, **values: Any) -> bytes:
        number = fresh("receipt")
        given = {
            "number": number, "lot": lot, "holder": self.whose("holder"), "holderSince": self.parties.known(),
            "quantity": tonnes * TONNE, "until": self.parties.now() + YEAR, "document": fresh("document"),
            "trade": bytes(32),
        }  # fmt: skip
        self.did("Issue", "keeper", "holder", "inspector", **(given | values))
        return number

    def pledged(self, receipt: bytes, tonnes: int) -> None:
        self.did(
            "Offer", "holder", "keeper",
            receipt=receipt, lender=self.whose("lender"), lenderSince=self.parties.known(), quantity=tonnes * TONNE,
            terms=fresh("terms"), until=self.deadline, maturity=self.parties.now() + YEAR,
        )  # fmt: skip
        digests = {name: fresh(name) for name in ("ownership", "valuation", "search", "filing")}
        accepted = {name: digests[name] for name in ("ownership", "valuation", "search")}
        self.did("Accept", "lender", receipt=receipt, **accepted)
        self.did("Register", "lender", receipt=receipt, filing=digests["filing"], search=digests["search"])


def yard_on(parties: Parties, *, commitments: Mapping[str, bytes] = MappingProxyType({}), **given: LocalSigner) -> Yard:
    """Contracts of their own, parties of their own, one site with one slot; keys that must pay are given.

    `commitments`: to the codes of firms by their words here; of the others to nothing that anybody knows.
    """
    stage, at = parties.stage, parties.at
    made = deployment.deploy(
        stage.engine, STRANGER, stage.profile, timelock=at.timelock, organisations=at.organisations
    )
    firms = {firm: fresh(firm) for firm, _ in KEYS.values()}
    keys = {name: given.get(name) or signer(f"{name} {fresh().hex()}") for name in KEYS}
    until = parties.now() + 10 * YEAR
    parties.decide(
        *(
            register_organisation(at.organisations, firm, commitments.get(word, fresh("commitment")))
            for word, firm in firms.items()
        )
    )
    parties.decide(
        *(
            bind_key(
                at.organisations, firms[firm], key_id_of(keys[name].address), role, valid_from=0, valid_until=until
            )
            for name, (firm, role) in KEYS.items()
        )
    )
    site = fresh("site")
    data = contract_abi.call_data("Sites", "registerSite", site, firms["estate"], OUTLINE)
    parties.decide(Call(made.sites, data))
    yard = Yard(parties, made, firms, keys, site)
    yard.did("AddSlot", "owner", site=site, outline=CORNERS, bottom=0, top=8_000, plan=fresh("plan"))
    yard.slot = slot_id(site, CORNERS, 0, 8_000)
    yard.did(
        "AssignKeeper", "owner", "keeper", slot=yard.slot, keeper=yard.whose("keeper"), keeperSince=parties.known()
    )
    return yard
