// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title ChainTime: the block's time in seconds, on chains that count seconds and on chains that count milliseconds
/// @dev FISCO BCOS counts milliseconds until `feature_evm_timestamp` is switched on, which may happen under a running
///      contract; a unit that is fixed when the contract is made would then be wrong for ever. So the number itself
///      tells: in seconds it reaches 10^11 in the year 5138, in milliseconds it passed it in 1973.
library ChainTime {
    uint256 internal constant MILLISECONDS_FROM = 100_000_000_000;

    /// @notice Seconds since 1970.
    function secondsNow() internal view returns (uint64) {
        uint256 time = block.timestamp;
        return uint64(time < MILLISECONDS_FROM ? time : time / 1000);
    }
}
