// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title IHolds: what Receipts and Pledges ask of Holds
/// @notice Each reverts where a hold is in the way, and says which. Times are seconds since 1970.
interface IHolds {
    /// @notice No hold, and no shortage of the lot, that began at that moment or before: what came later stops nothing that
    ///         had left by then.
    function mustBeUnheld(bytes32 number, bytes32 lot, uint64 moment) external view;

    /// @notice No hold and no shortage, but for what the holder itself holds: a pledgor does not stop its own sale.
    function mustBeSaleable(bytes32 number, bytes32 lot) external view;

    /// @notice Whether a hold or a shortage of the lot stands that began after that moment.
    function beganSince(bytes32 number, bytes32 lot, uint64 moment) external view returns (bool);

    /// @notice What was held at that moment fits into what is left of the receipt; holds add up, as they may be for different
    ///         goods.
    function mustLeave(bytes32 number, uint256 left, uint64 moment) external view;

    /// @notice No court and no dispute, unless the lot has been short for 30 days: then the hold stays on what is left.
    function mustNotBeContested(bytes32 number, bytes32 lot) external view;

    /// @notice Held as lost, long enough for another receipt in its place, and held by nothing else.
    function mustBeLost(bytes32 number) external view;
}
