// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Signed} from "./Signed.sol";

/// @title IAttestations: what Lots, Receipts and Pledges ask of Attestations
interface IAttestations {
    /// @notice Names the witnesses of a lot that is opened, and how many of them attest. For Lots alone.
    function appoint(
        bytes32 lot,
        bytes32 keeper,
        bytes32[] calldata witnesses,
        uint8[] calldata roles,
        uint8 quorum
    ) external;

    /// @notice Where `needed`, witnesses at these places of the lot's list signed `digest`, from signature `first` on: ascending,
    ///         its quorum, and none of them its keeper. Where not, no places are named.
    function mustWitness(
        bytes32 lot,
        bool needed,
        uint8[] calldata places,
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 first
    ) external view;

    /// @notice Whether this party, in this role and by a key as old as the lot's list of witnesses, is one of them.
    function isWitness(bytes32 lot, Signed.Party calldata party) external view returns (bool);
}
