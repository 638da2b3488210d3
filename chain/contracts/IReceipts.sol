// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Signed} from "./Signed.sol";

/// @title IReceipts: what a warehouse receipt (仓单) is, and what Pledges asks of Receipts
/// @notice Three axes that never mix: title (权属, `state` and `holder`), encumbrance (担保), holds (冻结). Quantities are
///         grams, times seconds since 1970; an `until` is the last second.
interface IReceipts {
    /// @notice The title axis. From Split on nothing moves any more. Numbers are part of the interface.
    enum State {
        None,
        Issued,
        Split,
        Merged,
        Replaced,
        Delivered,
        Cancelled
    }

    /// @notice The encumbrance axis. Numbers are part of the interface.
    enum Encumbrance {
        Free,
        Offered,
        Accepted,
        Registered,
        MarginCall,
        Default,
        Enforcing
    }

    /// @notice A receipt.
    /// @param lot The lot (批次) that its goods lie in; the lot's keeper is the receipt's.
    /// @param head Hash over all operations on it.
    /// @param document Digest of the GB/T 30332-2024 document.
    /// @param trade The trade that its goods are bought or sold in, or 0.
    /// @param parent The receipt that it came from, or 0.
    /// @param pledge The pledge on it: digest of the offer or substitution that made it; 0 while Free.
    /// @param surrenderedBy Who gave it back to its keeper, or 0: the goods are that depositor's again when it is cancelled.
    /// @param holder Who holds it (持单人); the keeper, in role Keeper, once surrendered.
    /// @param lender To whom it is offered or pledged (质权人); zero while Free.
    /// @param quantity Its face: the weighed quantity.
    /// @param pledged How much of that is pledged; 0 while offered.
    /// @param until Last second of its storage term.
    /// @param due Last second of the offer, the acceptance, the margin call or the notice, in those stages; otherwise 0.
    /// @param heldBlock Block in which its holder got it.
    /// @param state Title axis.
    /// @param encumbrance Encumbrance axis.
    struct Receipt {
        bytes32 lot;
        bytes32 head;
        bytes32 document;
        bytes32 trade;
        bytes32 parent;
        bytes32 pledge;
        bytes32 surrenderedBy;
        Signed.Party holder;
        Signed.Party lender;
        uint128 quantity;
        uint128 pledged;
        uint64 until;
        uint64 due;
        uint48 heldBlock;
        State state;
        Encumbrance encumbrance;
    }

    /// @notice The encumbrance that a receipt has after an operation; all zero when it is Free.
    struct Charge {
        bytes32 pledge;
        Signed.Party lender;
        uint128 pledged;
        uint64 due;
        Encumbrance encumbrance;
    }

    /// @notice Goods that have left, what was allowed of them, and by which weighings and serials.
    struct Leaving {
        uint128 quantity;
        uint128 ordered;
        bytes32[] evidence;
        bytes32[] serials;
        uint64 leftAt;
    }

    /// @notice Everything that is known about a receipt; all zero for a number that was never used.
    function receiptOf(bytes32 number) external view returns (Receipt memory);

    /// @notice The same for a receipt that lives; reverts for others.
    function livingOf(bytes32 number) external view returns (Receipt memory);

    /// @notice Moves a receipt's head by `digest`. For Holds alone.
    function touch(bytes32 number, bytes32 digest) external;

    /// @notice How much is pledged by one pledge over all receipts that it went on to.
    function outstandingOf(bytes32 pledge) external view returns (uint128);

    /// @notice Sets a receipt's encumbrance, moves its head by `digest`, and keeps the sums. For Pledges alone.
    function encumber(bytes32 number, bytes32 digest, Charge calldata charge) external;

    /// @notice Goods of a pledged receipt have left: face shrinks by their quantity as far as it was allowed, at most to
    ///         nothing, and the encumbrance becomes `charge`. The lot is short of what left beyond that. For Pledges alone.
    function reduce(bytes32 number, bytes32 digest, Charge calldata charge, Leaving calldata leaving) external;

    /// @notice What is pledged goes to a buyer, free; what is not becomes receipt `rest` of who held it. For Pledges alone.
    function sold(
        bytes32 number,
        bytes32 digest,
        Signed.Party calldata buyer,
        bytes32 rest,
        bytes32 restDocument
    ) external;
}
