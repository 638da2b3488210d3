// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ITrades} from "../ITrades.sol";
import {Organisations} from "../Organisations.sol";
import {Signed} from "../Signed.sol";
import {Parties} from "../Parties.sol";
import {Trades} from "../Trades.sol";
import {Exchange} from "./Exchange.sol";

contract TradesTest is Exchange {
    function setUp() public {
        establish();
        act(opening(TRADE), by(SELLER, BUYER, REGISTRAR), "");
    }

    function test_ATradeIsItsTwoParties() public view {
        Trades.Trade memory trade = trades.tradeOf(TRADE);
        holds(trade.seller.organisation == firm(SELLER) && trade.buyer.organisation == firm(BUYER), "parties");
        holds(trade.registrar.organisation == firm(REGISTRAR) && trade.terms == PAPER, "registrar");
        holds(trade.lender == 0 && trade.pieces == 0 && trade.borrower == 0, "free");
        (bytes32 seller, bytes32 buyer) = trades.partiesOf(TRADE);
        holds(seller == firm(SELLER) && buyer == firm(BUYER), "partiesOf");
    }

    function test_TradesThatAreRefused() public {
        uint256[] memory all = by(SELLER, BUYER, REGISTRAR);
        act(opening(TRADE), all, no(Trades.TradesKnown.selector, TRADE));
        act(opening(0), all, no(Trades.TradesZeroId.selector));
        Trades.OpenTrade memory op = opening("x");
        op.terms = 0;
        act(op, all, no(Trades.TradesZeroId.selector));
        op = opening("x");
        op.buyer = op.seller;
        act(op, all, no(Trades.TradesNotIndependent.selector, "x", firm(SELLER)));
        op = opening("x");
        act(op, by(SELLER, BUYER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 3));
        act(op, by(BUYER, BUYER, REGISTRAR), abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(BUYER), firm(SELLER)));
        act(op, by(SELLER, NEXT, REGISTRAR), abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(NEXT), firm(BUYER)));
        act(
            op,
            by(SELLER, BUYER, LENDER),
            abi.encodeWithSelector(
                Signed.SignedByNobodyInRole.selector, 2, VM.addr(LENDER), Organisations.Role.RegistryAdmin
            )
        );
        op.deadline = NOW - 1;
        act(op, all, abi.encodeWithSelector(Signed.SignedTooLate.selector, NOW - 1));
    }

    /// @dev A registrar's key of one of the parties is not independent of it.
    function test_APartyDoesNotRegisterItsOwnTrade() public {
        bind(firm(SELLER), 0xA2, Organisations.Role.RegistryAdmin);
        bind(firm(BUYER), 0xA3, Organisations.Role.RegistryAdmin);
        VM.roll(block.number + 2);
        act(opening("x"), by(SELLER, BUYER, 0xA2), no(Trades.TradesNotIndependent.selector, "x", firm(SELLER)));
        act(opening("x"), by(SELLER, BUYER, 0xA3), no(Trades.TradesNotIndependent.selector, "x", firm(BUYER)));
    }

    /// @dev A registrar's key is as old as those of the parties: none that was bound for this trade.
    function test_ALaterRegistrarRegistersNothing() public {
        Trades.OpenTrade memory op = opening("x");
        op.sellerSince = op.buyerSince - 1;
        bind(firm(REGISTRAR), 0xA2, Organisations.Role.RegistryAdmin);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 3);
        bytes4 later = Signed.SignedByALaterKey.selector;
        act(op, by(SELLER, BUYER, 0xA2), abi.encodeWithSelector(later, 2, VM.addr(0xA2), since, op.sellerSince));
        (op.sellerSince, op.buyerSince) = (since, since - 1);
        act(op, by(SELLER, BUYER, 0xA2), abi.encodeWithSelector(later, 2, VM.addr(0xA2), since, op.buyerSince));
        op.buyerSince = since;
        act(op, by(SELLER, BUYER, 0xA2), "");
    }

    /// @dev A lender that was paid and is silent: a court that is nobody's, and was there before the loan, ends it.
    function test_ACourtFindsThatNothingIsOwedOnAnOrder() public {
        bind(firm(SELLER), 0xC1, Organisations.Role.CourtLiaison);
        bind(firm(BUYER), 0xC2, Organisations.Role.CourtLiaison);
        bind(firm(LENDER), 0xC3, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        act(dischargingOrder(TRADE), by(COURT, BUYER), no(Trades.TradesOrderNotFinanced.selector, TRADE));
        act(financing(TRADE, BUYER, LENDER), by(BUYER, LENDER), "");
        bind(firm(COURT), 0xC4, Organisations.Role.CourtLiaison);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 1);
        bytes4 party = Parties.SignedByAParty.selector;
        act(dischargingOrder(TRADE), by(0xC1, BUYER), no(party, firm(SELLER)));
        act(dischargingOrder(TRADE), by(0xC2, BUYER), no(party, firm(BUYER)));
        act(dischargingOrder(TRADE), by(0xC3, BUYER), no(party, firm(LENDER)));
        bytes memory late = abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0xC4), since, since - 1);
        act(dischargingOrder(TRADE), by(0xC4, BUYER), late);
        act(dischargingOrder(TRADE), by(COURT, SELLER), abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(SELLER), firm(BUYER)));
        Trades.DischargeOrder memory op = dischargingOrder(TRADE);
        op.judgment = 0;
        act(op, by(COURT, BUYER), no(Trades.TradesZeroId.selector));
        act(dischargingOrder(TRADE), by(COURT, BUYER), "");
        Trades.Trade memory trade = trades.tradeOf(TRADE);
        holds(trade.lender == 0 && trade.borrower == 0 && trade.orderTerms == 0 && trade.orderBlock == 0, "free");
        act(financing(TRADE, SELLER, OTHER_LENDER), by(SELLER, OTHER_LENDER), "");
        act(dischargingOrder(TRADE), by(COURT, BUYER), abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(BUYER), firm(SELLER)));
    }

    /// @dev Whoever binds keys brings in nobody with a key that is younger than the block that was named.
    function test_ALaterKeyBringsNobodyIn() public {
        Trades.OpenTrade memory op = opening("x");
        uint64 named = before();
        bind(firm(BUYER), 0xB1, Organisations.Role.Holder);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 3);
        act(
            op,
            by(SELLER, 0xB1, REGISTRAR),
            abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 1, VM.addr(0xB1), since, named)
        );
        op.buyerSince = uint64(block.number);
        act(op, by(SELLER, BUYER, REGISTRAR), abi.encodeWithSelector(Parties.SignedNotKnownYet.selector, block.number));
        op.buyerSince = before();
        op.sellerSince = NEVER;
        act(op, by(SELLER, BUYER, REGISTRAR), abi.encodeWithSelector(Parties.SignedNotKnownYet.selector, NEVER));
        // And a later key of who is in already borrows nothing.
        bytes memory late = abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(0xB1), since, 1);
        act(financing(TRADE, BUYER, LENDER), by(0xB1, LENDER), late);
    }

    function test_AnOrderIsFinancedOnceAtATime() public {
        Trades.FinanceOrder memory op = financing(TRADE, SELLER, LENDER);
        act(op, by(SELLER, LENDER), "");
        Trades.Trade memory trade = trades.tradeOf(TRADE);
        holds(trade.lender == firm(LENDER) && trade.pieces == 1 && trade.borrower == firm(SELLER), "financed");
        holds(trade.orderLender.organisation == firm(LENDER) && trade.orderTerms == PAPER, "loan");
        holds(trades.isLocked(TRADE, address(trades), TRADE), "locked");
        act(op, by(SELLER, LENDER), no(Trades.TradesOrderFinanced.selector, TRADE, firm(LENDER)));
        act(financing(TRADE, BUYER, OTHER_LENDER), by(BUYER, OTHER_LENDER), no(Trades.TradesOrderFinanced.selector, TRADE, firm(LENDER)));
        act(repaying(TRADE), by(OTHER_LENDER, LENDER), abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(OTHER_LENDER), firm(LENDER)));
        Trades.RepayOrder memory end = repaying(TRADE);
        end.discharge = 0;
        act(end, both(LENDER), no(Trades.TradesZeroId.selector));
        act(repaying(TRADE), by(LENDER, LENDER), abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(LENDER)));
        act(repaying(TRADE), by(LENDER), abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 1, 2));
        act(repaying(TRADE), both(LENDER), "");
        (bytes32 lender, uint32 pieces) = trades.financedBy(TRADE);
        holds(lender == 0 && pieces == 0 && !trades.isLocked(TRADE, address(trades), TRADE), "free");
        act(repaying(TRADE), both(LENDER), no(Trades.TradesOrderNotFinanced.selector, TRADE));
        act(op, by(SELLER, LENDER), no(Signed.SignedOverAnotherHead.selector, TRADE, trades.tradeOf(TRADE).head));
        act(financing(TRADE, BUYER, OTHER_LENDER), by(BUYER, OTHER_LENDER), "");
    }

    function test_LoansThatAreRefused() public {
        act(financing(TRADE, NEXT, LENDER), by(NEXT, LENDER), no(Trades.TradesNoParty.selector, TRADE, firm(NEXT)));
        act(financing(TRADE, SELLER, BUYER), by(SELLER, BUYER), no(Trades.TradesNotIndependent.selector, TRADE, firm(BUYER)));
        act(financing(TRADE, SELLER, SELLER), by(SELLER, BUYER), no(Trades.TradesNotIndependent.selector, TRADE, firm(SELLER)));
        act(financing(TRADE, SELLER, LENDER), by(BUYER, LENDER), abi.encodeWithSelector(Signed.SignedByAnother.selector, 0, firm(BUYER), firm(SELLER)));
        act(financing(TRADE, SELLER, LENDER), by(SELLER, OTHER_LENDER), abi.encodeWithSelector(Signed.SignedByAnother.selector, 1, firm(OTHER_LENDER), firm(LENDER)));
        Trades.FinanceOrder memory op = financing(TRADE, SELLER, LENDER);
        op.terms = 0;
        act(op, by(SELLER, LENDER), no(Trades.TradesZeroId.selector));
        op = financing(TRADE, SELLER, LENDER);
        op.trade = "x";
        act(op, by(SELLER, LENDER), no(ITrades.TradesUnknown.selector, "x"));
        VM.expectRevert(no(ITrades.TradesUnknown.selector, "x"));
        trades.partiesOf("x");
    }

    /// @dev The order, a pledge of receipts and a voucher: who is first, alone.
    function test_WhoFinancesFirstFinancesAlone() public {
        pledges.lock(trades, TRADE, firm(LENDER), "p1");
        bytes memory taken = no(ITrades.TradesFinanced.selector, TRADE, firm(LENDER));
        act(financing(TRADE, SELLER, OTHER_LENDER), by(SELLER, OTHER_LENDER), taken);
        VM.expectRevert(taken);
        pledges.lock(trades, TRADE, firm(OTHER_LENDER), "p2");
        VM.expectRevert(taken);
        VM.prank(address(vouchers));
        trades.lock(TRADE, firm(OTHER_LENDER), "p1");
        act(financing(TRADE, SELLER, LENDER), by(SELLER, LENDER), "");
        VM.prank(address(vouchers));
        trades.lock(TRADE, firm(LENDER), "p1");
        pledges.unlock(trades, TRADE, firm(LENDER), "p1");
        act(repaying(TRADE), both(LENDER), "");
        VM.expectRevert(taken);
        pledges.lock(trades, TRADE, firm(OTHER_LENDER), "p2");
        VM.prank(address(vouchers));
        trades.unlock(TRADE, firm(LENDER), "p1");
        pledges.lock(trades, TRADE, firm(OTHER_LENDER), "p2");
    }

    function test_LocksThatAreRefused() public {
        pledges.lock(trades, TRADE, firm(LENDER), "p");
        VM.expectRevert(no(Trades.TradesLocked.selector, TRADE, "p"));
        pledges.lock(trades, TRADE, firm(LENDER), "p");
        VM.expectRevert(no(Trades.TradesNotLocked.selector, TRADE, "p"));
        pledges.unlock(trades, TRADE, firm(OTHER_LENDER), "p");
        VM.expectRevert(no(Trades.TradesNotLocked.selector, TRADE, "q"));
        pledges.unlock(trades, TRADE, firm(LENDER), "q");
        VM.prank(address(vouchers));
        VM.expectRevert(no(Trades.TradesNotLocked.selector, TRADE, "p"));
        trades.unlock(TRADE, firm(LENDER), "p");
        VM.expectRevert(no(ITrades.TradesUnknown.selector, "x"));
        pledges.lock(trades, "x", firm(LENDER), "p");
        VM.expectRevert(no(Trades.TradesZeroId.selector));
        pledges.lock(trades, TRADE, 0, "r");
    }

    function testFuzz_StrangersLockNothing(address caller, bytes32 object) public {
        VM.assume(caller != address(pledges) && caller != address(vouchers));
        VM.startPrank(caller);
        VM.expectRevert(abi.encodeWithSelector(Trades.TradesNotForCaller.selector, caller));
        trades.lock(TRADE, firm(LENDER), object);
        VM.expectRevert(abi.encodeWithSelector(Trades.TradesNotForCaller.selector, caller));
        trades.unlock(TRADE, firm(LENDER), object);
    }

    /// @dev Any order of locks and unlocks against a list: the trade is its lender's while one piece is left.
    function testFuzz_AListOfLocks(uint8[40] calldata steps) public {
        bool[4] memory locked;
        uint256 owner = 0;
        uint32 count = 0;
        for (uint256 i = 0; i < steps.length; i++) {
            uint256 piece = steps[i] % 4;
            uint256 lender = (steps[i] >> 2) % 2 == 0 ? LENDER : OTHER_LENDER;
            bool on = (steps[i] >> 3) % 2 == 0;
            bool fits = on ? !locked[piece] && (count == 0 || owner == lender) : locked[piece] && owner == lender;
            if (!fits) VM.expectPartialRevert(_refusal(on, count != 0 && owner != lender));
            if (on) pledges.lock(trades, TRADE, firm(lender), bytes32(piece));
            else pledges.unlock(trades, TRADE, firm(lender), bytes32(piece));
            if (fits) {
                locked[piece] = on;
                count = on ? count + 1 : count - 1;
                owner = count == 0 ? 0 : lender;
            }
            (bytes32 found, uint32 pieces) = trades.financedBy(TRADE);
            holds(pieces == count && found == (owner == 0 ? bytes32(0) : firm(owner)), "financed by");
        }
    }

    function _refusal(bool on, bool another) private pure returns (bytes4) {
        if (!on) return Trades.TradesNotLocked.selector;
        return another ? ITrades.TradesFinanced.selector : Trades.TradesLocked.selector;
    }
}
