"""Where the registries stand, as whoever uses them was told: a file of pins, and addresses by hand.

The file is what `tallystick chain deploy registries --json` printed, or `chain deploy receipts --json`. With it another
chain, or another genesis under the same chain id, is noticed before anything is asked or sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eth_utils.address import is_checksum_address

from tally_chain.engine.interface import Engine
from tally_chain.errors import ForeignChainError
from tally_chain.registry.claims import check_claims
from tally_chain.registry.history import check_code
from tally_edge.errors import ConfigError

# The file has three addresses and a few hashes; a larger one is another file named by mistake.
MAX_PINS_BYTES = 65_536
_CONTRACTS = {"timelock": "TimelockController", "organisations": "Organisations", "claims": "Claims"}
# Administered by the timelock too, where there are warehouse receipts.
_SITES = {"sites": "Sites"}


@dataclass(frozen=True)
class Pins:
    """What is known of chain and contracts; None where nobody said."""

    chain_id: int | None = None
    genesis_hash: bytes | None = None
    timelock: str | None = None
    organisations: str | None = None
    claims: str | None = None
    sites: str | None = None

    def named(self) -> dict[str, str]:
        """Which contract stands at which address."""
        places = {name: getattr(self, option) for option, name in (_CONTRACTS | _SITES).items()}
        return {address: name for name, address in places.items() if address is not None}

    def needed(self, option: str) -> str:
        """An address that there must be. Raises ConfigError."""
        address: str | None = getattr(self, option)
        if address is None:
            raise ConfigError(
                f"name the contract {(_CONTRACTS | _SITES)[option]} by --{option}, or the file of pins by --pins"
            )
        return address

    def check(self, engine: Engine) -> None:
        """Raises ForeignChainError for another chain, ForeignContractError where the code is not ours."""
        identity = engine.identity()
        for pinned, found, what in (
            (self.chain_id, identity.chain_id, "chain id"),
            (self.genesis_hash, identity.genesis_hash, "genesis block"),
        ):
            if pinned is not None and pinned != found:
                raise ForeignChainError(f"this is another chain than the one in the pins: its {what} differs")
        for option, name in (_CONTRACTS | _SITES).items():
            if getattr(self, option) is not None:
                check_code(engine, getattr(self, option), name)
        if self.claims is not None and self.organisations is not None:
            check_claims(engine, self.claims, self.organisations)


def read_pins(
    path: Path | None,
    *,
    timelock: str | None = None,
    organisations: str | None = None,
    claims: str | None = None,
    sites: str | None = None,
) -> Pins:
    """The pins of a file, with what was given by hand in its place. Raises ConfigError for what is no such file."""
    pins = Pins() if path is None else _parse(path)
    return replace(
        pins,
        timelock=timelock or pins.timelock,
        organisations=organisations or pins.organisations,
        claims=claims or pins.claims,
        sites=sites or pins.sites,
    )


def read_contracts(
    path: Path, options: Mapping[str, str], more: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, bytes, dict[str, str]]:
    """Chain id, genesis hash and addresses out of a file of pins.

    `options` is what an address is called here, and which contract that is; `more` are those that may be missing.
    Raises ConfigError for what is no such file, or does not name one of these contracts.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_PINS_BYTES)
        fields: Any = json.loads(text)
        chain, contracts = fields["chain"], fields["contracts"]
        places = {option: contracts[name] for option, name in options.items()}
        places |= {option: contracts[name] for option, name in more.items() if name in contracts}
        chain_id, genesis_hash = chain["id"], bytes.fromhex(chain["genesis"])
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        what = "registries" if options == _CONTRACTS else "receipts"
        raise ConfigError(f"{path} is not what `tallystick chain deploy {what} --json` prints") from None
    if not isinstance(chain_id, int) or not all(map(is_checksum_address, places.values())):
        raise ConfigError(f"{path} names no chain id, or an address that does not fit its checksum")
    return chain_id, genesis_hash, places


def _parse(path: Path) -> Pins:
    chain_id, genesis_hash, places = read_contracts(path, _CONTRACTS, _SITES)
    return Pins(chain_id, genesis_hash, **places)
