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
    Mutant("Signed.sol", "if (ChainTime.secondsNow() > deadline)", "if (false)"),
    Mutant("Signed.sol", "if (signatures.length != needed)", "if (signatures.length < needed)"),
    Mutant("Signed.sol", "if (since >= block.number)", "if (false)"),
    Mutant("Signed.sol", "if (found.organisation != party.organisation)", "if (false)"),
    Mutant("Signed.sol", "if (found.since > party.since)", "if (false)"),
    Mutant("Signed.sol", "if (organisation == bytes32(0)) revert", "if (false) revert"),
    Mutant("Signed.sol", "abi.encode(head, digest)", "abi.encode(digest)"),
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
    Mutant("Sites.sol", "site.owner.since = owner.since;", ""),
    Mutant("Sites.sol", "if (owner.organisation != site.owner.organisation)", "if (false)"),
    Mutant("Sites.sol", "if (keeper.organisation != op.keeper)", "if (false)"),
    Mutant("Sites.sol", "if (found.lots != 0) revert SitesOccupied(slot);", ""),
    Mutant("Sites.sol", "if (head != found.head)", "if (false)"),
    Mutant("Sites.sol", "_slots[last].place = slot.place;", ""),
    Mutant("Sites.sol", "found.bulkLot != bytes32(0) || ", ""),
    Mutant("Sites.sol", " || (!serialised && found.lots != 0)", ""),
    Mutant("Sites.sol", "if (found.lots >= MOST_LOTS_OF_A_SLOT)", "if (found.lots > MOST_LOTS_OF_A_SLOT)"),
    Mutant("Sites.sol", "_whereLies[lot] != slot || slot == bytes32(0)", "slot == bytes32(0)"),
    Mutant("Lots.sol", "if (keeper.organisation == bytes32(0))", "if (false)"),
    Mutant("Lots.sol", "op.maxAgeSeconds == 0 || ", ""),
    Mutant("Lots.sol", "if (op.allowancePpm > MOST_ALLOWANCE_PPM)", "if (false)"),
    Mutant("Lots.sol", "if (op.head != slotHead)", "if (false)"),
    Mutant("Lots.sol", "_mustSign(digest, signatures, 0, keeper);", ""),
    Mutant("Lots.sol", "SITES.occupy(op.slot, id, op.serialised, digest);", ""),
    Mutant("Lots.sol", "SITES.vacate(lot.slot, op.lot, digest);", ""),
    Mutant("Lots.sol", "op.quorum < LEAST_QUORUM || ", ""),
    Mutant("Lots.sol", " || op.quorum > count", ""),
    Mutant("Lots.sol", "if (op.witnesses[k] == organisation)", "if (false)"),
    Mutant("Lots.sol", "if (op.serials.length != serials)", "if (false)"),
    Mutant("Lots.sol", "if (one.quantity == 0)", "if (false)"),
    Mutant("Lots.sol", "_mustBeNowhere(serial);", ""),
    Mutant("Lots.sol", "if (_records[evidence].use != Use.None)", "if (false)"),
    Mutant("Lots.sol", "keeper == verifier.organisation || ", ""),
    Mutant("Lots.sol", "keeper == depositor.organisation\n                || ", ""),
    Mutant("Lots.sol", "|| verifier.organisation == depositor.organisation", ""),
    Mutant("Lots.sol", "if (depositor.organisation != op.depositor)", "if (false)"),
    Mutant("Lots.sol", "record.use != Use.In || ", ""),
    Mutant("Lots.sol", " || record.lot != op.lot", ""),
    Mutant("Lots.sol", "lot.weighed < uint256(lot.face) + quantity", "lot.weighed < quantity"),
    Mutant("Lots.sol", "if (lot.serialised) _takeSerial(record.serial, op.lot);", ""),
    Mutant("Lots.sol", "_mustSign(digest, signatures, 2 + i, lender);", ""),
    Mutant("Lots.sol", "record.use = Use.Voided;", ""),
    Mutant("Lots.sol", "lot.weighedEver -= quantity;", ""),
    Mutant("Lots.sol", "op.asOf <= lot.attestedAt || ", ""),
    Mutant("Lots.sol", " || op.asOf > time", ""),
    Mutant("Lots.sol", "op.lower > op.estimate || ", ""),
    Mutant("Lots.sol", " || op.estimate > op.upper", ""),
    Mutant("Lots.sol", "covered < lot.weighed * PPM", "covered <= lot.weighed * PPM"),
    Mutant("Lots.sol", "covered < lot.weighed * PPM", "covered + PPM < lot.weighed * PPM"),
    Mutant("Lots.sol", "lot.allowancePpm) * lot.weighedEver;", "lot.allowancePpm) * lot.weighed;"),
    Mutant("Lots.sol", " || lot.weighed < lot.face;", ";"),
    Mutant("Lots.sol", "lot.short = op.short || ", "lot.short = "),
    Mutant("Lots.sol", "if (!lot.short) revert LotsNotShort", "if (false) revert LotsNotShort"),
    Mutant("Lots.sol", "if (op.receipts.length != needed)", "if (false)"),
    Mutant("Lots.sol", "if (op.receipts[i] <= last)", "if (op.receipts[i] < last)"),
    Mutant("Lots.sol", "its != id || !live", "!live"),
    Mutant("Lots.sol", "pledged < left ? pledged : left", "pledged"),
    Mutant("Lots.sol", "lot.estimate < lot.weighed ? lot.estimate : lot.weighed", "lot.estimate"),
    Mutant("Lots.sol", "if (left == 0) lot.receipts -= 1;", ""),
    Mutant("Lots.sol", "        lot.weighed = lot.face;\n", ""),
    Mutant("Lots.sol", "lot.face != 0 || lot.receipts != 0", "lot.face != 0"),
    Mutant("Lots.sol", "if (face > found.weighed)", "if (face > uint256(found.weighed) + 1)"),
    Mutant("Lots.sol", "if (pledged > found.lower)", "if (pledged > found.estimate)"),
    Mutant("Lots.sol", "} else if (lender.since < stake.since) {", "} else if (lender.since > stake.since) {"),
    Mutant("Lots.sol", "if (lenders.length >= MOST_LENDERS)", "if (false)"),
    Mutant("Lots.sol", "if (receipts > MOST_RECEIPTS)", "if (false)"),
    Mutant("Lots.sol", "found.lower = _less(found.lower, quantity);", ""),
    Mutant("Lots.sol", "found.head = keccak256(abi.encode(found.head, digest));", ""),
    Mutant("Lots.sol", "if (_serials[serial] != lot)", "if (false)"),
    Mutant("Lots.sol", "if (places.length < lot.quorum)", "if (false)"),
    Mutant("Lots.sol", "place >= witnesses.length || ", ""),
    Mutant("Lots.sol", "place <= places[i - 1]", "place < places[i - 1]"),
    Mutant("Lots.sol", "uint48(lot.openedBlock - 1)", "uint48(block.number - 1)"),
    Mutant("Lots.sol", "if (lot.short) revert LotsShort(id);", ""),
    Mutant("Lots.sol", "        _mustBeFresh(id, lot);\n", ""),
    Mutant("Lots.sol", "<= since + lot.maxAgeSeconds", "< since + lot.maxAgeSeconds"),
    Mutant("Lots.sol", "if (!lot.open) revert LotsClosed(id);", ""),
    Mutant("Lots.sol", "if (!_lots[lot].open) lot = bytes32(0);", ""),
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
