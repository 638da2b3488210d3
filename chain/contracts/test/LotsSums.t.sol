// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {ILots} from "../ILots.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Signed} from "../Signed.sol";
import {Stock} from "./Stock.sol";

/// @dev The sums of a lot: what of it is attested, receipted, pledged, gone and shared.
contract LotsSumsTest is Stock {
    bytes32 private slot;
    bytes32 private lot;

    function setUp() public {
        establish();
        slot = addedSlot(0);
        assign(slot, KEEPER);
        lot = openedLot(slot, false);
    }

    // Attesting

    function refused(Attestations.Attest memory op, uint256[] memory signers, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), signers);
        VM.expectRevert(reason);
        attestations.attest(op, signatures);
    }

    function test_WitnessesAttest() public {
        weighedIn(lot, 1_000_000);
        Attestations.Attest memory op = attestOp(lot, 999_000, 990_000, 1_008_000);
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, INSPECTOR));
        RECORDER.recordLogs();
        attestations.attest(op, signatures);
        bytes memory fields = told(address(attestations), lot, ATTEST, digestOf(op), op.head, signatures);
        same(digestOf(abi.decode(fields, (Attestations.Attest))), digestOf(op), "fields");
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.estimate == 999_000 && found.lower == 990_000 && found.upper == 1_008_000, "figures");
        holds(found.evidenceRoot == op.evidenceRoot && found.policy == op.policy && !found.short, "evidence");
        holds(found.attestedAt == NOW && lots.isFresh(lot), "fresh");
        VM.warp(NOW + MAX_AGE);
        holds(lots.isFresh(lot), "still fresh");
        VM.warp(NOW + MAX_AGE + 1);
        holds(!lots.isFresh(lot), "stale");
    }

    function test_AttestationsThatAreRefused() public {
        attested(lot, 0, 0, 0);
        uint64 last = lots.lotOf(lot).attestedAt;
        Attestations.Attest memory op = attestOp(lot, 10, 9, 11);
        uint256[] memory two = by(KEEPER, INSPECTOR);
        refused(op, two, abi.encodeWithSelector(Attestations.LotsAttestedAt.selector, last, last, last));
        op.asOf = last + 1;
        refused(op, two, abi.encodeWithSelector(Attestations.LotsAttestedAt.selector, last + 1, last, last));
        VM.warp(last + 1);
        (op.lower, op.upper) = (11, 12);
        refused(op, two, abi.encodeWithSelector(Attestations.LotsBounds.selector, 10, 11, 12));
        (op.lower, op.upper) = (8, 9);
        refused(op, two, abi.encodeWithSelector(Attestations.LotsBounds.selector, 10, 8, 9));
        op.upper = 10;
        op.policy = 0;
        refused(op, two, abi.encodeWithSelector(Lots.LotsZeroId.selector));
        (op.policy, op.evidenceRoot) = ("policy", 0);
        refused(op, two, abi.encodeWithSelector(Lots.LotsZeroId.selector));
        op.evidenceRoot = "root";
        op.head = "another";
        refused(op, two, abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot)));
        op.head = lotHead(lot);
        refused(op, by(KEEPER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        refused(op, by(KEEPER, LENDER), abi.encodeWithSelector(
            Signed.SignedByNobodyInRole.selector, 1, VM.addr(LENDER), Organisations.Role.Inspector
        ));
        op.places = placed(2, 0);
        refused(op, by(INSPECTOR, KEEPER), abi.encodeWithSelector(Attestations.LotsPlace.selector, 0));
        op.places = placed(0, 0);
        refused(op, by(KEEPER, KEEPER), abi.encodeWithSelector(Attestations.LotsPlace.selector, 0));
        op.places = placed(0, 4);
        refused(op, two, abi.encodeWithSelector(Attestations.LotsPlace.selector, 4));
        op.places = new uint8[](1);
        refused(op, by(KEEPER), abi.encodeWithSelector(Attestations.LotsQuorum.selector, 1, 2));
        op.lot = "nothing";
        refused(op, two, abi.encodeWithSelector(Lots.LotsUnknown.selector, bytes32("nothing")));
    }

    /// @dev Only keys that were there before the lot are its witnesses', or later ones that such a key vouched for.
    function test_ALaterKeyWitnessesNothing() public {
        bindTo(firm(INSPECTOR), 0xC1, Organisations.Role.Inspector);
        uint256 since = block.number;
        VM.roll(since + 1);
        Attestations.Attest memory op = attestOp(lot, 0, 0, 0);
        bytes memory late =
            abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 1, VM.addr(0xC1), since, since - 1);
        refused(op, by(KEEPER, 0xC1), late);
        VM.prank(VM.addr(INSPECTOR));
        registry.vouch(keyId(VM.addr(0xC1)));
        attestations.attest(op, signedBy(digestOf(op), by(KEEPER, 0xC1)));
    }

    /// @dev Short is: upper < weighed − allowance · weighed ever, exactly, or said to be so.
    function testFuzz_ShortIsBelowTheAllowance(uint128 ever, uint128 out, uint128 upper, bool said) public {
        ever = uint128(bound(ever, 1, 1e15));
        out = uint128(bound(out, 0, ever));
        upper = uint128(bound(upper, ever - out < 5e14 ? 0 : ever - out - 3e12, ever));
        weighedIn(lot, ever);
        attested(lot, ever, ever, ever);
        receipts.issue(lots, "receipt", lot, out);
        receipts.deliver(lots, "receipt", out, some("out"), new bytes32[](0));
        VM.warp(block.timestamp + 1);
        Attestations.Attest memory op = attestOp(lot, upper, upper, upper);
        op.short = said;
        attestations.attest(op, signedBy(digestOf(op), by(KEEPER, INSPECTOR)));
        // The allowance is 2 ‰: five hundredths of what came in, rounded up to a whole gram where that matters.
        bool below = uint256(ever - out) > upper && (uint256(ever - out) - upper) * 500 > ever;
        holds(lots.isShort(lot) == (said || below), "short");
        holds(lots.lotOf(lot).weighed == ever - out && lots.lotOf(lot).weighedEver == ever, "weighed");
    }

    /// @dev An allowance of 2 ‰ on 1,400 g is 2.8 g: 1,397.2 g are enough, and 1,397 are not.
    function test_ShortToTheGram() public {
        weighedIn(lot, 1_400);
        attested(lot, 1_398, 1_398, 1_398);
        holds(!lots.isShort(lot), "within the allowance");
        attested(lot, 1_397, 1_397, 1_397);
        holds(lots.isShort(lot), "under it by a fifth of a gram");
        weighedIn(lot, 600);
        attested(lot, 1_996, 1_996, 1_996);
        holds(!lots.isShort(lot), "just the allowance");
    }

    function test_AShortLotIsLiftedByALaterAttestation() public {
        weighedIn(lot, 1_000);
        attested(lot, 900, 890, 910);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsShort.selector, lot));
        receipts.issue(lots, "receipt", lot, 1);
        attested(lot, 995, 990, 998);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsMoreThanWeighed.selector, lot, 999, 998));
        receipts.issue(lots, "receipt", lot, 999);
        attested(lot, 995, 990, 1_000);
        receipts.issue(lots, "receipt", lot, 1_000);
        receipts.deliver(lots, "receipt", 1_001, some("out"), new bytes32[](0));
        holds(lots.isShort(lot), "more went out than was ordered");
    }

    // Issues and pledges

    function test_NoMoreReceiptsThanWasWeighed() public {
        weighedIn(lot, 1_000);
        bytes memory stale = abi.encodeWithSelector(Lots.LotsStale.selector, lot, 0);
        VM.expectRevert(stale);
        receipts.issue(lots, "receipt", lot, 1);
        attested(lot, 2_000, 1_900, 2_100);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsMoreThanWeighed.selector, lot, 1_001, 1_000));
        receipts.issue(lots, "receipt", lot, 1_001);
        receipts.issue(lots, "receipt", lot, 600);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsMoreThanWeighed.selector, lot, 1_001, 1_000));
        receipts.issue(lots, "other", lot, 401);
        receipts.issue(lots, "other", lot, 400);
        same(lots.lotOf(lot).receipts, 2, "receipts");
    }

    function test_NoMorePledgesThanTheLowerBound() public {
        weighedIn(lot, 1_000);
        attested(lot, 995, 990, 1_000);
        receipts.issue(lots, "receipt", lot, 1_000);
        receipts.pledge(lots, "receipt", 600, lender(LENDER));
        bytes memory more = abi.encodeWithSelector(Lots.LotsMoreThanAttested.selector, lot, 991, 990);
        VM.expectRevert(more);
        receipts.pledge(lots, "receipt", 391, lender(OTHER_LENDER));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsZeroId.selector));
        receipts.pledge(lots, "receipt", 0, lender(OTHER_LENDER));
        receipts.issue(lots, "other", lot, 0);
        receipts.pledge(lots, "other", 390, lender(OTHER_LENDER));
        holds(stakeIn(lot, firm(LENDER)) == 600 && stakeIn(lot, firm(OTHER_LENDER)) == 390, "pledged");
        receipts.release(lots, "receipt", 600);
        bytes32[] memory lenders = lots.lendersOf(lot);
        holds(lenders.length == 1 && lenders[0] == firm(OTHER_LENDER), "lenders");
        VM.warp(block.timestamp + MAX_AGE + 1);
        bytes memory stale = abi.encodeWithSelector(Lots.LotsStale.selector, lot, lots.lotOf(lot).attestedAt);
        VM.expectRevert(stale);
        receipts.pledge(lots, "other", 1, lender(OTHER_LENDER));
    }

    function test_LendersAndReceiptsHaveAnEnd() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, "receipt", lot, 1_000);
        for (uint256 i = 0; i < 16; i++) {
            receipts.pledge(lots, "receipt", 16, lender(1_000 + i));
        }
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 17, 16));
        receipts.pledge(lots, "receipt", 16, lender(999));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooLittle.selector, lot, 15, 1_000));
        receipts.pledge(lots, "receipt", 15, lender(999));
        receipts.pledge(lots, "receipt", 1, lender(1_003));
        VM.startPrank(address(receipts));
        lots.recounted(lot, 1, 192);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 193, 192));
        lots.recounted(lot, 1, 2);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 193, 192));
        lots.issued(lot, 0, firm(DEPOSITOR));
        lots.recounted(lot, 0, 64);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 257, 256));
        lots.recounted(lot, 0, 1);
        lots.recounted(lot, 2, 1);
        VM.stopPrank();
    }

    function test_OnlyReceiptsIssuesAndPledges() public {
        bytes memory reason = abi.encodeWithSelector(Lots.LotsNotReceipts.selector, address(this));
        VM.expectRevert(reason);
        lots.issued(lot, 0, 0);
        VM.expectRevert(reason);
        lots.retired(lot, 0, false, 0);
        VM.expectRevert(reason);
        lots.recounted(lot, 0, 0);
        VM.expectRevert(reason);
        lots.pledgedMore(lot, 1, lender(LENDER));
        VM.expectRevert(reason);
        lots.pledgedLess(lot, 0, firm(LENDER));
        VM.expectRevert(reason);
        lots.wentOut(lot, "digest", some("out"), 1, new bytes32[](0), 1, false);
        VM.expectRevert(reason);
        lots.overPicked(lot);
    }

    /// @dev What leaves takes the figures along, and makes the next attestation one over another head.
    function test_WhatWentOut() public {
        bytes32 id = weighedIn(lot, 1_000);
        attested(lot, 995, 5, 1_000);
        Attestations.Attest memory early = attestOp(lot, 1_000, 1_000, 1_000);
        bytes32 head = lotHead(lot);
        receipts.issue(lots, "receipt", lot, 1_000);
        same(lotHead(lot), head, "an issue does not move the head");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSpent.selector, id));
        receipts.deliver(lots, "receipt", 10, some(id), new bytes32[](0));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerials.selector, 1, 0));
        receipts.deliver(lots, "receipt", 10, some("out"), some("serial"));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 0, 64));
        receipts.deliver(lots, "receipt", 10, new bytes32[](0), new bytes32[](0));
        receipts.deliver(lots, "receipt", 10, some("out"), new bytes32[](0));
        same(lotHead(lot), keccak256(abi.encode(head, keccak256("operation"), blockhash(block.number - 1))), "head");
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.weighed == 990 && found.estimate == 985 && found.lower == 0 && found.upper == 990, "figures");
        holds(found.weighedEver == 1_000 && found.face == 990, "face");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSpent.selector, bytes32("out")));
        receipts.deliver(lots, "receipt", 10, some("out"), new bytes32[](0));
        VM.warp(block.timestamp + 1);
        early.asOf = uint64(block.timestamp);
        refused(
            early,
            by(KEEPER, INSPECTOR),
            abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot))
        );
    }

    /// @dev More gone than there was leaves nothing, and receipts over nothing: short, whatever a later attestation says.
    function test_ReceiptsOverNothingAreShort() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, "a", lot, 400);
        receipts.issue(lots, "b", lot, 600);
        receipts.deliver(lots, "a", 500, some("out"), new bytes32[](0));
        holds(lots.lotOf(lot).weighed == 500 && lots.lotOf(lot).face == 600, "figures");
        attested(lot, 500, 500, 500);
        holds(lots.isShort(lot), "receipts for more than there is");
        receipts.deliver(lots, "b", 600, some("all"), new bytes32[](0));
        same(lots.lotOf(lot).weighed, 0, "nothing");
    }

    // Sharing and closing

    function apportionOp(uint256 n) private view returns (Attestations.Apportion memory op) {
        bytes32[] memory depositors = n == 0 ? new bytes32[](0) : depositorsOf(lot);
        op = Attestations.Apportion(lot, lotHead(lot), new bytes32[](n), depositors, REASON, placed(1, 2), NEVER);
        for (uint256 i = 0; i < n; i++) {
            op.receipts[i] = bytes32(i + 1);
        }
    }

    function refused(Attestations.Apportion memory op, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), sharers(lot));
        VM.expectRevert(reason);
        attestations.apportion(op, signatures);
    }

    /// @dev Each keeps floor(face · estimate / Σ face), no pledge is more than its face, and the sums are the receipts'.
    function testFuzz_AShortageIsSharedProRata(uint128[5] memory faces, uint128[5] memory pledged, uint128 left) public {
        uint128 sum = 0;
        for (uint256 i = 0; i < 5; i++) {
            faces[i] = uint128(bound(faces[i], 1, 1e13));
            pledged[i] = uint128(bound(pledged[i], 0, faces[i]));
            sum += faces[i];
        }
        weighedIn(lot, sum);
        attested(lot, sum, sum, sum);
        for (uint256 i = 0; i < 5; i++) {
            receipts.issue(lots, bytes32(i + 1), lot, faces[i]);
            if (uint256(pledged[i]) * 64 < sum) pledged[i] = 0;
            if (pledged[i] > 0) receipts.pledge(lots, bytes32(i + 1), pledged[i], lender(i % 2 == 0 ? LENDER : OTHER_LENDER));
        }
        left = uint128(bound(left, 0, sum - 1));
        attestedShort(left);
        noticedShort(left);
        Attestations.Apportion memory op = apportionOp(5);
        bytes[] memory signatures = signedBy(digestOf(op), sharers(lot));
        RECORDER.recordLogs();
        attestations.apportion(op, signatures);
        bytes memory fields = told(address(attestations), lot, APPORTION, digestOf(op), op.head, signatures);
        same(digestOf(abi.decode(fields, (Attestations.Apportion))), digestOf(op), "fields");
        shared(faces, pledged, left, sum);
    }

    function shared(uint128[5] memory faces, uint128[5] memory pledged, uint128 left, uint128 sum) private view {
        uint256 face = 0;
        uint256 living = 0;
        uint256[2] memory stakes;
        for (uint256 i = 0; i < 5; i++) {
            (,, uint128 itsFace, uint128 itsPledge,) = receipts.quantitiesOf(bytes32(i + 1));
            same(itsFace, uint256(faces[i]) * left / sum, "face");
            same(itsPledge, pledged[i] < itsFace ? pledged[i] : itsFace, "pledged");
            face += itsFace;
            stakes[i % 2] += itsPledge;
            if (itsFace > 0) living++;
        }
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.face == face && found.weighed == face && face <= left && left - face < 5, "sums");
        holds(found.pledged == stakes[0] + stakes[1] && !found.short && found.receipts == living, "pledged");
        same(stakeIn(lot, firm(LENDER)), stakes[0], "lender");
        same(stakeIn(lot, firm(OTHER_LENDER)), stakes[1], "other lender");
        same(lots.lendersOf(lot).length, (stakes[0] > 0 ? 1 : 0) + (stakes[1] > 0 ? 1 : 0), "lenders");
    }

    /// @dev What is in no receipt loses the same part as what is in one.
    function test_WhatIsInNoReceiptSharesAlike() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, bytes32(uint256(1)), lot, 300);
        attested(lot, 400, 390, 410);
        noticed(lot, 400);
        refused(apportionOp(0), abi.encodeWithSelector(Lots.LotsNotAllReceipts.selector, 0, 1));
        Attestations.Apportion memory op = apportionOp(1);
        op.depositors = new bytes32[](0);
        refused(op, abi.encodeWithSelector(Lots.LotsNotAllDepositors.selector, 0, 1));
        op.depositors = some(firm(OTHER_DEPOSITOR));
        refused(op, abi.encodeWithSelector(Lots.LotsNotDeposited.selector, lot, firm(OTHER_DEPOSITOR), 0));
        op = apportionOp(1);
        attestations.apportion(op, signedBy(digestOf(op), sharers(lot)));
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.weighed == 400 && found.face == 120 && found.deposited == 280 && !found.short, "shared");
        holds(depositedBy(lot, DEPOSITOR) == 280 && found.weighedEver == 400 && found.depositors == 1, "deposits");
        VM.prank(address(receipts));
        lots.overPicked(lot);
        noticedShort(2_000);
        op = apportionOp(0);
        attestations.apportion(op, signedBy(digestOf(op), sharers(lot)));
        same(lots.lotOf(lot).weighed, 400, "nothing is written up");
    }

    /// @dev More went out, it was said, than was receipted: what the witnesses find is shared, whatever the book has.
    function test_WhatTheWitnessesFindIsSharedWhereTheBookHasLess() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, "gone", lot, 400);
        receipts.issue(lots, bytes32(uint256(1)), lot, 600);
        receipts.deliver(lots, "gone", 500, some("out"), new bytes32[](0));
        noticed(lot, 550);
        refused(apportionOp(0), abi.encodeWithSelector(Lots.LotsNotAllReceipts.selector, 0, 1));
        Attestations.Apportion memory op = apportionOp(1);
        attestations.apportion(op, signedBy(digestOf(op), sharers(lot)));
        holds(lots.lotOf(lot).weighed == 550 && lots.lotOf(lot).face == 550 && !lots.isShort(lot), "shared");
    }

    /// @dev Where they find all that is claimed nobody loses a gram, and nobody gains one.
    function test_WhereAllIsThereTheBookIsPutRight() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, "gone", lot, 400);
        receipts.issue(lots, bytes32(uint256(1)), lot, 600);
        receipts.deliver(lots, "gone", 500, some("out"), new bytes32[](0));
        noticed(lot, 700);
        refused(apportionOp(1), abi.encodeWithSelector(Lots.LotsNotAllReceipts.selector, 1, 0));
        Attestations.Apportion memory op = apportionOp(0);
        attestations.apportion(op, signedBy(digestOf(op), sharers(lot)));
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.weighed == 600 && found.face == 600 && found.weighedEver == 600 && !found.short, "all is there");
    }

    function attestedShort(uint128 quantity) private {
        VM.warp(block.timestamp + 1);
        Attestations.Attest memory op = attestOp(lot, quantity, quantity, quantity);
        op.short = true;
        attestations.attest(op, signedBy(digestOf(op), by(KEEPER, INSPECTOR)));
    }

    function noticedShort(uint128 quantity) private {
        VM.warp(block.timestamp + 7 days);
        attestedShort(quantity);
    }

    function test_SharesThatAreRefused() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, bytes32(uint256(1)), lot, 300);
        receipts.issue(lots, bytes32(uint256(2)), lot, 700);
        refused(apportionOp(2), abi.encodeWithSelector(Attestations.LotsNotShort.selector, lot));
        attested(lot, 400, 390, 410);
        uint64 from = uint64(block.timestamp) + 7 days;
        refused(apportionOp(2), abi.encodeWithSelector(Attestations.LotsTooEarly.selector, lot, from));
        VM.warp(from - 1);
        refused(apportionOp(2), abi.encodeWithSelector(Attestations.LotsTooEarly.selector, lot, from));
        attested(lot, 400, 390, 410);
        Attestations.Apportion memory op = apportionOp(1);
        refused(op, abi.encodeWithSelector(Lots.LotsNotAllReceipts.selector, 1, 2));
        op = apportionOp(2);
        op.receipts[0] = bytes32(uint256(2));
        refused(op, abi.encodeWithSelector(Lots.LotsNotAscending.selector, bytes32(uint256(2))));
        (op.receipts[0], op.receipts[1]) = (bytes32(uint256(1)), "stranger");
        refused(op, abi.encodeWithSelector(Lots.LotsNotItsReceipt.selector, lot, bytes32("stranger")));
        op.reason = 0;
        refused(op, abi.encodeWithSelector(Lots.LotsZeroId.selector));
        op.reason = REASON;
        op.head = "another";
        refused(op, abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot)));
        op = apportionOp(2);
        bytes[] memory signatures = signedBy(digestOf(op), by(OTHER_KEEPER, LENDER, INSPECTOR));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(OTHER_KEEPER), firm(KEEPER)));
        attestations.apportion(op, signatures);
        signatures = signedBy(digestOf(op), by(KEEPER, KEEPER, INSPECTOR));
        VM.expectPartialRevert(Signed.SignedByNobodyInRole.selector);
        attestations.apportion(op, signatures);
        op.places = placed(0, 2);
        signatures = signedBy(digestOf(op), by(KEEPER, KEEPER, INSPECTOR));
        VM.expectRevert(abi.encodeWithSelector(Attestations.LotsKeepersPlace.selector, 0));
        attestations.apportion(op, signatures);
        op.places = new uint8[](1);
        signatures = signedBy(digestOf(op), by(KEEPER, KEEPER));
        VM.expectRevert(abi.encodeWithSelector(Attestations.LotsQuorum.selector, 1, 2));
        attestations.apportion(op, signatures);
        VM.warp(block.timestamp + MAX_AGE + 1);
        refused(apportionOp(2), abi.encodeWithSelector(Lots.LotsStale.selector, lot, lots.lotOf(lot).attestedAt));
    }

    /// @dev The most receipts that a lot has are shared in one operation, within a block.
    function test_TheMostReceiptsAreSharedAtOnce() public {
        for (uint256 i = 0; i < 16; i++) {
            join(1_000 + i, Organisations.Role.Lender);
        }
        VM.roll(block.number + 1);
        weighedIn(lot, 256_000);
        attested(lot, 256_000, 256_000, 256_000);
        for (uint256 i = 1; i <= 192; i++) {
            receipts.issue(lots, bytes32(i), lot, i <= 64 ? 2_000 : 1_000);
        }
        for (uint256 i = 1; i <= 64; i++) {
            receipts.sell(lots, bytes32(i), bytes32(192 + i), 1_000);
        }
        for (uint256 i = 1; i <= 16; i++) {
            receipts.pledge(lots, bytes32(i), 4_000, Signed.Party(firm(999 + i), uint48(known()), Organisations.Role.Lender));
        }
        attested(lot, 100_000, 100_000, 100_000);
        noticed(lot, 100_000);
        Attestations.Apportion memory op = apportionOp(256);
        uint256[] memory signers = new uint256[](19);
        (signers[0], signers[1], signers[2]) = (KEEPER, LENDER, INSPECTOR);
        for (uint256 i = 0; i < 16; i++) {
            signers[3 + i] = 1_000 + i;
        }
        bytes[] memory signatures = signedBy(digestOf(op), signers);
        uint256 before = gasleft();
        attestations.apportion(op, signatures);
        holds(before - gasleft() < 10_000_000, "gas");
        same(lots.lotOf(lot).face, 256 * 390, "face");
    }

    function test_ALotIsClosedWithoutReceipts() public {
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, "receipt", lot, 1_000);
        Attestations.CloseLot memory op = closeOp(lot, true);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsReceipted.selector, lot, 1_000));
        attestations.closeLot(op, new bytes[](0));
        VM.startPrank(address(receipts));
        lots.retired(lot, 1_000, false, firm(DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsReceipted.selector, lot, 0));
        attestations.closeLot(op, new bytes[](0));
        lots.retired(lot, 0, true, 0);
        VM.stopPrank();
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotAllDepositors.selector, 0, 1));
        attestations.closeLot(op, new bytes[](0));
        op = closeOp(lot, true);
        bytes[] memory signatures = signedBy(digestOf(op), by(OTHER_KEEPER, LENDER, INSPECTOR, DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(OTHER_KEEPER), firm(KEEPER)));
        attestations.closeLot(op, signatures);
        op.places = new uint8[](0);
        signatures = signedBy(digestOf(op), by(KEEPER, DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Attestations.LotsQuorum.selector, 0, 2));
        attestations.closeLot(op, signatures);
        op.places = placed(1, 2);
        op.head = "another";
        VM.expectRevert(abi.encodeWithSelector(Signed.SignedOverAnotherHead.selector, lot, lotHead(lot)));
        attestations.closeLot(op, signatures);
        op.head = lotHead(lot);
        signatures = signedBy(digestOf(op), by(KEEPER, LENDER, INSPECTOR, DEPOSITOR));
        bytes32 place = slotHead(slot);
        RECORDER.recordLogs();
        attestations.closeLot(op, signatures);
        bytes memory fields = told(address(attestations), lot, CLOSE_LOT, digestOf(op), op.head, signatures);
        same(digestOf(abi.decode(fields, (Attestations.CloseLot))), digestOf(op), "fields");
        bytes32 parent = blockhash(block.number - 1);
        same(slotHead(slot), keccak256(abi.encode(place, digestOf(op), parent)), "head of the slot");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsClosed.selector, lot));
        attestations.closeLot(op, signatures);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsClosed.selector, lot));
        receipts.issue(lots, "other", lot, 1);
        holds(!lots.isFresh(lot), "fresh");
        bytes32 next = openedLot(slot, false);
        holds(next != lot, "the same lot again");
    }
}
