"""Contracts with one thing taken out: forge's tests must notice each. A step of `make contracts`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One change to one source; `before` stands there exactly once."""

    source: str
    before: str
    after: str

    @property
    def tests(self) -> str:
        """The tests that must notice."""
        own = self.source in ("LogAnchor.sol", "Claims.sol")
        return f"{self.source.removesuffix('.sol')}.t.sol" if own else "Organisations.t.sol"


MUTANTS = (
    Mutant("LogAnchor.sol", "if (msg.sender != txKey)", "if (txKey == address(0))"),
    Mutant("LogAnchor.sol", "if (size < anchoredSize)", "if (size == 0)"),
    Mutant("LogAnchor.sol", "if (root != anchoredRoot)", "if (root == 0)"),
    Mutant("LogAnchor.sol", "whole && fr == firstRoot && sr == secondRoot", "whole && sr == secondRoot"),
    Mutant("LogAnchor.sol", "whole && fr == firstRoot && sr == secondRoot", "whole && fr == firstRoot"),
    Mutant("LogAnchor.sol", "whole && fr == firstRoot && sr == secondRoot", "fr == firstRoot && sr == secondRoot"),
    Mutant("LogAnchor.sol", "switch or(and(fn, 1), eq(fn, sn))", "switch and(fn, 1)"),
    Mutant("LogAnchor.sol", "if (msg.sender != log.owner)", "if (log.owner == address(0))"),
    Mutant("History.sol", "_sequence = sequence;", ""),
    Mutant("Administered.sol", "if (administration.code.length == 0)", "if (administration == address(1))"),
    Mutant("ChainTime.sol", "time / 1000", "time"),
    Mutant(
        "Organisations.sol",
        "if (key.boundBlock != 0) revert OrganisationsKnownKey",
        "if (false) revert OrganisationsKnownKey",
    ),
    Mutant("Organisations.sol", "time < key.validUntil", "time <= key.validUntil"),
    Mutant("Organisations.sol", "key.revokedBlock == 0 &&", ""),
    Mutant("Organisations.sol", "if (key.revokedBlock != 0) revert", "if (false) revert"),
    Mutant("Organisations.sol", "!hasRole(REVOKER_ROLE, msg.sender) &&", "false &&"),
    Mutant("Claims.sol", "holder != organisation || found.digest != digest", "holder != organisation"),
    Mutant("Claims.sol", "holder != organisation || found.digest != digest", "found.digest != digest"),
    Mutant("Claims.sol", "Organisations.Role.RegistryAdmin) != registrar", "Organisations.Role.RegistryAdmin) == 0"),
    Mutant("Claims.sol", "organisation, found.rounds + 1, deadline", "organisation, uint32(1), deadline"),
    Mutant("Claims.sol", "if (!space.releasable)", "if (false)"),
    Mutant("Claims.sol", "if (!space.transferable)", "if (false)"),
    Mutant("Claims.sol", "if (found.offeredTo != organisation)", "if (found.offeredTo == 0)"),
    Mutant("Claims.sol", "if (ChainTime.secondsNow() > deadline)", "if (false)"),
    Mutant(
        "Claims.sol", "if (organisation == bytes32(0)) revert ClaimsNotClaimant", "if (false) revert ClaimsNotClaimant"
    ),
)
