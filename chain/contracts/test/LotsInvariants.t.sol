// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {ILots} from "../ILots.sol";
import {Lots} from "../Lots.sol";
import {Harness} from "./Harness.sol";
import {Stock} from "./Stock.sol";

/// @dev A warehouse in which anybody tries anything, beside a book that is simpler than Lots and says what may succeed.
///      Evidence and serials are few, so that they come twice; every third operation has one signature of somebody else.
contract Warehouse is Stock {
    struct Book {
        bytes32 id;
        uint256 slot;
        bool open;
        bool serialised;
        bool short;
        bool said;
        uint64 shortSince;
        uint64 noticedAt;
        uint256 noticed;
        uint64 movedAt;
        uint256 unreceipted;
        uint256 weighed;
        uint256 ever;
        uint256 estimate;
        uint256 lower;
        uint256 upper;
        uint64 attestedAt;
    }

    struct Slip {
        uint256 lot;
        uint256 quantity;
        uint256 serial;
        bool counts;
        bool spent;
    }

    uint256 internal constant SERIALS = 6;
    uint256 internal constant MOST_RECEIPTS = 12;
    Book[] internal books;
    Slip[24] internal slips;
    bytes32[] internal slots;
    /// @dev Where each serial lies: one more than the lot's index.
    uint256[SERIALS] internal lies;
    /// @dev The slip that each serial last came by.
    uint256[SERIALS] internal cameBy;
    /// @dev The lot of each receipt.
    uint256[] internal lotOfReceipt;
    string public broken;

    constructor() {
        establish();
        for (int32 i = 0; i < 2; i++) {
            slots.push(addedSlot(i));
            assign(slots[uint32(i)], KEEPER);
        }
        openedAs(0, false);
        openedAs(1, true);
        weigh(0, 0, 900_000, 0, 1);
        weigh(1, 1, 80_000, 0, 1);
    }

    function open(uint8 slot_, bool serialised, uint8 forger) external {
        uint256 slot = slot_ % 2;
        bool may = true;
        for (uint256 i = 0; i < books.length; i++) {
            if (books[i].open && books[i].slot == slot && !(serialised && books[i].serialised)) may = false;
        }
        if (books.length >= 10) return;
        Lots.OpenLot memory op = openOp(slots[slot], serialised);
        bytes[] memory signatures = signedBy(digestOf(op), forged(by(KEEPER), forger));
        try lots.openLot(op, signatures) {
            expect(may && honest(forger), "opened");
            books.push(book(slot, serialised, keccak256(abi.encode(op.slot, op.head))));
        } catch {
            expect(!may || !honest(forger), "not opened");
        }
    }

    function weigh(uint8 lot_, uint8 evidence_, uint32 quantity, uint8 serial_, uint8 forger) public {
        Book storage lot = books[lot_ % books.length];
        Slip storage slip = slips[evidence_ % slips.length];
        uint256 serial = serial_ % SERIALS;
        Lots.RecordInbound memory op = inboundOp(lot.id, bytes32(uint256(evidence_ % slips.length) + 1), quantity);
        if (lot.serialised) op.serials = some(bytes32(serial + 1));
        bool may = lot.open && !slip.spent && quantity > 0 && !(lot.serialised && nowhere(serial) == false);
        bytes[] memory signatures = signedBy(digestOf(op), forged(by(KEEPER, VERIFIER, DEPOSITOR), forger));
        try lots.recordInbound(op, signatures) {
            expect(may && honest(forger), "weighed in");
            (slip.lot, slip.quantity, slip.serial) = (lot_ % books.length, quantity, serial);
            (slip.spent, slip.counts) = (true, true);
            lot.weighed += quantity;
            lot.ever += quantity;
            lot.unreceipted += quantity;
            if (lot.short) lot.noticed += quantity;
            lot.movedAt = uint64(block.timestamp);
            if (lot.serialised) {
                lies[serial] = lot_ % books.length + 1;
                cameBy[serial] = evidence_ % slips.length;
            }
        } catch {
            expect(!may || !honest(forger), "not weighed in");
        }
    }

    function void(uint8 evidence_, uint8 forger) external {
        Slip storage slip = slips[evidence_ % slips.length];
        Book storage lot = books[slip.lot];
        bytes32 id = bytes32(uint256(evidence_ % slips.length) + 1);
        Lots.VoidWeighing memory op = Lots.VoidWeighing(lot.id, lotHead(lot.id), id, REASON, NEVER);
        bool there = !lot.serialised
            || (lies[slip.serial] == slip.lot + 1 && cameBy[slip.serial] == evidence_ % slips.length);
        bool may = lot.open && slip.counts && there && lot.weighed >= faces(slip.lot) + slip.quantity
            && lot.unreceipted >= slip.quantity;
        bytes32[] memory lenders = lots.lendersOf(lot.id);
        uint256[] memory signers = new uint256[](2 + lenders.length);
        (signers[0], signers[1]) = (KEEPER, DEPOSITOR);
        for (uint256 i = 0; i < lenders.length; i++) {
            signers[2 + i] = lenders[i] == firm(LENDER) ? LENDER : OTHER_LENDER;
        }
        bytes[] memory signatures = signedBy(digestOf(op), forged(signers, forger));
        try lots.voidWeighing(op, signatures) {
            expect(may && honest(forger), "voided");
            slip.counts = false;
            lot.weighed -= slip.quantity;
            lot.unreceipted -= slip.quantity;
            lot.ever -= slip.quantity < lot.ever ? slip.quantity : lot.ever;
            if (lot.serialised) lies[slip.serial] = 0;
        } catch {
            expect(!may || !honest(forger), "not voided");
        }
    }

    /// @dev Mostly what is in the book, at times less, so that lots become short and are lifted again.
    function attest(uint8 lot_, uint32 less, bool said, uint8 forger) external {
        Book storage lot = books[lot_ % books.length];
        VM.warp(block.timestamp + 1);
        uint256 part = less % 5 == 0 ? less : less % 1_000;
        uint128 estimate = uint128(part < lot.weighed ? lot.weighed - part : 0);
        Attestations.Attest memory op = attestOp(lot.id, estimate, estimate - estimate / 50, estimate + estimate / 100);
        op.short = said && less % 7 == 0;
        bytes[] memory signatures = signedBy(digestOf(op), forged(by(KEEPER, INSPECTOR), forger));
        try attestations.attest(op, signatures) {
            expect(lot.open && honest(forger), "attested");
            (lot.estimate, lot.lower, lot.upper) = (op.estimate, op.lower, op.upper);
            lot.attestedAt = op.asOf;
            lot.said = op.short;
            judge(lot, faces(lot_ % books.length));
        } catch {
            expect(!lot.open || !honest(forger), "not attested");
        }
    }

    function issue(uint8 lot_, uint32 quantity, bool all) external {
        uint256 index = lot_ % books.length;
        Book storage lot = books[index];
        if (lotOfReceipt.length >= MOST_RECEIPTS) return;
        uint256 face = faces(index);
        if (all && lot.weighed >= face) quantity = uint32(lot.weighed - face);
        bool may = creditable(lot) && face + quantity <= lot.weighed && face + quantity <= lot.upper
            && quantity <= lot.unreceipted;
        try receipts.issue(lots, bytes32(lotOfReceipt.length + 1), lot.id, quantity) {
            expect(may, "issued");
            lot.unreceipted -= quantity;
            lotOfReceipt.push(index);
        } catch {
            expect(!may, "not issued");
        }
    }

    function pledge(uint8 receipt_, uint32 quantity, bool other) external {
        if (lotOfReceipt.length == 0) return;
        uint256 receipt = receipt_ % lotOfReceipt.length;
        (, bool live, uint128 face, uint128 pledged,) = receipts.quantitiesOf(bytes32(receipt + 1));
        if (!live || pledged > 0 || face == 0) return; // what Receipts would refuse
        quantity = uint32(bound(quantity, 1, face));
        Book storage lot = books[lotOfReceipt[receipt]];
        bool known_ = pledgedTo(lotOfReceipt[receipt], firm(other ? OTHER_LENDER : LENDER)) > 0;
        bool may = creditable(lot) && pledges(lotOfReceipt[receipt]) + quantity <= lot.lower
            && (known_ || uint256(quantity) * 64 >= lot.lower);
        try receipts.pledge(lots, bytes32(receipt + 1), quantity, lender(other ? OTHER_LENDER : LENDER)) {
            expect(may, "pledged");
        } catch {
            expect(!may, "not pledged");
        }
    }

    function release(uint8 receipt_, uint32 quantity) external {
        if (lotOfReceipt.length == 0) return;
        bytes32 receipt = bytes32(receipt_ % lotOfReceipt.length + 1);
        (,,, uint128 pledged,) = receipts.quantitiesOf(receipt);
        if (pledged > 0) receipts.release(lots, receipt, uint128(bound(quantity, 1, pledged)));
    }

    /// @dev Goods leave, at times more than the receipt says.
    function deliver(uint8 receipt_, uint32 quantity, uint8 evidence_, uint8 serial_) external {
        if (lotOfReceipt.length == 0) return;
        uint256 index = lotOfReceipt[receipt_ % lotOfReceipt.length];
        bytes32 receipt = bytes32(receipt_ % lotOfReceipt.length + 1);
        (, bool live, uint128 face, uint128 pledged,) = receipts.quantitiesOf(receipt);
        if (!live || pledged > 0) return;
        if (quantity % 3 != 0) quantity = uint32(quantity % (uint256(face) + 1));
        evidence_ %= uint8(slips.length);
        serial_ %= uint8(SERIALS);
        if (books[index].serialised && quantity % 8 != 0) quantity = uint32(slips[cameBy[serial_]].quantity);
        bool may = mayLeave(index, evidence_, serial_, quantity);
        bytes32[] memory serials =
            books[index].serialised ? some(bytes32(uint256(serial_) + 1)) : new bytes32[](0);
        try receipts.deliver(lots, receipt, quantity, some(bytes32(uint256(evidence_) + 1)), serials) {
            expect(may, "went out");
            left(index, quantity, evidence_, serial_);
            if (quantity > face) books[index].said = true;
            if (quantity > face || books[index].short) judge(books[index], faces(index));
        } catch {
            expect(!may, "did not go out");
        }
    }

    function apportion(uint8 lot_, uint8 forger) external {
        uint256 index = lot_ % books.length;
        Book storage lot = books[index];
        uint256 claims = faces(index) + lot.unreceipted;
        uint256 n = 0;
        for (uint256 i = 0; i < lotOfReceipt.length; i++) {
            if (lives(i, index)) n++;
        }
        uint256 remains = lot.estimate;
        bool touched = remains < claims;
        Attestations.Apportion memory op =
            Attestations.Apportion(lot.id, lotHead(lot.id), new bytes32[](touched ? n : 0), new bytes32[](0), REASON, placed(1, 2), NEVER);
        if (touched) op.depositors = depositorsOf(lot.id);
        n = 0;
        for (uint256 i = 0; touched && i < lotOfReceipt.length; i++) {
            if (lives(i, index)) op.receipts[n++] = bytes32(i + 1);
        }
        bool may = lot.open && lot.short && fresh(lot) && lot.attestedAt >= lot.movedAt
            && block.timestamp >= lot.noticedAt + 7 days;
        bytes[] memory signatures = signedBy(digestOf(op), forged(sharers(lot.id), forger));
        try attestations.apportion(op, signatures) {
            expect(may && honest(forger), "shared");
            (lot.short, lot.said, lot.noticed) = (false, false, 0);
            if (touched) lot.unreceipted = lot.unreceipted * remains / claims;
            lot.weighed = faces(index) + lot.unreceipted;
            lot.ever = lot.weighed;
            expect(lot.weighed <= remains && lot.weighed <= claims, "more than there is, or than was claimed");
            expect(faces(index) <= lot.weighed, "receipts over more than there is");
        } catch {
            expect(!may || !honest(forger), "not shared");
        }
    }

    function close(uint8 lot_, uint8 forger) external {
        uint256 index = lot_ % books.length;
        Book storage lot = books[index];
        bool may = lot.open;
        for (uint256 i = 0; i < lotOfReceipt.length; i++) {
            if (lives(i, index)) may = false;
        }
        bool full = lot.weighed > 0 || lot.unreceipted > 0;
        Attestations.CloseLot memory op = closeOp(lot.id, full);
        uint256[] memory signers = full ? by(KEEPER, LENDER, INSPECTOR) : by(KEEPER);
        if (lot.unreceipted > 0) signers = by(KEEPER, LENDER, INSPECTOR, DEPOSITOR);
        bytes[] memory signatures = signedBy(digestOf(op), forged(signers, forger));
        try attestations.closeLot(op, signatures) {
            expect(may && honest(forger), "closed");
            lot.open = false;
            for (uint256 i = 0; i < SERIALS; i++) {
                if (lies[i] == index + 1) lies[i] = 0;
            }
        } catch {
            expect(!may || !honest(forger), "not closed");
        }
    }

    function pass(uint16 time) external {
        VM.warp(block.timestamp + uint256(time) * (time % 5 == 0 ? 10 : 1));
        VM.roll(block.number + 1);
    }

    /// @dev Reverts where book and contract differ.
    function audit() external view {
        uint256[2] memory bulk;
        uint256[2] memory all;
        for (uint256 i = 0; i < books.length; i++) {
            Book memory lot = books[i];
            ILots.Lot memory found = lots.lotOf(lot.id);
            same(found.weighed, lot.weighed, "weighed");
            same(found.weighedEver, lot.ever, "weighed ever");
            same(found.face, faces(i), "face");
            same(found.pledged, pledges(i), "pledged");
            same(found.lower, lot.lower, "lower");
            holds(found.open == lot.open && found.short == lot.short, "open, short");
            if (lot.short) same(found.shortSince, lot.shortSince, "short since");
            else same(found.shortSince, 0, "short since");
            same(found.movedAt, lot.movedAt, "moved at");
            same(depositedBy(lot.id, DEPOSITOR), lot.unreceipted, "unreceipted");
            same(found.deposited, lot.unreceipted, "deposited");
            same(found.noticed, lot.noticed, "noticed");
            holds(lots.isFresh(lot.id) == (lot.open && fresh(lot)), "fresh");
            if (!lot.open) continue;
            all[lot.slot]++;
            if (!lot.serialised) bulk[lot.slot]++;
            uint256 lenders = 0;
            for (uint256 k = 0; k < 2; k++) {
                uint256 stake = pledgedTo(i, firm(k == 0 ? LENDER : OTHER_LENDER));
                same(stakeIn(lot.id, firm(k == 0 ? LENDER : OTHER_LENDER)), stake, "stake");
                if (stake > 0) lenders++;
            }
            same(lots.lendersOf(lot.id).length, lenders, "lenders");
        }
        for (uint256 i = 0; i < 2; i++) {
            holds(bulk[i] == 0 || all[i] == 1, "a bulk lot is not alone");
        }
        for (uint256 i = 0; i < SERIALS; i++) {
            same(lots.serialOf(bytes32(i + 1)), lies[i] == 0 ? bytes32(0) : books[lies[i] - 1].id, "serial");
        }
        if (bytes(broken).length > 0) revert Broken(broken);
    }

    function mayLeave(uint256 index, uint256 evidence_, uint256 serial, uint256 quantity) private view returns (bool) {
        Book storage lot = books[index];
        bool its = lies[serial] == index + 1 && slips[cameBy[serial]].quantity == quantity;
        return lot.open && !slips[evidence_].spent && (!lot.serialised || its);
    }

    function judge(Book storage lot, uint256 face) private {
        bool below = lot.weighed > lot.upper && (lot.weighed - lot.upper) * 500 > lot.ever;
        bool short = lot.said || below || lot.weighed < face;
        if (short && !lot.short) lot.shortSince = uint64(block.timestamp);
        bool anew = !lot.short || lot.estimate * 64 < lot.noticed * 63;
        if (short && anew) (lot.noticedAt, lot.noticed) = (uint64(block.timestamp), lot.estimate);
        if (!short) lot.noticed = 0;
        lot.short = short;
    }

    function left(uint256 index, uint256 quantity, uint256 evidence_, uint256 serial) private {
        Book storage lot = books[index];
        slips[evidence_].spent = true;
        lot.movedAt = uint64(block.timestamp);
        lot.weighed = quantity < lot.weighed ? lot.weighed - quantity : 0;
        lot.estimate = quantity < lot.estimate ? lot.estimate - quantity : 0;
        lot.lower = quantity < lot.lower ? lot.lower - quantity : 0;
        lot.upper = quantity < lot.upper ? lot.upper - quantity : 0;
        if (lot.serialised) lies[serial] = 0;
    }

    function openedAs(uint256 slot, bool serialised) private {
        books.push(book(slot, serialised, openedLot(slots[slot], serialised)));
    }

    function book(uint256 slot, bool serialised, bytes32 id) private pure returns (Book memory made) {
        (made.id, made.slot, made.open, made.serialised) = (id, slot, true, serialised);
    }

    function expect(bool condition, string memory what) private {
        if (!condition) broken = what;
    }

    function honest(uint8 forger) private pure returns (bool) {
        return forger % 3 != 0;
    }

    /// @dev Somebody else in place of one signer.
    function forged(uint256[] memory signers, uint8 forger) private pure returns (uint256[] memory) {
        uint256[4] memory others = [OTHER_KEEPER, OTHER_DEPOSITOR, OWNER, uint256(0xBAD)];
        if (!honest(forger)) signers[forger % signers.length] = others[(forger / 8) % 4];
        return signers;
    }

    function creditable(Book storage lot) private view returns (bool) {
        return lot.open && !lot.short && fresh(lot);
    }

    function fresh(Book memory lot) private view returns (bool) {
        return lot.attestedAt != 0 && block.timestamp <= uint256(lot.attestedAt) + MAX_AGE;
    }

    function nowhere(uint256 serial) private view returns (bool) {
        return lies[serial] == 0;
    }

    function lives(uint256 receipt, uint256 lot) private view returns (bool live) {
        (, live,,,) = receipts.quantitiesOf(bytes32(receipt + 1));
        live = live && lotOfReceipt[receipt] == lot;
    }

    function faces(uint256 lot) private view returns (uint256 sum) {
        for (uint256 i = 0; i < lotOfReceipt.length; i++) {
            (,, uint128 face,,) = receipts.quantitiesOf(bytes32(i + 1));
            if (lives(i, lot)) sum += face;
        }
    }

    function pledges(uint256 lot) private view returns (uint256 sum) {
        return pledgedTo(lot, firm(LENDER)) + pledgedTo(lot, firm(OTHER_LENDER));
    }

    function pledgedTo(uint256 lot, bytes32 to) private view returns (uint256 sum) {
        for (uint256 i = 0; i < lotOfReceipt.length; i++) {
            (,,, uint128 pledged, bytes32 its) = receipts.quantitiesOf(bytes32(i + 1));
            if (lives(i, lot) && its == to) sum += pledged;
        }
    }
}

contract LotsInvariants is Harness {
    Warehouse private warehouse;

    function setUp() public {
        warehouse = new Warehouse();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(warehouse);
    }

    /// @dev What was accepted might be, what was refused had to be, and all sums are the sums of their parts.
    function invariant_TheBookIsTheContract() external view {
        warehouse.audit();
    }
}
