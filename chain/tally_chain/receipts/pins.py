"""Where the contracts of warehouse receipts stand: the file that `tallystick chain deploy receipts --json` printed.

It names the registries beside them, so it serves wherever a file of pins is asked for (registry/pins.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tally_chain.engine.interface import Engine
from tally_chain.receipts.deployment import NAMES, ReceiptContracts, check_receipts
from tally_chain.registry.pins import Pins, read_contracts, read_pins


@dataclass(frozen=True)
class ReceiptPins:
    """What is known of the chain, the registries and the contracts of warehouse receipts."""

    registries: Pins
    contracts: ReceiptContracts

    @property
    def organisations(self) -> str:
        """The registry of parties. Raises ConfigError where nobody named it."""
        return self.registries.needed("organisations")

    def check(self, engine: Engine) -> None:
        """Raises ForeignChainError for another chain, ForeignContractError where the contracts are not ours."""
        self.registries.check(engine)
        check_receipts(
            engine,
            self.contracts,
            timelock=self.registries.needed("timelock"),
            organisations=self.organisations,
        )


def read_receipt_pins(path: Path) -> ReceiptPins:
    """The pins of a file. Raises ConfigError for what is no such file."""
    registries = read_pins(path)
    _, _, places = read_contracts(path, {name.lower(): name for name in NAMES})
    return ReceiptPins(registries, ReceiptContracts(**places))
