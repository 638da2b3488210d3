// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {ILots} from "../ILots.sol";
import {ISites} from "../ISites.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Signed} from "../Signed.sol";
import {Sites} from "../Sites.sol";
import {Stock} from "./Stock.sol";

contract LotsTest is Stock {
    bytes32 private slot;
    bytes32 private lot;

    function setUp() public {
        establish();
        slot = addedSlot(0);
        assign(slot, KEEPER);
        lot = openedLot(slot, false);
    }

    // Opening

    function refused(Lots.OpenLot memory op, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER));
        VM.expectRevert(reason);
        lots.openLot(op, signatures);
    }

    function test_ALotIsOpened() public {
        bytes32 place = addedSlot(1);
        assign(place, KEEPER);
        Lots.OpenLot memory op = openOp(place, true);
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER));
        bytes32 id = keccak256(abi.encode(place, op.head));
        RECORDER.recordLogs();
        lots.openLot(op, signatures);
        bytes memory fields = told(address(lots), id, OPEN_LOT, digestOf(op), 0, signatures);
        same(digestOf(abi.decode(fields, (Lots.OpenLot))), digestOf(op), "fields");
        bytes32 parent = blockhash(block.number - 1);
        same(slotHead(place), keccak256(abi.encode(op.head, digestOf(op), parent)), "head of the slot");
        ILots.Lot memory found = lots.lotOf(id);
        holds(found.slot == place && found.goods == GOODS && found.open && found.serialised && !found.short, "lot");
        holds(found.allowancePpm == 2_000 && found.maxAgeSeconds == MAX_AGE, "terms");
        holds(found.keeper.organisation == firm(KEEPER) && found.openedBlock == block.number, "keeper");
        (bytes32[] memory witnesses, Organisations.Role[] memory roles, uint8 quorum, uint48 since) =
            attestations.witnessesOf(id);
        same(words(witnesses), words(op.witnesses), "witnesses");
        holds(quorum == 2 && since == block.number - 1, "quorum");
        holds(roles[1] == Organisations.Role.Lender && !lots.isFresh(id) && !lots.isShort(id), "roles");
        (,,, uint256 serialisedLots,,,,,) = sites.slotOf(place);
        same(serialisedLots, 1, "serialised lots");
    }

    /// @dev One pile, one slot, one bulk lot: also when another keeper would have it.
    function test_ASlotHoldsOneBulkLot() public {
        refused(openOp(slot, false), abi.encodeWithSelector(Sites.SitesOccupied.selector, slot));
        refused(openOp(slot, true), abi.encodeWithSelector(Sites.SitesOccupied.selector, slot));
        Lots.OpenLot memory op = openOp(slot, false);
        bytes[] memory signatures = signedBy(digestOf(op), by(OTHER_KEEPER));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(OTHER_KEEPER), firm(KEEPER)));
        lots.openLot(op, signatures);
    }

    function test_LotsThatAreNotOpened() public {
        bytes32 place = addedSlot(1);
        refused(openOp(place, false), abi.encodeWithSelector(Lots.LotsNobodyKeeps.selector, place));
        assign(place, KEEPER);
        Lots.OpenLot memory op = openOp(place, false);
        op.slot = "nowhere";
        refused(op, abi.encodeWithSelector(Sites.SitesUnknownSlot.selector, bytes32("nowhere")));
        op.slot = place;
        op.goods = 0;
        refused(op, abi.encodeWithSelector(Lots.LotsZeroId.selector));
        op.goods = GOODS;
        op.allowancePpm = 50_001;
        refused(op, abi.encodeWithSelector(Lots.LotsAllowance.selector, 50_001));
        op.allowancePpm = 50_000;
        op.maxAgeSeconds = 30 days + 1;
        refused(op, abi.encodeWithSelector(Lots.LotsMaxAge.selector, 30 days + 1));
        op.maxAgeSeconds = 0;
        refused(op, abi.encodeWithSelector(Lots.LotsMaxAge.selector, 0));
        op.maxAgeSeconds = 30 days;
        op.quorum = 1;
        refused(op, abi.encodeWithSelector(Attestations.LotsQuorum.selector, 1, 2));
        op.quorum = 4;
        refused(op, abi.encodeWithSelector(Attestations.LotsQuorum.selector, 4, 2));
        op.quorum = 3;
        op.witnesses[2] = firm(KEEPER);
        refused(op, abi.encodeWithSelector(Attestations.LotsNoWitness.selector, 2));
        op.witnesses[2] = "nobody";
        refused(op, abi.encodeWithSelector(Attestations.LotsNoWitness.selector, 2));
        op.witnesses[2] = firm(INSPECTOR);
        op.roles[0] = uint8(Organisations.Role.Authority);
        refused(op, abi.encodeWithSelector(Attestations.LotsNoWitness.selector, 0));
        op.roles[0] = uint8(Organisations.Role.PriceSource);
        refused(op, abi.encodeWithSelector(Attestations.LotsNoWitness.selector, 0));
        op.roles[0] = 255;
        refused(op, abi.encodeWithSelector(Attestations.LotsNoWitness.selector, 0));
        op.roles = new uint8[](2);
        refused(op, abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 4, 8));
        (op.witnesses, op.roles) = (new bytes32[](9), new uint8[](9));
        refused(op, abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 9, 8));
        op = openOp(place, false);
        op.head = "another";
        refused(op, abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, place, slotHead(place)));
        op.head = slotHead(place);
        op.deadline = NOW - 1;
        refused(op, abi.encodeWithSelector(Signed.SignedTooLate.selector, NOW - 1));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        new Lots(registry, ISites(address(0)), attestations, address(receipts));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        new Lots(registry, sites, attestations, address(0));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        new Lots(registry, sites, Attestations(address(0)), address(receipts));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        new Attestations(registry, lots, ISites(address(0)));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        new Attestations(registry, ILots(address(0)), sites);
    }

    // Weighing in and voiding

    function refused(Lots.RecordInbound memory op, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR));
        VM.expectRevert(reason);
        lots.recordInbound(op, signatures);
    }

    function test_GoodsAreWeighedIn() public {
        Lots.RecordInbound memory op = inboundOp(lot, "one", 30_000);
        op.weighings = new Lots.Weighing[](2);
        (op.weighings[0], op.weighings[1]) = (Lots.Weighing("one", 30_000), Lots.Weighing("two", 12));
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, INSPECTOR, DEPOSITOR));
        RECORDER.recordLogs();
        lots.recordInbound(op, signatures);
        bytes memory fields = told(address(lots), lot, RECORD_INBOUND, digestOf(op), op.head, signatures);
        same(digestOf(abi.decode(fields, (Lots.RecordInbound))), digestOf(op), "fields");
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.weighed == 30_012 && found.weighedEver == 30_012 && found.face == 0, "weighed");
        (bytes32 its, Lots.Use use, uint128 quantity, bytes32 depositor, bytes32 serial) = lots.weighingOf("two");
        holds(its == lot && use == Lots.Use.In && quantity == 12 && depositor == firm(DEPOSITOR) && serial == 0, "two");
    }

    function test_InboundThatIsRefused() public {
        weighedIn(lot, 5);
        Lots.RecordInbound memory op = inboundOp(lot, "one", 30_000);
        op.lot = "nothing";
        refused(op, abi.encodeWithSelector(Lots.LotsUnknown.selector, bytes32("nothing")));
        op.lot = lot;
        op.weighings[0].quantity = 0;
        refused(op, abi.encodeWithSelector(Lots.LotsZeroQuantity.selector, bytes32("one")));
        op.weighings[0] = Lots.Weighing(0, 1);
        refused(op, abi.encodeWithSelector(Lots.LotsZeroId.selector));
        op.weighings[0] = Lots.Weighing(keccak256(abi.encode("evidence", 1)), 1);
        refused(op, abi.encodeWithSelector(Lots.LotsSpent.selector, op.weighings[0].evidence));
        op.weighings = new Lots.Weighing[](2);
        (op.weighings[0], op.weighings[1]) = (Lots.Weighing("one", 1), Lots.Weighing("one", 2));
        refused(op, abi.encodeWithSelector(Lots.LotsSpent.selector, bytes32("one")));
        op.serials = some("serial");
        refused(op, abi.encodeWithSelector(Lots.LotsSerials.selector, 1, 0));
        op.weighings = new Lots.Weighing[](0);
        refused(op, abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 0, 64));
        op.weighings = new Lots.Weighing[](65);
        refused(op, abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 65, 64));
        op.weighings = new Lots.Weighing[](2);
        (op.weighings[0], op.weighings[1]) = (Lots.Weighing("one", 2 ** 127), Lots.Weighing("two", 2 ** 127));
        op.serials = new bytes32[](0);
        refused(op, abi.encodeWithSignature("Panic(uint256)", 0x11));
        op = inboundOp(lot, "one", 1);
        op.head = "another";
        refused(op, abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot)));
        op.head = lotHead(lot);
        op.depositor = firm(OTHER_DEPOSITOR);
        refused(op, abi.encodeWithSelector(Signed.SignedByAnother.selector, 2, firm(DEPOSITOR), firm(OTHER_DEPOSITOR)));
    }

    /// @dev Keeper, verifier and depositor are three firms, whatever roles their keys have.
    function test_WhoWeighsIsIndependent() public {
        bindTo(firm(KEEPER), 0xC1, Organisations.Role.Verifier);
        bindTo(firm(DEPOSITOR), 0xC2, Organisations.Role.Inspector);
        bindTo(firm(KEEPER), 0xC3, Organisations.Role.Holder);
        VM.roll(block.number + 1);
        Lots.RecordInbound memory op = inboundOp(lot, "one", 1);
        unindependent(op, by(KEEPER, 0xC1, DEPOSITOR), firm(KEEPER), firm(DEPOSITOR));
        unindependent(op, by(KEEPER, 0xC2, DEPOSITOR), firm(DEPOSITOR), firm(DEPOSITOR));
        op.depositor = firm(KEEPER);
        unindependent(op, by(KEEPER, VERIFIER, 0xC3), firm(VERIFIER), firm(KEEPER));
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, LENDER, 0xC3));
        VM.expectRevert(
            abi.encodeWithSelector(
                Signed.SignedByNobodyInRole.selector, 1, VM.addr(LENDER), Organisations.Role.Inspector
            )
        );
        lots.recordInbound(op, signatures);
    }

    function unindependent(Lots.RecordInbound memory op, uint256[] memory signers, bytes32 verifier, bytes32 depositor)
        private
    {
        bytes[] memory signatures = signedBy(digestOf(op), signers);
        VM.expectRevert(
            abi.encodeWithSelector(Lots.LotsNotIndependent.selector, firm(KEEPER), verifier, depositor)
        );
        lots.recordInbound(op, signatures);
    }

    function test_AWeighingIsVoided() public {
        bytes32 id = weighedIn(lot, 700);
        weighedIn(lot, 300);
        attested(lot, 1_000, 990, 1_010);
        receipts.issue(lots, "receipt", lot, 300);
        receipts.pledge(lots, "receipt", 100, lender(LENDER));
        receipts.pledge(lots, "receipt", 1, lender(LENDER));
        Lots.VoidWeighing memory op = Lots.VoidWeighing(lot, lotHead(lot), id, REASON, NEVER);
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        lots.voidWeighing(op, signatures);
        signatures = signedBy(digestOf(op), by(KEEPER, DEPOSITOR, OTHER_LENDER));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 2, firm(OTHER_LENDER), firm(LENDER)));
        lots.voidWeighing(op, signatures);
        signatures = signedBy(digestOf(op), by(KEEPER, OTHER_DEPOSITOR, LENDER));
        VM.expectRevert(
            abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(OTHER_DEPOSITOR), firm(DEPOSITOR))
        );
        lots.voidWeighing(op, signatures);
        signatures = signedBy(digestOf(op), by(OTHER_KEEPER, DEPOSITOR, LENDER));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(OTHER_KEEPER), firm(KEEPER)));
        lots.voidWeighing(op, signatures);
        signatures = signedBy(digestOf(op), by(KEEPER, DEPOSITOR, LENDER));
        RECORDER.recordLogs();
        lots.voidWeighing(op, signatures);
        bytes memory fields = told(address(lots), lot, VOID_WEIGHING, digestOf(op), op.head, signatures);
        same(plain(ofLots, VOID_WEIGHING, fields), digestOf(op), "fields");
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.weighed == 300 && found.weighedEver == 300 && found.face == 300, "weighed");
        (, Lots.Use use,,,) = lots.weighingOf(id);
        holds(use == Lots.Use.Voided, "use");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotInbound.selector, lot, id));
        lots.voidWeighing(op, signatures);
        Lots.RecordInbound memory again = inboundOp(lot, id, 700);
        refused(again, abi.encodeWithSelector(Lots.LotsSpent.selector, id));
    }

    function test_WhatIsReceiptedIsNotVoided() public {
        bytes32 id = weighedIn(lot, 700);
        weighedIn(lot, 300);
        attested(lot, 1_000, 990, 1_010);
        receipts.issue(lots, "receipt", lot, 301);
        Lots.VoidWeighing memory op = Lots.VoidWeighing(lot, lotHead(lot), id, REASON, NEVER);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsReceipted.selector, lot, 301));
        lots.voidWeighing(op, new bytes[](0));
        bytes32 elsewhere = addedSlot(1);
        assign(elsewhere, KEEPER);
        op.lot = openedLot(elsewhere, false);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotInbound.selector, op.lot, id));
        lots.voidWeighing(op, new bytes[](0));
        (op.lot, op.reason) = (lot, 0);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        lots.voidWeighing(op, new bytes[](0));
        receipts.deliver(lots, "receipt", 1, some("out"), new bytes32[](0));
        (op.reason, op.evidence) = (REASON, "out");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotInbound.selector, lot, bytes32("out")));
        lots.voidWeighing(op, new bytes[](0));
        op.evidence = id;
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsReceipted.selector, lot, 300));
        lots.voidWeighing(op, new bytes[](0));
    }

    /// @dev The oldest key that took a pledge of a lender decides which of its keys void.
    function test_ALaterLenderKeyVoidsNothing() public {
        bytes32 id = weighedIn(lot, 700);
        attested(lot, 700, 690, 710);
        bindTo(firm(LENDER), 0xC1, Organisations.Role.Lender);
        VM.roll(block.number + 1);
        receipts.issue(lots, "receipt", lot, 0);
        Signed.Party memory late = lender(LENDER);
        late.since = uint48(block.number - 1);
        receipts.pledge(lots, "receipt", 11, late);
        receipts.pledge(lots, "receipt", 11, lender(LENDER));
        receipts.pledge(lots, "receipt", 11, late);
        Lots.VoidWeighing memory op = Lots.VoidWeighing(lot, lotHead(lot), id, REASON, NEVER);
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, DEPOSITOR, 0xC1));
        VM.expectRevert(
            abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 2, VM.addr(0xC1), block.number - 1, 1)
        );
        lots.voidWeighing(op, signatures);
        receipts.release(lots, "receipt", 33);
        same(lots.lendersOf(lot).length, 0, "lenders");
        op.head = "another";
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot)));
        lots.voidWeighing(op, signatures);
    }

    // Serials

    function serialised() private returns (bytes32 id) {
        bytes32 place = addedSlot(1);
        assign(place, KEEPER);
        return openedLot(place, true);
    }

    function test_ASerialLiesInOneLot() public {
        bytes32 one = serialised();
        bytes32 two = openedLot(lots.lotOf(one).slot, true);
        Lots.RecordInbound memory op = inboundOp(one, "a", 10);
        refused(op, abi.encodeWithSelector(Lots.LotsSerials.selector, 0, 1));
        op.serials = some(0);
        refused(op, abi.encodeWithSelector(Lots.LotsZeroId.selector));
        op.serials = some("coil");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        same(lots.serialOf("coil"), one, "serial");
        Lots.RecordInbound memory again = inboundOp(two, "b", 10);
        again.serials = some("coil");
        refused(again, abi.encodeWithSelector(Lots.LotsSerialKnown.selector, bytes32("coil"), one));
        again.lot = one;
        again.head = lotHead(one);
        refused(again, abi.encodeWithSelector(Lots.LotsSerialKnown.selector, bytes32("coil"), one));
        attested(one, 10, 10, 10);
        receipts.issue(lots, "receipt", one, 10);
        bytes32[] memory coils = some("coil");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerialNotHere.selector, bytes32("other"), one));
        receipts.deliver(lots, "receipt", 10, some("out"), some("other"));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 0, 64));
        receipts.deliver(lots, "receipt", 10, some("out"), new bytes32[](0));
        receipts.deliver(lots, "receipt", 10, some("out"), coils);
        same(lots.serialOf("coil"), 0, "serial");
        again = inboundOp(two, "b", 10);
        again.serials = coils;
        lots.recordInbound(again, signedBy(digestOf(again), by(KEEPER, VERIFIER, DEPOSITOR)));
        same(lots.serialOf("coil"), two, "serial");
    }

    function test_AVoidedWeighingFreesItsSerial() public {
        bytes32 one = serialised();
        Lots.RecordInbound memory op = inboundOp(one, "a", 10);
        op.serials = some("coil");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        Lots.VoidWeighing memory back = Lots.VoidWeighing(one, lotHead(one), "a", REASON, NEVER);
        lots.voidWeighing(back, signedBy(digestOf(back), by(KEEPER, DEPOSITOR)));
        same(lots.serialOf("coil"), 0, "serial");
        op = inboundOp(one, "b", 10);
        op.serials = some("coil");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        Attestations.CloseLot memory end = closeOp(one, true);
        attestations.closeLot(end, signedBy(digestOf(end), by(KEEPER, LENDER, INSPECTOR, DEPOSITOR)));
        same(lots.serialOf("coil"), 0, "serial of a closed lot");
    }

    /// @dev A serial that went out is not taken back with its weighing: it would be counted out twice.
    function test_WhatWentOutIsNotVoided() public {
        bytes32 one = serialised();
        Lots.RecordInbound memory op = inboundOp(one, "a", 10);
        op.serials = some("coil");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        op = inboundOp(one, "b", 10);
        op.serials = some("other");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        attested(one, 20, 20, 20);
        receipts.issue(lots, "receipt", one, 10);
        receipts.deliver(lots, "receipt", 10, some("out"), some("coil"));
        Lots.VoidWeighing memory back = Lots.VoidWeighing(one, lotHead(one), "a", REASON, NEVER);
        bytes[] memory signatures = signedBy(digestOf(back), by(KEEPER, DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerialNotHere.selector, bytes32("coil"), one));
        lots.voidWeighing(back, signatures);
    }
}
