// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Enforcement} from "../Enforcement.sol";
import {Holds} from "../Holds.sol";
import {IReceipts} from "../IReceipts.sol";
import {Organisations} from "../Organisations.sol";
import {Parties} from "../Parties.sol";
import {Pledging} from "../Pledging.sol";
import {Signed} from "../Signed.sol";
import {Succession} from "../Succession.sol";
import {Desk} from "./Desk.sol";

contract EnforcementTest is Desk {
    function setUp() public {
        prepared();
        pledged(ONE, 50 * TONNE);
    }

    function test_FromMarginCallToSaleAndTheRestStaysThePledgors() public {
        uint64 time = uint64(block.timestamp);
        act(calling(ONE, time + 1 days, PAPER), by(LENDER));
        act(curing(ONE, PAPER), by(LENDER));
        isIn(ONE, IReceipts.Encumbrance.Registered);
        act(calling(ONE, time + 1 days, PAPER), by(LENDER));
        refused(defaulting(ONE, PAPER), by(LENDER), no(Pledging.PledgesNotYet.selector, ONE, time + 1 days));
        VM.warp(time + 1 days);
        refused(defaulting(ONE, PAPER), by(LENDER), no(Pledging.PledgesNotYet.selector, ONE, time + 1 days));
        VM.warp(time + 1 days + 1);
        refused(defaulting(ONE, PAPER), by(LENDER), no(Pledging.PledgesSameBlock.selector, ONE));
        VM.roll(block.number + 1);
        act(defaulting(ONE, PAPER), by(LENDER));
        uint64 notice = uint64(block.timestamp) + 5 days;
        act(enforcing(ONE, notice, PAPER, PAPER), by(LENDER));
        uint256[] memory all = by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER);
        VM.warp(notice);
        refused(selling(sale(ONE, BUYER, TWO)), all, no(Pledging.PledgesNotYet.selector, ONE, notice));
        VM.warp(notice + 1);
        act(selling(sale(ONE, BUYER, TWO)), all);
        isHeldBy(ONE, BUYER);
        isIn(ONE, IReceipts.Encumbrance.Free);
        same(faceOf(ONE), 50 * TONNE, "what was pledged is sold");
        isHeldBy(TWO, HOLDER);
        isIn(TWO, IReceipts.Encumbrance.Free);
        same(faceOf(TWO), 10 * TONNE, "what was not is not");
        same(lots.lotOf(lot).pledged, 0, "pledged");
        same(lots.lotOf(lot).receipts, 2, "receipts");
        act(delivering(ONE, 50 * TONNE, fresh(), false), by(BUYER, KEEPER, VERIFIER));
    }

    function test_CallsThatAreRefused() public {
        uint64 time = uint64(block.timestamp);
        bytes memory why = abi.encodeWithSelector(Pledging.PledgesTooShort.selector, ONE, time + 1 days - 1, time + 1 days);
        refused(calling(ONE, time + 1 days - 1, PAPER), by(LENDER), why);
        refused(calling(ONE, time + 1 days, 0), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(calling(ONE, time + 1 days, PAPER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        refused(curing(ONE, PAPER), by(LENDER), stage(ONE, IReceipts.Encumbrance.Registered));
        act(calling(ONE, time + 1 days, PAPER), by(LENDER));
        refused(calling(ONE, time + 2 days, PAPER), by(LENDER), stage(ONE, IReceipts.Encumbrance.MarginCall));
        refused(curing(ONE, 0), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(curing(ONE, PAPER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
    }

    function test_DefaultsThatAreRefused() public {
        refused(defaulting(ONE, PAPER), by(LENDER), no(Pledging.PledgesNotYet.selector, ONE, MATURITY));
        act(calling(ONE, MATURITY + 9 days, PAPER), by(LENDER));
        VM.roll(block.number + 1);
        VM.warp(MATURITY);
        refused(defaulting(ONE, PAPER), by(LENDER), no(Pledging.PledgesNotYet.selector, ONE, MATURITY));
        VM.warp(MATURITY + 1);
        refused(defaulting(ONE, 0), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(defaulting(ONE, PAPER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        refused(enforcing(ONE, NEVER, PAPER, PAPER), by(LENDER), stage(ONE, IReceipts.Encumbrance.MarginCall));
        act(defaulting(ONE, PAPER), by(LENDER));
        uint64 time = uint64(block.timestamp);
        bytes memory why = abi.encodeWithSelector(Pledging.PledgesTooShort.selector, ONE, time + 5 days - 1, time + 5 days);
        refused(enforcing(ONE, time + 5 days - 1, PAPER, PAPER), by(LENDER), why);
        refused(enforcing(ONE, time + 5 days, 0, PAPER), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(enforcing(ONE, time + 5 days, PAPER, 0), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(enforcing(ONE, time + 5 days, PAPER, PAPER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER), stage(ONE, IReceipts.Encumbrance.Default));
        refused(releasing(ONE, TONNE, PAPER), by(LENDER, LENDER_TWO), stage(ONE, IReceipts.Encumbrance.Default));
    }

    function test_APaidDebtFreesTheReceipt() public {
        refused(settling(ONE, PAPER), by(LENDER, LENDER_TWO), stage(ONE, IReceipts.Encumbrance.Registered));
        defaulted(ONE);
        refused(settling(ONE, 0), by(LENDER, LENDER_TWO), no(Pledging.PledgesZero.selector));
        refused(settling(ONE, PAPER), by(OTHER_LENDER, LENDER_TWO), another(0, OTHER_LENDER, LENDER));
        refused(settling(ONE, PAPER), by(LENDER, LENDER), twice(LENDER));
        act(settling(ONE, PAPER), by(LENDER, LENDER_TWO));
        isIn(ONE, IReceipts.Encumbrance.Free);
        isHeldBy(ONE, HOLDER);
        same(lots.lotOf(lot).pledged, 0, "pledged");
    }

    function test_SalesThatAreRefused() public {
        defaulted(ONE);
        VM.warp(MATURITY + 1 + 5 days + 1);
        uint256[] memory all = by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER);
        Enforcement.Sell memory op = sale(ONE, BUYER, TWO);
        op.waterfall = 0;
        refused(selling(op), all, no(Pledging.PledgesZero.selector));
        (op.waterfall, op.report) = (PAPER, 0);
        refused(selling(op), all, no(Pledging.PledgesZero.selector));
        (op.report, op.buyerSince) = (PAPER, uint64(block.number));
        refused(selling(op), all, abi.encodeWithSelector(Parties.SignedNotKnownYet.selector, block.number));
        (op.buyerSince, op.rest) = (before(), ONE);
        refused(selling(op), all, no(Succession.ReceiptsKnownNumber.selector, ONE));
        op.rest = 0;
        refused(selling(op), all, no(Succession.ReceiptsZero.selector));
        refused(selling(sale(ONE, BUYER, TWO)), by(OTHER_LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER), another(0, OTHER_LENDER, LENDER));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, LENDER, KEEPER, BUYER), nobody(2, LENDER, Organisations.Role.Auctioneer));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, AUCTIONEER, OTHER_KEEPER, BUYER), another(3, OTHER_KEEPER, KEEPER));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, HOLDER), another(4, HOLDER, BUYER));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER, AUCTIONEER, KEEPER, BUYER), twice(LENDER));
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 1), by(COURT));
        refused(selling(sale(ONE, BUYER, TWO)), all, no(Holds.ReceiptsHeld.selector, ONE, id));
    }

    /// @dev Whoever buys at a sale is in no trade of the pledgor; the rest of it is.
    function test_WhatIsSoldIsInNoTrade() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        pledged(TWO, 10 * TONNE);
        defaulted(TWO);
        VM.warp(MATURITY + 1 + 5 days + 1);
        act(selling(sale(TWO, BUYER, THREE)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER));
        same(receipts.receiptOf(TWO).trade, 0, "sold");
        same(receipts.receiptOf(THREE).trade, TRADE, "rest");
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, 0, "financed by");
    }

    /// @dev A pledgor in default does not stop its own enforcement, nor by what it held before.
    function test_APledgorDoesNotHoldUpItsSale() public {
        bytes32 id = act(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER));
        defaulted(ONE);
        Holds.Kind[2] memory kinds = [Holds.Kind.Dispute, Holds.Kind.Lost];
        for (uint256 i = 0; i < 2; i++) {
            bytes memory why = abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, kinds[i], AS_HOLDER);
            refused(holding(ONE, kinds[i], AS_HOLDER, 0), by(HOLDER), why);
        }
        VM.warp(MATURITY + 1 + 5 days + 1);
        uint256[] memory all = by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER);
        act(selling(sale(ONE, BUYER, TWO)), all);
        same(holdings.holdsOf(ONE)[0].id, id, "what it held is still there, for the buyer to know of");
    }

    /// @dev Lender, auctioneer and keeper buy nothing, and no party to the sale is its auctioneer.
    function test_NobodySellsToItself() public {
        bind(KEEPER, 0xB1, AS_HOLDER);
        bind(AUCTIONEER, 0xB2, AS_HOLDER);
        bind(LENDER, 0xB3, Organisations.Role.Auctioneer);
        bind(HOLDER, 0xB4, Organisations.Role.Auctioneer);
        bind(KEEPER, 0xB5, Organisations.Role.Auctioneer);
        VM.roll(block.number + 2);
        issued(TWO, lot, 20 * TONNE);
        pledged(TWO, 10 * TONNE);
        defaulted(TWO);
        VM.warp(MATURITY + 1 + 5 days + 1);
        bytes4 why = Pledging.PledgesNotIndependent.selector;
        refused(selling(sale(TWO, LENDER, THREE)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, LENDER_HOLDS), no(why, firm(LENDER)));
        refused(selling(sale(TWO, KEEPER, THREE)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, 0xB1), no(why, firm(KEEPER)));
        refused(selling(sale(TWO, AUCTIONEER, THREE)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, 0xB2), no(why, firm(AUCTIONEER)));
        refused(selling(sale(TWO, BUYER, THREE)), by(LENDER, LENDER_TWO, 0xB3, KEEPER, BUYER), no(why, firm(LENDER)));
        refused(selling(sale(TWO, BUYER, THREE)), by(LENDER, LENDER_TWO, 0xB4, KEEPER, BUYER), no(why, firm(HOLDER)));
        refused(selling(sale(TWO, BUYER, THREE)), by(LENDER, LENDER_TWO, 0xB5, KEEPER, BUYER), no(why, firm(KEEPER)));
    }

    /// @dev An auctioneer is none that was bound for this sale.
    function test_AnAuctioneerIsOlderThanThePledge() public {
        bind(AUCTIONEER, 0xB1, Organisations.Role.Auctioneer);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 1);
        defaulted(ONE);
        VM.warp(MATURITY + 1 + 5 days + 1);
        (, Pledging.Terms memory terms,) = pledges.pledgeOf(ONE);
        bytes memory why = later(2, 0xB1, since, terms.offeredBlock - 1);
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, 0xB1, KEEPER, BUYER), why);
    }

    /// @dev No forfeiture (art. 428): the lender takes over only what the pledgor, after the default, signs away.
    function test_TheLenderTakesOverOnlyWithThePledgor() public {
        uint256[] memory all = by(LENDER, LENDER_TWO, HOLDER, AUCTIONEER, KEEPER, LENDER_HOLDS);
        refused(takingOver(sale(ONE, LENDER, TWO)), all, stage(ONE, IReceipts.Encumbrance.Registered));
        Act memory early = takingOver(sale(ONE, LENDER, TWO));
        VM.warp(MATURITY + 1);
        act(defaulting(ONE, PAPER), by(LENDER));
        refused(early, all, no(Signed.SignedOverAnotherHead.selector, ONE, headOf(ONE)));
        refused(takingOver(sale(ONE, LENDER, TWO)), all, no(Pledging.PledgesSameBlock.selector, ONE));
        VM.roll(block.number + 1);
        refused(takingOver(sale(ONE, LENDER, TWO)), by(LENDER, LENDER_TWO, LENDER_HOLDS, AUCTIONEER, KEEPER, LENDER_HOLDS), another(2, LENDER, HOLDER));
        refused(takingOver(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, HOLDER, AUCTIONEER, KEEPER, BUYER), no(Enforcement.PledgesNotTheLender.selector, firm(BUYER), firm(LENDER)));
        refused(takingOver(sale(ONE, LENDER, TWO)), by(LENDER, LENDER_TWO, HOLDER, AUCTIONEER, KEEPER, BUYER), another(5, BUYER, LENDER));
        refused(takingOver(sale(ONE, LENDER, TWO)), by(LENDER, LENDER_TWO, HOLDER, AUCTIONEER, KEEPER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 5, 6));
        refused(takingOver(sale(ONE, LENDER, TWO)), by(LENDER, LENDER, HOLDER, AUCTIONEER, KEEPER, LENDER_HOLDS), twice(LENDER));
        act(takingOver(sale(ONE, LENDER, TWO)), all);
        isHeldBy(ONE, LENDER);
        isHeldBy(TWO, HOLDER);
    }

    function test_ASaleOfAllHasNoRest() public {
        act(amending(ONE, 50 * TONNE, PAPER), by(HOLDER, KEEPER, LENDER));
        defaulted(ONE);
        VM.warp(MATURITY + 1 + 5 days + 1);
        uint256[] memory all = by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, BUYER);
        refused(selling(sale(ONE, BUYER, TWO)), all, abi.encodeWithSelector(Succession.ReceiptsNotTheWhole.selector, ONE, 50 * TONNE, 50 * TONNE));
        act(selling(sale(ONE, BUYER, 0)), all);
    }

    /// @dev A buyer's key that was bound after the named block buys nothing in its organisation's name.
    function test_ALaterKeyOfTheBuyerTakesNothing() public {
        defaulted(ONE);
        VM.warp(MATURITY + 1 + 5 days + 1);
        Enforcement.Sell memory op = sale(ONE, BUYER, TWO);
        bind(BUYER, 0xB1, AS_HOLDER);
        uint64 bound_ = uint64(block.number);
        VM.roll(block.number + 2);
        refused(selling(op), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, 0xB1), later(4, 0xB1, bound_, op.buyerSince));
    }

    /// @dev Two pieces of one pledge of which nothing is left: both marks come off, and the trade is unlocked once.
    function test_PiecesThatAreGoneAreSettledEach() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        pledged(TWO, 10 * TONNE);
        act(splitting(TWO, THREE, FOUR, 10 * TONNE, 5 * TONNE), by(HOLDER, KEEPER, LENDER));
        act(amending(ONE, 50 * TONNE, PAPER), by(HOLDER, KEEPER, LENDER));
        attest(lot, 0, 0, 0, false);
        bytes32[] memory three = new bytes32[](3);
        (three[0], three[1], three[2]) = (ONE, THREE, FOUR);
        for (uint256 i = 0; i < 9; i++) {
            (bytes32 a, bytes32 b) = (three[i % 2], three[i % 2 + 1]);
            if (a > b) (three[i % 2], three[i % 2 + 1]) = (b, a);
        }
        share(lot, three, by(LENDER));
        same(lots.lotOf(lot).receipts, 0, "receipts");
        act(settling(THREE, PAPER), by(LENDER, LENDER_TWO));
        act(settling(FOUR, PAPER), by(LENDER, LENDER_TWO));
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, 0, "financed by");
    }

    /// @dev A mark in a lot that is closed comes off too, where its lender is silent.
    function test_AMarkInAClosedLotIsDischarged() public {
        attest(lot, 0, 0, 0, false);
        share(lot, one(ONE), by(LENDER));
        isNow(ONE, IReceipts.State.Cancelled);
        act(closing(lot), by(KEEPER));
        act(discharging(ONE, PAPER), by(COURT, KEEPER));
        isIn(ONE, IReceipts.Encumbrance.Free);
    }

    /// @dev What a shortage leaves nothing of is cancelled, and its lender's settlement frees the trade.
    function test_WhatIsGoneIsSettled() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        pledged(TWO, 10 * TONNE);
        attest(lot, 0, 0, 0, false);
        share(lot, ONE < TWO ? two(ONE, TWO) : two(TWO, ONE), by(LENDER));
        isNow(TWO, IReceipts.State.Cancelled);
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, firm(LENDER), "financed by");
        refused(settling(TWO, PAPER), by(OTHER_LENDER, LENDER_TWO), another(0, OTHER_LENDER, LENDER));
        act(settling(TWO, PAPER), by(LENDER, LENDER_TWO));
        (lender,) = trades.financedBy(TRADE);
        same(lender, 0, "financed by");
    }
}
