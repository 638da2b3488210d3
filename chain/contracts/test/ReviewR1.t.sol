// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Enforcement} from "../Enforcement.sol";
import {Holds} from "../Holds.sol";
import {IReceipts} from "../IReceipts.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Receipts} from "../Receipts.sol";
import {Succession} from "../Succession.sol";
import {Signed} from "../Signed.sol";
import {Desk} from "./Pledges.t.sol";

/// @dev Attacks of review R1: each passes where the attack goes through.
contract ReviewR1Test is Desk {
    function setUp() public {
        prepared();
    }

    function headAfter(bytes32 head, bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encode(head, digest));
    }

    function signed(Act memory op, uint256 key) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, op.digest);
        return abi.encodePacked(r, s, v);
    }

    /// R1-1: keeper and one inspector write everything off in one second and issue the goods again to a friend.
    function test_R1_1_writeOffAndIssueAgain() public {
        pledged(ONE, 50 * TONNE);
        attest(lot, 0, 0, 0, true);
        act(apportioning(lot, one(ONE)), by(KEEPER, KEEPER, INSPECTOR));
        isNow(ONE, IReceipts.State.Cancelled);
        same(lots.lotOf(lot).pledged, 0, "pledged");
        bring(lot, 100 * TONNE); // depositor is any friend
        attestWell(lot);
        Receipts.Issue memory op = Receipts.Issue(TWO, lot, lotHead(lot), firm(BUYER), before(), 90 * TONNE, TERM, PAPER, 0, NEVER);
        act(issuing(op), by(KEEPER, BUYER, INSPECTOR));
        isHeldBy(TWO, BUYER);
    }

    /// R1-2: takeOver signed by the pledgor before the default (before the loan is even due).
    function test_R1_2_takeOverSignedBeforeDefault() public {
        pledged(ONE, 60 * TONNE);
        // at loan time: pledgor signs a take-over over the head that the default will make
        Act memory def = defaulting(ONE, PAPER);
        Enforcement.Sell memory op = sale(ONE, LENDER, 0);
        op.head = headAfter(headOf(ONE), def.digest);
        Act memory take = takingOver(op);
        bytes memory given = signed(take, HOLDER);
        // after maturity, without the pledgor
        VM.warp(MATURITY + 1);
        act(def, by(LENDER));
        bytes[] memory all = new bytes[](5);
        (all[0], all[1], all[2]) = (signed(take, LENDER), given, signed(take, AUCTIONEER));
        (all[3], all[4]) = (signed(take, KEEPER), signed(take, LENDER_HOLDS));
        pledges.takeOver(abi.decode(take.fields, (Enforcement.TakeOver)), all);
        isHeldBy(ONE, LENDER);
    }

    /// R1-2b: the same without auctioneer or valuation: default, settle, endorse, all by lender and keeper.
    function test_R1_2b_endorsementSignedBeforeDefault() public {
        pledged(ONE, 60 * TONNE);
        Act memory def = defaulting(ONE, PAPER);
        bytes32 afterDefault = headAfter(headOf(ONE), def.digest);
        Act memory free = onPledges(
            Enforcement.settle.selector,
            "Settle(bytes32 receipt,bytes32 head,bytes32 discharge,uint64 deadline)",
            ONE,
            abi.encode(ONE, afterDefault, PAPER, NEVER)
        );
        Receipts.Endorse memory op =
            Receipts.Endorse(ONE, headAfter(afterDefault, free.digest), firm(LENDER), before(), NEVER);
        Act memory endorse = endorsing(op);
        bytes memory given = signed(endorse, HOLDER);
        VM.warp(MATURITY + 1);
        act(def, by(LENDER));
        act(free, by(LENDER)); // one key of the lender frees it all, too
        bytes[] memory all = new bytes[](3);
        (all[0], all[1], all[2]) = (given, signed(endorse, KEEPER), signed(endorse, LENDER_HOLDS));
        receipts.endorse(op, all);
        isHeldBy(ONE, LENDER);
    }

    /// R1-3: goods of one depositor are receipted to another; the depositor has signed nothing.
    function test_R1_3_issueOverAnothersGoods() public {
        Receipts.Issue memory op = Receipts.Issue(TWO, lot, lotHead(lot), firm(BUYER), before(), 40 * TONNE, TERM, PAPER, 0, NEVER);
        act(issuing(op), by(KEEPER, BUYER, INSPECTOR));
        isHeldBy(TWO, BUYER); // HOLDER deposited all 100 t
        bool done = tried(issuing(THREE, lot, 40 * TONNE, 0), by(KEEPER, HOLDER, INSPECTOR));
        holds(!done, "the depositor could still have it");
    }

    /// R1-4: an order for one gram ends a pledge of 60 t and frees its trade.
    function test_R1_4_oneGramOrderEndsThePledge() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 40 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        pledged(TWO, 40 * TONNE);
        bytes32 id = act(ordering(TWO, 1), by(LENDER, LENDER_TWO));
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, TWO, 40 * TONNE, fresh()), by(KEEPER, VERIFIER, HOLDER));
        isNow(TWO, IReceipts.State.Delivered);
        isIn(TWO, IReceipts.Encumbrance.Free);
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, 0, "trade");
        // a witnesses' word lifts the shortage: no trace that 40 t less a gram went without order
        attestWell(lot);
        holds(!lots.isShort(lot), "short");
    }

    /// R1-5: one key of the lender frees after maturity; one key swaps 60 t for a gram; one key sets a floor of a gram.
    function test_R1_5_oneKeyOfTheLenderFrees() public {
        pledged(ONE, 60 * TONNE);
        issued(TWO, lot, TONNE);
        act(substituting(ONE, TWO, 1), by4(HOLDER, KEEPER, LENDER, KEEPER));
        isIn(ONE, IReceipts.Encumbrance.Free);
        same(pledgedOf(TWO), 1, "pledged");
    }

    function test_R1_5b_floorOfAGram() public {
        pledged(ONE, 60 * TONNE);
        act(settingFloor(ONE, 1, NOW + 10 days), by(LENDER, HOLDER));
        act(executingDynamic(ONE, 60 * TONNE - 1, fresh()), by(KEEPER, VERIFIER, HOLDER));
        same(pledgedOf(ONE), 1, "pledged");
    }

    function by4(uint256 a, uint256 b, uint256 c, uint256 d) private pure returns (uint256[] memory) {
        return by(a, b, c, d);
    }

    /// R1-6: a court's key that the administration has just bound freezes a receipt; nobody lifts it, ever.
    function test_R1_6_freshCourtFreezesForEver() public {
        join(0xbad, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(0xbad));
        VM.prank(admin);
        registry.revokeKey(keyId(VM.addr(0xbad)), Organisations.Reason.Compromised, 0);
        holds(!tried(lifting(ONE, id, AS_COURT), by(COURT)), "an older court lifts it");
        holds(!tried(lifting(ONE, id, AS_COURT), by(0xbad)), "the rogue lifts it");
        holds(!tried(lifting(ONE, id, AS_HOLDER), by(HOLDER)), "the holder lifts it");
    }

    /// R1-7: such a key, 60 days and a keeper give anybody's receipt away; in a default its holder cannot object.
    function test_R1_7_freshCourtGivesTitleAway() public {
        pledged(ONE, 30 * TONNE);
        VM.warp(MATURITY + 1);
        act(defaulting(ONE, PAPER), by(LENDER));
        join(0xbad, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        act(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(0xbad));
        VM.roll(block.number + 1);
        holds(!tried(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER)), "the holder objects");
        VM.warp(block.timestamp + 60 days);
        act(replacingLost(ONE, TWO, firm(BUYER)), by(KEEPER, 0xbad, BUYER));
        isHeldBy(TWO, BUYER);
    }

    /// R1-8: an inspector that nobody named fills the list; a court's Lost hold does not fit, the sale stops.
    function test_R1_8_anyInspectorStopsASale() public {
        pledged(ONE, 60 * TONNE);
        defaulted(ONE);
        VM.warp(block.timestamp + 6 days);
        join(0xbad, Organisations.Role.Inspector);
        VM.roll(block.number + 1);
        for (uint256 i = 0; i < 16; i++) {
            act(holding(ONE, Holds.Kind.Seal, Organisations.Role.Inspector, 0), by(0xbad));
        }
        holds(!tried(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(COURT)), "court");
        holds(!tried(holding(ONE, Holds.Kind.Dispute, AS_LENDER, 0), by(LENDER)), "lender");
        holds(!tried(selling(sale(ONE, BUYER, 0)), by(LENDER, AUCTIONEER, KEEPER, BUYER)), "sold");
    }

    /// R1-9: a receipt names a trade of others, and a pledge of it locks them out.
    function test_R1_9_lockOthersOutOfTheirTrade() public {
        join(0xeee, Organisations.Role.Holder);
        VM.roll(block.number + 1);
        openTrade(TRADE); // HOLDER sells to BUYER
        Receipts.Issue memory op = Receipts.Issue(TWO, lot, lotHead(lot), firm(0xeee), before(), TONNE, TERM, PAPER, TRADE, NEVER);
        act(issuing(op), by(KEEPER, 0xeee, INSPECTOR));
        act(offering(TWO, OTHER_LENDER, 1), by(0xeee, KEEPER));
        act(accepting(TWO), by(OTHER_LENDER));
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, firm(OTHER_LENDER), "trade");
        act(issuing(THREE, lot, TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        act(offering(THREE, LENDER, TONNE), by(HOLDER, KEEPER));
        holds(!tried(accepting(THREE), by(LENDER)), "accepted");
    }

    /// R1-10: a receipt of a gram takes every serial of a lot out; the piece is weighed in and receipted elsewhere.
    function test_R1_10_serialsOfOthersForAGram() public {
        bytes32 serialised = openLot(2, KEEPER, true);
        bytes32 piece = keccak256("ingot");
        bringPiece(serialised, piece, 10 * TONNE);
        attest(serialised, 10 * TONNE, 10 * TONNE, 10 * TONNE, false);
        act(issuing(TWO, serialised, 10 * TONNE - 1, 0), by(KEEPER, HOLDER, INSPECTOR));
        Receipts.Issue memory op =
            Receipts.Issue(THREE, serialised, lotHead(serialised), firm(BUYER), before(), 1, TERM, PAPER, 0, NEVER);
        act(issuing(op), by(KEEPER, BUYER, INSPECTOR));
        pledged2(TWO, 9 * TONNE);
        act(delivering(Receipts.Deliver(THREE, headOf(THREE), 1, one(fresh()), one(piece), false, NEVER)), by(BUYER, KEEPER, VERIFIER));
        holds(!lots.isShort(serialised), "short");
        same(lots.serialOf(piece), 0, "nowhere");
        bytes32 second = openLot(3, KEEPER, true);
        bringPiece(second, piece, 10 * TONNE);
        attest(second, 10 * TONNE, 10 * TONNE, 10 * TONNE, false);
        act(issuing(FOUR, second, 10 * TONNE, 0), by(KEEPER, HOLDER, INSPECTOR));
        act(offering(FOUR, OTHER_LENDER, 9 * TONNE), by(HOLDER, KEEPER));
        act(accepting(FOUR), by(OTHER_LENDER)); // pledged twice: TWO to LENDER, FOUR to OTHER_LENDER
        same(pledgedOf(TWO), 9 * TONNE, "first");
        same(pledgedOf(FOUR), 9 * TONNE, "second");
    }

    function pledged2(bytes32 number, uint128 quantity) private {
        act(offering(number, LENDER, quantity), by(HOLDER, KEEPER));
        act(accepting(number), by(LENDER));
        act(registering(number, PAPER, PAPER), by(LENDER));
    }

    function bringPiece(bytes32 id, bytes32 serial, uint128 quantity) private {
        Lots.RecordInbound memory op;
        (op.lot, op.head, op.depositor, op.deadline) = (id, lotHead(id), firm(HOLDER), NEVER);
        op.weighings = new Lots.Weighing[](1);
        op.weighings[0] = Lots.Weighing(_last = fresh(), quantity);
        op.serials = one(serial);
        bytes32 weighing =
            keccak256(abi.encode(keccak256("Weighing(bytes32 evidence,uint128 quantity)"), op.weighings[0]));
        bytes32 typehash = keccak256(
            "RecordInbound(bytes32 lot,bytes32 head,bytes32 depositor,Weighing[] weighings,bytes32[] serials,uint64 deadline)Weighing(bytes32 evidence,uint128 quantity)"
        );
        bytes memory words =
            abi.encode(op.lot, op.head, op.depositor, keccak256(abi.encode(weighing)), hashOf(op.serials), op.deadline);
        act(packed(address(lots), Lots.recordInbound.selector, typehash, id, words, abi.encode(op)), by(KEEPER, VERIFIER, HOLDER));
    }

    /// R1-11: goods that come into a short lot are written off at once.
    function test_R1_11_inboundIntoAShortLotIsLost() public {
        attest(lot, 50 * TONNE, 50 * TONNE, 50 * TONNE, true);
        bring(lot, 30 * TONNE);
        act(apportioning(lot, one(ONE)), by(KEEPER, KEEPER, INSPECTOR));
        same(lots.lotOf(lot).weighed, 50 * TONNE, "weighed");
        same(faceOf(ONE), 50 * TONNE, "face"); // 80 t are there
    }

    /// R1-12: a lender that accepts and then does nothing: the holder has no way out.
    function test_R1_12_acceptedForEver() public {
        act(offering(ONE, LENDER, TONNE), by(HOLDER, KEEPER));
        act(accepting(ONE), by(LENDER));
        VM.warp(TERM + 1000 days);
        holds(!tried(withdrawing(ONE, AS_HOLDER), by(HOLDER)), "withdrawn");
    }

    /// R1-13: the keeper alone closes a lot in which a depositor's goods lie unreceipted.
    function test_R1_13_closeOverUnreceiptedGoods() public {
        bring(otherLot, 10 * TONNE);
        bytes memory fields = abi.encode(otherLot, lotHead(otherLot), NEVER);
        bytes32 typehash = keccak256("CloseLot(bytes32 lot,bytes32 head,uint64 deadline)");
        act(plain(address(lots), Lots.closeLot.selector, typehash, otherLot, fields), by(OTHER_KEEPER));
        holds(!lots.lotOf(otherLot).open, "open");
    }

    /// R1-14: goods left by an order; an honest stocktake before the signing makes the lot short; then nobody can record them.
    function test_R1_14_stocktakeBeforeTheSigning() public {
        pledged(ONE, 50 * TONNE);
        act(issuing(TWO, lot, 40 * TONNE, 0), by(KEEPER, HOLDER, INSPECTOR));
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO));
        VM.warp(block.timestamp + 2 hours);
        // 20 t have left, rightly; the witnesses count 80 t
        attest(lot, 79 * TONNE, 80 * TONNE, 81 * TONNE, false);
        holds(lots.isShort(lot), "short");
        holds(!tried(executing(id, ONE, 20 * TONNE, fresh()), by(KEEPER, VERIFIER, HOLDER)), "recorded");
        holds(!tried(delivering(TWO, TONNE, fresh(), false), by(HOLDER, KEEPER, VERIFIER)), "delivered");
        VM.warp(block.timestamp + 8 hours);
        bytes32[] memory both = ONE < TWO ? two(ONE, TWO) : two(TWO, ONE);
        act(apportioning(lot, both), by(KEEPER, KEEPER, INSPECTOR));
        same(faceOf(TWO), 32 * TONNE, "the other holder has lost 8 t");
        same(faceOf(ONE), 48 * TONNE, "who took 20 t has lost 12 t");
    }

    uint256 private _n;
    bytes32[] private _all;

    function splitBy(bytes32 number, uint256 n) private returns (bytes32[] memory numbers) {
        Succession.Split memory op;
        (op.receipt, op.head, op.deadline) = (number, headOf(number), NEVER);
        (op.numbers, op.quantities) = (new bytes32[](n), new uint128[](n));
        (op.pledged, op.documents) = (new uint128[](n), new bytes32[](n));
        uint128 part = faceOf(number) / uint128(n);
        for (uint256 i = 0; i < n; i++) {
            op.numbers[i] = keccak256(abi.encode("piece", ++_n));
            op.quantities[i] = i + 1 == n ? faceOf(number) - part * uint128(n - 1) : part;
            op.documents[i] = PAPER;
        }
        act(splitting(op), by(HOLDER, KEEPER));
        return op.numbers;
    }

    /// R1-15: the pledgor's other receipts fill the lot; what is pledged in part can not be sold.
    function test_R1_15_noRoomForTheRest() public {
        pledged(ONE, 30 * TONNE);
        act(issuing(TWO, lot, 40 * TONNE, 0), by(KEEPER, HOLDER, INSPECTOR));
        bytes32[] memory parts = splitBy(TWO, 16);
        uint256 count = 17;
        for (uint256 i = 0; i < 15; i++) {
            splitBy(parts[i], 16);
            count += 15;
        }
        if (count < 256) splitBy(parts[15], 256 - count + 1);
        same(lots.lotOf(lot).receipts, 256, "receipts");
        defaulted(ONE);
        VM.warp(block.timestamp + 6 days);
        refused(
            selling(sale(ONE, BUYER, THREE)),
            by(LENDER, AUCTIONEER, KEEPER, BUYER),
            abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 257, 256)
        );
    }

    /// Gas of sharing a shortage among 256 receipts.
    function test_R1_16_gasOfApportioning() public {
        act(issuing(TWO, lot, 40 * TONNE, 0), by(KEEPER, HOLDER, INSPECTOR));
        _all.push(ONE);
        bytes32[] memory parts = splitBy(TWO, 16);
        for (uint256 i = 0; i < 15; i++) {
            bytes32[] memory small = splitBy(parts[i], 16);
            for (uint256 k = 0; k < 16; k++) _all.push(small[k]);
        }
        bytes32[] memory rest = splitBy(parts[15], 15);
        for (uint256 k = 0; k < 15; k++) _all.push(rest[k]);
        same(lots.lotOf(lot).receipts, 256, "receipts");
        bytes32[] memory numbers = _all;
        for (uint256 i = 1; i < numbers.length; i++) {
            for (uint256 j = i; j > 0 && numbers[j] < numbers[j - 1]; j--) {
                (numbers[j], numbers[j - 1]) = (numbers[j - 1], numbers[j]);
            }
        }
        attest(lot, 79 * TONNE, 80 * TONNE, 81 * TONNE, true);
        bytes memory call = callOf(apportioning(lot, numbers), by(KEEPER, KEEPER, INSPECTOR));
        uint256 before_ = gasleft();
        (bool done,) = address(lots).call(call);
        holds(done, "apportioned");
        emit Gas(before_ - gasleft());
    }

    event Gas(uint256 used);

    /// R1-17: who was only offered a pledge, and has not accepted, holds the receipt; the offer ends, the hold does not.
    function test_R1_17_holdByALenderThatNeverAccepted() public {
        act(offering(ONE, LENDER, TONNE), by(HOLDER, KEEPER));
        bytes32 id = act(holding(ONE, Holds.Kind.Insurance, AS_LENDER, 0), by(LENDER));
        act(withdrawing(ONE, AS_HOLDER), by(HOLDER));
        holds(!tried(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER)), "endorsed");
        holds(!tried(lifting(ONE, id, AS_HOLDER), by(HOLDER)), "lifted");
    }

    /// R1-18: a verifier whose key was bound a block ago is the third party of everything.
    function test_R1_18_freshVerifierIsTheThird() public {
        join(0xbad, Organisations.Role.Verifier);
        VM.roll(block.number + 1);
        act(delivering(ONE, TONNE, fresh(), false), by(HOLDER, KEEPER, 0xbad));
    }

    /// R1-19: voiding the first weighing of a serial that left and came back takes the piece that is there out of the register.
    function test_R1_19_voidTakesTheSecondSerial() public {
        bytes32 s = openLot(2, KEEPER, true);
        bytes32 piece = keccak256("ingot");
        bringPiece(s, piece, 10 * TONNE);
        bytes32 first = _lastTicket();
        attest(s, 10 * TONNE, 10 * TONNE, 10 * TONNE, false);
        act(issuing(TWO, s, 10 * TONNE, 0), by(KEEPER, HOLDER, INSPECTOR));
        act(delivering(Receipts.Deliver(TWO, headOf(TWO), 10 * TONNE, one(fresh()), one(piece), false, NEVER)), by(HOLDER, KEEPER, VERIFIER));
        bringPiece(s, piece, 10 * TONNE);
        bytes memory fields = abi.encode(s, lotHead(s), first, PAPER, NEVER);
        bytes32 typehash = keccak256("VoidWeighing(bytes32 lot,bytes32 head,bytes32 evidence,bytes32 reason,uint64 deadline)");
        act(plain(address(lots), Lots.voidWeighing.selector, typehash, s, fields), by(KEEPER, HOLDER));
        same(lots.serialOf(piece), 0, "nowhere");
    }

    bytes32 private _last;
    function _lastTicket() private view returns (bytes32) { return _last; }
}
