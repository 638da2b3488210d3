// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Holds} from "../Holds.sol";
import {IReceipts} from "../IReceipts.sol";
import {ITrades} from "../ITrades.sol";
import {Lots} from "../Lots.sol";
import {Parties} from "../Parties.sol";
import {Pledges} from "../Pledges.sol";
import {Pledging} from "../Pledging.sol";
import {Receipts} from "../Receipts.sol";
import {Signed} from "../Signed.sol";
import {Succession} from "../Succession.sol";
import {Desk} from "./Desk.sol";

contract PledgesTest is Desk {
    function setUp() public {
        prepared();
    }

    function test_FromPledgeThroughTheGateToDelivery() public {
        pledged(ONE, 50 * TONNE);
        isIn(ONE, IReceipts.Encumbrance.Registered);
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, ONE, 20 * TONNE, fresh()), by(KEEPER, VERIFIER));
        same(faceOf(ONE), 40 * TONNE, "face");
        same(pledgedOf(ONE), 30 * TONNE, "pledged");
        same(lots.lotOf(lot).weighed, 80 * TONNE, "weighed");
        same(lots.lotOf(lot).pledged, 30 * TONNE, "of the lot");
        act(releasing(ONE, 10 * TONNE, PAPER), by(LENDER, LENDER_TWO));
        act(releasing(ONE, 20 * TONNE, PAPER), by(LENDER_TWO, LENDER));
        isIn(ONE, IReceipts.Encumbrance.Free);
        same(receipts.receiptOf(ONE).lender.organisation, 0, "lender");
        act(delivering(ONE, 40 * TONNE, fresh(), false), by(HOLDER, KEEPER, VERIFIER));
        isNow(ONE, IReceipts.State.Delivered);
    }

    // Offer, accept, register

    /// @dev Two lenders race with the holder's signature for each over one head: one wins, and the other is told by whom.
    function test_TwoLendersRaceAndOneWins() public {
        Act memory first = offering(ONE, LENDER, 50 * TONNE);
        Act memory second = offering(ONE, OTHER_LENDER, 50 * TONNE);
        act(second, by(HOLDER, KEEPER));
        refused(first, by(HOLDER, KEEPER), no(Pledging.PledgesTaken.selector, ONE, firm(OTHER_LENDER)));
        refused(accepting(ONE), by(LENDER), another(0, LENDER, OTHER_LENDER));
        act(accepting(ONE), by(OTHER_LENDER));
        refused(first, by(HOLDER, KEEPER), no(Pledging.PledgesTaken.selector, ONE, firm(OTHER_LENDER)));
    }

    function test_OffersThatAreRefused() public {
        uint256[] memory all = by(HOLDER, KEEPER);
        refused(offering(ONE, LENDER, 60 * TONNE + 1), all, much(ONE, 60 * TONNE + 1, 60 * TONNE));
        refused(offering(ONE, LENDER, 0), all, much(ONE, 0, 60 * TONNE));
        refused(offering(ONE, LENDER, TONNE), by(BUYER, KEEPER), another(0, BUYER, HOLDER));
        refused(offering(ONE, LENDER, TONNE), by(HOLDER, OTHER_KEEPER), another(1, OTHER_KEEPER, KEEPER));
        refused(offering(ONE, LENDER, TONNE), by(HOLDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        refused(offering(ONE, HOLDER, TONNE), all, no(Pledging.PledgesNotIndependent.selector, firm(HOLDER)));
        refused(offering(ONE, KEEPER, TONNE), all, no(Pledging.PledgesNotIndependent.selector, firm(KEEPER)));
        Pledges.Offer memory op =
            Pledges.Offer(ONE, headOf(ONE), firm(LENDER), before(), TONNE, 0, NOW + 1, MATURITY, NEVER);
        refused(offering(op), all, no(Pledging.PledgesZero.selector));
        (op.terms, op.until) = (PAPER, NOW);
        refused(offering(op), all, no(Pledging.PledgesExpired.selector, ONE, NOW));
        (op.until, op.maturity) = (NOW + 1, NOW);
        refused(offering(op), all, no(Pledging.PledgesExpired.selector, ONE, NOW));
        (op.maturity, op.lenderSince) = (MATURITY, uint64(block.number));
        refused(offering(op), all, abi.encodeWithSelector(Parties.SignedNotKnownYet.selector, block.number));
        (op.lenderSince, op.head) = (before(), PAPER);
        refused(offering(op), all, no(Signed.SignedOverAnotherHead.selector, ONE, headOf(ONE)));
        refused(offering(TWO, LENDER, TONNE), all, abi.encodeWithSelector(Succession.ReceiptsNotLiving.selector, TWO, IReceipts.State.None));
        VM.warp(NOW + 8 days);
        refused(offering(ONE, LENDER, TONNE), all, no(Pledging.PledgesStale.selector, ONE, lot));
        attest(lot, 10 * TONNE, 11 * TONNE, 12 * TONNE, false);
        refused(offering(ONE, LENDER, TONNE), all, no(Holds.ReceiptsShort.selector, ONE, lot));
        VM.warp(TERM + 1);
        attestWell(lot);
        refused(offering(ONE, LENDER, TONNE), all, no(Pledging.PledgesExpired.selector, ONE, TERM));
    }

    function test_AKeeperPledgesNothing() public {
        act(surrendering(ONE), by(HOLDER, KEEPER));
        refused(offering(ONE, LENDER, TONNE), by(KEEPER, KEEPER), no(Pledging.PledgesNotIndependent.selector, firm(KEEPER)));
    }

    function test_AcceptancesThatAreRefused() public {
        refused(accepting(ONE), by(LENDER), stage(ONE, IReceipts.Encumbrance.Free));
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        Pledges.Accept memory op = Pledges.Accept(ONE, headOf(ONE), 0, PAPER, PAPER, NEVER);
        refused(accepting(op), by(LENDER), no(Pledging.PledgesZero.selector));
        (op.ownership, op.valuation) = (PAPER, 0);
        refused(accepting(op), by(LENDER), no(Pledging.PledgesZero.selector));
        (op.valuation, op.search) = (PAPER, 0);
        refused(accepting(op), by(LENDER), no(Pledging.PledgesZero.selector));
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 1), by(COURT));
        refused(accepting(ONE), by(LENDER), no(Holds.ReceiptsHeld.selector, ONE, id));
        act(lifting(ONE, id, AS_COURT), by(COURT));
        VM.warp(NOW + 9 days);
        refused(accepting(ONE), by(LENDER), no(Lots.LotsStale.selector, lot, lots.lotOf(lot).attestedAt));
        attest(lot, 49 * TONNE, 100 * TONNE, 100 * TONNE, false);
        refused(accepting(ONE), by(LENDER), abi.encodeWithSelector(Lots.LotsMoreThanAttested.selector, lot, 50 * TONNE, 49 * TONNE));
        VM.warp(NOW + 10 days + 1);
        refused(accepting(ONE), by(LENDER), no(Pledging.PledgesExpired.selector, ONE, NOW + 10 days));
    }

    /// @dev An offer outlives no term: what ends in between is not accepted.
    function test_AnExpiredReceiptIsNotAccepted() public {
        Pledges.Offer memory op =
            Pledges.Offer(ONE, headOf(ONE), firm(LENDER), before(), TONNE, PAPER, TERM + 9, TERM + 9, NEVER);
        act(offering(op), by(HOLDER, KEEPER));
        VM.warp(TERM + 1);
        attestWell(lot);
        refused(accepting(ONE), by(LENDER), no(Pledging.PledgesExpired.selector, ONE, TERM));
    }

    /// @dev The administration binds a key to the lender that an offer names; it neither accepts nor withdraws.
    function test_ALaterKeyOfTheLenderAcceptsNothing() public {
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        uint64 known = receipts.receiptOf(ONE).lender.since;
        bind(LENDER, 0xB1, AS_LENDER);
        uint64 bound_ = uint64(block.number);
        VM.roll(block.number + 2);
        refused(accepting(ONE), by(0xB1), later(0, 0xB1, bound_, known));
        refused(withdrawing(ONE, AS_LENDER), by(0xB1), later(0, 0xB1, bound_, known));
        act(accepting(ONE), by(LENDER));
        uint64 since = receipts.receiptOf(ONE).lender.since;
        refused(registering(ONE, PAPER, PAPER), by(0xB1), later(0, 0xB1, bound_, since));
        act(registering(ONE, PAPER, PAPER), by(LENDER));
        refused(releasing(ONE, TONNE, PAPER), by(LENDER, 0xB1), later(1, 0xB1, bound_, since));
    }

    function test_WhoWithdraws() public {
        refused(withdrawing(ONE, AS_HOLDER), by(HOLDER), stage(ONE, IReceipts.Encumbrance.Free));
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        refused(withdrawing(ONE, AS_COURT), by(COURT), abi.encodeWithSelector(Pledges.PledgesNotByThatRole.selector, ONE, AS_COURT));
        refused(withdrawing(ONE, AS_LENDER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        act(withdrawing(ONE, AS_HOLDER), by(HOLDER));
        isIn(ONE, IReceipts.Encumbrance.Free);
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        act(withdrawing(ONE, AS_LENDER), by(LENDER));
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        act(accepting(ONE), by(LENDER));
        same(lots.lotOf(lot).pledged, 50 * TONNE, "pledged");
        uint64 due = receipts.receiptOf(ONE).due;
        refused(withdrawing(ONE, AS_HOLDER), by(HOLDER), no(Pledging.PledgesNotYet.selector, ONE, due));
        act(withdrawing(ONE, AS_LENDER), by(LENDER));
        same(lots.lotOf(lot).pledged, 0, "pledged");
        isIn(ONE, IReceipts.Encumbrance.Free);
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        act(accepting(ONE), by(LENDER));
        VM.warp(due);
        refused(withdrawing(ONE, AS_HOLDER), by(HOLDER), no(Pledging.PledgesNotYet.selector, ONE, due));
        VM.warp(due + 1); // thirty days, and not registered
        act(withdrawing(ONE, AS_HOLDER), by(HOLDER));
    }

    /// @dev A lender that was paid and is silent: a court that is nobody's, and was there before the pledge, frees the receipt.
    function test_ACourtFindsThatNothingIsOwed() public {
        bind(KEEPER, 0xB1, AS_COURT);
        bind(LENDER, 0xB2, AS_COURT);
        join(0xE1, AS_HOLDER);
        bind(0xE1, 0xB3, AS_COURT);
        VM.roll(block.number + 1);
        act(endorsing(ONE, 0xE1), by(HOLDER, KEEPER, 0xE1));
        refused(discharging(ONE, PAPER), by(COURT, KEEPER), stage(ONE, IReceipts.Encumbrance.Free));
        act(offering(ONE, LENDER, 50 * TONNE), by(0xE1, KEEPER));
        bind(COURT, 0xB4, AS_COURT);
        uint64 bound_ = uint64(block.number);
        VM.roll(block.number + 1);
        act(accepting(ONE), by(LENDER));
        act(registering(ONE, PAPER, PAPER), by(LENDER));
        bytes4 party = Parties.SignedByAParty.selector;
        refused(discharging(ONE, PAPER), by(0xB1, KEEPER), no(party, firm(KEEPER)));
        refused(discharging(ONE, PAPER), by(0xB2, KEEPER), no(party, firm(LENDER)));
        refused(discharging(ONE, PAPER), by(0xB3, KEEPER), no(party, firm(0xE1)));
        refused(discharging(ONE, PAPER), by(0xB4, KEEPER), later(0, 0xB4, bound_, bound_ - 1));
        refused(discharging(ONE, PAPER), by(COURT, OTHER_KEEPER), another(1, OTHER_KEEPER, KEEPER));
        refused(discharging(ONE, 0), by(COURT, KEEPER), no(Pledging.PledgesZero.selector));
        act(discharging(ONE, PAPER), by(COURT, KEEPER));
        isIn(ONE, IReceipts.Encumbrance.Free);
        isHeldBy(ONE, 0xE1);
        same(lots.lotOf(lot).pledged, 0, "pledged");
    }

    /// @dev Nobody locks others out of their trade: only its seller or buyer has it financed, whoever gets a receipt by judgment.
    function test_OnlyAPartyHasItsTradeFinanced() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        join(0xE1, AS_HOLDER);
        VM.roll(block.number + 1);
        act(holding(TWO, Holds.Kind.Lost, AS_HOLDER, 0), by(HOLDER));
        VM.warp(block.timestamp + 60 days);
        act(replacingLost(TWO, THREE, firm(0xE1)), by(KEEPER, COURT, 0xE1));
        attestWell(lot);
        uint64 time = uint64(block.timestamp);
        act(offering(Pledges.Offer(THREE, headOf(THREE), firm(LENDER), before(), 10 * TONNE, PAPER, time, time, NEVER)), by(0xE1, KEEPER));
        refused(accepting(THREE), by(LENDER), no(Pledging.PledgesNoPartyOfTheTrade.selector, TRADE, firm(0xE1)));
    }

    function test_RegistrationsThatAreRefused() public {
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        refused(registering(ONE, PAPER, PAPER), by(LENDER), stage(ONE, IReceipts.Encumbrance.Offered));
        act(accepting(ONE), by(LENDER));
        refused(registering(ONE, 0, PAPER), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(registering(ONE, PAPER, 0), by(LENDER), no(Pledging.PledgesZero.selector));
        refused(registering(ONE, PAPER, PAPER), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        refused(releasing(ONE, TONNE, PAPER), by(LENDER, LENDER_TWO), stage(ONE, IReceipts.Encumbrance.Accepted));
    }

    /// @dev The lot's lower bound is shared by all pledges in it.
    function test_PledgesTogetherStayWithinTheLowerBound() public {
        issued(TWO, lot, 40 * TONNE);
        attest(lot, 60 * TONNE, 100 * TONNE, 101 * TONNE, false);
        pledged(ONE, 50 * TONNE);
        act(offering(TWO, OTHER_LENDER, 11 * TONNE), by(HOLDER, KEEPER));
        refused(accepting(TWO), by(OTHER_LENDER), abi.encodeWithSelector(Lots.LotsMoreThanAttested.selector, lot, 61 * TONNE, 60 * TONNE));
        act(withdrawing(TWO, AS_HOLDER), by(HOLDER));
        act(offering(TWO, OTHER_LENDER, 10 * TONNE), by(HOLDER, KEEPER));
        act(accepting(TWO), by(OTHER_LENDER));
    }

    // Trades

    /// @dev One trade, one lender, over all its receipts and their pieces, until nothing of its pledges is left.
    function test_ATradeIsFinancedByOneLender() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        act(issuing(THREE, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        pledged(TWO, 10 * TONNE);
        act(offering(THREE, OTHER_LENDER, 2 * TONNE), by(HOLDER, KEEPER));
        bytes memory why = no(ITrades.TradesFinanced.selector, TRADE, firm(LENDER));
        refused(accepting(THREE), by(OTHER_LENDER), why);
        act(splitting(TWO, FOUR, "five", 8 * TONNE, 4 * TONNE), by(HOLDER, KEEPER, LENDER));
        act(releasing(FOUR, 4 * TONNE, PAPER), by(LENDER, LENDER_TWO));
        refused(accepting(THREE), by(OTHER_LENDER), why);
        act(releasing("five", 6 * TONNE, PAPER), by(LENDER, LENDER_TWO));
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, 0, "financed by");
        act(accepting(THREE), by(OTHER_LENDER));
        act(withdrawing(THREE, AS_LENDER), by(OTHER_LENDER));
        (lender,) = trades.financedBy(TRADE);
        same(lender, 0, "financed by");
    }

    function test_AReceiptIsOfATradeThatIsOpenAndItsHolders() public {
        refused(issuing(TWO, lot, TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR), no(ITrades.TradesUnknown.selector, TRADE));
        join(0xE1, AS_HOLDER);
        VM.roll(block.number + 1);
        openTrade(TRADE);
        Receipts.Issue memory op = Receipts.Issue(TWO, lot, lotHead(lot), firm(0xE1), before(), TONNE, TERM, PAPER, TRADE, NEVER);
        bytes memory why = no(Receipts.ReceiptsNoPartyOfTheTrade.selector, TRADE, firm(0xE1));
        refused(issuing(op), by(KEEPER, 0xE1, INSPECTOR), why);
        act(issuing(TWO, lot, TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
    }

    /// @dev Goods go out of their trade with who is no party of it, and not while somebody finances it.
    function test_GoodsLeaveATradeThatNobodyFinances() public {
        openTrade(TRADE);
        join(0xE1, AS_HOLDER);
        VM.roll(block.number + 1);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        act(issuing(THREE, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        pledged(TWO, 10 * TONNE);
        bytes memory why = no(Receipts.ReceiptsTradeFinanced.selector, TRADE, firm(LENDER));
        refused(endorsing(THREE, 0xE1), by(HOLDER, KEEPER, 0xE1), why);
        act(endorsing(THREE, BUYER), by(HOLDER, KEEPER, BUYER));
        same(receipts.receiptOf(THREE).trade, TRADE, "to a party");
        act(releasing(TWO, 10 * TONNE, PAPER), by(LENDER, LENDER_TWO));
        act(endorsing(THREE, 0xE1), by(BUYER, KEEPER, 0xE1));
        same(receipts.receiptOf(THREE).trade, 0, "to nobody of it");
    }

    // Release

    function test_ReleasesThatAreRefused() public {
        pledged(ONE, 50 * TONNE);
        uint256[] memory all = by(LENDER, LENDER_TWO);
        refused(releasing(ONE, 51 * TONNE, PAPER), all, much(ONE, 51 * TONNE, 50 * TONNE));
        refused(releasing(ONE, 0, PAPER), all, much(ONE, 0, 50 * TONNE));
        refused(releasing(ONE, TONNE, 0), all, no(Pledging.PledgesZero.selector));
        refused(releasing(ONE, TONNE, PAPER), by(LENDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        refused(releasing(ONE, TONNE, PAPER), by(LENDER, LENDER), abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(LENDER)));
        refused(releasing(ONE, TONNE, PAPER), by(LENDER, OTHER_LENDER), another(1, OTHER_LENDER, LENDER));
        refused(releasing(ONE, TONNE, PAPER), by(HOLDER, LENDER), nobody(0, HOLDER, AS_LENDER));
        act(ordering(ONE, 30 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        refused(releasing(ONE, 20 * TONNE + 1, PAPER), all, no(Pledges.PledgesOrdered.selector, ONE, 30 * TONNE));
        act(releasing(ONE, 20 * TONNE, PAPER), all);
    }

    // Substitution

    function test_OtherGoodsTakeThePlaceOfAPledge() public {
        openTrade(TRADE);
        bring(otherLot, 80 * TONNE);
        attestWell(otherLot);
        act(issuing(TWO, otherLot, 70 * TONNE, TRADE), by(OTHER_KEEPER, HOLDER, INSPECTOR));
        pledged(ONE, 50 * TONNE);
        act(calling(ONE, uint64(block.timestamp) + 2 days, PAPER), by(LENDER));
        uint64 due = receipts.receiptOf(ONE).due;
        bytes32 id = act(substituting(ONE, TWO, 55 * TONNE), by(HOLDER, KEEPER, LENDER, LENDER_TWO, OTHER_KEEPER));
        isIn(ONE, IReceipts.Encumbrance.Free);
        isIn(TWO, IReceipts.Encumbrance.MarginCall);
        same(receipts.receiptOf(TWO).due, due, "due");
        same(pledgeOf(TWO), id, "pledge");
        same(lots.lotOf(lot).pledged, 0, "old lot");
        same(lots.lotOf(otherLot).pledged, 55 * TONNE, "new lot");
        (bytes32 lender,) = trades.financedBy(TRADE);
        same(lender, firm(LENDER), "financed by");
        VM.warp(due + 1);
        refused(defaulting(TWO, PAPER), by(LENDER), no(Pledging.PledgesSameBlock.selector, TWO));
        VM.roll(block.number + 1);
        act(defaulting(TWO, PAPER), by(LENDER));
        act(settling(TWO, PAPER), by(LENDER, LENDER_TWO));
        (lender,) = trades.financedBy(TRADE);
        same(lender, 0, "financed by");
    }

    function test_SubstitutionsThatAreRefused() public {
        bring(otherLot, 80 * TONNE);
        attest(otherLot, 40 * TONNE, 80 * TONNE, 81 * TONNE, false);
        issued(TWO, otherLot, 70 * TONNE);
        pledged(ONE, 50 * TONNE);
        uint256[] memory all = by(HOLDER, KEEPER, LENDER, LENDER_TWO, OTHER_KEEPER);
        refused(substituting(ONE, TWO, 41 * TONNE), all, abi.encodeWithSelector(Lots.LotsMoreThanAttested.selector, otherLot, 41 * TONNE, 40 * TONNE));
        refused(substituting(ONE, TWO, 71 * TONNE), all, much(TWO, 71 * TONNE, 70 * TONNE));
        refused(substituting(ONE, ONE, TONNE), all, no(Pledging.PledgesTaken.selector, ONE, firm(LENDER)));
        refused(substituting(ONE, TWO, TONNE), by(BUYER, KEEPER, LENDER, LENDER_TWO, OTHER_KEEPER), another(0, BUYER, HOLDER));
        refused(substituting(ONE, TWO, TONNE), by(HOLDER, OTHER_KEEPER, LENDER, LENDER_TWO, OTHER_KEEPER), another(1, OTHER_KEEPER, KEEPER));
        refused(substituting(ONE, TWO, TONNE), by(HOLDER, KEEPER, OTHER_LENDER, LENDER_TWO, OTHER_KEEPER), another(2, OTHER_LENDER, LENDER));
        refused(substituting(ONE, TWO, TONNE), by(HOLDER, KEEPER, LENDER, LENDER_TWO, KEEPER), another(4, KEEPER, OTHER_KEEPER));
        refused(substituting(ONE, TWO, TONNE), by(HOLDER, KEEPER, LENDER, LENDER, OTHER_KEEPER), twice(LENDER));
        Pledges.Substitute memory op =
            Pledges.Substitute(ONE, headOf(ONE), TWO, headOf(TWO), TONNE, 0, PAPER, NEVER);
        refused(substituting(op), all, no(Pledging.PledgesZero.selector));
        (op.filing, op.computation) = (PAPER, 0);
        refused(substituting(op), all, no(Pledging.PledgesZero.selector));
        (op.computation, op.withHead) = (PAPER, PAPER);
        refused(substituting(op), all, no(Signed.SignedOverAnotherHead.selector, TWO, headOf(TWO)));
        bytes32 id = act(holding(TWO, Holds.Kind.Court, AS_COURT, 1), by(COURT));
        refused(substituting(ONE, TWO, TONNE), all, no(Holds.ReceiptsHeld.selector, TWO, id));
        act(lifting(TWO, id, AS_COURT), by(COURT));
        act(endorsing(TWO, BUYER), by(HOLDER, OTHER_KEEPER, BUYER));
        refused(substituting(ONE, TWO, TONNE), all, no(Pledges.PledgesAnotherHolder.selector, TWO, firm(BUYER)));
        VM.warp(NOW + 8 days);
        refused(substituting(ONE, TWO, TONNE), all, no(Pledging.PledgesStale.selector, TWO, otherLot));
        isIn(ONE, IReceipts.Encumbrance.Registered);
    }
}
