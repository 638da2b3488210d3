// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ITrades} from "../ITrades.sol";
import {Organisations} from "../Organisations.sol";
import {Parties} from "../Parties.sol";
import {Signed} from "../Signed.sol";
import {Trades} from "../Trades.sol";
import {Vouchers} from "../Vouchers.sol";
import {Exchange} from "./Exchange.sol";

contract VouchersTest is Exchange {
    uint128 private constant FACE = 100_000_000;

    function setUp() public {
        establish();
        act(opening(TRADE), by(SELLER, BUYER, REGISTRAR), "");
        act(creating(ROOT, FACE, TRADE), by(SELLER, BUYER, REGISTRAR), "");
    }

    function another(uint256 place, uint256 found, uint256 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByAnother.selector, place, firm(found), firm(needed));
    }

    function balances() private view {
        Vouchers.Root memory root = vouchers.rootOf(ROOT);
        same(uint256(root.living) + root.redeemed, root.face, "living and redeemed");
    }

    function test_AVoucherIsWhatItsObligorAccepted() public view {
        Vouchers.Root memory root = vouchers.rootOf(ROOT);
        holds(root.obligor.organisation == firm(BUYER) && root.registrar.organisation == firm(REGISTRAR), "parties");
        holds(root.face == FACE && root.living == FACE && root.redeemed == 0 && root.leaves == 1, "sums");
        holds(root.trade == TRADE && root.dueAt == DUE && root.disputes == 0, "root");
        Vouchers.Voucher memory leaf = vouchers.voucherOf(ROOT);
        holds(leaf.root == ROOT && leaf.parent == 0 && leaf.holder.organisation == firm(SELLER), "leaf");
        holds(leaf.face == FACE && leaf.tier == 0 && leaf.state == Vouchers.State.Living, "living");
        same(vouchers.invoiceOf(keccak256(abi.encode("invoice", ROOT))), ROOT, "invoice");
    }

    function test_VouchersThatAreRefused() public {
        uint256[] memory all = by(SELLER, BUYER, REGISTRAR);
        Vouchers.CreateVoucher memory op = creating(ROOT, FACE, 0);
        act(op, all, no(Vouchers.VouchersInvoiceKnown.selector, op.invoices[0], ROOT));
        op.invoices = single("another");
        act(op, all, no(Vouchers.VouchersKnown.selector, ROOT));
        act(creating(0, FACE, 0), all, no(Vouchers.VouchersZeroId.selector));
        act(creating("x", 0, 0), all, no(Vouchers.VouchersZeroFace.selector));
        op = creating("x", FACE, 0);
        op.invoices = pair("i", "i");
        act(op, all, no(Vouchers.VouchersInvoiceKnown.selector, "i", "x"));
        op.invoices = single(0);
        act(op, all, no(Vouchers.VouchersZeroId.selector));
        op.invoices = new bytes32[](0);
        act(op, all, abi.encodeWithSelector(Vouchers.VouchersInvoices.selector, 0));
        op.invoices = new bytes32[](65);
        act(op, all, abi.encodeWithSelector(Vouchers.VouchersInvoices.selector, 65));
        op = creating("x", FACE, 0);
        op.obligor = op.supplier;
        act(op, all, no(Vouchers.VouchersNotIndependent.selector, "x", firm(SELLER)));
        act(creating("x", FACE, "none"), all, no(ITrades.TradesUnknown.selector, "none"));
        op = creating("x", FACE, TRADE);
        op.supplier = firm(NEXT);
        act(op, by(NEXT, BUYER, REGISTRAR), abi.encodeWithSelector(Vouchers.VouchersNotOfTheTrade.selector, TRADE, firm(SELLER), firm(BUYER)));
        op.supplier = firm(SELLER);
        op.obligor = firm(NEXT);
        act(op, by(SELLER, NEXT, REGISTRAR), abi.encodeWithSelector(Vouchers.VouchersNotOfTheTrade.selector, TRADE, firm(SELLER), firm(BUYER)));
        op = creating("x", FACE, 0);
        act(op, by(NEXT, BUYER, REGISTRAR), another(0, NEXT, SELLER));
        act(op, by(SELLER, NEXT, REGISTRAR), another(1, NEXT, BUYER));
        act(op, by(SELLER, BUYER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        bind(firm(BUYER), 0xA3, Organisations.Role.RegistryAdmin);
        VM.roll(block.number + 1);
        op = creating("x", FACE, 0);
        act(op, by(SELLER, BUYER, 0xA3), no(Vouchers.VouchersNotIndependent.selector, "x", firm(BUYER)));
        bind(firm(SELLER), 0xA2, Organisations.Role.RegistryAdmin);
        VM.roll(block.number + 1);
        op = creating("x", FACE, 0);
        act(op, by(SELLER, BUYER, 0xA2), no(Vouchers.VouchersNotIndependent.selector, "x", firm(SELLER)));
        act(op, all, "");
    }

    /// @dev 银发〔2025〕77号: no more than a year.
    function testFuzz_ATermIsAtMostAYear(uint64 dueAt) public {
        dueAt = uint64(bound(dueAt, NOW - 1 days, NOW + 366 days));
        Vouchers.CreateVoucher memory op = creating("x", FACE, 0);
        op.dueAt = dueAt;
        bool fits = dueAt > NOW && dueAt <= NOW + 365 days;
        bytes memory reason = abi.encodeWithSelector(Vouchers.VouchersDueAt.selector, dueAt, NOW + 365 days);
        act(op, by(SELLER, BUYER, REGISTRAR), fits ? bytes("") : reason);
    }

    function test_TheTermsEnds() public {
        Vouchers.CreateVoucher memory op = creating("x", FACE, 0);
        op.dueAt = NOW;
        act(op, by(SELLER, BUYER, REGISTRAR), abi.encodeWithSelector(Vouchers.VouchersDueAt.selector, NOW, NOW + 365 days));
        op.dueAt = NOW + 365 days + 1;
        act(op, by(SELLER, BUYER, REGISTRAR), abi.encodeWithSelector(Vouchers.VouchersDueAt.selector, op.dueAt, NOW + 365 days));
        op.dueAt = NOW + 365 days;
        act(op, by(SELLER, BUYER, REGISTRAR), "");
    }

    /// @dev Pieces sum up to what was split, or nothing is.
    function testFuzz_PiecesSumUp(uint128 face, uint128 a, uint128 b) public {
        face = uint128(bound(face, 2, type(uint128).max));
        act(creating("y", face, 0), by(SELLER, BUYER, REGISTRAR), "");
        a = uint128(bound(a, 1, face - 1));
        Vouchers.SplitVoucher memory op = splitting("y", pair("y1", "y2"), pair(a, b));
        bytes memory reason = b == 0
            ? no(Vouchers.VouchersZeroFace.selector)
            : abi.encodeWithSelector(Vouchers.VouchersUnbalanced.selector, bytes32("y"), uint256(a) + b, face);
        if (b != face - a) act(op, by(SELLER), reason);
        op.faces[1] = face - a;
        act(op, by(SELLER), "");
        Vouchers.Root memory root = vouchers.rootOf("y");
        holds(root.living == face && root.leaves == 2, "sums");
        Vouchers.Voucher memory piece = vouchers.voucherOf("y2");
        holds(piece.face == face - a && piece.parent == "y" && piece.root == "y", "piece");
        holds(piece.holder.organisation == firm(SELLER) && piece.head != 0, "inherited");
        holds(vouchers.voucherOf("y").state == Vouchers.State.Split, "split");
    }

    function test_SplitsThatAreRefused() public {
        uint128[] memory halves = pair(FACE / 2, FACE / 2);
        act(splitting(ROOT, pair("a", "b"), halves), by(NEXT), another(0, NEXT, SELLER));
        act(splitting(ROOT, pair("a", "a"), halves), by(SELLER), no(Vouchers.VouchersKnown.selector, "a"));
        act(splitting(ROOT, pair("a", ROOT), halves), by(SELLER), no(Vouchers.VouchersKnown.selector, ROOT));
        act(splitting(ROOT, pair("a", bytes32(0)), halves), by(SELLER), no(Vouchers.VouchersZeroId.selector));
        Vouchers.SplitVoucher memory op = splitting(ROOT, single("a"), halves);
        act(op, by(SELLER), abi.encodeWithSelector(Vouchers.VouchersPieces.selector, 1, 2));
        op.numbers = new bytes32[](3);
        act(op, by(SELLER), abi.encodeWithSelector(Vouchers.VouchersPieces.selector, 3, 2));
        (op.numbers, op.faces) = (new bytes32[](17), new uint128[](17));
        act(op, by(SELLER), abi.encodeWithSelector(Vouchers.VouchersPieces.selector, 17, 17));
        op = splitting(ROOT, pair("a", "b"), halves);
        act(op, by(SELLER), "");
        act(op, by(SELLER), abi.encodeWithSelector(Vouchers.VouchersNotLiving.selector, ROOT, Vouchers.State.Split));
        op.number = "none";
        act(op, by(SELLER), no(Vouchers.VouchersUnknown.selector, "none"));
        op.number = "a";
        (op.numbers, op.faces) = (pair("c", "d"), pair(FACE / 4, FACE / 4));
        act(op, by(SELLER), no(Signed.SignedOverAnotherHead.selector, "a", headOf("a")));
    }

    function test_AVoucherIsPassedOnFromTierToTier() public {
        act(passing(ROOT, NEXT), by(SELLER, NEXT), "");
        Vouchers.Voucher memory leaf = vouchers.voucherOf(ROOT);
        holds(leaf.holder.organisation == firm(NEXT) && leaf.tier == 1, "next");
        act(passing(ROOT, LAST), by(SELLER, LAST), another(0, SELLER, NEXT));
        act(passing(ROOT, LAST), by(NEXT, SELLER), another(1, SELLER, LAST));
        act(passing(ROOT, BUYER), by(NEXT, BUYER), no(Vouchers.VouchersNotIndependent.selector, ROOT, firm(BUYER)));
        act(passing(ROOT, NEXT), by(NEXT, NEXT), no(Vouchers.VouchersNotIndependent.selector, ROOT, firm(NEXT)));
        act(passing(ROOT, LAST), by(NEXT), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        Vouchers.TransferVoucher memory old = passing(ROOT, LAST);
        for (uint256 i = 1; i < 32; i++) {
            act(passing(ROOT, i % 2 == 0 ? NEXT : LAST), i % 2 == 0 ? by(LAST, NEXT) : by(NEXT, LAST), "");
        }
        act(passing(ROOT, NEXT), by(LAST, NEXT), no(Vouchers.VouchersTiers.selector, ROOT));
        old.number = "z";
        act(creating("z", 5, 0), by(SELLER, BUYER, REGISTRAR), "");
        act(old, by(SELLER, LAST), no(Signed.SignedOverAnotherHead.selector, "z", headOf("z")));
        Vouchers.TransferVoucher memory late = passing("z", NEXT);
        VM.warp(DUE + 1);
        act(late, by(SELLER, NEXT), abi.encodeWithSelector(Vouchers.VouchersDue.selector, bytes32("z"), DUE));
        VM.warp(DUE);
        act(late, by(SELLER, NEXT), "");
    }

    /// @dev The administration binds keys of its own to those who hold, lend and come in; none of them moves anything.
    function test_LaterKeysMoveNothing() public {
        Vouchers.TransferVoucher memory pass = passing(ROOT, NEXT);
        Vouchers.OfferVoucher memory offer = offering(ROOT, LENDER);
        uint64 named = before();
        bind(firm(SELLER), 0xB1, Organisations.Role.Holder);
        bind(firm(NEXT), 0xB2, Organisations.Role.Holder);
        bind(firm(LENDER), 0xB3, Organisations.Role.Lender);
        bind(firm(BUYER), 0xB4, Organisations.Role.Holder);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 3);
        bytes4 later = Signed.SignedByALaterKey.selector;
        act(pass, by(0xB1, NEXT), abi.encodeWithSelector(later, 0, VM.addr(0xB1), since, 1));
        act(pass, by(SELLER, 0xB2), abi.encodeWithSelector(later, 1, VM.addr(0xB2), since, named));
        act(redeeming(ROOT, AS_HOLDER), by(SELLER, 0xB4), abi.encodeWithSelector(later, 1, VM.addr(0xB4), since, 1));
        act(disputing(ROOT, 0, AS_HOLDER), by(0xB4), abi.encodeWithSelector(later, 0, VM.addr(0xB4), since, 1));
        act(offer, by(SELLER), "");
        bytes memory late = abi.encodeWithSelector(later, 0, VM.addr(0xB3), since, named);
        act(accepting(ROOT), by(0xB3), late);
        act(withdrawing(ROOT, AS_LENDER), by(0xB3), late);
        act(accepting(ROOT), by(LENDER), "");
        // From here on the lender is as old as the key that accepted.
        act(releasing(ROOT), by(0xB3, LENDER), abi.encodeWithSelector(later, 0, VM.addr(0xB3), since, 1));
    }

    function test_APledge() public {
        act(offering(ROOT, LENDER), by(SELLER), "");
        bytes memory offered = no(Vouchers.VouchersOffered.selector, ROOT, firm(LENDER));
        act(offering(ROOT, OTHER_LENDER), by(SELLER), offered);
        act(passing(ROOT, NEXT), by(SELLER, NEXT), offered);
        act(splitting(ROOT, pair("a", "b"), pair(1, FACE - 1)), by(SELLER), offered);
        act(redeeming(ROOT, AS_HOLDER), by(SELLER, BUYER), offered);
        act(accepting(ROOT), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        act(releasing(ROOT), both(LENDER), no(Vouchers.VouchersNotPledged.selector, ROOT));
        Vouchers.AcceptVoucher memory op = accepting(ROOT);
        op.filing = 0;
        act(op, by(LENDER), no(Vouchers.VouchersZeroId.selector));
        (op.filing, op.search) = (PAPER, 0);
        act(op, by(LENDER), no(Vouchers.VouchersZeroId.selector));
        op.search = PAPER;
        act(op, by(LENDER), "");
        Vouchers.Voucher memory leaf = vouchers.voucherOf(ROOT);
        holds(leaf.encumbrance == Vouchers.Encumbrance.Pledged && leaf.lender.since == 1, "pledged");
        holds(trades.isLocked(TRADE, address(vouchers), ROOT), "locked");
        bytes memory taken = no(Vouchers.VouchersPledged.selector, ROOT, firm(LENDER));
        act(op, by(LENDER), taken);
        act(offering(ROOT, OTHER_LENDER), by(SELLER), taken);
        act(withdrawing(ROOT, AS_HOLDER), by(SELLER), taken);
        act(releasing(ROOT), by(OTHER_LENDER, LENDER_TWO), another(0, OTHER_LENDER, LENDER));
        Vouchers.ReleaseVoucher memory end = releasing(ROOT);
        end.discharge = 0;
        act(end, both(LENDER), no(Vouchers.VouchersZeroId.selector));
        act(releasing(ROOT), by(LENDER, LENDER), abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(LENDER)));
        act(releasing(ROOT), both(LENDER), "");
        leaf = vouchers.voucherOf(ROOT);
        holds(leaf.encumbrance == Vouchers.Encumbrance.Free && leaf.lender.organisation == 0 && leaf.terms == 0, "free");
        holds(!trades.isLocked(TRADE, address(vouchers), ROOT), "unlocked");
        act(accepting(ROOT), by(LENDER), no(Vouchers.VouchersNotOffered.selector, ROOT));
    }

    function test_OffersThatAreRefusedOrEnd() public {
        act(offering(ROOT, SELLER), by(SELLER), no(Vouchers.VouchersNotIndependent.selector, ROOT, firm(SELLER)));
        act(offering(ROOT, BUYER), by(SELLER), no(Vouchers.VouchersNotIndependent.selector, ROOT, firm(BUYER)));
        Vouchers.OfferVoucher memory op = offering(ROOT, LENDER);
        op.terms = 0;
        act(op, by(SELLER), no(Vouchers.VouchersZeroId.selector));
        op = offering(ROOT, LENDER);
        op.lenderSince = uint64(block.number);
        act(op, by(SELLER), abi.encodeWithSignature("SignedNotKnownYet(uint64)", block.number));
        act(offering(ROOT, LENDER), by(NEXT), another(0, NEXT, SELLER));
        op = offering(ROOT, LENDER);
        op.until = NOW + 10;
        act(op, by(SELLER), "");
        act(withdrawing(ROOT, AS_COURT), by(SELLER), abi.encodeWithSelector(Vouchers.VouchersNotInRole.selector, AS_COURT));
        act(withdrawing(ROOT, AS_HOLDER), by(NEXT), another(0, NEXT, SELLER));
        act(withdrawing(ROOT, AS_LENDER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        VM.warp(NOW + 11);
        act(accepting(ROOT), by(LENDER), abi.encodeWithSelector(Vouchers.VouchersOfferOver.selector, ROOT, NOW + 10));
        VM.warp(NOW + 10);
        act(withdrawing(ROOT, AS_LENDER), by(LENDER), "");
        act(offering(ROOT, LENDER), by(SELLER), "");
        act(withdrawing(ROOT, AS_HOLDER), by(SELLER), "");
        act(withdrawing(ROOT, AS_HOLDER), by(SELLER), no(Vouchers.VouchersNotOffered.selector, ROOT));
        act(offering(ROOT, LENDER), by(SELLER), "");
        VM.warp(DUE + 1);
        act(accepting(ROOT), by(LENDER), abi.encodeWithSelector(Vouchers.VouchersDue.selector, ROOT, DUE));
        act(withdrawing(ROOT, AS_HOLDER), by(SELLER), "");
        act(offering(ROOT, LENDER), by(SELLER), abi.encodeWithSelector(Vouchers.VouchersDue.selector, ROOT, DUE));
    }

    /// @dev Two leaves of one trade, and the order itself: one lender for all.
    function test_OneLenderATrade() public {
        act(splitting(ROOT, pair("a", "b"), pair(FACE - 10, 10)), by(SELLER), "");
        act(passing("b", NEXT), by(SELLER, NEXT), "");
        pledge("a", SELLER, LENDER);
        act(offering("b", OTHER_LENDER), by(NEXT), "");
        bytes memory taken = no(ITrades.TradesFinanced.selector, TRADE, firm(LENDER));
        act(accepting("b"), by(OTHER_LENDER), taken);
        act(financing(TRADE, SELLER, OTHER_LENDER), by(SELLER, OTHER_LENDER), taken);
        act(releasing("a"), both(LENDER), "");
        act(accepting("b"), by(OTHER_LENDER), "");
        (bytes32 lender, uint32 pieces) = trades.financedBy(TRADE);
        holds(lender == firm(OTHER_LENDER) && pieces == 1, "financed by");
        // A voucher of no trade locks none.
        act(creating("free", 7, 0), by(SELLER, BUYER, REGISTRAR), "");
        pledge("free", SELLER, LENDER);
    }

    /// @dev What is pledged moves with its lender's signature alone, and stays pledged.
    function test_WhatIsPledgedMovesWithItsLender() public {
        pledge(ROOT, SELLER, LENDER);
        bytes memory few = abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3);
        act(passing(ROOT, NEXT), by(SELLER, NEXT), few);
        act(passing(ROOT, NEXT), by(SELLER, NEXT, OTHER_LENDER), another(2, OTHER_LENDER, LENDER));
        // Not to the lender itself (art. 428).
        act(passing(ROOT, LENDER), by(SELLER, NEXT, LENDER), no(Vouchers.VouchersNotIndependent.selector, ROOT, firm(LENDER)));
        act(passing(ROOT, NEXT), by(SELLER, NEXT, LENDER), "");
        Vouchers.SplitVoucher memory op = splitting(ROOT, pair("a", "b"), pair(FACE - 10, 10));
        act(op, by(NEXT), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        act(op, by(NEXT, LENDER), "");
        (bytes32 lender, uint32 pieces) = trades.financedBy(TRADE);
        holds(lender == firm(LENDER) && pieces == 2, "both pieces");
        holds(vouchers.voucherOf("b").encumbrance == Vouchers.Encumbrance.Pledged, "pledged");
        act(redeeming("b", AS_HOLDER), by(NEXT, BUYER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 4));
        act(redeeming("b", AS_HOLDER), by(NEXT, BUYER, LENDER, LENDER), abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(LENDER)));
        act(redeeming("b", AS_HOLDER), by(NEXT, BUYER, LENDER, LENDER_TWO), "");
        act(releasing("a"), both(LENDER), "");
        (lender, pieces) = trades.financedBy(TRADE);
        holds(lender == 0 && pieces == 0, "free");
        balances();
    }

    function test_ARedemptionTouchesOneLeaf() public {
        act(splitting(ROOT, pair("a", "b"), pair(FACE - 10, 10)), by(SELLER), "");
        act(passing("b", NEXT), by(SELLER, NEXT), "");
        Vouchers.RedeemVoucher memory op = redeeming("b", AS_HOLDER);
        op.amount = 9;
        act(op, by(NEXT, BUYER), abi.encodeWithSelector(Vouchers.VouchersNotWhole.selector, bytes32("b"), 9, 10));
        op = redeeming("b", AS_HOLDER);
        op.payment = 0;
        act(op, by(NEXT, BUYER), no(Vouchers.VouchersZeroId.selector));
        act(redeeming("b", AS_HOLDER), by(NEXT, SELLER), another(1, SELLER, BUYER));
        act(redeeming("b", AS_HOLDER), by(SELLER, BUYER), another(0, SELLER, NEXT));
        act(redeeming("b", AS_COURT), by(COURT, BUYER), abi.encodeWithSelector(Vouchers.VouchersNotInRole.selector, AS_COURT));
        bytes32 head = headOf("a");
        act(redeeming("b", AS_HOLDER), by(NEXT, BUYER), "");
        same(headOf("a"), head, "another leaf");
        Vouchers.Root memory root = vouchers.rootOf(ROOT);
        holds(root.living == FACE - 10 && root.redeemed == 10 && root.leaves == 1, "sums");
        act(
            passing("b", LAST),
            by(NEXT, LAST),
            abi.encodeWithSelector(Vouchers.VouchersNotLiving.selector, bytes32("b"), Vouchers.State.Redeemed)
        );
        act(splitting("a", pair("c", "d"), pair(FACE - 15, 5)), by(SELLER), "");
        balances();
    }

    /// @dev After the due day the lender is paid in the holder's stead; before, and without a pledge, it is not.
    function test_AfterTheDueDayALenderIsPaid() public {
        act(redeeming(ROOT, AS_LENDER), by(LENDER, BUYER), no(Vouchers.VouchersNotPledged.selector, ROOT));
        pledge(ROOT, SELLER, LENDER);
        VM.warp(DUE);
        act(redeeming(ROOT, AS_LENDER), by(LENDER, BUYER), abi.encodeWithSelector(Vouchers.VouchersNotDue.selector, ROOT, DUE));
        VM.warp(DUE + 1);
        act(redeeming(ROOT, AS_LENDER), by(OTHER_LENDER, BUYER, LENDER), another(0, OTHER_LENDER, LENDER));
        act(redeeming(ROOT, AS_LENDER), by(LENDER, SELLER, LENDER_TWO), another(1, SELLER, BUYER));
        act(redeeming(ROOT, AS_LENDER), by(LENDER, BUYER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        act(redeeming(ROOT, AS_LENDER), by(LENDER, BUYER, LENDER), abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(LENDER)));
        act(redeeming(ROOT, AS_LENDER), by(LENDER, BUYER, OTHER_LENDER), another(2, OTHER_LENDER, LENDER));
        act(redeeming(ROOT, AS_LENDER), by(LENDER, BUYER, LENDER_TWO), "");
        Vouchers.Voucher memory leaf = vouchers.voucherOf(ROOT);
        holds(leaf.state == Vouchers.State.Redeemed && leaf.lender.organisation == 0, "redeemed");
        holds(leaf.holder.organisation == firm(SELLER), "its holder");
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, 0, "free");
    }

    function test_WhatWasNotPaidInTime() public {
        Vouchers.DishonourVoucher memory op = dishonouring(ROOT);
        VM.warp(DUE);
        act(op, by(SELLER), abi.encodeWithSelector(Vouchers.VouchersNotDue.selector, ROOT, DUE));
        VM.warp(DUE + 1);
        op.reason = 0;
        act(op, by(SELLER), no(Vouchers.VouchersZeroId.selector));
        act(dishonouring(ROOT), by(BUYER), another(0, BUYER, SELLER));
        act(disputing(ROOT, 0, AS_HOLDER), by(BUYER), "");
        act(dishonouring(ROOT), by(SELLER), "");
        holds(vouchers.voucherOf(ROOT).dishonoured && vouchers.rootOf(ROOT).living == FACE, "the claim stays");
        act(dishonouring(ROOT), by(SELLER), no(Vouchers.VouchersDishonoured.selector, ROOT));
    }

    /// @dev One leaf's holder disputes, and every leaf stands still; what takes nothing goes on.
    function test_ADisputeFreezesAllLeaves() public {
        act(splitting(ROOT, pair("a", "b"), pair(FACE - 10, 10)), by(SELLER), "");
        act(passing("b", NEXT), by(SELLER, NEXT), "");
        pledge("a", SELLER, LENDER);
        act(offering("b", LENDER), by(NEXT), "");
        Vouchers.DisputeVoucher memory op = disputing(ROOT, "b", AS_HOLDER);
        act(op, by(SELLER), another(0, SELLER, NEXT));
        act(op, by(NEXT), "");
        bytes memory frozen = abi.encodeWithSelector(Vouchers.VouchersDisputed.selector, ROOT, 1);
        act(accepting("b"), by(LENDER), frozen);
        act(withdrawing("b", AS_HOLDER), by(NEXT), "");
        act(offering("b", LENDER), by(NEXT), frozen);
        act(passing("b", LAST), by(NEXT, LAST), frozen);
        act(splitting("b", pair("c", "d"), pair(5, 5)), by(NEXT), frozen);
        act(redeeming("b", AS_HOLDER), by(NEXT, BUYER), frozen);
        act(redeeming("a", AS_HOLDER), by(SELLER, BUYER, LENDER, LENDER_TWO), frozen);
        act(releasing("a"), both(LENDER), "");
        act(disputing(ROOT, "b", AS_HOLDER), by(NEXT), no(Vouchers.VouchersDisputedAlready.selector, ROOT, idOf(op)));
        same(vouchers.disputeOf(idOf(op)).by.organisation, firm(NEXT), "whose");
        act(settling(ROOT, idOf(op), AS_HOLDER), by(SELLER), another(0, SELLER, NEXT));
        act(settling(ROOT, idOf(op), AS_HOLDER), by(NEXT), "");
        act(settling(ROOT, idOf(op), AS_HOLDER), by(NEXT), no(Vouchers.VouchersNoDispute.selector, ROOT, idOf(op)));
        act(passing("b", LAST), by(NEXT, LAST), "");
        act(disputing(ROOT, "b", AS_HOLDER), by(NEXT), another(0, NEXT, LAST));
        balances();
    }

    function test_CourtsDisputeAndSettle() public {
        Vouchers.DisputeVoucher memory own = disputing(ROOT, 0, AS_HOLDER);
        act(own, by(BUYER), "");
        bind(firm(COURT), 0xC1, Organisations.Role.CourtLiaison);
        uint64 since = uint64(block.number);
        Vouchers.DisputeVoucher memory court = disputing(ROOT, 0, AS_COURT);
        act(court, by(COURT), "");
        same(vouchers.rootOf(ROOT).disputes, 2, "disputes");
        VM.roll(block.number + 5);
        // A court's key that came in the block of the dispute, or later, is too late.
        act(
            settling(ROOT, idOf(own), AS_COURT),
            by(0xC1),
            abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0xC1), since, since - 1)
        );
        act(settling(ROOT, idOf(own), AS_LENDER), by(LENDER), abi.encodeWithSelector(Vouchers.VouchersNotInRole.selector, AS_LENDER));
        act(settling(ROOT, idOf(own), AS_COURT), by(OTHER_COURT), "");
        act(settling(ROOT, idOf(court), AS_HOLDER), by(BUYER), abi.encodeWithSelector(Vouchers.VouchersNotInRole.selector, AS_HOLDER));
        Vouchers.SettleDispute memory end = settling(ROOT, idOf(court), AS_COURT);
        end.reason = 0;
        act(end, by(COURT), no(Vouchers.VouchersZeroId.selector));
        // Another court ends it that is older than the dispute: no court's word lasts for ever when its keys are gone.
        act(settling(ROOT, idOf(court), AS_COURT), by(OTHER_COURT), "");
        act(passing(ROOT, NEXT), by(SELLER, NEXT), "");
        // After a court's word the same party disputes no more.
        act(
            disputing(ROOT, 0, AS_HOLDER),
            by(BUYER),
            abi.encodeWithSelector(Vouchers.VouchersDisputedAlready.selector, ROOT, idOf(own))
        );
    }

    /// @dev No court settles its own dispute as a party; and what was settled is not disputed again for the same.
    function test_NobodySettlesItsOwnCase() public {
        bind(firm(SELLER), 0xC1, Organisations.Role.CourtLiaison);
        bind(firm(BUYER), 0xC2, Organisations.Role.CourtLiaison);
        bind(firm(NEXT), 0xC3, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        act(splitting(ROOT, pair("a", "b"), pair(FACE - 10, 10)), by(SELLER), "");
        act(passing("b", NEXT), by(SELLER, NEXT), "");
        Vouchers.DisputeVoucher memory op = disputing(ROOT, "b", AS_HOLDER);
        act(op, by(NEXT), "");
        bytes4 party = Parties.SignedByAParty.selector;
        act(settling(ROOT, idOf(op), AS_COURT), by(0xC1), no(party, firm(SELLER)));
        act(settling(ROOT, idOf(op), AS_COURT), by(0xC2), no(party, firm(BUYER)));
        act(settling(ROOT, idOf(op), AS_COURT), by(0xC3), no(party, firm(NEXT)));
        act(settling(ROOT, idOf(op), AS_HOLDER), by(NEXT), "");
        op = disputing(ROOT, "b", AS_HOLDER);
        act(op, by(NEXT), no(Vouchers.VouchersDisputedAlready.selector, ROOT, 0));
        op.reason = "another";
        act(op, by(NEXT), "");
    }

    /// @dev A lender that was paid and is silent: a court that is nobody's, and was there before the pledge, ends it.
    function test_ACourtFindsThatNothingIsOwed() public {
        bind(firm(SELLER), 0xC1, Organisations.Role.CourtLiaison);
        bind(firm(BUYER), 0xC2, Organisations.Role.CourtLiaison);
        bind(firm(LENDER), 0xC3, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        act(discharging(ROOT), by(COURT, SELLER), no(Vouchers.VouchersNotPledged.selector, ROOT));
        pledge(ROOT, SELLER, LENDER);
        bind(firm(COURT), 0xC4, Organisations.Role.CourtLiaison);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 1);
        bytes4 party = Parties.SignedByAParty.selector;
        act(discharging(ROOT), by(0xC1, SELLER), no(party, firm(SELLER)));
        act(discharging(ROOT), by(0xC2, SELLER), no(party, firm(BUYER)));
        act(discharging(ROOT), by(0xC3, SELLER), no(party, firm(LENDER)));
        bytes memory late = abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0xC4), since, since - 1);
        act(discharging(ROOT), by(0xC4, SELLER), late);
        act(discharging(ROOT), by(COURT, BUYER), another(1, BUYER, SELLER));
        Vouchers.DischargeVoucher memory op = discharging(ROOT);
        op.judgment = 0;
        act(op, by(COURT, SELLER), no(Vouchers.VouchersZeroId.selector));
        act(discharging(ROOT), by(COURT, SELLER), "");
        Vouchers.Voucher memory leaf = vouchers.voucherOf(ROOT);
        holds(leaf.encumbrance == Vouchers.Encumbrance.Free && leaf.lender.organisation == 0, "free");
        holds(leaf.pledgedBlock == 0 && !trades.isLocked(TRADE, address(vouchers), ROOT), "unlocked");
    }

    /// @dev A registrar's key is as old as those of the parties: none that was bound for this voucher.
    function test_ALaterRegistrarCreatesNothing() public {
        Vouchers.CreateVoucher memory op = creating("x", FACE, 0);
        op.supplierSince = op.obligorSince - 1;
        bind(firm(REGISTRAR), 0xA2, Organisations.Role.RegistryAdmin);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 3);
        bytes4 later = Signed.SignedByALaterKey.selector;
        act(op, by(SELLER, BUYER, 0xA2), abi.encodeWithSelector(later, 2, VM.addr(0xA2), since, op.supplierSince));
        (op.supplierSince, op.obligorSince) = (since, since - 1);
        act(op, by(SELLER, BUYER, 0xA2), abi.encodeWithSelector(later, 2, VM.addr(0xA2), since, op.obligorSince));
    }

    function test_DisputesThatAreRefused() public {
        act(creating("y", 10, 0), by(SELLER, BUYER, REGISTRAR), "");
        act(disputing(ROOT, "y", AS_HOLDER), by(SELLER), no(Vouchers.VouchersUnknown.selector, "y"));
        act(disputing(ROOT, "none", AS_HOLDER), by(SELLER), no(Vouchers.VouchersUnknown.selector, "none"));
        act(disputing(ROOT, 0, AS_HOLDER), by(SELLER), another(0, SELLER, BUYER));
        act(disputing(ROOT, 0, AS_LENDER), by(LENDER), abi.encodeWithSelector(Vouchers.VouchersNotInRole.selector, AS_LENDER));
        act(disputing(ROOT, ROOT, AS_COURT), by(COURT), abi.encodeWithSelector(Vouchers.VouchersNotInRole.selector, AS_COURT));
        Vouchers.DisputeVoucher memory op = disputing(ROOT, 0, AS_COURT);
        op.reason = 0;
        act(op, by(COURT), no(Vouchers.VouchersZeroId.selector));
        op = disputing(ROOT, 0, AS_COURT);
        op.head = PAPER;
        act(op, by(COURT), no(Signed.SignedOverAnotherHead.selector, ROOT, headOf(ROOT)));
        act(splitting(ROOT, pair("a", "b"), pair(FACE - 10, 10)), by(SELLER), "");
        op = disputing("a", 0, AS_COURT);
        act(op, by(COURT), no(Vouchers.VouchersUnknown.selector, "a"));
        act(redeeming("y", AS_HOLDER), by(SELLER, BUYER), "");
        act(
            disputing("y", 0, AS_HOLDER),
            by(BUYER),
            abi.encodeWithSelector(Vouchers.VouchersNotLiving.selector, bytes32("y"), Vouchers.State.Redeemed)
        );
        act(settling("y", PAPER, AS_HOLDER), by(BUYER), no(Vouchers.VouchersNoDispute.selector, "y", PAPER));
    }
}
