// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {Holds} from "../Holds.sol";
import {IReceipts} from "../IReceipts.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Outbound} from "../Outbound.sol";
import {Parties} from "../Parties.sol";
import {Pledges} from "../Pledges.sol";
import {Pledging} from "../Pledging.sol";
import {Signed} from "../Signed.sol";
import {Succession} from "../Succession.sol";
import {Desk} from "./Desk.sol";

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
        Outbound.Execute memory op = leaving(id, ONE, TONNE, ticket, found.until);
        op.picker = PAPER;
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
        Outbound.Execute memory op = leaving(id, ONE, TONNE, fresh(), until);
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
        Outbound.ExecuteDynamic memory op = rolling(ONE, TONNE, fresh(), until);
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
        refused(executing(id, ONE, 40 * TONNE, fresh()), by(KEEPER, VERIFIER), quorum(0, 2));
        act(beyond(id, 40 * TONNE), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
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

    /// @dev More than was ordered went out: what was ordered leaves face and pledge, and the lot is short of the rest.
    function test_WhatWentBeyondAnOrderIsTheLotsShortage() public {
        bytes32 id = act(ordering(ONE, 20 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(beyond(id, 25 * TONNE), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
        same(faceOf(ONE), 40 * TONNE, "face");
        same(pledgedOf(ONE), 30 * TONNE, "pledged");
        same(lots.lotOf(lot).weighed, 75 * TONNE, "weighed");
        holds(lots.isShort(lot), "short");
        refused(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER), no(Holds.ReceiptsShort.selector, ONE, lot));
    }

    /// @dev Keeper and verifier write no pledge down by an order for a tonne: what is beyond it is no one receipt's, and they
    ///      do not say so alone.
    function test_ASmallOrderTakesNoMoreThanItself() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        refused(executing(id, ONE, TONNE + 1, fresh()), by(KEEPER, VERIFIER), quorum(0, 2));
        act(beyond(id, 100 * TONNE), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
        isNow(ONE, IReceipts.State.Issued);
        isIn(ONE, IReceipts.Encumbrance.Registered);
        same(faceOf(ONE), 59 * TONNE, "face");
        same(pledgedOf(ONE), 49 * TONNE, "pledged");
        same(lots.lotOf(lot).weighed, 0, "weighed");
        holds(lots.isShort(lot), "short");
    }

    /// @dev Whoever said that all is gone: what the witnesses find there is everybody's still, to the gram.
    function test_WhatIsThereIsNotWrittenOff() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(beyond(id, 100 * TONNE), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
        attest(lot, 98 * TONNE, 99 * TONNE, 100 * TONNE, false);
        holds(lots.isShort(lot), "short by the book");
        share(lot, new bytes32[](0), by(LENDER));
        same(faceOf(ONE), 59 * TONNE, "face");
        same(pledgedOf(ONE), 49 * TONNE, "pledged");
        same(lots.lotOf(lot).weighed, 99 * TONNE, "weighed");
        holds(!lots.isShort(lot), "short no more");
    }

    /// @dev What began after the goods had left stops nothing, a hold, a shortage, evidence that grew old; but then the lot's
    ///      quorum without its keeper must say so, as two of one mind could say what they like of last week.
    function test_WhatBeganLaterTakesTheQuorum() public {
        act(settingFloor(ONE, TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        uint256[] memory gate = by(KEEPER, VERIFIER);
        uint256[] memory all = by(KEEPER, VERIFIER, INSPECTOR, VERIFIER);
        uint64 left = uint64(block.timestamp) + 1 hours;
        VM.warp(left + 1);
        bytes32 hold = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        attest(lot, 40 * TONNE, 41 * TONNE, 42 * TONNE, false);
        VM.warp(left + 4 hours);
        refused(executing(id, ONE, TONNE, fresh()), gate, no(Holds.ReceiptsHeld.selector, ONE, hold));
        Outbound.Execute memory op = leaving(id, ONE, TONNE, fresh(), left);
        refused(executing(op), gate, quorum(0, 2));
        op.places = placed(0, 1);
        refused(executing(op), by(KEEPER, VERIFIER, KEEPER, INSPECTOR), no(Attestations.LotsKeepersPlace.selector, 0));
        op.places = placed(1, 2);
        refused(executing(op), by(KEEPER, VERIFIER, VERIFIER, INSPECTOR), nobody(2, VERIFIER, Organisations.Role.Inspector));
        refused(executing(op), gate, abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, 2, 4));
        act(executing(op), all);
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Holds.ReceiptsHeld.selector, ONE, hold));
        VM.warp(left + 7 days);
        Outbound.ExecuteDynamic memory rolled = rolling(ONE, TONNE, fresh(), left);
        refused(executingDynamic(rolled), gate, quorum(0, 2));
        rolled.places = placed(1, 2);
        act(executingDynamic(rolled), all);
        same(faceOf(ONE), 58 * TONNE, "face");
        VM.warp(left + 7 days + 1);
        rolled = rolling(ONE, TONNE, fresh(), left);
        refused(executingDynamic(rolled), gate, no(Outbound.PledgesOrderTooLate.selector, ONE, bytes32(uint256(NEVER))));
    }

    function test_AShortageThatBeganLaterTakesTheQuorum() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        uint64 left = uint64(block.timestamp) + 1 hours;
        VM.warp(left + 1);
        attest(lot, 40 * TONNE, 41 * TONNE, 42 * TONNE, false);
        Outbound.Execute memory op = leaving(id, ONE, TONNE, fresh(), left);
        refused(executing(op), by(KEEPER, VERIFIER), quorum(0, 2));
        op.places = placed(1, 2);
        act(executing(op), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
    }

    function test_WhereNothingBeganLaterNoWitnessesAreNamed() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        Outbound.Execute memory op = leaving(id, ONE, TONNE, fresh(), uint64(block.timestamp));
        op.places = placed(1, 2);
        refused(executing(op), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER), quorum(2, 0));
    }

    function test_WhenAllIsGoneThePledgeIsGone() public {
        act(amending(ONE, 50 * TONNE, PAPER), by(HOLDER, KEEPER, LENDER));
        bytes32 id = act(ordering(ONE, 50 * TONNE), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(block.timestamp + 2 hours);
        act(beyond(id, 70 * TONNE), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
        isNow(ONE, IReceipts.State.Delivered);
        isIn(ONE, IReceipts.Encumbrance.Free);
        same(lots.lotOf(lot).pledged, 0, "of the lot");
        same(lots.lotOf(lot).face, 0, "face");
        same(lots.lotOf(lot).weighed, 30 * TONNE, "weighed");
        holds(lots.isShort(lot), "short");
    }

    function test_OnlyTheLotsWitnessesSeeItLeave() public {
        bytes32 id = act(ordering(ONE, TONNE), by(LENDER, LENDER_TWO, HOLDER));
        join(0xE1, Organisations.Role.Verifier);
        VM.roll(block.number + 1);
        VM.warp(block.timestamp + 2 hours);
        refused(executing(id, ONE, TONNE, fresh()), by(KEEPER, 0xE1), no(Pledging.PledgesNotAWitness.selector, lot, firm(0xE1)));
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
        act(executingDynamic(ONE, TONNE, fresh()), gate);
    }

    /// @dev What left before a floor was set is let out by none, whoever signs.
    function test_AFloorCountsFromWhenItWasSet() public {
        uint64 set = uint64(block.timestamp) + 2 hours;
        VM.warp(set);
        act(settingFloor(ONE, 40 * TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        Outbound.ExecuteDynamic memory op = rolling(ONE, TONNE, fresh(), set - 1);
        refused(executingDynamic(op), by(KEEPER, VERIFIER), no(Outbound.PledgesNoFloor.selector, ONE));
        op.leftAt = set;
        act(executingDynamic(op), by(KEEPER, VERIFIER));
    }

    /// @dev The lender's two keys end a floor, raise it and shorten it; more leaves only with the holder, while nothing is called.
    function test_TheLenderAloneLetsLessOut() public {
        uint256[] memory three = by(LENDER, LENDER_TWO, HOLDER);
        uint256[] memory both = by(LENDER, LENDER_TWO);
        uint64 until = NOW + 20 days;
        refused(settingFloor(ONE, 40 * TONNE, until), both, few(2, 3));
        act(settingFloor(ONE, 40 * TONNE, until), three);
        refused(settingFloor(ONE, 40 * TONNE - 1, until), both, few(2, 3));
        refused(settingFloor(ONE, 40 * TONNE, until + 1), both, few(2, 3));
        refused(settingFloor(ONE, 41 * TONNE, until), three, few(3, 2));
        refused(settingFloor(ONE, 41 * TONNE, until), by(LENDER, LENDER), twice(LENDER));
        act(settingFloor(ONE, 41 * TONNE, until), both);
        act(settingFloor(ONE, 0, until), both);
        refused(settingFloor(ONE, 41 * TONNE, until), both, few(2, 3)); // where none stands, any lets more out
        act(calling(ONE, uint64(block.timestamp) + 1 days, PAPER), by(LENDER));
        refused(settingFloor(ONE, 40 * TONNE, until), three, stage(ONE, IReceipts.Encumbrance.MarginCall));
        act(settingFloor(ONE, 0, 0), both);
    }

    /// @dev A call stops a floor; what left before it is told by the quorum, and judged by the floor that stood.
    function test_ACallStopsAFloor() public {
        uint256[] memory gate = by(KEEPER, VERIFIER);
        act(settingFloor(ONE, 40 * TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        uint64 left = uint64(block.timestamp) + 1 hours;
        VM.warp(left + 1 hours);
        act(calling(ONE, uint64(block.timestamp) + 1 days, PAPER), by(LENDER));
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Outbound.PledgesNoFloor.selector, ONE));
        Outbound.ExecuteDynamic memory op = rolling(ONE, 21 * TONNE, fresh(), left);
        refused(executingDynamic(op), gate, under(39 * TONNE, 40 * TONNE));
        op.quantity = 20 * TONNE;
        refused(executingDynamic(op), gate, quorum(0, 2));
        op.places = placed(1, 2);
        act(executingDynamic(op), by(KEEPER, VERIFIER, INSPECTOR, VERIFIER));
        act(curing(ONE, PAPER), by(LENDER));
        refused(executingDynamic(ONE, TONNE, fresh()), gate, no(Outbound.PledgesNoFloor.selector, ONE));
    }

    function test_ADefaultStopsAFloor() public {
        act(settingFloor(ONE, 40 * TONNE, NEVER), by(LENDER, LENDER_TWO, HOLDER));
        VM.warp(MATURITY + 1);
        attestWell(lot);
        act(defaulting(ONE, PAPER), by(LENDER));
        refused(executingDynamic(ONE, TONNE, fresh()), by(KEEPER, VERIFIER), no(Outbound.PledgesNoFloor.selector, ONE));
    }

    /// @dev So much left now, with the quorum's places as more than was ordered takes them.
    function beyond(bytes32 id, uint128 quantity) private returns (Act memory) {
        Outbound.Execute memory op = leaving(id, ONE, quantity, fresh(), uint64(block.timestamp));
        op.places = placed(1, 2);
        return executing(op);
    }

    function quorum(uint256 given, uint256 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Attestations.LotsQuorum.selector, given, needed);
    }

    function few(uint256 given, uint256 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByTooManyOrFew.selector, given, needed);
    }

    function placed(uint8 a, uint8 b) private pure returns (uint8[] memory places) {
        places = new uint8[](2);
        (places[0], places[1]) = (a, b);
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
