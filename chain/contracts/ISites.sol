// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Signed} from "./Signed.sol";

/// @title ISites: what Lots asks of Sites
interface ISites {
    /// @notice The keeper (保管人) of a living slot and the slot's head; the keeper's organisation is zero where nobody
    ///         keeps it. Reverts for a slot that does not live.
    function keeperOf(bytes32 slot) external view returns (Signed.Party memory keeper, bytes32 head);

    /// @notice The owner (场地所有人) of the site that a slot is in, retired slots too.
    function ownerOf(bytes32 slot) external view returns (Signed.Party memory);

    /// @notice Puts a lot into a slot and moves the slot's head by `digest`, the operation that did it. For Lots alone.
    function occupy(bytes32 slot, bytes32 lot, bool serialised, bytes32 digest) external;

    /// @notice Takes a lot out of its slot and moves the slot's head by `digest`. For Lots alone.
    function vacate(bytes32 slot, bytes32 lot, bytes32 digest) external;

    /// @notice Another keeper in the place of `before`, where that one keeps the slot, and moves the slot's head by `digest`. For
    ///         Lots alone.
    function succeeded(bytes32 slot, bytes32 digest, bytes32 before, Signed.Party calldata keeper) external;
}
