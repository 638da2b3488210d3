// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title IHolds: what Receipts and Pledges ask of Holds
/// @notice Each reverts where a hold is in the way, and says which. Times are seconds since 1970.
interface IHolds {
    /// @notice No hold, and no shortage of the lot, that began at that moment or before: what came later stops nothing that
    ///         had left by then. Whether anything came later and stands: then the lot's quorum says when they left.
    function mustBeUnheld(bytes32 number, bytes32 lot, uint64 moment) external view returns (bool later);

    /// @notice No hold and no shortage, but for what the holder itself holds: a pledgor does not stop its own sale.
    function mustBeSaleable(bytes32 number, bytes32 lot) external view;

    /// @notice What was held at that moment fits into what is left of the receipt; holds add up, as they may be for different
    ///         goods. Whether what came later and stands, holds or a shortage, stops what has left.
    function mustLeave(bytes32 number, bytes32 lot, uint256 left, uint64 moment) external view returns (bool later);

    /// @notice No court and no dispute, unless the lot has been short for 30 days: then the hold stays on what is left.
    function mustNotBeContested(bytes32 number, bytes32 lot) external view;

    /// @notice Held as lost, long enough for another receipt in its place, and held by nothing else.
    function mustBeLost(bytes32 number) external view;
}
