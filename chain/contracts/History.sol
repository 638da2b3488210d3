// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title History: one running number over everything that a contract says
/// @notice Every event of the contract carries the next number and the block of the event before. A reader takes the
///         newest number and block from `history`, walks backwards, and knows that no event was kept from it, whatever
///         its node truncates.
abstract contract History {
    uint64 private _sequence;
    uint64 private _lastBlock;

    /// @notice How many events there were, and the block of the newest; both zero before the first.
    function history() external view returns (uint64 sequence, uint64 lastBlock) {
        return (_sequence, _lastBlock);
    }

    /// @dev Called once for every event, right before it.
    function _next() internal returns (uint64 sequence, uint64 previousBlock) {
        previousBlock = _lastBlock;
        sequence = _sequence + 1;
        _sequence = sequence;
        _lastBlock = uint64(block.number);
    }
}
