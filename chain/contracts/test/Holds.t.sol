// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Holds} from "../Holds.sol";
import {IReceipts} from "../IReceipts.sol";
import {Organisations} from "../Organisations.sol";
import {Parties} from "../Parties.sol";
import {Signed} from "../Signed.sol";
import {Succession} from "../Succession.sol";
import {Deeds} from "./Deeds.sol";

contract HoldsTest is Deeds {
    Organisations.Role private constant AS_KEEPER = Organisations.Role.Keeper;
    Organisations.Role private constant AS_LENDER = Organisations.Role.Lender;
    Organisations.Role private constant AS_INSPECTOR = Organisations.Role.Inspector;
    Organisations.Role private constant AS_VERIFIER = Organisations.Role.Verifier;
    Organisations.Role private constant AS_COURT = Organisations.Role.CourtLiaison;
    Organisations.Role private constant AS_HOLDER = Organisations.Role.Holder;

    function setUp() public {
        establish();
        bring(lot, 100 * TONNE);
        attestWell(lot);
        issued(ONE, lot, 60 * TONNE);
    }

    /// @dev What is held does not move, is the same when it is lifted, and the other axes never noticed.
    function test_AHoldStopsAndIsLiftedWhileItHolds() public {
        IReceipts.Receipt memory was = receipts.receiptOf(ONE);
        bytes32 seal = act(holding(ONE, Holds.Kind.Seal, AS_INSPECTOR, 0), by(INSPECTOR));
        bytes32 court = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        holds(holdings.isHeld(ONE), "held");
        bytes memory why = abi.encodeWithSelector(Holds.ReceiptsHeld.selector, ONE, seal);
        refused(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER), why);
        refused(splitting(ONE, TWO, THREE, TONNE, 0), by(HOLDER, KEEPER), why);
        refused(replacing(ONE, TWO), by(HOLDER, KEEPER), why);
        refused(amending(ONE, TONNE, PAPER), by(HOLDER, KEEPER), why);
        refused(surrendering(ONE), by(HOLDER, KEEPER), why);
        refused(delivering(ONE, TONNE, fresh(), false), by(HOLDER, KEEPER, VERIFIER), why);
        refused(offering(ONE, LENDER, TONNE), by(HOLDER, KEEPER), why);
        act(lifting(ONE, seal, AS_INSPECTOR), by(INSPECTOR));
        same(holdings.holdsOf(ONE)[0].id, court, "the other hold");
        act(lifting(ONE, court, AS_COURT), by(COURT));
        holds(!holdings.isHeld(ONE), "still held");
        IReceipts.Receipt memory is_ = receipts.receiptOf(ONE);
        is_.head = was.head;
        same(keccak256(abi.encode(is_)), keccak256(abi.encode(was)), "receipt");
        act(endorsing(ONE, BUYER), by(HOLDER, KEEPER, BUYER));
    }

    function test_WhatIsHeldOfAReceiptStays() public {
        bytes32 first = act(holding(ONE, Holds.Kind.Court, AS_COURT, 20 * TONNE), by(COURT));
        bytes32 second = act(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 10 * TONNE), by(HOLDER));
        uint256[] memory all = by(HOLDER, KEEPER, VERIFIER);
        act(delivering(ONE, 30 * TONNE, fresh(), false), all);
        refused(delivering(ONE, 1, fresh(), false), all, abi.encodeWithSelector(Holds.ReceiptsHeld.selector, ONE, second));
        refused(delivering(ONE, 1, fresh(), true), all, abi.encodeWithSelector(Holds.ReceiptsHeld.selector, ONE, first));
        act(lifting(ONE, second, AS_HOLDER), by(HOLDER));
        act(delivering(ONE, 10 * TONNE, fresh(), false), all);
        refused(holding(ONE, Holds.Kind.Court, AS_COURT, 21 * TONNE), by(COURT), abi.encodeWithSelector(Holds.ReceiptsNotThatMuch.selector, ONE, 21 * TONNE, 20 * TONNE));
        refused(holding(TWO, Holds.Kind.Court, AS_COURT, 0), by(COURT), abi.encodeWithSelector(Succession.ReceiptsNotLiving.selector, TWO, IReceipts.State.None));
    }

    /// @dev Every kind with every role: who may set it, and nobody else.
    function test_WhoSetsWhichKind() public {
        pledged(ONE, 50 * TONNE);
        Organisations.Role[6] memory roles =
            [AS_KEEPER, AS_LENDER, AS_INSPECTOR, AS_VERIFIER, AS_COURT, AS_HOLDER];
        uint256[6] memory keys = [KEEPER, LENDER, INSPECTOR, VERIFIER, COURT, HOLDER];
        uint256[6] memory strangers = [OTHER_KEEPER, OTHER_LENDER, LENDER, LENDER, LENDER, BUYER];
        // A row for each kind, a column for each role.
        bool[6][6] memory may = [
            [false, false, false, false, false, false],
            [true, true, false, false, false, true],
            [false, false, false, false, true, false],
            [false, false, true, true, false, false],
            [false, false, false, false, true, true],
            [false, true, false, false, false, false]
        ];
        for (uint256 kind = 0; kind < 6; kind++) {
            for (uint256 i = 0; i < 6; i++) {
                Holds.Kind which = Holds.Kind(kind);
                if (!may[kind][i]) {
                    bytes memory why = abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, which, roles[i]);
                    refused(holding(ONE, which, roles[i], 0), by(keys[i]), why);
                    continue;
                }
                holds(!tried(holding(ONE, which, roles[i], 0), by(strangers[i])), "a stranger held it");
                bytes32 id = act(holding(ONE, which, roles[i], 0), by(keys[i]));
                holds(!tried(lifting(ONE, id, roles[i]), by(strangers[i])), "a stranger lifted it");
                act(lifting(ONE, id, roles[i]), by(keys[i]));
            }
        }
    }

    function test_ALenderThatIsNoneHoldsNothing() public {
        bytes memory why =
            abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, Holds.Kind.Insurance, AS_LENDER);
        refused(holding(ONE, Holds.Kind.Insurance, AS_LENDER, 0), by(LENDER), why);
    }

    /// @dev A court lifts what is younger than its key, of others and of courts; what it set itself, by a key as old.
    function test_WhoLifts() public {
        bytes32 seal = act(holding(ONE, Holds.Kind.Seal, AS_VERIFIER, 0), by(VERIFIER));
        bytes32 lost = act(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(COURT));
        uint64 set = uint64(block.number);
        bind(COURT, 0xB1, AS_COURT);
        VM.roll(block.number + 2);
        refused(lifting(ONE, seal, AS_COURT), by(0xB1), later(0xB1, set, set - 1));
        refused(lifting(ONE, lost, AS_COURT), by(0xB1), later(0xB1, set, holdings.holdsOf(ONE)[1].setter.since));
        refused(lifting(ONE, lost, AS_HOLDER), by(HOLDER), abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, Holds.Kind.Lost, AS_HOLDER));
        refused(lifting(ONE, seal, AS_HOLDER), by(HOLDER), abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, Holds.Kind.Seal, AS_HOLDER));
        refused(lifting(ONE, PAPER, AS_COURT), by(COURT), abi.encodeWithSelector(Holds.ReceiptsNoHold.selector, ONE, PAPER));
        act(lifting(ONE, seal, AS_COURT), by(OTHER_COURT));
        act(lifting(ONE, lost, AS_COURT), by(COURT));
        lost = act(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(OTHER_COURT));
        act(lifting(ONE, lost, AS_COURT), by(COURT));
    }

    /// @dev What a court lifted is not set again by the same for the same reason: a seal is no weapon that lasts.
    function test_WhatACourtLiftedStaysLifted() public {
        bytes32 seal = act(holding(ONE, Holds.Kind.Seal, AS_INSPECTOR, 0), by(INSPECTOR));
        act(lifting(ONE, seal, AS_INSPECTOR), by(INSPECTOR));
        seal = act(holding(ONE, Holds.Kind.Seal, AS_INSPECTOR, 0), by(INSPECTOR));
        act(lifting(ONE, seal, AS_COURT), by(COURT));
        bytes memory why = abi.encodeWithSelector(Holds.ReceiptsEndedByCourt.selector, ONE, PAPER);
        refused(holding(ONE, Holds.Kind.Seal, AS_INSPECTOR, 0), by(INSPECTOR), why);
        act(holding(ONE, Holds.Kind.Seal, AS_VERIFIER, 0), by(VERIFIER));
        bytes32 freeze = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        act(lifting(ONE, freeze, AS_COURT), by(OTHER_COURT));
        act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
    }

    /// @dev Nobody judges its own case: not the holder's, the lender's or the keeper's organisation, whatever keys it has.
    function test_ACourtThatIsAPartyLiftsNothing() public {
        pledged(ONE, 50 * TONNE);
        uint256[3] memory parties = [HOLDER, LENDER, KEEPER];
        for (uint256 i = 0; i < 3; i++) {
            bind(parties[i], 0xB1 + i, AS_COURT);
        }
        VM.roll(block.number + 2);
        bytes32 seal = act(holding(ONE, Holds.Kind.Seal, AS_INSPECTOR, 0), by(INSPECTOR));
        for (uint256 i = 0; i < 3; i++) {
            bytes memory why = abi.encodeWithSelector(Parties.SignedByAParty.selector, firm(parties[i]));
            refused(lifting(ONE, seal, AS_COURT), by(0xB1 + i), why);
        }
    }

    /// @dev One word of a kind from each organisation: nobody fills the list, or moves heads without end.
    function test_OneHoldOfAKind() public {
        bytes32 id = act(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER));
        bytes memory why = abi.encodeWithSelector(Holds.ReceiptsHeldAlready.selector, ONE, id);
        refused(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER), why);
        act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(OTHER_COURT));
        act(lifting(ONE, id, AS_HOLDER), by(HOLDER));
        act(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER));
    }

    /// @dev No inspector but the lot's own seals anything (R1: any registered one could stop any sale).
    function test_OnlyTheLotsWitnessesSeal() public {
        join(0xbad, AS_INSPECTOR);
        VM.roll(block.number + 1);
        bytes memory why = abi.encodeWithSelector(Holds.ReceiptsNotAWitness.selector, lot, firm(0xbad));
        refused(holding(ONE, Holds.Kind.Seal, AS_INSPECTOR, 0), by(0xbad), why);
    }

    /// @dev What a court set, another ends that was there before; so a key that was bound for it alone freezes nothing for ever.
    function test_AnOlderCourtEndsWhatALaterSet() public {
        join(0xbad, AS_COURT);
        VM.roll(block.number + 1);
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(0xbad));
        uint64 since = receipts.receiptOf(ONE).heldBlock - 1;
        refused(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(0xbad), later(0xbad, uint64(block.number) - 1, since));
        VM.prank(admin);
        registry.revokeKey(keyId(VM.addr(0xbad)), Organisations.Reason.Compromised, 0);
        act(lifting(ONE, id, AS_COURT), by(COURT));
    }

    /// @dev Nobody fills the list against a court; courts alone fill it to its end.
    function test_CourtsHaveRoomOfTheirOwn() public {
        for (uint256 i = 0; i < 33; i++) {
            join(0xC00 + i, AS_COURT);
        }
        VM.roll(block.number + 1);
        bytes memory why = abi.encodeWithSelector(Holds.ReceiptsTooManyHolds.selector, ONE);
        for (uint256 i = 0; i < 32; i++) {
            if (i == 16) refused(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER), why);
            act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(0xC00 + i));
        }
        refused(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(0xC20), why);
    }

    /// @dev What a lender held falls to the holder with its pledge, and not before; an offer alone gives no word.
    function test_ALendersHoldEndsWithItsPledge() public {
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        bytes memory why =
            abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, Holds.Kind.Dispute, AS_LENDER);
        refused(holding(ONE, Holds.Kind.Dispute, AS_LENDER, 0), by(LENDER), why);
        act(accepting(ONE), by(LENDER));
        bytes32 id = act(holding(ONE, Holds.Kind.Dispute, AS_LENDER, 0), by(LENDER));
        why = abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, Holds.Kind.Dispute, AS_HOLDER);
        refused(lifting(ONE, id, AS_HOLDER), by(HOLDER), why);
        act(withdrawing(ONE, AS_LENDER), by(LENDER));
        act(lifting(ONE, id, AS_HOLDER), by(HOLDER));
    }

    /// @dev In a default a holder holds nothing up, but may say that its receipt is not lost, though somebody says so.
    function test_AHolderDisputesThatItsReceiptIsLost() public {
        pledged(ONE, 50 * TONNE);
        defaulted(ONE);
        bytes memory why =
            abi.encodeWithSelector(Holds.ReceiptsNotByThatRole.selector, ONE, Holds.Kind.Dispute, AS_HOLDER);
        refused(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER), why);
        act(holding(ONE, Holds.Kind.Lost, AS_COURT, 0), by(COURT));
        act(holding(ONE, Holds.Kind.Dispute, AS_HOLDER, 0), by(HOLDER));
    }

    /// @dev In every stage of a pledge a hold is set and lifted, and the stage is as it was.
    function test_HoldsAndPledgesDoNotMix() public {
        act(offering(ONE, LENDER, 50 * TONNE), by(HOLDER, KEEPER));
        held(1);
        act(accepting(ONE), by(LENDER));
        held(2);
        act(registering(ONE, PAPER, PAPER), by(LENDER));
        held(3);
        act(calling(ONE, uint64(block.timestamp) + 1 days, PAPER), by(LENDER));
        held(4);
        VM.warp(block.timestamp + 1 days + 1);
        VM.roll(block.number + 1);
        act(defaulting(ONE, PAPER), by(LENDER));
        held(5);
        act(enforcing(ONE, uint64(block.timestamp) + 5 days, PAPER, PAPER), by(LENDER));
        held(6);
    }

    function held(uint256 stage) private {
        isIn(ONE, IReceipts.Encumbrance(stage));
        bytes32 id = act(holding(ONE, Holds.Kind.Court, AS_COURT, 0), by(COURT));
        isIn(ONE, IReceipts.Encumbrance(stage));
        act(lifting(ONE, id, AS_COURT), by(COURT));
        isIn(ONE, IReceipts.Encumbrance(stage));
    }

    function later(uint256 key, uint64 since, uint64 needed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByALaterKey.selector, 0, VM.addr(key), since, needed);
    }
}
