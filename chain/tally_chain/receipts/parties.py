"""Which organisations must sign an operation, as the contracts have it on the newest block. Nothing here sends.

Nobody is named for whom a contract does not know before they sign: an inspector, a verifier, a court, an auctioneer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tally_chain.engine.interface import Engine
from tally_chain.errors import CallRevertedError, OperationError
from tally_chain.receipts.kinds.kind import Signer
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.views import Places, view
from tally_chain.registry.roles import KeyRole

NOBODY = bytes(32)
# Vouchers.Encumbrance: Free, Offered, Pledged.
_PLEDGED_VOUCHER = 2

Parties = dict[str, tuple[bytes, ...]]
"""`Signer.whose` to the organisations; empty where nobody signs there now."""


def parties_of(engine: Engine, places: Places, operation: Operation) -> Parties:
    """Who signs, for each place that a contract knows. Objects that are not there name nobody.

    Raises OperationError where a contract that is asked is not among `places`, and RegistryHistoryError for an answer
    of another form.
    """
    asked = _Asked(engine, places, operation)
    found: Parties = {}
    for signer in operation.about.signers:
        rule = _RULES.get(signer.whose)
        if signer.named_by is not None or rule is None:
            continue
        try:
            organisations = rule(asked)
        except (CallRevertedError, IndexError):
            continue
        if asked.signs(signer):
            found[signer.whose] = tuple(one for one in organisations if one != NOBODY)
        else:
            found[signer.whose] = ()
    return found


class _Asked:
    """The objects that an operation names, as the contracts show them."""

    def __init__(self, engine: Engine, places: Places, operation: Operation) -> None:
        self._engine, self._places = engine, places
        self.values: Mapping[str, Any] = operation.values
        self._about, self._contract = operation.about, operation.about.contract

    def view(self, name: str, function: str, object_id: bytes) -> Any:
        """What a view says of an object."""
        if name not in self._places:
            raise OperationError(f"the contract {name} is not known here, so who signs is not either")
        return view(self._engine, self._places[name], name, function, object_id)

    def site(self) -> Any:
        """The site, also by one of its slots."""
        site = self.values.get("site") or self.view("Sites", "slotOf", self.values["slot"])["site"]
        return self.view("Sites", "siteOf", site)

    def receipt(self, field: str = "receipt") -> Any:
        """The receipt, or the first of those that are merged."""
        number = self.values.get(field) or self.values["receipts"][0]
        return self.view("Receipts", "receiptOf", number)

    def lot(self) -> Any:
        """The lot, also by a receipt."""
        lot = self.values.get("lot") or self.receipt()["lot"]
        return self.view("Lots", "lotOf", lot)

    def voucher(self) -> Any:
        """The voucher."""
        return self.view("Vouchers", "voucherOf", self.values["number"])

    def signs(self, signer: Signer) -> bool:
        """Whether it signs this time."""
        if signer.when is None or signer.counted_by is not None:
            return True
        if self._about.name == "SetFloor":
            return self._more_may_leave()
        if self._contract == "Vouchers":
            # The lender that is paid itself is the first to sign.
            first = self.values.get("role") == KeyRole.LENDER and signer.whose == "lender of the voucher"
            return not first and bool(self.voucher()["encumbrance"] == _PLEDGED_VOUCHER)
        return self._pledged()

    def _more_may_leave(self) -> bool:
        """Whether more may leave above this floor than above the one that stands."""
        floors = self.view("Pledges", "pledgeOf", self.values["receipt"])["allowed"]["floors"]
        stands = floors[-1] if floors else {"floor": 0, "until": 0}
        floor, until = self.values["floor"], self.values["until"]
        return floor != 0 and not (0 < stands["floor"] <= floor and until <= stands["until"])

    def _pledged(self) -> bool:
        """Whether the lender of what the operation changes signs too."""
        return self._contract in ("Lots", "Attestations") or bool(self.receipt()["pledged"] > 0)


def _organisation(party: Any) -> tuple[bytes, ...]:
    return (bytes(party["organisation"]),)


def _witnesses(asked: _Asked) -> tuple[bytes, ...]:
    lot = asked.values.get("lot") or asked.receipt()["lot"]
    found = asked.view("Attestations", "witnessesOf", lot)["organisations"]
    return tuple(bytes(found[place]) for place in asked.values["places"] if place < len(found))


def _by_role(whole: Any, role: int) -> tuple[bytes, ...]:
    return _organisation(whole["lender" if role == KeyRole.LENDER else "holder"])


_RULES: Mapping[str, Callable[[_Asked], tuple[bytes, ...]]] = {
    "owner of the site": lambda asked: _organisation(asked.site()["owner"]),
    "keeper of the slot": lambda asked: _organisation(asked.view("Sites", "slotOf", asked.values["slot"])["keeper"]),
    "keeper of the lot": lambda asked: _organisation(asked.lot()["keeper"]),
    "keeper of the new lot": lambda asked: _organisation(
        asked.view("Lots", "lotOf", asked.receipt("with")["lot"])["keeper"]
    ),
    "depositor of that weighing": lambda asked: (
        bytes(asked.view("Lots", "weighingOf", asked.values["evidence"])["depositor"]),
    ),
    "each lender of the lot": lambda asked: tuple(map(bytes, asked.view("Lots", "lendersOf", asked.values["lot"]))),
    "each lender of the lot, or a court in its place": lambda asked: tuple(
        map(bytes, asked.view("Lots", "lendersOf", asked.values["lot"]))
    ),
    "witnesses of the lot at these places": _witnesses,
    "each depositor named, or a court in its place": lambda asked: asked.values["depositors"],
    "holder of the receipt": lambda asked: _organisation(asked.receipt()["holder"]),
    "pledgor": lambda asked: _organisation(asked.receipt()["holder"]),
    "lender of the pledge": lambda asked: _organisation(asked.receipt()["lender"]),
    "lender of the pledge, by another key": lambda asked: _organisation(asked.receipt()["lender"]),
    "holder of the receipt, or lender of the pledge": lambda asked: _by_role(asked.receipt(), asked.values["role"]),
    "lender of the order": lambda asked: (
        bytes(asked.view("Trades", "tradeOf", asked.values["trade"])["orderLender"]["organisation"]),
    ),
    "lender of the order, by another key": lambda asked: (
        bytes(asked.view("Trades", "tradeOf", asked.values["trade"])["orderLender"]["organisation"]),
    ),
    "borrower of the order": lambda asked: (bytes(asked.view("Trades", "tradeOf", asked.values["trade"])["borrower"]),),
    "lender of the voucher, by another key": lambda asked: _organisation(asked.voucher()["lender"]),
    "holder of the voucher": lambda asked: _organisation(asked.voucher()["holder"]),
    "lender of the voucher": lambda asked: _organisation(asked.voucher()["lender"]),
    "holder or lender of the voucher": lambda asked: _by_role(asked.voucher(), asked.values["role"]),
    "obligor": lambda asked: _organisation(asked.view("Vouchers", "rootOf", asked.voucher()["root"])["obligor"]),
}
