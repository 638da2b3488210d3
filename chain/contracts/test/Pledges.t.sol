// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Enforcement} from "../Enforcement.sol";
import {Holds} from "../Holds.sol";
import {IReceipts} from "../IReceipts.sol";
import {ITrades} from "../ITrades.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Outbound} from "../Outbound.sol";
import {Parties} from "../Parties.sol";
import {Pledges} from "../Pledges.sol";
import {Pledging} from "../Pledging.sol";
import {Signed} from "../Signed.sol";
import {Succession} from "../Succession.sol";
import {Deeds} from "./Deeds.sol";

/// @dev Words for reasons, and a receipt that is ready to be pledged.
abstract contract Desk is Deeds {
    Organisations.Role internal constant AS_HOLDER = Organisations.Role.Holder;
    Organisations.Role internal constant AS_LENDER = Organisations.Role.Lender;
    Organisations.Role internal constant AS_COURT = Organisations.Role.CourtLiaison;

    function prepared() internal {
        establish();
        bring(lot, 100 * TONNE);
        attestWell(lot);
        issued(ONE, lot, 60 * TONNE);
    }

    function no(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function no(bytes4 selector, bytes32 word) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word);
    }

    function no(bytes4 selector, bytes32 one_, bytes32 other) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, one_, other);
    }

    function no(bytes4 selector, bytes32 word, uint256 number) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word, number);
    }

    function much(bytes32 number, uint128 quantity, uint128 most) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Pledging.PledgesNotThatMuch.selector, number, quantity, most);
    }

    function stage(bytes32 number, IReceipts.Encumbrance encumbrance) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Pledging.PledgesNotInThatStage.selector, number, encumbrance);
    }

    function another(uint256 place, uint256 key, uint256 needed) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByAnother.selector, place, firm(key), firm(needed));
    }

    function nobody(uint256 place, uint256 key, Organisations.Role role) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByNobodyInRole.selector, place, VM.addr(key), role);
    }

    function twice(uint256 key) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(key));
    }

    function later(uint256 place, uint256 key, uint64 since, uint64 needed) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByALaterKey.selector, place, VM.addr(key), since, needed);
    }
}

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

    /// @dev A lender that was paid and is silent: a court that is nobody's, and was there before the holder, frees the receipt.
    function test_ACourtFindsThatNothingIsOwed() public {
        bind(KEEPER, 0xB1, AS_COURT);
        bind(LENDER, 0xB2, AS_COURT);
        join(0xE1, AS_HOLDER);
        bind(0xE1, 0xB3, AS_COURT);
        VM.roll(block.number + 1);
        bind(COURT, 0xB4, AS_COURT);
        uint64 bound_ = uint64(block.number);
        VM.roll(block.number + 1);
        act(endorsing(ONE, 0xE1), by(HOLDER, KEEPER, 0xE1));
        refused(discharging(ONE, PAPER), by(COURT, KEEPER), stage(ONE, IReceipts.Encumbrance.Free));
        act(offering(ONE, LENDER, 50 * TONNE), by(0xE1, KEEPER));
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

    /// @dev Nobody locks others out of their trade: only its seller or buyer has it financed.
    function test_OnlyAPartyHasItsTradeFinanced() public {
        openTrade(TRADE);
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        join(0xE1, AS_HOLDER);
        VM.roll(block.number + 1);
        act(endorsing(TWO, 0xE1), by(HOLDER, KEEPER, 0xE1));
        act(offering(TWO, LENDER, 10 * TONNE), by(0xE1, KEEPER));
        refused(accepting(TWO), by(LENDER), no(Pledging.PledgesNoPartyOfTheTrade.selector, TRADE, firm(0xE1)));
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

    function test_ATradeThatWasNeverOpenedIsNotFinanced() public {
        act(issuing(TWO, lot, 20 * TONNE, TRADE), by(KEEPER, HOLDER, INSPECTOR));
        act(offering(TWO, LENDER, 2 * TONNE), by(HOLDER, KEEPER));
        refused(accepting(TWO), by(LENDER), no(ITrades.TradesUnknown.selector, TRADE));
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

contract OutboundTest is Desk {
    function setUp() public {
        prepared();
        pledged(ONE, 50 * TONNE);
    }

    function test_OrdersThatAreRefused() public {
        uint256[] memory all = by(LENDER, LENDER_TWO, HOLDER);
        refused(ordering(ONE, 51 * TONNE), all, much(ONE, 51 * TONNE, 50 * TONNE));
        refused(ordering(ONE, 0), all, much(ONE, 0, 50 * TONNE));
        refused(ordering(ONE, TONNE), by(LENDER, LENDER, HOLDER), abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(LENDER)));
        refused(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, BUYER), another(2, BUYER, HOLDER));
        refused(ordering(ONE, TONNE), by(HOLDER, LENDER, HOLDER), nobody(0, HOLDER, AS_LENDER));
        uint64 time = uint64(block.timestamp);
        Outbound.Order memory op = Outbound.Order(ONE, headOf(ONE), TONNE, 0, time, time, PAPER, NEVER);
        refused(ordering(op), all, no(Pledging.PledgesZero.selector));
        (op.picker, op.computation) = (PICKER, 0);
        refused(ordering(op), all, no(Pledging.PledgesZero.selector));
        (op.computation, op.until) = (PAPER, time - 1);
        refused(ordering(op), all, no(Pledging.PledgesExpired.selector, ONE, time - 1));
        (op.until, op.from) = (time, time + 1);
        Act memory made = ordering(op);
        refused(made, all, abi.encodeWithSelector(Outbound.PledgesOutsideTheWindow.selector, made.digest, time + 1, time));
        act(ordering(ONE, 30 * TONNE), all);
        refused(ordering(ONE, 20 * TONNE + 1), all, much(ONE, 20 * TONNE + 1, 20 * TONNE));
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 1), by(COURT));
        refused(ordering(ONE, TONNE), all, no(Holds.ReceiptsHeld.selector, ONE, id));
        act(lifting(ONE, id, AS_COURT), by(COURT));
        VM.warp(NOW + 8 days);
        refused(ordering(ONE, TONNE), all, no(Pledging.PledgesStale.selector, ONE, lot));
    }

    function test_SixteenOrdersAtMost() public {
        for (uint256 i = 0; i < 16; i++) {
            act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        }
        refused(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER), no(Outbound.PledgesTooManyOrders.selector, ONE));
    }

    function test_ExecutionsThatAreRefused() public {
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        uint256[] memory all = by(KEEPER, VERIFIER);
        Outbound.Released memory found = pledges.orderOf(id);
        bytes32 ticket = fresh();
        bytes memory early =
            abi.encodeWithSelector(Outbound.PledgesOutsideTheWindow.selector, id, found.from, found.until);
        VM.warp(found.from - 1);
        refused(executing(id, ONE, TONNE, ticket), all, early);
        VM.warp(found.until + 1);
        refused(executing(id, ONE, TONNE, ticket), all, early);
        VM.warp(found.until);
        refused(executing(PAPER, ONE, TONNE, ticket), all, no(Outbound.PledgesNoOrder.selector, PAPER));
        refused(executing(id, ONE, 0, ticket), all, no(Pledging.PledgesZero.selector));
        Outbound.Execute memory op =
            Outbound.Execute(id, ONE, headOf(ONE), TONNE, PAPER, one(ticket), new bytes32[](0), found.until, NEVER);
        refused(executing(op), all, no(Outbound.PledgesAnotherPicker.selector, id, PAPER));
        (op.picker, op.head) = (PICKER, PAPER);
        refused(executing(op), all, no(Signed.SignedOverAnotherHead.selector, ONE, headOf(ONE)));
        refused(executing(id, ONE, TONNE, ticket), by(OTHER_KEEPER, VERIFIER), another(0, OTHER_KEEPER, KEEPER));
        refused(executing(id, ONE, TONNE, ticket), by(KEEPER, INSPECTOR), nobody(1, INSPECTOR, Organisations.Role.Verifier));
        refused(executing(id, ONE, TONNE, ticket), by(KEEPER, VERIFIER, HOLDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 3, 2));
        bytes32 held = act(holding(ONE, Holds.Kind.Seal, Organisations.Role.Inspector, 1), by(INSPECTOR));
        refused(executing(id, ONE, TONNE, ticket), all, no(Holds.ReceiptsHeld.selector, ONE, held));
        act(lifting(ONE, held, Organisations.Role.Inspector), by(INSPECTOR));
        act(executing(id, ONE, TONNE, ticket), all);
        refused(executing(id, ONE, TONNE, fresh()), all, abi.encodeWithSelector(Outbound.PledgesOrderNotOpen.selector, id, Outbound.OrderState.Used));
        bytes32 next = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        refused(executing(next, ONE, TONNE, ticket), all, no(Lots.LotsSpent.selector, ticket));
    }

    /// @dev What left inside the window is told of within a week after it, and not before it has left.
    function test_WhatLeftInTimeMayBeToldLater() public {
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        uint64 until = pledges.orderOf(id).until;
        uint256[] memory gate = by(KEEPER, VERIFIER);
        Outbound.Execute memory op =
            Outbound.Execute(id, ONE, headOf(ONE), TONNE, PICKER, one(fresh()), new bytes32[](0), until, NEVER);
        VM.warp(until - 1);
        refused(executing(op), gate, no(Pledging.PledgesNotYet.selector, ONE, until));
        VM.warp(until + 7 days + 1);
        refused(executing(op), gate, no(Outbound.PledgesOrderTooLate.selector, id, until));
        VM.warp(until + 7 days);
        act(executing(op), gate);
    }

    function test_WhatLeftAboveAFloorMayBeToldLater() public {
        uint64 until = NOW + 2 days;
        act(settingFloor(ONE, 40 * TONNE, until), by(LENDER, LENDER_TWO, HOLDER));
        uint256[] memory gate = by(KEEPER, VERIFIER);
        Outbound.ExecuteDynamic memory op = Outbound.ExecuteDynamic(
            ONE, headOf(ONE), TONNE, one(fresh()), new bytes32[](0), until, NEVER
        );
        VM.warp(until - 1);
        refused(executingDynamic(op), gate, no(Pledging.PledgesNotYet.selector, ONE, until));
        VM.warp(until + 7 days + 1);
        attestWell(lot);
        refused(executingDynamic(op), gate, no(Outbound.PledgesOrderTooLate.selector, ONE, until));
        VM.warp(until + 7 days);
        act(executingDynamic(op), gate);
    }

    /// @dev A shortage left the receipt less than was ordered before it: what goes beyond it is others', so the lot is short.
    function test_MoreThanTheReceiptHasMakesTheLotShort() public {
        uint64 time = uint64(block.timestamp);
        Outbound.Order memory op =
            Outbound.Order(ONE, headOf(ONE), 50 * TONNE, PICKER, time, time + 30 days, PAPER, NEVER);
        bytes32 id = act(ordering(op), by(LENDER, LENDER_TWO, HOLDER));
        issued(TWO, lot, 40 * TONNE);
        attest(lot, 49 * TONNE, 50 * TONNE, 51 * TONNE, false);
        share(lot, ONE < TWO ? two(ONE, TWO) : two(TWO, ONE), by(LENDER));
        same(faceOf(ONE), 30 * TONNE, "face");
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, ONE, 40 * TONNE, fresh()), by(KEEPER, VERIFIER));
        holds(lots.isShort(lot), "short");
    }

    function test_AVerifierOfTheSameHouseIsNone() public {
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        bind(HOLDER, 0xB1, Organisations.Role.Verifier);
        bind(KEEPER, 0xB2, Organisations.Role.Verifier);
        VM.roll(block.number + 2);
        VM.warp(block.timestamp + 2 hours);
        bytes32 ticket = fresh();
        refused(executing(id, ONE, TONNE, ticket), by(KEEPER, 0xB1), no(Pledging.PledgesNotIndependent.selector, firm(HOLDER)));
        refused(executing(id, ONE, TONNE, ticket), by(KEEPER, 0xB2), no(Pledging.PledgesNotIndependent.selector, firm(KEEPER)));
    }

    function test_ACancelledOrderIsDeadAndItsQuantityFree() public {
        bytes32 id = act(ordering(ONE, 50 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        refused(cancellingOrder(id, ONE), by(OTHER_LENDER), another(0, OTHER_LENDER, LENDER));
        refused(cancellingOrder(id, TWO), by(LENDER), abi.encodeWithSelector(Succession.ReceiptsNotLiving.selector, TWO, IReceipts.State.None));
        act(cancellingOrder(id, ONE), by(LENDER));
        VM.warp(block.timestamp + 2 hours);
        bytes memory why =
            abi.encodeWithSelector(Outbound.PledgesOrderNotOpen.selector, id, Outbound.OrderState.Cancelled);
        refused(executing(id, ONE, TONNE, fresh()), by(KEEPER, VERIFIER), why);
        act(ordering(ONE, 50 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
    }

    /// @dev An order falls with its pledge, and with its receipt.
    function test_AnOrderDoesNotOutliveItsPledge() public {
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        act(replacing(ONE, TWO), by(HOLDER, KEEPER, LENDER));
        VM.warp(block.timestamp + 2 hours);
        refused(executing(id, TWO, TONNE, fresh()), by(KEEPER, VERIFIER), no(Outbound.PledgesNoOrder.selector, id));
        refused(executing(id, ONE, TONNE, fresh()), by(KEEPER, VERIFIER), abi.encodeWithSelector(Succession.ReceiptsNotLiving.selector, ONE, IReceipts.State.Replaced));
        id = act(ordering(TWO, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(MATURITY + 1);
        act(defaulting(TWO, PAPER), by(LENDER));
        act(settling(TWO, PAPER), by(LENDER, LENDER_TWO));
        attestWell(lot);
        act(offering2(TWO), by(HOLDER, KEEPER));
        act(accepting(TWO), by(LENDER));
        act(registering(TWO, PAPER, PAPER), by(LENDER));
        refused(executing(id, TWO, TONNE, fresh()), by(KEEPER, VERIFIER), no(Outbound.PledgesNoOrder.selector, id));
        act(ordering(TWO, 40 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
    }

    /// @dev Goods that left by an order are gone, whatever was declared until it is told.
    function test_WhatLeftIsToldOfInADefault() public {
        bytes32 id;
        Outbound.Order memory op =
            Outbound.Order(ONE, headOf(ONE), TONNE, PICKER, MATURITY, MATURITY + 9, PAPER, NEVER);
        id = act(ordering(op), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(MATURITY + 1);
        act(defaulting(ONE, PAPER), by(LENDER));
        act(executing(id, ONE, TONNE, fresh()), by(KEEPER, VERIFIER));
        isIn(ONE, IReceipts.Encumbrance.Default);
        same(pledgedOf(ONE), 49 * TONNE, "pledged");
    }

    /// @dev More than was ordered went out: it is gone and written down, what was ordered leaves the pledge, the lot is short.
    function test_AnOverpickIsWrittenDownAndHoldsTheLot() public {
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, ONE, 25 * TONNE, fresh()), by(KEEPER, VERIFIER));
        same(faceOf(ONE), 35 * TONNE, "face");
        same(pledgedOf(ONE), 30 * TONNE, "pledged");
        holds(lots.isShort(lot), "short");
        refused(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER), no(Holds.ReceiptsShort.selector, ONE, lot));
    }

    function test_APledgeIsNeverMoreThanTheFace() public {
        bytes32 id = act(ordering(ONE, 5 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, ONE, 25 * TONNE, fresh()), by(KEEPER, VERIFIER));
        same(faceOf(ONE), 35 * TONNE, "face");
        same(pledgedOf(ONE), 35 * TONNE, "pledged");
        same(lots.lotOf(lot).pledged, 35 * TONNE, "of the lot");
        isIn(ONE, IReceipts.Encumbrance.MarginCall); // what it lost without its lender's word is called for
        same(receipts.receiptOf(ONE).due, block.timestamp + 1 days, "due");
    }

    /// @dev An order of a tonne over which all goods leave ends no pledge: a mark stays until the lender settles.
    function test_ASmallOrderEndsNoPledge() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, ONE, 60 * TONNE, fresh()), by(KEEPER, VERIFIER));
        isNow(ONE, IReceipts.State.Cancelled);
        same(receipts.receiptOf(ONE).lender.organisation, firm(LENDER), "lender");
        act(settling(ONE, PAPER), by(LENDER, LENDER_TWO));
        isIn(ONE, IReceipts.Encumbrance.Free);
    }

    /// @dev What began after the goods had left stops nothing: a hold, a shortage, evidence that grew old.
    function test_WhatBeganLaterStopsNothing() public {
        act(settingFloor(ONE, TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        uint256[] memory gate = by(KEEPER, VERIFIER);
        uint64 left = uint64(block.timestamp) + 1 hours;
        VM.warp(left + 1);
        bytes32 hold = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        attest(lot, 40 * TONNE, 41 * TONNE, 42 * TONNE, false);
        VM.warp(left + 4 hours);
        refused(executing(id, ONE, TONNE, fresh()), gate, no(Holds.ReceiptsHeld.selector, ONE, hold));
        act(executing(Outbound.Execute(id, ONE, headOf(ONE), TONNE, PICKER, one(fresh()), new bytes32[](0), left, NEVER)), gate);
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Holds.ReceiptsHeld.selector, ONE, hold));
        VM.warp(left + 7 days);
        act(executingDynamic(Outbound.ExecuteDynamic(ONE, headOf(ONE), TONNE, one(fresh()), new bytes32[](0), left, NEVER)), gate);
        same(faceOf(ONE), 58 * TONNE, "face");
        VM.warp(left + 7 days + 1);
        Outbound.ExecuteDynamic memory late =
            Outbound.ExecuteDynamic(ONE, headOf(ONE), TONNE, one(fresh()), new bytes32[](0), left, NEVER);
        refused(executingDynamic(late), gate, no(Outbound.PledgesOrderTooLate.selector, ONE, bytes32(uint256(NEVER))));
    }

    function test_OnlyTheLotsWitnessesSeeItLeave() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        join(0xE1, Organisations.Role.Verifier);
        VM.roll(block.number + 1);
        VM.warp(block.timestamp + 2 hours);
        refused(executing(id, ONE, TONNE, fresh()), by(KEEPER, 0xE1), no(Pledging.PledgesNotAWitness.selector, lot, firm(0xE1)));
    }

    function test_WhenAllIsGoneThePledgeIsGone() public {
        bytes32 id = act(ordering(ONE, 50 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(executing(id, ONE, 70 * TONNE, fresh()), by(KEEPER, VERIFIER));
        isNow(ONE, IReceipts.State.Delivered);
        isIn(ONE, IReceipts.Encumbrance.Free);
        same(lots.lotOf(lot).pledged, 0, "of the lot");
        same(lots.lotOf(lot).face, 0, "face");
        same(lots.lotOf(lot).weighed, 30 * TONNE, "weighed");
    }

    // Dynamic pledge

    function test_AFloorLetsOutWhatIsAboveIt() public {
        uint256[] memory gate = by(KEEPER, VERIFIER);
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Outbound.PledgesNoFloor.selector, ONE));
        refused(settingFloor(ONE, 40 * TONNE, NEVER), by(OTHER_LENDER, LENDER_TWO, HOLDER), another(0, OTHER_LENDER, LENDER));
        refused(settingFloor(ONE, 40 * TONNE, NEVER), by(LENDER, LENDER_TWO, BUYER), another(2, BUYER, HOLDER));
        refused(settingFloor(ONE, 40 * TONNE, NEVER), by(LENDER, HOLDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        act(settingFloor(ONE, 40 * TONNE, NOW + 3 days), by(LENDER, LENDER_TWO, HOLDER));
        act(executingDynamic(ONE, 10 * TONNE, fresh()), gate);
        same(pledgedOf(ONE), 50 * TONNE, "what is not pledged goes first");
        act(executingDynamic(ONE, 5 * TONNE, fresh()), gate);
        same(pledgedOf(ONE), 45 * TONNE, "pledged");
        refused(executingDynamic(ONE, 5 * TONNE + 1, fresh()), gate, under(40 * TONNE - 1, 40 * TONNE));
        refused(executingDynamic(ONE, 0, fresh()), gate, much(ONE, 0, 45 * TONNE));
        refused(executingDynamic(ONE, 46 * TONNE, fresh()), gate, much(ONE, 46 * TONNE, 45 * TONNE));
        act(ordering(ONE, 43 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        refused(executingDynamic(ONE, 3 * TONNE, fresh()), gate, under(42 * TONNE, 43 * TONNE));
        act(executingDynamic(ONE, 2 * TONNE, fresh()), gate);
        bytes32 id = act(holding(ONE, Holds.Kind.Seal, Organisations.Role.Inspector, 1), by(INSPECTOR));
        refused(executingDynamic(ONE, 1, fresh()), gate, no(Holds.ReceiptsHeld.selector, ONE, id));
        act(lifting(ONE, id, Organisations.Role.Inspector), by(INSPECTOR));
        VM.warp(NOW + 3 days + 1);
        refused(executingDynamic(ONE, 1, fresh()), gate, no(Pledging.PledgesExpired.selector, ONE, NOW + 3 days));
    }

    function test_AFloorCountsOnFreshEvidence() public {
        uint256[] memory gate = by(KEEPER, VERIFIER);
        act(settingFloor(ONE, 40 * TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(NOW + 8 days);
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Pledging.PledgesStale.selector, ONE, lot));
        attestWell(lot);
        refused(settingFloor(ONE, 0, NEVER), by(LENDER, LENDER, HOLDER), twice(LENDER));
        refused(settingFloor(ONE, 0, NEVER), by(LENDER, LENDER_TWO, BUYER), another(2, BUYER, HOLDER));
        act(settingFloor(ONE, 0, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Outbound.PledgesNoFloor.selector, ONE));
        act(settingFloor(ONE, TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        act(calling(ONE, uint64(block.timestamp) + 1 days, PAPER), by(LENDER));
        act(executingDynamic(ONE, TONNE, fresh()), gate);
        refused(settingFloor(ONE, TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER), stage(ONE, IReceipts.Encumbrance.MarginCall));
    }

    function offering2(bytes32 number) private view returns (Act memory) {
        return offering(
            Pledges.Offer(
                number, headOf(number), firm(LENDER), before(), 40 * TONNE, PAPER, NEVER, NEVER, NEVER
            )
        );
    }

    function under(uint128 left, uint128 floor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Outbound.PledgesUnderTheFloor.selector, ONE, left, floor);
    }
}

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
        defaulted(ONE);
        VM.warp(MATURITY + 1 + 5 days + 1);
        bytes4 why = Pledging.PledgesNotIndependent.selector;
        refused(selling(sale(ONE, LENDER, TWO)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, LENDER_HOLDS), no(why, firm(LENDER)));
        refused(selling(sale(ONE, KEEPER, TWO)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, 0xB1), no(why, firm(KEEPER)));
        refused(selling(sale(ONE, AUCTIONEER, TWO)), by(LENDER, LENDER_TWO, AUCTIONEER, KEEPER, 0xB2), no(why, firm(AUCTIONEER)));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, 0xB3, KEEPER, BUYER), no(why, firm(LENDER)));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, 0xB4, KEEPER, BUYER), no(why, firm(HOLDER)));
        refused(selling(sale(ONE, BUYER, TWO)), by(LENDER, LENDER_TWO, 0xB5, KEEPER, BUYER), no(why, firm(KEEPER)));
    }

    /// @dev No forfeiture (art. 428): the lender takes over only what the pledgor, after the default, signs away.
    function test_TheLenderTakesOverOnlyWithThePledgor() public {
        uint256[] memory all = by(LENDER, LENDER_TWO, HOLDER, AUCTIONEER, KEEPER, LENDER_HOLDS);
        refused(takingOver(sale(ONE, LENDER, TWO)), all, stage(ONE, IReceipts.Encumbrance.Registered));
        Act memory early = takingOver(sale(ONE, LENDER, TWO));
        VM.warp(MATURITY + 1);
        act(defaulting(ONE, PAPER), by(LENDER));
        refused(early, all, no(Signed.SignedOverAnotherHead.selector, ONE, headOf(ONE)));
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
