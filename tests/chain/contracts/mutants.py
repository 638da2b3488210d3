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
    "Signed": "{Sites,Lots,LotsSums}",
    "Lots": "{Lots,LotsSums,LotsInvariants,Attestations}",
    "Attestations": "{Lots,LotsSums,Attestations}",
    "Parties": "{Receipts,Holds,Pledges,Outbound,Enforcement,Trades,Vouchers}",
    "Holds": "{Receipts,Holds,Pledges,Outbound,Enforcement}",
    "Receipts": "{Receipts,Holds,Pledges,Outbound,Enforcement}",
    "Succession": "Receipts",
    "Pledges": "{Pledges,Outbound,Enforcement}",
    "Pledging": "{Pledges,Outbound,Enforcement}",
    "Outbound": "{Outbound,Enforcement}",
    "Enforcement": "{Outbound,Enforcement}",
    "Vouchers": "{Vouchers,VouchersInvariants}",
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
    Mutant(
        "Organisations.sol",
        _REVOKED + "if (reason ==",
        "if (reason ==",
    ),
    Mutant(
        "Organisations.sol",
        _REVOKED + "if (!_good(older)",
        "if (!_good(older)",
    ),
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
    Mutant("Signed.sol", "if (ChainTime.secondsNow() > deadline)", "if (false)"),
    Mutant("Signed.sol", "if (signatures.length != needed)", "if (signatures.length < needed)"),
    Mutant("Signed.sol", "if (since >= block.number)", "if (false)"),
    Mutant("Signed.sol", "if (found.organisation != party.organisation)", "if (false)"),
    Mutant("Signed.sol", "if (found.since > party.since)", "if (false)"),
    Mutant("Signed.sol", "if (organisation == bytes32(0)) revert", "if (false) revert"),
    Mutant("Signed.sol", "abi.encode(head, digest, blockhash", "abi.encode(digest, blockhash"),
    Mutant("Signed.sol", "abi.encode(head, digest, blockhash(block.number - 1))", "abi.encode(head, digest)"),
    Mutant("Signed.sol", "isFirst ? first : second", "second"),
    Mutant("Signed.sol", "isFirst ? first : second", "first"),
    Mutant("Polygon.sol", "if (n < 3) return false;", "if (n == 0) return true;"),
    Mutant("Polygon.sol", "!_onGlobe(outline[i]) || ", ""),
    Mutant("Polygon.sol", " || (i > 0 && !_less(outline[0], outline[i]))", ""),
    Mutant("Polygon.sol", "outline[j], outline[k]) <= 0", "outline[j], outline[k]) < 0"),
    Mutant(
        "Polygon.sol",
        "for (uint256 k = 0; k < n; ++k) {\n                if (k != i",
        "for (uint256 k = i; k < n && k < i + 3; ++k) {\n                if (k != i",
    ),
    Mutant("Polygon.sol", " && !_hasSeparatingSide(other, one)", ""),
    Mutant("Polygon.sol", "other[k]) <= 0;", "other[k]) < 0;"),
    Mutant("Polygon.sol", "inner[k]) < 0", "inner[k]) <= 0"),
    Mutant("Polygon.sol", "if (corner.y > box.north)", "if (corner.y < box.north)"),
    Mutant("Polygon.sol", "one.south < other.north && ", "one.south < other.south && "),
    Mutant("Polygon.sol", "int256 dx = int256(to.x) - from.x;", "int256 dx = int32(uint32(to.x) - uint32(from.x));"),
    Mutant("Sites.sol", "onlyRole(DEFAULT_ADMIN_ROLE)", ""),
    Mutant("Sites.sol", "if (_sites[site].outline.length != 0)", "if (false)"),
    Mutant("Sites.sol", "int256(box.east) - box.west > CELL || ", ""),
    Mutant("Sites.sol", " || int256(box.north) - box.south > CELL", ""),
    Mutant("Sites.sol", "_settle(site, corners, box);", ""),
    Mutant("Sites.sol", "x <= _cell(box.east)", "x < _cell(box.east)"),
    Mutant("Sites.sol", "y <= _cell(box.north)", "y < _cell(box.north)"),
    Mutant("Sites.sol", "-((-coordinate + CELL - 1) / CELL)", "coordinate / CELL - 1 + coordinate % 2"),
    Mutant("Sites.sol", "if (op.bottom >= op.top)", "if (op.bottom > op.top)"),
    Mutant("Sites.sol", "if (!Polygon.contains(site.outline, corners))", "if (false)"),
    Mutant("Sites.sol", "if (site.slots.length >= MOST_SLOTS)", "if (site.slots.length > MOST_SLOTS)"),
    Mutant("Sites.sol", "_mustBeFree(site, slot, op, corners, box);\n", ""),
    Mutant("Sites.sol", "op.bottom >= other.top || ", ""),
    Mutant("Sites.sol", "other.bottom >= op.top", "other.bottom > op.top"),
    Mutant("Sites.sol", "if (op.head != site.head)", "if (false)"),
    Mutant("Sites.sol", "Party(owner, uint48(block.number), ", "Party(owner, type(uint48).max, "),
    Mutant("Sites.sol", "_mustSign(digest, signatures, 0, site.owner);\n        _place", "_place"),
    Mutant(
        "Sites.sol",
        "_joins(digest, signatures, 1, Organisations.Role.Keeper, op.keeper, op.keeperSince)",
        "_signer(digest, signatures, 1, Organisations.Role.Keeper)",
    ),
    Mutant("Sites.sol", "if (found.lots != 0) revert SitesOccupied(slot);", ""),
    Mutant("Sites.sol", "if (head != found.head)", "if (false)"),
    Mutant("Sites.sol", "_slots[last].place = slot.place;", ""),
    Mutant("Sites.sol", "found.bulkLot != bytes32(0) || ", ""),
    Mutant("Sites.sol", " || (!serialised && found.lots != 0)", ""),
    Mutant("Sites.sol", "if (found.lots >= MOST_LOTS_OF_A_SLOT)", "if (found.lots > MOST_LOTS_OF_A_SLOT)"),
    Mutant("Sites.sol", "_whereLies[lot] != slot || slot == bytes32(0)", "slot == bytes32(0)"),
    Mutant("Parties.sol", "if (party.since > since) {", "if (false) {"),
    Mutant("Parties.sol", "if (party.organisation != organisation) revert", "if (false) revert"),
    Mutant("Parties.sol", "if (since >= block.number)", "if (false)"),
    Mutant("Parties.sol", "if (head != named)", "if (false)"),
    Mutant("Holds.sol", "court ? MOST_HOLDS_WITH_COURTS : MOST_HOLDS", "MOST_HOLDS"),
    Mutant(
        "Holds.sol",
        "_courtEnds(digest, signatures, _copyOf(held.setter), held.blockNumber);",
        "_signer(digest, signatures, 0, op.role);",
    ),
    Mutant("Holds.sol", "if (same) revert ReceiptsHeldAlready", "if (false) revert ReceiptsHeldAlready"),
    Mutant("Holds.sol", " && _isOver(receipt, held.setter)", ""),
    Mutant("Holds.sol", "_mustSign(digest, signatures, 0, _copyOf(held.setter));", ""),
    Mutant("Holds.sol", "kind == Kind.Lost ? !_inDefault(receipt) : ", "kind == Kind.Lost ? true : "),
    Mutant("Holds.sol", "(!_inDefault(receipt) || _isLost(op.receipt))", "true"),
    Mutant("Holds.sol", " || _isLost(op.receipt)", ""),
    Mutant("Holds.sol", " && accepted && ", " && "),
    Mutant("Succession.sol", "if (receipt.state != State.Issued)", "if (false)"),
    Mutant("Holds.sol", "if (holds[i].time <= moment) revert", "if (false) revert"),
    Mutant("Holds.sol", "if (holds[i].time <= moment) revert", "if (true) revert"),
    Mutant("Holds.sol", "if (holds[i].time > moment) continue;", ""),
    Mutant("Holds.sol", "if (holds[i].setter.role != Organisations.Role.Holder) revert", "if (false) revert"),
    Mutant("Holds.sol", "if (holds[i].setter.role != Organisations.Role.Holder) revert", "if (true) revert"),
    Mutant("Holds.sol", "holds[i].kind == Kind.Court || ", ""),
    Mutant("Holds.sol", " || holds[i].kind == Kind.Dispute", ""),
    Mutant("Holds.sol", "if (LOTS.isShort(lot))", "if (false)"),
    Mutant("Holds.sol", "holds[i].quantity == 0 || sum > left", "sum > left"),
    Mutant("Holds.sol", "sum += holds[i].quantity;", "sum = holds[i].quantity;"),
    Mutant("Succession.sol", "quantity != receipt.quantity || ", ""),
    Mutant("Succession.sol", " || pledged != receipt.pledged", ""),
    Mutant("Succession.sol", "if (piece.pledged == 0) _unburdened(piece);", ""),
    Mutant("Succession.sol", "receipt.lot != whole.lot || ", ""),
    Mutant("Succession.sol", " || receipt.pledge != whole.pledge", ""),
    Mutant("Succession.sol", "if (receipt.holder.since < whole.holder.since)", "if (false)"),
    Mutant("Succession.sol", "if (!free) _mustSign(digest, signatures, 2, _copyOf(receipt.lender));", ""),
    Mutant("Succession.sol", "_receipts[number].state != State.None", "false"),
    Mutant("Holds.sol", "if (ChainTime.secondsNow() < from)", "if (false)"),
    Mutant("Succession.sol", "_independent(op.holder, lender);", ""),
    Mutant("Succession.sol", "_independent(op.holder, court);", ""),
    Mutant("Succession.sol", "_atMost(op.receipt, receipt.pledged, op.quantity);", ""),
    Mutant("Receipts.sol", "if (msg.sender != PLEDGES)", "if (false)"),
    Mutant("Receipts.sol", "if (msg.sender != address(LOTS))", "if (false)"),
    Mutant("Receipts.sol", "_mustBeAt(op.lot, lotHead, op.lotHead);", ""),
    Mutant("Receipts.sol", "_independent(third.organisation, holder);", ""),
    Mutant("Receipts.sol", "_independent(holder, keeper);", ""),
    Mutant("Receipts.sol", "op.last ? 0 : face - op.quantity", "face - op.quantity"),
    Mutant(
        "Receipts.sol", "if (pledged < receipt.pledged) _outstanding[receipt.pledge] -= receipt.pledged - pledged;", ""
    ),
    Mutant("Receipts.sol", "        receipt.surrenderedBy = holder.organisation;\n", ""),
    Mutant("Receipts.sol", "(buyer, pledged, 0)", "(buyer, pledged, receipt.trade)"),
    Mutant("Receipts.sol", "leftAt > time || ", ""),
    Mutant("Receipts.sol", " || time > leftAt + GRACE_SECONDS", ""),
    Mutant("Receipts.sol", "if (LOTS.wasShort(lot, leftAt)) revert", "if (LOTS.isShort(lot)) revert"),
    Mutant("Receipts.sol", "            _unburdened(remainder);\n", ""),
    Mutant("Parties.sol", "_noParty(court, parties);", ""),
    Mutant(
        "Parties.sol",
        "Organisations.Role.CourtLiaison, begun - 1)",
        "Organisations.Role.CourtLiaison, type(uint48).max)",
    ),
    Mutant("Parties.sol", "own ? by.since : done - 1", "type(uint48).max"),
    Mutant("Parties.sol", "own ? by.since : done - 1", "done - 1"),
    Mutant("Holds.sol", "_courtBefore(digest, signatures, 0, receipt.heldBlock, parties);", ""),
    Mutant("Holds.sol", "_noParty(court, [receipt.holder.organisation, receipt.lender.organisation, keeper]);", ""),
    Mutant("Holds.sol", "if (held.setter.role == Organisations.Role.CourtLiaison) return;", ""),
    Mutant("Holds.sol", "_ended[_word(number, held.kind, held.setter.organisation, held.reason)] = true;", ""),
    Mutant("Holds.sol", "if (!LOTS.ATTESTATIONS().isWitness(receipt.lot, party))", "if (false)"),
    Mutant("Holds.sol", "ChainTime.secondsNow() - CONTESTED_SECONDS)) return;", "ChainTime.secondsNow())) return;"),
    Mutant("Holds.sol", "if (LOTS.wasShort(lot, ChainTime.secondsNow() - CONTESTED_SECONDS)) return;", ""),
    Mutant(
        "Succession.sol",
        "_courtBefore(digest, signatures, 1, receipt.heldBlock, parties);",
        "_signer(digest, signatures, 1, Organisations.Role.CourtLiaison).organisation;",
    ),
    Mutant("Succession.sol", "if (receipt.heldBlock < whole.heldBlock)", "if (false)"),
    Mutant("Receipts.sol", "if (!LOTS.ATTESTATIONS().isWitness(lot, third))", "if (false)"),
    Mutant("Receipts.sol", "HOLDS.mustNotBeContested(number, receipt.lot);", ""),
    Mutant("Receipts.sol", "if (receipt.holder.organisation == court)", "if (false)"),
    Mutant(
        "Receipts.sol", "LOTS.ATTESTATIONS().mustWitness(receipt.lot, needed, op.places, digest, signatures, 3);", ""
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
    "LotsChecks.check_FaceIsWithinWhatWasWeighed": Mutant(
        "Lots.sol", "if (face > most)", "if (face > uint256(most) + 1)"
    ),
    "LotsChecks.check_PledgesAreWithinTheLowerBound": Mutant(
        "Lots.sol", "if (pledged > found.lower)", "if (pledged > found.estimate)"
    ),
    "LotsChecks.check_WhatGoesOutIsGone": Mutant("Lots.sol", "lot.lower = _lesser(_less(lot.lower, gone), most);", ""),
    "LotsChecks.check_OnlyReceiptsTellsLots": Mutant("Lots.sol", "if (msg.sender != RECEIPTS)", "if (false)"),
}
"""What halmos must find: a check, and the contract that breaks it."""
