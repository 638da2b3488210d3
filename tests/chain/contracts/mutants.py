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
        name = self.source.removesuffix(".sol")
        return f"{_TESTS.get(name, name)}.t.sol"


_TESTS = {
    "History": "Organisations",
    "Administered": "Organisations",
    "ChainTime": "Organisations",
    "Signed": "{Sites,Lots}",
    "Lots": "Lots*",
}
"""The tests of what has none under its own name, as a pattern."""


_REVOKED = "if (key.revokedBlock != 0) revert OrganisationsRevokedKey(keyId, key.revokedBlock);\n        "

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
    Mutant("Administered.sol", "code.length == 0 || code[0] == 0xef", "administration == address(1)"),
    Mutant("Administered.sol", "code.length == 0 || code[0] == 0xef", "code.length == 0"),
    Mutant("ChainTime.sol", "time / 1000", "time"),
    Mutant(
        "Organisations.sol",
        "if (key.boundBlock != 0) revert OrganisationsKnownKey",
        "if (false) revert OrganisationsKnownKey",
    ),
    Mutant("Organisations.sol", "time < key.validUntil", "time <= key.validUntil"),
    Mutant("Organisations.sol", "key.revokedBlock == 0 &&", ""),
    Mutant("Organisations.sol", _REVOKED + "if (reason ==", "if (reason =="),
    Mutant("Organisations.sol", _REVOKED + "if (!_good(older)", "if (!_good(older)"),
    Mutant("Organisations.sol", "if (!_good(older) || ", "if ("),
    Mutant("Organisations.sol", "|| older.organisation != key.organisation", ""),
    Mutant("Organisations.sol", " || older.role != key.role", ""),
    Mutant("Organisations.sol", "if (actsSince >= key.actsSince)", "if (false)"),
    Mutant("Organisations.sol", "if (actsSince >= key.actsSince)", "if (actsSince > key.actsSince)"),
    Mutant("Organisations.sol", "key.actsSince = uint48(block.number);", ""),
    Mutant("Organisations.sol", "key.actsSince = actsSince;", "key.actsSince = 0;"),
    Mutant("Organisations.sol", "!hasRole(REVOKER_ROLE, msg.sender) &&", "false &&"),
    Mutant("Claims.sol", "holder != actor.organisation || found.digest != digest", "holder != actor.organisation"),
    Mutant("Claims.sol", "holder != actor.organisation || found.digest != digest", "found.digest != digest"),
    Mutant("Claims.sol", "Organisations.Role.RegistryAdmin) != registrar", "Organisations.Role.RegistryAdmin) == 0"),
    Mutant("Claims.sol", "organisation, found.rounds + 1, deadline", "organisation, uint32(1), deadline"),
    Mutant("Claims.sol", "if (!space.releasable)", "if (false)"),
    Mutant("Claims.sol", "if (!space.transferable)", "if (false)"),
    Mutant("Claims.sol", "if (found.offeredTo != actor.organisation)", "if (found.offeredTo == 0)"),
    Mutant("Claims.sol", "if (ChainTime.secondsNow() > deadline)", "if (false)"),
    Mutant("Claims.sol", "if (actor.since > neededSince)", "if (false)"),
    Mutant("Claims.sol", "if (actor.since > neededSince)", "if (actor.since >= neededSince)"),
    Mutant("Claims.sol", "_mustActSince(actor, found.heldSince);", ""),
    Mutant("Claims.sol", "_mustActSince(actor, found.heldSince);", "_mustActSince(actor, found.claimedBlock);"),
    Mutant("Claims.sol", "_mustActSince(actor, found.takersSince);", ""),
    Mutant("Claims.sol", "_mustActSince(actor, uint64(block.number) - 1);", ""),
    Mutant("Claims.sol", "if (takersSince >= block.number)", "if (false)"),
    Mutant("Claims.sol", "if (takersSince >= block.number)", "if (takersSince > block.number)"),
    Mutant("Claims.sol", "            takersSince = 0;\n", ""),
    Mutant(
        "Claims.sol", "found.heldSince = uint48(actor.since);\n        found.takersSince = 0;", "found.takersSince = 0;"
    ),
    Mutant("Claims.sol", "found.heldSince = 0;\n        found.takersSince = 0;", ""),
    Mutant(
        "Claims.sol",
        "found.rounds = round;\n        found.heldSince = uint48(actor.since);",
        "found.rounds = round;\n        found.heldSince = uint48(block.number);",
    ),
    Mutant(
        "Claims.sol",
        "if (actor.organisation == bytes32(0)) revert ClaimsNotClaimant",
        "if (false) revert ClaimsNotClaimant",
    ),
)

SYMBOLIC = {
    "LogAnchorChecks.check_StrangersChangeNothing": Mutant(
        "LogAnchor.sol", "if (msg.sender != log.owner)", "if (log.owner == address(0))"
    ),
    "LogAnchorChecks.check_TheOwnerCannotTouchAHead": Mutant(
        "LogAnchor.sol", "old.retired = true;", "old.retired = true;\n        old.size = 0;"
    ),
    "OrganisationsChecks.check_NothingIsRewritten": Mutant(
        "Organisations.sol",
        "if (key.boundBlock != 0) revert OrganisationsKnownKey",
        "if (false) revert OrganisationsKnownKey",
    ),
    "OrganisationsChecks.check_OnlyTheOlderKeyVouches": Mutant("Organisations.sol", " || older.role != key.role", ""),
    "ClaimsChecks.check_NoSecondClaim": Mutant(
        "Claims.sol", "holder != actor.organisation || found.digest != digest", "holder != actor.organisation"
    ),
    "ClaimsChecks.check_NobodyElseTouchesAClaim": Mutant("Claims.sol", "_mustActSince(actor, found.heldSince);", ""),
    "ClaimsChecks.check_TheAdministrationTakesNoClaim": Mutant(
        "Claims.sol", "_mustActSince(actor, found.heldSince);", ""
    ),
    "ClaimsChecks.check_AnOfferIsTakenByAKnownKey": Mutant(
        "Claims.sol", "_mustActSince(actor, found.takersSince);", ""
    ),
    "ClaimsChecks.check_ATransferMovesOneClaim": Mutant(
        "Claims.sol", "if (found.offeredTo != actor.organisation)", "if (found.offeredTo == 0)"
    ),
}
"""What halmos must find: a check, and the contract that breaks it."""
