// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {ILots} from "../ILots.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Parties} from "../Parties.sol";
import {Signed} from "../Signed.sol";
import {Stock} from "./Stock.sol";

/// @dev What a review found that a keeper with one friend could do to everybody else, turned round.
contract AttestationsTest is Stock {
    bytes32 private lot;
    bytes32 private constant ONE = bytes32(uint256(1));

    function setUp() public {
        establish();
        bytes32 slot = addedSlot(0);
        assign(slot, KEEPER);
        uint256[6] memory courts = [OTHER_KEEPER, KEEPER, OWNER, DEPOSITOR, OTHER_LENDER, OTHER_DEPOSITOR];
        for (uint256 i = 0; i < 6; i++) {
            bindTo(firm(courts[i]), 0xC9 + i, Organisations.Role.CourtLiaison);
        }
        bindTo(firm(LENDER), 0xC8, Organisations.Role.Verifier);
        VM.roll(block.number + 1);
        lot = openedLot(slot, false);
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, ONE, lot, 600);
        receipts.pledge(lots, ONE, 500, lender(OTHER_LENDER));
    }

    function sharing(bytes32[] memory all) private view returns (Attestations.Apportion memory) {
        bytes32[] memory depositors = all.length == 0 ? all : depositorsOf(lot);
        return Attestations.Apportion(lot, lotHead(lot), all, depositors, REASON, placed(1, 2), NEVER);
    }

    function refused(Attestations.Apportion memory op, uint256[] memory signers, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), signers);
        VM.expectRevert(reason);
        attestations.apportion(op, signatures);
    }

    /// @dev Keeper and inspector can not write everybody off: not at once, and not without every lender, or an old court.
    function test_NobodyIsWrittenOffBehindItsLender() public {
        attested(lot, 0, 0, 0);
        uint64 from = uint64(block.timestamp) + 7 days;
        refused(sharing(some(ONE)), sharers(lot), abi.encodeWithSelector(Attestations.LotsTooEarly.selector, lot, from));
        noticed(lot, 0);
        same(lots.lotOf(lot).noticedAt + 7 days, from, "a later attestation of the same does not begin it anew");
        refused(sharing(some(ONE)), by(KEEPER, LENDER, INSPECTOR), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 3, 4));
        refused(
            sharing(some(ONE)),
            by(KEEPER, LENDER, INSPECTOR, LENDER),
            abi.encodeWithSelector(Signed.SignedByAnother.selector, 3, firm(LENDER), firm(OTHER_LENDER))
        );
        bindTo(firm(COURT), 0xC1, Organisations.Role.CourtLiaison);
        uint256 since = block.number;
        VM.roll(since + 1);
        uint256 opened = lots.lotOf(lot).openedBlock;
        refused(
            sharing(some(ONE)),
            by(KEEPER, LENDER, INSPECTOR, 0xC1),
            abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 3, VM.addr(0xC1), since, opened - 1)
        );
        Attestations.Apportion memory op = sharing(some(ONE));
        attestations.apportion(op, signedBy(digestOf(op), by(KEEPER, LENDER, INSPECTOR, COURT)));
        holds(lots.lotOf(lot).face == 0 && lots.lotOf(lot).depositors == 0, "nothing is left of anybody's");
    }

    /// @dev A week's notice of 2 % missing is none of all missing: it begins anew, and noise does not begin it anew.
    function test_NoticeBeginsAnewWhereMuchMoreIsMissing() public {
        attested(lot, 980, 980, 980);
        uint64 first = lots.lotOf(lot).noticedAt;
        noticed(lot, 965);
        same(lots.lotOf(lot).noticedAt, first, "noise");
        attested(lot, 964, 964, 964);
        uint64 from = uint64(block.timestamp) + 7 days;
        refused(sharing(some(ONE)), sharers(lot), abi.encodeWithSelector(Attestations.LotsTooEarly.selector, lot, from));
        same(lots.lotOf(lot).shortSince, first, "it is short since the first");
        attested(lot, 970, 970, 970);
        weighedIn(lot, 36);
        same(lots.lotOf(lot).noticed, 1_000, "what came in hides nothing");
        attested(lot, 984, 984, 984);
        holds(lots.lotOf(lot).noticedAt == block.timestamp && lots.lotOf(lot).noticed == 984, "of 1,000 g noticed");
        attested(lot, 1_036, 1_036, 1_036);
        holds(lots.lotOf(lot).noticedAt == 0 && lots.lotOf(lot).noticed == 0, "no shortage, no notice");
    }

    /// @dev A court that is lender, keeper, holder or depositor there shares nothing in another's place; nor do two.
    function test_ACourtThatIsAPartySharesNothing() public {
        bindTo(firm(OTHER_LENDER), 0xC1, Organisations.Role.CourtLiaison);
        bindTo(firm(DEPOSITOR), 0xC2, Organisations.Role.CourtLiaison);
        bindTo(firm(KEEPER), 0xC3, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        VM.roll(block.number + 1);
        lot = openedLot(slot, false);
        weighedIn(lot, 1_000);
        attested(lot, 1_000, 1_000, 1_000);
        receipts.issue(lots, "two", lot, 600);
        receipts.pledge(lots, "two", 100, lender(OTHER_LENDER));
        receipts.pledge(lots, "two", 100, lender(LENDER));
        attested(lot, 500, 500, 500);
        noticed(lot, 500);
        for (uint256 key = 0xC1; key <= 0xC3; key++) {
            bytes32 party = firm(key == 0xC1 ? OTHER_LENDER : key == 0xC2 ? DEPOSITOR : KEEPER);
            bytes memory why = abi.encodeWithSelector(Parties.SignedByAParty.selector, party);
            refused(sharing(some("two")), by(KEEPER, LENDER, INSPECTOR, key, LENDER), why);
        }
        refused(
            sharing(some("two")),
            by(KEEPER, LENDER, INSPECTOR, COURT, 0xC1),
            abi.encodeWithSelector(Signed.SignedByAnother.selector, 4, firm(OTHER_LENDER), firm(COURT))
        );
        Attestations.Apportion memory op = sharing(some("two"));
        attestations.apportion(op, signedBy(digestOf(op), by(KEEPER, LENDER, INSPECTOR, COURT, COURT)));
        same(lots.lotOf(lot).face, 300, "face");
    }

    /// @dev Goods in no receipt do not end with their lot behind who brought them.
    function test_DepositorsSignThatTheirGoodsAreGone() public {
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        bytes32 other = openedLot(slot, false);
        weighedIn(other, 10);
        Lots.RecordInbound memory more = inboundOp(other, "more", 5);
        more.depositor = firm(OTHER_DEPOSITOR);
        lots.recordInbound(more, signedBy(digestOf(more), by(KEEPER, VERIFIER, OTHER_DEPOSITOR)));
        bindTo(firm(COURT), 0xC1, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        Attestations.CloseLot memory op = closeOp(other, true);
        bool turned = op.depositors[0] != firm(DEPOSITOR);
        uint256 first = turned ? OTHER_DEPOSITOR : DEPOSITOR;
        uint256 second = turned ? DEPOSITOR : OTHER_DEPOSITOR;
        ended(op, by(KEEPER, LENDER, INSPECTOR, second, first), Signed.SignedByAnother.selector);
        ended(op, by(KEEPER, LENDER, INSPECTOR, first, 0xC1), Signed.SignedByALaterKey.selector);
        ended(op, by(KEEPER, LENDER, INSPECTOR, first), Signed.SignedByTooManyOrFew.selector);
        bindTo(firm(second == DEPOSITOR ? DEPOSITOR : OTHER_DEPOSITOR), 0xC2, Organisations.Role.Holder);
        VM.roll(block.number + 1);
        ended(op, by(KEEPER, LENDER, INSPECTOR, first, 0xC2), Signed.SignedByALaterKey.selector);
        op.depositors[1] = op.depositors[0];
        ended(op, by(KEEPER, LENDER, INSPECTOR, first, first), Attestations.LotsNotAscending.selector);
        op = closeOp(other, true);
        (op.depositors[0], op.depositors[1]) = (op.depositors[1], op.depositors[0]);
        ended(op, by(KEEPER, LENDER, INSPECTOR, second, first), Attestations.LotsNotAscending.selector);
        op.depositors[0] = firm(LENDER);
        ended(op, by(KEEPER, LENDER, INSPECTOR, second, first), Attestations.LotsNotDeposited.selector);
        op = closeOp(other, true);
        op.places = placed(0, 2);
        ended(op, by(KEEPER, KEEPER, INSPECTOR, first, second), Attestations.LotsKeepersPlace.selector);
        op = closeOp(other, true);
        attestations.closeLot(op, signedBy(digestOf(op), by(KEEPER, LENDER, INSPECTOR, first, COURT)));
        holds(!lots.lotOf(other).open, "closed");
    }

    /// @dev Where nothing is left, no witness has to see it; and a depositor is named once where a shortage is shared.
    function test_NobodyIsNamedInVain() public {
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        bytes32 other = openedLot(slot, false);
        ended(closeOp(other, true), by(KEEPER, LENDER, INSPECTOR), Attestations.LotsQuorum.selector);
        Lots.RecordInbound memory more = inboundOp(lot, "more", 5);
        more.depositor = firm(OTHER_DEPOSITOR);
        lots.recordInbound(more, signedBy(digestOf(more), by(KEEPER, VERIFIER, OTHER_DEPOSITOR)));
        attested(lot, 500, 500, 500);
        noticed(lot, 500);
        Attestations.Apportion memory op = sharing(some(ONE));
        op.depositors[1] = op.depositors[0];
        refused(op, sharers(lot), abi.encodeWithSelector(Lots.LotsNotAscending.selector, op.depositors[0]));
    }

    function ended(Attestations.CloseLot memory op, uint256[] memory signers, bytes4 reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), signers);
        VM.expectPartialRevert(reason);
        attestations.closeLot(op, signatures);
    }

    /// @dev What is told to have left before the figures were taken lowers them to the book; what left later, by its weight.
    function test_FiguresSayNoMoreThanTheBook() public {
        uint64 leftAt = uint64(block.timestamp);
        attested(lot, 1_000, 950, 1_050);
        VM.startPrank(address(receipts));
        lots.wentOut(lot, "digest", some("out"), 200, new bytes32[](0), leftAt, false);
        VM.stopPrank();
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.weighed == 800 && found.estimate == 800 && found.lower == 800 && found.upper == 800, "the book");
        holds(found.movedAt == leftAt, "moved");
    }

    /// @dev Told of within a week after the scale; figures need be no younger than that.
    function test_WhenGoodsWereWeighed() public {
        VM.warp(block.timestamp + 10 days);
        Lots.RecordInbound memory op = inboundOp(lot, "new", 1);
        uint64 time = uint64(block.timestamp);
        uint64[2] memory wrong = [time + 1, time - 7 days - 1];
        for (uint256 i = 0; i < 2; i++) {
            op.weighedAt = wrong[i];
            bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR));
            VM.expectRevert(abi.encodeWithSelector(Lots.LotsWeighedAt.selector, wrong[i], time));
            lots.recordInbound(op, signatures);
        }
        op.weighedAt = time - 7 days;
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        same(lots.lotOf(lot).movedAt, time - 7 days, "moved");
        op = inboundOp(lot, "older", 1);
        op.weighedAt = time - 7 days;
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        same(lots.lotOf(lot).movedAt, time - 7 days, "still");
    }

    /// @dev Without who verifies and who inspects, other than the keeper, nothing would come in, be receipted, or leave.
    function test_APanelVerifiesAndInspectsWithoutTheKeeper() public {
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        Lots.OpenLot memory op = openOp(slot, false);
        op.roles[3] = uint8(Organisations.Role.Lender);
        panel(op, false, true);
        op = openOp(slot, false);
        op.roles[2] = uint8(Organisations.Role.Lender);
        panel(op, true, false);
        op = openOp(slot, false);
        (op.witnesses[0], op.witnesses[3]) = (firm(VERIFIER), firm(KEEPER));
        op.roles[0] = uint8(Organisations.Role.Lender);
        panel(op, false, true);
    }

    function panel(Lots.OpenLot memory op, bool verifies, bool inspects) private {
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER));
        VM.expectRevert(abi.encodeWithSelector(Attestations.LotsPanel.selector, verifies, inspects));
        lots.openLot(op, signatures);
    }

    /// @dev Depositors are as many as a shortage can be shared among in one operation.
    function test_TheMostDepositors() public {
        for (uint256 i = 0; i < 64; i++) {
            join(0xA000 + i, Organisations.Role.Holder);
        }
        VM.roll(block.number + 1);
        for (uint256 i = 0; i < 64; i++) {
            Lots.RecordInbound memory op = inboundOp(lot, keccak256(abi.encode("of", i)), 10);
            op.depositor = firm(0xA000 + i);
            bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, VERIFIER, 0xA000 + i));
            if (i == 63) VM.expectRevert(abi.encodeWithSelector(Lots.LotsTooManyOrFew.selector, 65, 64));
            lots.recordInbound(op, signatures);
        }
        VM.prank(address(receipts));
        lots.retired(lot, 5, false, firm(0xA000 + 63));
        same(lots.lotOf(lot).depositors, 65, "whose receipt ends has room");
    }

    /// @dev Goods that come in after the count are not written off with what was missing.
    function test_GoodsThatComeIntoAShortLotAreCounted() public {
        attested(lot, 500, 500, 500);
        VM.warp(block.timestamp + 7 days);
        attested(lot, 500, 500, 500);
        VM.warp(block.timestamp + 1);
        weighedIn(lot, 300);
        uint64 moved = uint64(block.timestamp);
        bytes memory stale = abi.encodeWithSelector(Lots.LotsStale.selector, lot, lots.lotOf(lot).attestedAt);
        refused(sharing(some(ONE)), sharers(lot), stale);
        VM.warp(block.timestamp + 1);
        Attestations.Attest memory early = attestOp(lot, 500, 500, 500);
        early.asOf = moved - 1;
        bytes[] memory signatures = signedBy(digestOf(early), by(KEEPER, INSPECTOR));
        VM.expectRevert(
            abi.encodeWithSelector(Attestations.LotsAttestedAt.selector, moved - 1, moved, block.timestamp)
        );
        attestations.attest(early, signatures);
        attested(lot, 800, 800, 800);
        Attestations.Apportion memory op = sharing(some(ONE));
        attestations.apportion(op, signedBy(digestOf(op), sharers(lot)));
        holds(lots.lotOf(lot).weighed == 799 && lots.lotOf(lot).face == 369, "600 and 430 of 800, rounded down");
    }

    /// @dev No receipt over goods that another brought (Civil Code art. 908), also after a shortage was shared.
    function test_GoodsGoBackToWhoBroughtThem() public {
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotDeposited.selector, lot, firm(OTHER_DEPOSITOR), 0));
        receipts.issueTo(lots, "stolen", lot, 1, firm(OTHER_DEPOSITOR));
        same(depositedBy(lot, DEPOSITOR), 400, "unreceipted");
        VM.prank(address(receipts));
        lots.retired(lot, 100, false, firm(DEPOSITOR));
        same(depositedBy(lot, DEPOSITOR), 500, "what is amended goes back");
        attested(lot, 250, 250, 250);
        noticed(lot, 250);
        Attestations.Apportion memory op = sharing(some(ONE));
        attestations.apportion(op, signedBy(digestOf(op), sharers(lot)));
        same(depositedBy(lot, DEPOSITOR), 125, "its share");
    }

    /// @dev A shortage that only the counting made, between the gate and the books, is lifted by the books.
    function test_AnHonestCountBeforeTheBooksIsNoShortage() public {
        uint64 leftAt = uint64(block.timestamp) + 1;
        VM.warp(block.timestamp + 10);
        attested(lot, 800, 800, 800);
        holds(lots.isShort(lot) && !lots.wasShort(lot, leftAt), "short by the books");
        VM.startPrank(address(receipts));
        lots.retired(lot, 200, false, 0);
        lots.wentOut(lot, "digest", some("out"), 200, new bytes32[](0), leftAt, false);
        VM.stopPrank();
        ILots.Lot memory found = lots.lotOf(lot);
        holds(!found.short && found.shortSince == 0 && found.upper == 800 && found.weighed == 800, "counted once");
    }

    function test_TheQuorumIsThereWithoutTheKeeper() public {
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        Lots.OpenLot memory op = openOp(slot, false);
        op.quorum = 4;
        bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER));
        VM.expectRevert(abi.encodeWithSelector(Attestations.LotsQuorum.selector, 4, 2));
        lots.openLot(op, signatures);
        op.quorum = 3;
        lots.openLot(op, signedBy(digestOf(op), by(KEEPER)));
    }

    /// @dev The third at the scale is a witness of the lot, in that role, and none whose key came with the trucks.
    function test_OnlyItsWitnessesSeeGoodsComeIn() public {
        join(0xC1, Organisations.Role.Verifier);
        bindTo(firm(VERIFIER), 0xC2, Organisations.Role.Verifier);
        VM.roll(block.number + 1);
        Lots.RecordInbound memory op = inboundOp(lot, "new", 1);
        for (uint256 key = 0xC1; key <= 0xC2; key++) {
            bytes[] memory signatures = signedBy(digestOf(op), by(KEEPER, key, DEPOSITOR));
            bytes32 who = key == 0xC1 ? firm(0xC1) : firm(VERIFIER);
            VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotItsWitness.selector, lot, who));
            lots.recordInbound(op, signatures);
        }
        bytes[] memory lenders = signedBy(digestOf(op), by(KEEPER, 0xC8, DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsNotItsWitness.selector, lot, firm(LENDER)));
        lots.recordInbound(op, lenders);
    }

    /// @dev A keeper that is gone is replaced by judgment, with its witnesses; the lot and its receipts are as they were, and
    ///      the slot goes along. The owner of the site is not asked.
    function test_AKeeperIsReplacedByJudgment() public {
        Attestations.SucceedKeeper memory op = succession(OTHER_KEEPER);
        unsucceeded(op, by(KEEPER, OTHER_KEEPER), abi.encodeWithSelector(Signed.SignedByNobodyInRole.selector, 0, VM.addr(KEEPER), Organisations.Role.CourtLiaison));
        unsucceeded(op, by(COURT, KEEPER), abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(KEEPER), firm(OTHER_KEEPER)));
        unsucceeded(op, by(COURT, OTHER_KEEPER, OWNER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 3, 2));
        bindTo(firm(COURT), 0xC1, Organisations.Role.CourtLiaison);
        uint256 since = block.number;
        VM.roll(since + 1);
        uint256 needed = lots.lotOf(lot).openedBlock - 1;
        unsucceeded(op, by(0xC1, OTHER_KEEPER), abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0xC1), since, needed));
        bytes[] memory signatures = signedBy(digestOf(op), by(COURT, OTHER_KEEPER));
        RECORDER.recordLogs();
        attestations.succeedKeeper(op, signatures);
        told(address(attestations), lot, SUCCEED_KEEPER, digestOf(op), op.head, signatures);
        ILots.Lot memory found = lots.lotOf(lot);
        holds(found.keeper.organisation == firm(OTHER_KEEPER) && found.face == 600 && found.pledged == 500, "lot");
        (bytes32[] memory witnesses,,, uint48 named) = attestations.witnessesOf(lot);
        holds(witnesses[0] == firm(OTHER_KEEPER) && witnesses.length == 4 && named == known(), "witnesses");
        (Signed.Party memory keeper,) = sites.keeperOf(found.slot);
        same(keeper.organisation, firm(OTHER_KEEPER), "slot");
        op.judgment = 0;
        unsucceeded(op, by(COURT, OTHER_KEEPER), abi.encodeWithSelector(Attestations.LotsZeroId.selector));
    }

    /// @dev Who has receipts, pledges or goods in a lot does not keep it, nor judges who does; keeper and owner judge neither.
    function test_NoPartyOfALotKeepsIt() public {
        Lots.RecordInbound memory inbound = inboundOp(lot, "another's", 1);
        inbound.depositor = firm(OTHER_DEPOSITOR);
        lots.recordInbound(inbound, signedBy(digestOf(inbound), by(KEEPER, INSPECTOR, OTHER_DEPOSITOR)));
        uint256[3] memory parties = [DEPOSITOR, OTHER_LENDER, OTHER_DEPOSITOR];
        for (uint256 i = 0; i < 3; i++) {
            bindTo(firm(parties[i]), 0xD1 + i, Organisations.Role.Keeper);
        }
        VM.roll(block.number + 1);
        for (uint256 i = 0; i < 3; i++) {
            Attestations.SucceedKeeper memory op = succession(parties[i]);
            unsucceeded(op, by(COURT, 0xD1 + i), abi.encodeWithSelector(Attestations.LotsKeeperIsAParty.selector, lot, op.keeper));
        }
        uint256[6] memory courts = [OTHER_KEEPER, KEEPER, OWNER, DEPOSITOR, OTHER_LENDER, OTHER_DEPOSITOR];
        for (uint256 i = 0; i < 6; i++) {
            bytes memory why = abi.encodeWithSelector(Parties.SignedByAParty.selector, firm(courts[i]));
            unsucceeded(succession(OTHER_KEEPER), by(0xC9 + i, OTHER_KEEPER), why);
        }
    }

    function test_AllReceiptsOfALotAreNamed() public {
        Attestations.SucceedKeeper memory op = succession(OTHER_KEEPER);
        op.receipts = new bytes32[](0);
        unsucceeded(op, by(COURT, OTHER_KEEPER), abi.encodeWithSelector(Attestations.LotsNotAllReceipts.selector, 0, 1));
        op.receipts = some("none");
        unsucceeded(op, by(COURT, OTHER_KEEPER), abi.encodeWithSelector(Attestations.LotsNotItsReceipt.selector, lot, bytes32("none")));
        receipts.issue(lots, "two", lot, 100);
        op.receipts = new bytes32[](2);
        (op.receipts[0], op.receipts[1]) = (ONE, ONE);
        unsucceeded(op, by(COURT, OTHER_KEEPER), abi.encodeWithSelector(Attestations.LotsNotAscending.selector, ONE));
        op.receipts[1] = "two";
        attestations.succeedKeeper(op, signedBy(digestOf(op), by(COURT, OTHER_KEEPER)));
    }

    function succession(uint256 keeper) private view returns (Attestations.SucceedKeeper memory op) {
        Lots.OpenLot memory like = openOp(lots.lotOf(lot).slot, false);
        like.witnesses[0] = firm(keeper);
        (op.lot, op.head, op.keeper, op.keeperSince) = (lot, lotHead(lot), firm(keeper), known());
        (op.receipts, op.witnesses, op.roles) = (some(ONE), like.witnesses, like.roles);
        (op.quorum, op.judgment, op.deadline) = (2, REASON, NEVER);
    }

    function unsucceeded(Attestations.SucceedKeeper memory op, uint256[] memory keys, bytes memory reason) private {
        bytes[] memory signatures = signedBy(digestOf(op), keys);
        VM.expectRevert(reason);
        attestations.succeedKeeper(op, signatures);
    }

    function test_OnlyTheContractsThemselves() public {
        ILots.Figures memory none;
        Signed.Party memory nobody;
        bytes memory why = abi.encodeWithSelector(Lots.LotsNotAttestations.selector, address(this));
        VM.expectRevert(why);
        lots.attested(lot, REASON, none);
        VM.expectRevert(why);
        lots.shared(lot, REASON, new bytes32[](0), new bytes32[](0), 0);
        VM.expectRevert(why);
        lots.closed(lot, REASON);
        VM.expectRevert(why);
        lots.succeeded(lot, REASON, nobody);
        VM.expectRevert(abi.encodeWithSelector(Attestations.LotsNotLots.selector, address(this)));
        attestations.appoint(lot, firm(KEEPER), new bytes32[](0), new uint8[](0), 2);
    }

    /// @dev Where the quorum sees it, the last piece leaves whole though less of the face is left: by less than itself.
    function test_APieceLeavesWhole() public {
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        bytes32 pieces = openedLot(slot, true);
        for (uint256 i = 0; i < 2; i++) {
            Lots.RecordInbound memory op = inboundOp(pieces, i == 0 ? bytes32("one") : bytes32("two"), 1_000);
            op.serials = some(i == 0 ? bytes32("first") : bytes32("second"));
            lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        }
        attested(pieces, 2_000, 2_000, 2_000);
        receipts.issue(lots, "all", pieces, 2_000);
        bytes32[] memory both = new bytes32[](2);
        (both[0], both[1]) = ("first", "second");
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerialQuantity.selector, 2_000, 1_500));
        receipts.deliver(lots, "all", 1_500, some("out"), both);
        receipts.leaveWhole(true);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerialQuantity.selector, 2_000, 1_000));
        receipts.deliver(lots, "all", 1_000, some("out"), both);
        receipts.deliver(lots, "all", 1_001, some("out"), both);
        ILots.Lot memory found = lots.lotOf(pieces);
        holds(found.weighed == 999 && found.estimate == 0 && found.upper == 0, "the book and what is there");
    }

    /// @dev A serial weighs what it weighed: a receipt of a gram takes no ingot out, and none lies in two lots.
    function test_ASerialLeavesWithItsWeight() public {
        bytes32 slot = addedSlot(1);
        assign(slot, KEEPER);
        bytes32 pieces = openedLot(slot, true);
        Lots.RecordInbound memory op = inboundOp(pieces, "first", 1_000);
        op.serials = some("ingot");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        attested(pieces, 1_000, 1_000, 1_000);
        receipts.issue(lots, "gram", pieces, 1);
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerialQuantity.selector, 1_000, 1));
        receipts.deliver(lots, "gram", 1, some("out"), some("ingot"));
        receipts.issue(lots, "rest", pieces, 999);
        receipts.deliver(lots, "rest", 1_000, some("out"), some("ingot"));
        op = inboundOp(pieces, "second", 1_000);
        op.serials = some("ingot");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        op = inboundOp(pieces, "third", 10);
        op.serials = some("nugget");
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
        Lots.VoidWeighing memory back = Lots.VoidWeighing(pieces, lotHead(pieces), "first", REASON, NEVER);
        bytes[] memory signatures = signedBy(digestOf(back), by(KEEPER, DEPOSITOR));
        VM.expectRevert(abi.encodeWithSelector(Lots.LotsSerialNotHere.selector, bytes32("ingot"), pieces));
        lots.voidWeighing(back, signatures);
        same(lots.serialOf("ingot"), pieces, "the piece that came back");
    }
}
