// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {Holds} from "../Holds.sol";
import {ILots} from "../ILots.sol";
import {IReceipts} from "../IReceipts.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Parties} from "../Parties.sol";
import {Receipts} from "../Receipts.sol";
import {Signed} from "../Signed.sol";
import {Succession} from "../Succession.sol";
import {Deeds} from "./Deeds.sol";

contract ReceiptsTest is Deeds {
    Organisations.Role private constant AS_HOLDER = Organisations.Role.Holder;
    Organisations.Role private constant AS_COURT = Organisations.Role.CourtLiaison;

    function setUp() public {
        establish();
        bring(lot, 100 * TONNE);
        attestWell(lot);
        issued(ONE, lot, 60 * TONNE);
    }

    function test_FromIntakeToDeliveryAndCancellation() public {
        act(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER));
        isHeldBy(ONE, BUYER);
        act(splitting(ONE, TWO, THREE, 25 * TONNE, 0), by(BUYER, KEEPER));
        isNow(ONE, IReceipts.State.Split);
        same(faceOf(TWO), 25 * TONNE, "first piece");
        same(faceOf(THREE), 35 * TONNE, "second piece");
        same(receipts.receiptOf(TWO).parent, ONE, "parent");
        act(delivering(TWO, 10 * TONNE, fresh(), false), by(BUYER, KEEPER, VERIFIER));
        act(delivering(TWO, 15 * TONNE, fresh(), false), by(BUYER, KEEPER, VERIFIER));
        isNow(TWO, IReceipts.State.Delivered);
        act(surrendering(THREE), by(BUYER, KEEPER));
        isHeldBy(THREE, KEEPER);
        act(cancelling(THREE), by(KEEPER));
        isNow(THREE, IReceipts.State.Cancelled);
        ILots.Lot memory state = lots.lotOf(lot);
        same(state.face, 0, "face");
        same(state.receipts, 0, "receipts");
        same(state.weighed, 75 * TONNE, "weighed");
    }

    function test_PiecesBecomeOneAgain() public {
        act(splitting(ONE, TWO, THREE, 25 * TONNE, 0), by(HOLDER, KEEPER));
        act(merging(TWO, THREE, FOUR), by(HOLDER, KEEPER));
        same(faceOf(FOUR), 60 * TONNE, "face");
        isNow(TWO, IReceipts.State.Merged);
        isNow(THREE, IReceipts.State.Merged);
        same(lots.lotOf(lot).receipts, 1, "receipts");
        act(amending(FOUR, 50 * TONNE, PAPER), by(HOLDER, KEEPER));
        same(lots.lotOf(lot).face, 50 * TONNE, "amended");
        act(replacing(FOUR, "five"), by(HOLDER, KEEPER));
        isNow(FOUR, IReceipts.State.Replaced);
        same(faceOf("five"), 50 * TONNE, "successor");
        act(delivering("five", 20 * TONNE, fresh(), true), by(HOLDER, KEEPER, VERIFIER));
        isNow("five", IReceipts.State.Delivered);
        same(lots.lotOf(lot).face, 0, "a last delivery gives the rest back");
        same(lots.lotOf(lot).weighed, 80 * TONNE, "weighed");
    }

    // Issue

    function test_IssuesThatAreRefused() public {
        uint256[] memory all = by(KEEPER, HOLDER, INSPECTOR);
        refused(issuing(ONE, lot, TONNE, 0), all, no(Succession.ReceiptsKnownNumber.selector, ONE));
        refused(
            issuing(TWO, lot, 40 * TONNE + 1, 0),
            all,
            abi.encodeWithSelector(Lots.LotsMoreThanWeighed.selector, lot, 100 * TONNE + 1, 100 * TONNE)
        );
        refused(issuing(0, lot, TONNE, 0), all, no(Succession.ReceiptsZero.selector));
        refused(issuing(TWO, lot, 0, 0), all, no(Succession.ReceiptsZero.selector));
        Receipts.Issue memory op =
            Receipts.Issue(TWO, lot, lotHead(lot), firm(HOLDER), before(), TONNE, TERM, 0, 0, NEVER);
        refused(issuing(op), all, no(Succession.ReceiptsZero.selector));
        (op.document, op.until) = (PAPER, NOW - 1);
        refused(issuing(op), all, abi.encodeWithSelector(Receipts.ReceiptsExpired.selector, TWO, NOW - 1));
        (op.until, op.lotHead) = (TERM, PAPER);
        refused(issuing(op), all, no(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot)));
        (op.lotHead, op.deadline) = (lotHead(lot), NOW - 1);
        refused(issuing(op), all, abi.encodeWithSelector(Signed.SignedTooLate.selector, NOW - 1));
        (op.deadline, op.lot) = (NEVER, PAPER);
        refused(issuing(op), all, no(Lots.LotsUnknown.selector, PAPER));
        op.lot = lot;
        refused(issuing(op), by(KEEPER, HOLDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        refused(issuing(op), by(OTHER_KEEPER, HOLDER, INSPECTOR), another(0, OTHER_KEEPER, KEEPER));
        refused(issuing(op), by(KEEPER, BUYER, INSPECTOR), another(1, BUYER, HOLDER));
        refused(issuing(op), by(KEEPER, HOLDER, VERIFIER), nobody(2, VERIFIER, Organisations.Role.Inspector));
        op.holderSince = uint64(block.number);
        refused(issuing(op), all, abi.encodeWithSelector(Parties.SignedNotKnownYet.selector, block.number));
    }

    /// @dev Three organisations: not the keeper as holder, not the holder or the keeper as inspector.
    function test_NobodyWearsTwoHatsAtAnIssue() public {
        bind(KEEPER, 0xB1, Organisations.Role.Holder);
        bind(KEEPER, 0xB2, Organisations.Role.Inspector);
        bind(HOLDER, 0xB3, Organisations.Role.Inspector);
        VM.roll(block.number + 2);
        Receipts.Issue memory op =
            Receipts.Issue(TWO, lot, lotHead(lot), firm(KEEPER), before(), TONNE, TERM, PAPER, 0, NEVER);
        refused(issuing(op), by(KEEPER, 0xB1, INSPECTOR), no(Succession.ReceiptsNotIndependent.selector, firm(KEEPER)));
        op.holder = firm(HOLDER);
        refused(issuing(op), by(KEEPER, HOLDER, 0xB2), no(Succession.ReceiptsNotAWitness.selector, lot, firm(KEEPER)));
        refused(issuing(op), by(KEEPER, HOLDER, 0xB3), no(Succession.ReceiptsNotAWitness.selector, lot, firm(HOLDER)));
    }

    function test_NothingIsIssuedOnOldEvidenceOrInAShortage() public {
        VM.warp(NOW + 8 days);
        uint64 at_ = lots.lotOf(lot).attestedAt;
        uint256[] memory all = by(KEEPER, HOLDER, INSPECTOR);
        refused(issuing(TWO, lot, TONNE, 0), all, abi.encodeWithSelector(Lots.LotsStale.selector, lot, at_));
        attest(lot, 10 * TONNE, 11 * TONNE, 12 * TONNE, false);
        refused(issuing(TWO, lot, TONNE, 0), all, no(Lots.LotsShort.selector, lot));
    }

    // Endorsement

    function test_EndorsementsThatAreRefused() public {
        uint256[] memory all = by(HOLDER, KEEPER, BUYER);
        refused(endorsing(TWO, BUYER), all, living(TWO, IReceipts.State.None));
        refused(endorsing(ONE, BUYER), by(BUYER, KEEPER, BUYER), another(0, BUYER, HOLDER));
        refused(endorsing(ONE, BUYER), by(HOLDER, OTHER_KEEPER, BUYER), another(1, OTHER_KEEPER, KEEPER));
        refused(endorsing(ONE, BUYER), by(HOLDER, KEEPER, HOLDER), another(2, HOLDER, BUYER));
        refused(endorsing(ONE, BUYER), by(HOLDER, KEEPER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        Receipts.Endorse memory op = Receipts.Endorse(ONE, PAPER, firm(BUYER), before(), NEVER);
        refused(endorsing(op), all, no(Signed.SignedOverAnotherHead.selector, ONE, headOf(ONE)));
        op.head = headOf(ONE);
        op.toSince = uint64(block.number);
        refused(endorsing(op), all, abi.encodeWithSelector(Parties.SignedNotKnownYet.selector, block.number));
        bind(KEEPER, 0xB1, AS_HOLDER);
        VM.roll(block.number + 2);
        refused(endorsing(ONE, KEEPER), by(HOLDER, KEEPER, 0xB1), no(Succession.ReceiptsNotIndependent.selector, firm(KEEPER)));
        VM.warp(TERM + 1);
        refused(endorsing(ONE, BUYER), all, abi.encodeWithSelector(Receipts.ReceiptsExpired.selector, ONE, TERM));
    }

    function test_AnExpiredReceiptIsStillDelivered() public {
        VM.warp(TERM);
        act(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER));
        VM.warp(TERM + 1);
        act(delivering(ONE, 60 * TONNE, fresh(), false), by(BUYER, KEEPER, VERIFIER));
    }

    /// @dev Whoever binds keys later moves nothing: not as holder, not as keeper, not as who is endorsed to.
    function test_KeysThatWereBoundLaterMoveNothing() public {
        uint64 known = before();
        VM.roll(block.number + 1);
        bind(HOLDER, 0xB1, AS_HOLDER);
        bind(KEEPER, 0xB2, Organisations.Role.Keeper);
        bind(BUYER, 0xB3, AS_HOLDER);
        uint64 bound_ = uint64(block.number);
        VM.roll(block.number + 2);
        uint64 since = receipts.receiptOf(ONE).holder.since;
        refused(endorsing(ONE, BUYER), by(0xB1, KEEPER, BUYER), later(0, 0xB1, bound_, since));
        since = lots.lotOf(lot).keeper.since;
        refused(endorsing(ONE, BUYER), by(HOLDER, 0xB2, BUYER), later(1, 0xB2, bound_, since));
        Receipts.Endorse memory op = Receipts.Endorse(ONE, headOf(ONE), firm(BUYER), known, NEVER);
        refused(endorsing(op), by(HOLDER, KEEPER, 0xB3), later(2, 0xB3, bound_, known));
        act(endorsing(op), by(HOLDER, KEEPER, BUYER));
        refused(endorsing(ONE, HOLDER), by(0xB3, KEEPER, HOLDER), later(0, 0xB3, bound_, receipts.receiptOf(ONE).holder.since));
    }

    // Succession

    function test_SplitsThatAreRefused() public {
        uint256[] memory all = by(HOLDER, KEEPER);
        Succession.Split memory op = Succession.Split(
            ONE, headOf(ONE), two(TWO, THREE), two(20 * TONNE, 41 * TONNE), two(uint128(0), 0), two(PAPER, PAPER), NEVER
        );
        refused(splitting(op), all, abi.encodeWithSelector(Succession.ReceiptsNotTheWhole.selector, ONE, 61 * TONNE, 0));
        op.quantities[1] = 39 * TONNE;
        refused(splitting(op), all, abi.encodeWithSelector(Succession.ReceiptsNotTheWhole.selector, ONE, 59 * TONNE, 0));
        op.quantities[1] = 40 * TONNE;
        op.pledged[0] = 1;
        refused(splitting(op), all, abi.encodeWithSelector(Succession.ReceiptsNotTheWhole.selector, ONE, 60 * TONNE, 1));
        op.pledged[0] = 21 * TONNE;
        refused(splitting(op), all, much(TWO, 21 * TONNE, 20 * TONNE));
        op.pledged[0] = 0;
        op.numbers[1] = TWO;
        refused(splitting(op), all, no(Succession.ReceiptsKnownNumber.selector, TWO));
        op.numbers[1] = 0;
        refused(splitting(op), all, no(Succession.ReceiptsZero.selector));
        op.numbers = one(TWO);
        refused(splitting(op), all, abi.encodeWithSelector(Succession.ReceiptsPieces.selector, 1));
        refused(splitting(ONE, TWO, THREE, 60 * TONNE, 0), all, no(Succession.ReceiptsZero.selector));
        refused(splitting(ONE, TWO, THREE, TONNE, 0), by(HOLDER, KEEPER, LENDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 3, 2));
    }

    function test_MergesThatAreRefused() public {
        act(splitting(ONE, TWO, THREE, 20 * TONNE, 0), by(HOLDER, KEEPER));
        uint256[] memory all = by(HOLDER, KEEPER);
        refused(merging(TWO, TWO, FOUR), all, living(TWO, IReceipts.State.Merged));
        refused(merging(TWO, THREE, ONE), all, no(Succession.ReceiptsKnownNumber.selector, ONE));
        Succession.Merge memory op = Succession.Merge(one(TWO), one(headOf(TWO)), FOUR, PAPER, NEVER);
        refused(merging(op), all, abi.encodeWithSelector(Succession.ReceiptsPieces.selector, 1));
        op = Succession.Merge(two(TWO, THREE), two(headOf(TWO), PAPER), FOUR, PAPER, NEVER);
        refused(merging(op), all, no(Signed.SignedOverAnotherHead.selector, THREE, headOf(THREE)));
        act(endorsing(THREE, BUYER), by(HOLDER, KEEPER, BUYER));
        refused(merging(TWO, THREE, FOUR), all, no(Succession.ReceiptsUnlike.selector, THREE, TWO));
        openTrade(TRADE);
        act(issuing("traded", lot, TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        refused(merging(TWO, "traded", FOUR), all, no(Succession.ReceiptsUnlike.selector, "traded", TWO));
        bring(otherLot, 10 * TONNE);
        attestWell(otherLot);
        issued("elsewhere", otherLot, TONNE);
        refused(merging(TWO, "elsewhere", FOUR), all, no(Succession.ReceiptsUnlike.selector, "elsewhere", TWO));
        Receipts.Issue memory longer =
            Receipts.Issue("longer", lot, lotHead(lot), firm(HOLDER), before(), TONNE, TERM + 1, PAPER, 0, NEVER);
        act(issuing(longer), by(KEEPER, HOLDER, INSPECTOR));
        refused(merging(TWO, "longer", FOUR), all, no(Succession.ReceiptsUnlike.selector, "longer", TWO));
    }

    /// @dev What is merged is held by the oldest key of all: a later one does not gain the rest by merging.
    function test_AMergeGivesNoKeyMore() public {
        act(splitting(ONE, TWO, THREE, 20 * TONNE, 0), by(HOLDER, KEEPER));
        bind(HOLDER, 0xB1, AS_HOLDER);
        VM.roll(block.number + 2);
        Receipts.Endorse memory op = Receipts.Endorse(THREE, headOf(THREE), firm(HOLDER), before(), NEVER);
        act(endorsing(op), by(HOLDER, KEEPER, 0xB1));
        uint64 since = receipts.receiptOf(TWO).holder.since;
        uint64 bound_ = receipts.receiptOf(THREE).holder.since;
        refused(merging(TWO, THREE, FOUR), by(0xB1, KEEPER), later(0, 0xB1, bound_, since));
        refused(merging(THREE, TWO, FOUR), by(0xB1, KEEPER), later(0, 0xB1, bound_, since));
        act(merging(THREE, TWO, FOUR), by(HOLDER, KEEPER));
        same(receipts.receiptOf(FOUR).holder.since, since, "since");
    }

    function test_AmendmentsThatAreRefused() public {
        uint256[] memory all = by(HOLDER, KEEPER);
        refused(amending(ONE, 60 * TONNE + 1, PAPER), all, much(ONE, 60 * TONNE + 1, 60 * TONNE));
        refused(amending(ONE, 0, PAPER), all, no(Succession.ReceiptsZero.selector));
        refused(amending(ONE, TONNE, 0), all, no(Succession.ReceiptsZero.selector));
        pledged(ONE, 50 * TONNE);
        refused(amending(ONE, 49 * TONNE, PAPER), by(HOLDER, KEEPER, LENDER), much(ONE, 50 * TONNE, 49 * TONNE));
        refused(amending(ONE, 50 * TONNE, PAPER), all, abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        act(amending(ONE, 50 * TONNE, PAPER), by(HOLDER, KEEPER, LENDER));
    }

    /// @dev A lost receipt has one successor after sixty days of notice, and the old number is dead.
    function test_ALostReceiptIsReplacedAfterItsNotice() public {
        uint256[] memory all = by(KEEPER, COURT, BUYER);
        refused(replacingLost(ONE, TWO, firm(BUYER)), all, abi.encodeWithSelector(Holds.ReceiptsNotLost.selector, ONE, 0));
        act(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(COURT));
        uint64 from = uint64(block.timestamp) + 60 days;
        VM.warp(from - 1);
        refused(replacingLost(ONE, TWO, firm(BUYER)), all, abi.encodeWithSelector(Holds.ReceiptsNotLost.selector, ONE, from));
        VM.warp(from);
        bytes32 dispute = act(holding(ONE, Holds.Kind.Dispute, Organisations.Role.Keeper, 0), by(KEEPER));
        refused(replacingLost(ONE, TWO, firm(BUYER)), all, no(Holds.ReceiptsHeld.selector, ONE, dispute));
        act(lifting(ONE, dispute, Organisations.Role.Keeper), by(KEEPER));
        bind(COURT, 0xB1, AS_COURT);
        uint64 bound_ = uint64(block.number);
        VM.roll(block.number + 2);
        refused(replacingLost(ONE, TWO, firm(BUYER)), by(KEEPER, 0xB1, BUYER), later(1, 0xB1, bound_, receipts.receiptOf(ONE).heldBlock - 1));
        act(replacingLost(ONE, TWO, firm(BUYER)), all);
        isNow(ONE, IReceipts.State.Replaced);
        isHeldBy(TWO, BUYER);
        holds(!holdings.isHeld(TWO), "held");
    }

    /// @dev Loss is no way around art. 428: the lender of a receipt does not come to hold it. Its pledge stays.
    function test_ALostPledgedReceiptKeepsItsPledge() public {
        pledged(ONE, 50 * TONNE);
        act(holding(ONE, Holds.Kind.Lost, AS_HOLDER, 0), by(HOLDER));
        VM.warp(NOW + 61 days);
        refused(
            replacingLost(ONE, TWO, firm(LENDER)),
            by(KEEPER, COURT, LENDER_HOLDS),
            no(Succession.ReceiptsNotIndependent.selector, firm(LENDER))
        );
        bind(COURT, 0xB1, AS_HOLDER);
        VM.roll(block.number + 2);
        refused(replacingLost(ONE, TWO, firm(COURT)), by(KEEPER, COURT, 0xB1), no(Succession.ReceiptsNotIndependent.selector, firm(COURT)));
        act(replacingLost(ONE, TWO, firm(HOLDER)), by(KEEPER, COURT, HOLDER));
        same(pledgedOf(TWO), 50 * TONNE, "pledged");
        isIn(TWO, IReceipts.Encumbrance.Registered);
        act(releasing(TWO, 50 * TONNE, PAPER), by(LENDER, LENDER_TWO));
    }

    // Surrender and delivery

    function test_WhatIsSurrenderedIsOnlyCancelled() public {
        refused(cancelling(ONE), by(KEEPER), no(Receipts.ReceiptsNotSurrendered.selector, ONE));
        act(surrendering(ONE), by(HOLDER, KEEPER));
        bytes memory why = no(Succession.ReceiptsSurrendered.selector, ONE);
        refused(endorsing(ONE, BUYER), by(KEEPER, KEEPER, BUYER), why);
        refused(surrendering(ONE), by(KEEPER, KEEPER), why);
        refused(splitting(ONE, TWO, THREE, TONNE, 0), by(KEEPER, KEEPER), why);
        refused(delivering(ONE, TONNE, fresh(), false), by(KEEPER, KEEPER, VERIFIER), why);
        refused(cancelling(ONE), by(OTHER_KEEPER), another(0, OTHER_KEEPER, KEEPER));
        same(lots.lotOf(lot).deposited, 40 * TONNE, "unreceipted");
        act(cancelling(ONE), by(KEEPER));
        (uint128 deposited,) = lots.depositOf(lot, firm(HOLDER));
        same(deposited, 100 * TONNE, "the goods are whose they were");
        refused(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER), living(ONE, IReceipts.State.Cancelled));
    }

    function test_DeliveriesThatAreRefused() public {
        uint256[] memory all = by(HOLDER, KEEPER, VERIFIER);
        bytes32 ticket = fresh();
        refused(delivering(ONE, 61 * TONNE, ticket, false), all, much(ONE, 61 * TONNE, 60 * TONNE));
        refused(delivering(ONE, 0, ticket, false), all, no(Succession.ReceiptsZero.selector));
        refused(delivering(ONE, TONNE, ticket, false), by(HOLDER, KEEPER, INSPECTOR), nobody(2, INSPECTOR, Organisations.Role.Verifier));
        act(delivering(ONE, TONNE, ticket, false), all);
        refused(delivering(ONE, TONNE, ticket, false), all, no(Lots.LotsSpent.selector, ticket));
        bind(HOLDER, 0xB1, Organisations.Role.Verifier);
        bind(KEEPER, 0xB2, Organisations.Role.Verifier);
        VM.roll(block.number + 2);
        ticket = fresh();
        refused(delivering(ONE, TONNE, ticket, false), by(HOLDER, KEEPER, 0xB1), no(Succession.ReceiptsNotAWitness.selector, lot, firm(HOLDER)));
        refused(delivering(ONE, TONNE, ticket, false), by(HOLDER, KEEPER, 0xB2), no(Succession.ReceiptsNotAWitness.selector, lot, firm(KEEPER)));
        Receipts.Deliver memory op =
            Receipts.Deliver(ONE, PAPER, TONNE, one(ticket), new bytes32[](0), false, NOW, new uint8[](0), NEVER);
        refused(delivering(op), all, no(Signed.SignedOverAnotherHead.selector, ONE, headOf(ONE)));
        attest(lot, 10 * TONNE, 11 * TONNE, 12 * TONNE, false);
        refused(delivering(ONE, TONNE, ticket, false), all, no(Holds.ReceiptsShort.selector, ONE, lot));
        (op.head, op.leftAt) = (headOf(ONE), uint64(block.timestamp) + 1);
        refused(delivering(op), all, abi.encodeWithSelector(Receipts.ReceiptsNotInTime.selector, ONE, op.leftAt));
        op.leftAt = NOW;
        VM.warp(NOW + 7 days + 1);
        refused(delivering(op), all, abi.encodeWithSelector(Receipts.ReceiptsNotInTime.selector, ONE, op.leftAt));
        VM.warp(NOW + 7 days);
        act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        op.head = headOf(ONE);
        // It had left before the shortage and the hold began: so says the quorum, and not the keeper with one friend.
        refused(delivering(op), all, abi.encodeWithSelector(Attestations.LotsQuorum.selector, 0, 2));
        op.places = new uint8[](2);
        op.places[1] = 1;
        uint256[] memory friends = by(HOLDER, KEEPER, VERIFIER, KEEPER, INSPECTOR);
        refused(delivering(op), friends, abi.encodeWithSelector(Attestations.LotsKeepersPlace.selector, 0));
        (op.places[0], op.places[1]) = (1, 2);
        act(delivering(op), by(HOLDER, KEEPER, VERIFIER, INSPECTOR, VERIFIER));
    }

    /// @dev A contested receipt keeps a shortage of all from being shared for 30 days, and not for ever. Its hold stays.
    function test_AContestDoesNotLastForEver() public {
        act(holding(ONE, Holds.Kind.Court, AS_COURT, 1), by(COURT));
        attest(lot, 29 * TONNE, 30 * TONNE, 31 * TONNE, false);
        uint64 since = lots.lotOf(lot).shortSince;
        VM.warp(since + 30 days - 2);
        attest(lot, 29 * TONNE, 30 * TONNE, 31 * TONNE, false);
        uint256[] memory all = sharers(lot, new uint256[](0));
        refused(apportioning(lot, one(ONE)), all, no(Holds.ReceiptsHeld.selector, ONE, holdings.holdsOf(ONE)[0].id));
        VM.warp(since + 30 days);
        act(apportioning(lot, one(ONE)), all);
        holds(faceOf(ONE) == 18 * TONNE && holdings.isHeld(ONE), "shared, and held");
    }

    /// @dev What the holders of a lot share, a court shares in nobody's place that is one of them.
    function test_ACourtWritesNoReceiptOfItsOwnDown() public {
        VM.prank(address(lots));
        VM.expectRevert(no(Parties.SignedByAParty.selector, firm(HOLDER)));
        receipts.writeDown(ONE, 1, 0, PAPER, firm(HOLDER));
    }

    /// @dev Who holds what since when: a court must have been there before, of merged receipts before the oldest.
    function test_SinceWhenAReceiptIsHeld() public {
        same(receipts.receiptOf(ONE).heldBlock, block.number, "issued");
        act(splitting(ONE, TWO, THREE, TONNE, 0), by(HOLDER, KEEPER));
        uint256 first = block.number;
        VM.roll(block.number + 3);
        act(endorsing(TWO, BUYER), by(HOLDER, KEEPER, BUYER));
        same(receipts.receiptOf(TWO).heldBlock, block.number, "endorsed");
        act(endorsing(TWO, HOLDER), by(BUYER, KEEPER, HOLDER));
        act(merging(TWO, THREE, FOUR), by(HOLDER, KEEPER));
        same(receipts.receiptOf(FOUR).heldBlock, first, "merged");
    }

    /// @dev Nobody is written down while a court or a dispute says that it is not settled whose goods are missing.
    function test_WhatIsContestedIsNotShared() public {
        attest(lot, 29 * TONNE, 30 * TONNE, 31 * TONNE, false);
        VM.warp(block.timestamp + 7 days);
        attest(lot, 29 * TONNE, 30 * TONNE, 31 * TONNE, false);
        uint256[] memory all = sharers(lot, new uint256[](0));
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        refused(apportioning(lot, one(ONE)), all, no(Holds.ReceiptsHeld.selector, ONE, id));
        act(lifting(ONE, id, AS_COURT), by(COURT));
        id = act(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER));
        refused(apportioning(lot, one(ONE)), all, no(Holds.ReceiptsHeld.selector, ONE, id));
        act(lifting(ONE, id, AS_HOLDER), by(HOLDER));
        act(holding(ONE, Holds.Kind.Lost, AS_HOLDER, 0), by(HOLDER));
        act(apportioning(lot, one(ONE)), all);
        same(faceOf(ONE), 18 * TONNE, "face");
    }

    /// @dev What is pledged leaves by none of the ways of what is free.
    function test_WhatIsPledgedDoesNotMove() public {
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        for (uint256 stage = 1; stage < 4; stage++) {
            bytes memory why = abi.encodeWithSelector(
                Succession.ReceiptsEncumbered.selector, ONE, IReceipts.Encumbrance(stage), firm(LENDER)
            );
            refused(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER), why);
            refused(surrendering(ONE), by(HOLDER, KEEPER), why);
            refused(delivering(ONE, TONNE, fresh(), false), by(HOLDER, KEEPER, VERIFIER), why);
            if (stage < 3) refused(splitting(ONE, TWO, THREE, TONNE, 0), by(HOLDER, KEEPER, LENDER), why);
            if (stage < 3) refused(replacing(ONE, TWO), by(HOLDER, KEEPER, LENDER), why);
            if (stage == 1) act(accepting(ONE), by(LENDER));
            if (stage == 2) act(registering(ONE, PAPER, PAPER), by(LENDER));
        }
        refused(replacing(ONE, TWO), by(HOLDER, KEEPER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        refused(replacing(ONE, TWO), by(HOLDER, KEEPER, OTHER_LENDER), another(2, OTHER_LENDER, LENDER));
    }

    /// @dev The pledge of a whole passes on to its pieces exactly, and a piece that nothing is pledged of is free.
    function test_APledgePassesOnToPieces() public {
        pledged(ONE, 50 * TONNE);
        uint256[] memory all = by(HOLDER, KEEPER, LENDER);
        act(splitting(ONE, TWO, THREE, 50 * TONNE, 50 * TONNE), all);
        isIn(TWO, IReceipts.Encumbrance.Registered);
        isIn(THREE, IReceipts.Encumbrance.Free);
        act(endorsing(THREE, BUYER), by(HOLDER, KEEPER, BUYER));
        act(splitting(TWO, FOUR, "five", 20 * TONNE, 20 * TONNE), all);
        same(pledgedOf(FOUR) + pledgedOf("five"), 50 * TONNE, "pledged");
    }

    function test_PiecesOfOnePledgeBecomeOneAgain() public {
        pledged(ONE, 50 * TONNE);
        bytes32 pledge = pledgeOf(ONE);
        uint256[] memory all = by(HOLDER, KEEPER, LENDER);
        act(splitting(ONE, TWO, THREE, 30 * TONNE, 25 * TONNE), all);
        same(receipts.outstandingOf(pledge), 50 * TONNE, "outstanding");
        act(merging(TWO, THREE, FOUR), all);
        same(pledgedOf(FOUR), 50 * TONNE, "pledged");
        same(pledgeOf(FOUR), pledge, "pledge");
        same(lots.lotOf(lot).pledged, 50 * TONNE, "of the lot");
    }

    function test_PledgesOfTwoKindsDoNotMerge() public {
        act(splitting(ONE, TWO, THREE, 30 * TONNE, 0), by(HOLDER, KEEPER));
        pledged(TWO, 10 * TONNE);
        refused(merging(TWO, THREE, FOUR), by(HOLDER, KEEPER, LENDER), no(Succession.ReceiptsUnlike.selector, THREE, TWO));
        pledged(THREE, 10 * TONNE);
        refused(merging(TWO, THREE, FOUR), by(HOLDER, KEEPER, LENDER), no(Succession.ReceiptsUnlike.selector, THREE, TWO));
    }

    // Only the contracts themselves

    function test_NobodyElseEncumbersOrWritesDown() public {
        IReceipts.Charge memory none;
        IReceipts.Leaving memory nothing;
        Signed.Party memory nobody_;
        bytes memory why = abi.encodeWithSelector(Receipts.ReceiptsNotPledges.selector, address(this));
        VM.expectRevert(why);
        receipts.encumber(ONE, PAPER, none);
        VM.expectRevert(why);
        receipts.reduce(ONE, PAPER, none, nothing);
        VM.expectRevert(why);
        receipts.sold(ONE, PAPER, nobody_, 0, 0);
        VM.expectRevert(abi.encodeWithSelector(Receipts.ReceiptsNotLots.selector, address(this)));
        receipts.writeDown(ONE, 0, 0, PAPER, 0);
    }

    /// @dev A shortage is shared by all alike, pledged or not, and the pledge follows the face.
    function test_AShortageIsSharedProRata() public {
        issued(TWO, lot, 40 * TONNE);
        pledged(TWO, 30 * TONNE);
        bytes32 before_ = headOf(ONE);
        attest(lot, 49 * TONNE, 50 * TONNE, 51 * TONNE, false);
        refused(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER), no(Holds.ReceiptsShort.selector, ONE, lot));
        bytes32[] memory both = ONE < TWO ? two(ONE, TWO) : two(TWO, ONE);
        share(lot, both, by(LENDER));
        same(faceOf(ONE), 30 * TONNE, "first");
        same(faceOf(TWO), 20 * TONNE, "second");
        same(pledgedOf(TWO), 20 * TONNE, "pledged");
        same(lots.lotOf(lot).pledged, 20 * TONNE, "of the lot");
        same(receipts.outstandingOf(pledgeOf(TWO)), 20 * TONNE, "outstanding");
        holds(headOf(ONE) != before_, "what was signed over the larger receipt would still count");
        act(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER));
    }

    // Words for reasons

    function no(bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function no(bytes4 selector, bytes32 word) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word);
    }

    function no(bytes4 selector, bytes32 one_, bytes32 other) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, one_, other);
    }

    function much(bytes32 number, uint256 quantity, uint256 most) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Holds.ReceiptsNotThatMuch.selector, number, quantity, most);
    }

    function living(bytes32 number, IReceipts.State state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Succession.ReceiptsNotLiving.selector, number, state);
    }

    function another(uint256 place, uint256 key, uint256 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByAnother.selector, place, firm(key), firm(needed));
    }

    function nobody(uint256 place, uint256 key, Organisations.Role role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByNobodyInRole.selector, place, VM.addr(key), role);
    }

    function later(uint256 place, uint256 key, uint64 since, uint64 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByALaterKey.selector, place, VM.addr(key), since, needed);
    }
}
