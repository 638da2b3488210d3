// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title ITrades: what Pledges and Vouchers ask of Trades
interface ITrades {
    /// @notice Who financed a trade that is financed now, and with how many pieces.
    error TradesFinanced(bytes32 trade, bytes32 lender);
    error TradesUnknown(bytes32 trade);

    /// @notice The lender finances one piece of the trade more: a pledge of receipts, a voucher, the order. For Pledges
    ///         and Vouchers alone. Refused: a trade that is not open (`TradesUnknown`), one that another lender
    ///         finances (`TradesFinanced`), a piece that is locked already (`TradesLocked`).
    /// @param trade The trade; never zero.
    /// @param lender Organisation of the lender.
    /// @param object What is financed: the id of a pledge, the number of a voucher. Its own for each caller.
    function lock(bytes32 trade, bytes32 lender, bytes32 object) external;

    /// @notice That piece is not financed any more. For who locked it; refused where it is not locked to that lender
    ///         (`TradesNotLocked`). The trade is free when its last piece is.
    function unlock(bytes32 trade, bytes32 lender, bytes32 object) external;

    /// @notice Seller and buyer of an open trade; reverts for one that was never opened.
    function partiesOf(bytes32 trade) external view returns (bytes32 seller, bytes32 buyer);

    /// @notice Who finances the trade now, and how many pieces of it; zeros for one that is free or was never opened.
    function financedBy(bytes32 trade) external view returns (bytes32 lender, uint32 pieces);

    /// @notice Whether a piece is locked by that contract; the order's piece is the trade's own id, by Trades itself.
    function isLocked(bytes32 trade, address by, bytes32 object) external view returns (bool);
}
