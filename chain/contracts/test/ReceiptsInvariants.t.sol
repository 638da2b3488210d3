// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILots} from "../ILots.sol";
import {IReceipts} from "../IReceipts.sol";
import {Crowd} from "./Crowd.sol";
import {Harness} from "./Harness.sol";

/// @dev A test has the gas of a block; a long day needs more.
interface Meter {
    function pauseGasMetering() external;
}

/// @dev What holds after whatever anybody tried; the rest the crowd looks at around every try.
contract ReceiptsInvariants is Harness {
    Crowd private crowd;

    function setUp() public {
        crowd = new Crowd();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(crowd);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(crowd);
        targets[0].selectors = new bytes4[](1);
        targets[0].selectors[0] = Crowd.attempt.selector;
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function invariant_TheBooksAgree() external view {
        agreed();
    }

    /// @dev A long day of the crowd: every deed counts at least once, so no rule holds only because nothing happened.
    function test_EveryDeedHappens() public {
        Meter(address(VM)).pauseGasMetering();
        for (uint256 i = 0; i < 9_000; i++) {
            crowd.attempt(uint256(keccak256(abi.encode("day", i))));
            if (i % 50 == 0) agreed();
        }
        for (uint256 deed = 0; deed <= uint256(Crowd.Deed.SucceedKeeper); deed++) {
            if (crowd.done(Crowd.Deed(deed)) == 0) revert Differs("a deed that never counted", deed, 0);
        }
    }

    function agreed() private view {
        string memory broken = crowd.broken();
        if (bytes(broken).length > 0) revert Broken(broken);
        (bytes32 first, bytes32 second) = crowd.lotIds();
        (ILots.Lot memory book, ILots.Lot memory otherBook) = crowd.books();
        IReceipts.Receipt[] memory all = crowd.all();
        summed(first, book, all);
        summed(second, otherBook, all);
        for (uint256 i = 0; i < all.length; i++) {
            if (all[i].state == IReceipts.State.Issued) single(all, i);
        }
    }

    /// @dev I2, I5: sums over receipts are the lot's; face beyond what was weighed only where the lot is short.
    function summed(bytes32 id, ILots.Lot memory book, IReceipts.Receipt[] memory all) private view {
        (bytes32 one, bytes32 other) = crowd.lenders();
        (uint256 face, uint256 count, uint256 toOne, uint256 toOther) = (0, 0, 0, 0);
        for (uint256 i = 0; i < all.length; i++) {
            if (all[i].lot != id || all[i].state != IReceipts.State.Issued) continue;
            (face, count) = (face + all[i].quantity, count + 1);
            if (all[i].lender.organisation == one) toOne += all[i].pledged;
            if (all[i].lender.organisation == other) toOther += all[i].pledged;
        }
        same(book.face, face, "face");
        same(book.receipts, count, "receipts");
        same(book.pledged, toOne + toOther, "pledged");
        same(crowd.pledgedTo(id, one), toOne, "pledged to one");
        same(crowd.pledgedTo(id, other), toOther, "pledged to the other");
        holds(book.face <= book.weighed || book.short, "face beyond what was weighed");
        holds(book.pledged <= book.face, "pledged beyond the face");
    }

    /// @dev I5, I7, I13: one pledge, within the face; its sum over its receipts; no lender holds but what it took over.
    function single(IReceipts.Receipt[] memory all, uint256 place) private view {
        IReceipts.Receipt memory r = all[place];
        holds(r.quantity > 0 && r.pledged <= r.quantity, "quantities");
        bool free = r.encumbrance == IReceipts.Encumbrance.Free;
        holds(free == (r.pledge == 0) && free == (r.lender.organisation == 0), "half a pledge");
        holds((r.pledged > 0) == (uint256(r.encumbrance) >= uint256(IReceipts.Encumbrance.Accepted)), "stage");
        (bytes32 one, bytes32 other) = crowd.lenders();
        bool lender = r.holder.organisation == one || r.holder.organisation == other;
        holds(!lender || crowd.takenOver(crowd.numberAt(place)), "a lender holds what it did not take over");
        if (free) return;
        uint256 sum = 0;
        for (uint256 i = 0; i < all.length; i++) {
            if (all[i].pledge == r.pledge && all[i].state == IReceipts.State.Issued) sum += all[i].pledged;
        }
        same(crowd.outstanding(r.pledge), sum, "outstanding");
        if (r.trade != 0 && r.pledged > 0) same(crowd.financier(), r.lender.organisation, "financed by another");
    }
}
