// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Trades} from "../Trades.sol";
import {Vouchers} from "../Vouchers.sol";
import {Exchange} from "./Exchange.sol";

/// @dev Everybody at once, in any order, on two vouchers of one trade. What is refused changes nothing; what is not, is
///      counted here over all numbers that there are, and not by the contract's own sums.
contract Market is Exchange {
    uint128 private constant FACE = 1_000_003;
    bytes32[] public numbers;
    mapping(bytes32 number => uint256 holder) private _holders;
    uint256 private _next;
    bytes32 private _disputed;
    bytes32 private _dispute;

    constructor() {
        establish();
        act(opening(TRADE), by(SELLER, BUYER, REGISTRAR), "");
        put(ROOT, SELLER);
        act(creating(ROOT, FACE, TRADE), by(SELLER, BUYER, REGISTRAR), "");
        put("other", SELLER);
        act(creating("other", FACE, TRADE), by(SELLER, BUYER, REGISTRAR), "");
    }

    function put(bytes32 number, uint256 holder) private {
        numbers.push(number);
        _holders[number] = holder;
    }

    function count() external view returns (uint256) {
        return numbers.length;
    }

    function chain() external view returns (Trades, Vouchers) {
        return (trades, vouchers);
    }

    /// @dev A living one, where there is one at that place or after it.
    function some(uint256 seed) private view returns (bytes32 number) {
        for (uint256 i = seed % numbers.length; i < numbers.length; i++) {
            number = numbers[i];
            if (vouchers.voucherOf(number).state == Vouchers.State.Living) break;
        }
    }

    function split(uint256 seed, uint128 a) external {
        bytes32 number = some(seed);
        Vouchers.Voucher memory leaf = vouchers.voucherOf(number);
        if (leaf.face < 2) return;
        (bytes32 left, bytes32 right) = (keccak256(abi.encode(++_next)), keccak256(abi.encode(++_next)));
        a = uint128(bound(a, 1, leaf.face - 1));
        Vouchers.SplitVoucher memory op = splitting(number, pair(left, right), pair(a, leaf.face - a));
        act(op, leaf.encumbrance == Vouchers.Encumbrance.Pledged ? by(_holders[number], lenderOf(leaf)) : by(_holders[number]), "");
        put(left, _holders[number]);
        put(right, _holders[number]);
    }

    function pass(uint256 seed, uint256 to) external {
        bytes32 number = some(seed);
        Vouchers.Voucher memory leaf = vouchers.voucherOf(number);
        to = bound(to, SELLER, LAST);
        bool pledged = leaf.encumbrance == Vouchers.Encumbrance.Pledged;
        act(passing(number, to), pledged ? by(_holders[number], to, lenderOf(leaf)) : by(_holders[number], to), "");
        _holders[number] = to;
    }

    function lend(uint256 seed, bool other) external {
        bytes32 number = some(seed);
        pledge(number, _holders[number], other ? OTHER_LENDER : LENDER);
    }

    function finance(bool other) external {
        uint256 lender = other ? OTHER_LENDER : LENDER;
        act(financing(TRADE, SELLER, lender), by(SELLER, lender), "");
    }

    function repay(bool other) external {
        act(repaying(TRADE), both(other ? OTHER_LENDER : LENDER), "");
    }

    function release(uint256 seed) external {
        bytes32 number = some(seed);
        act(releasing(number), both(lenderOf(vouchers.voucherOf(number))), "");
    }

    function redeem(uint256 seed) external {
        bytes32 number = some(seed);
        Vouchers.Voucher memory leaf = vouchers.voucherOf(number);
        bool pledged = leaf.encumbrance == Vouchers.Encumbrance.Pledged;
        (uint256 holder, uint256 lender) = (_holders[number], lenderOf(leaf));
        act(redeeming(number, AS_HOLDER), pledged ? by(holder, BUYER, lender, secondOf(lender)) : by(holder, BUYER), "");
    }

    function judge(uint256 seed) external {
        bytes32 number = some(seed);
        act(discharging(number), by(COURT, _holders[number]), "");
    }

    /// @dev One dispute at a time, and what comes next ends it, so that not everything stands still.
    function dispute(uint256 seed) external {
        if (_dispute != 0) {
            act(settling(_disputed, _dispute, AS_COURT), by(COURT), "");
            _dispute = 0;
            return;
        }
        _disputed = seed % 2 == 0 ? ROOT : bytes32("other");
        Vouchers.DisputeVoucher memory op = disputing(_disputed, 0, AS_COURT);
        act(op, by(COURT), "");
        _dispute = idOf(op);
    }

    function lenderOf(Vouchers.Voucher memory leaf) private pure returns (uint256) {
        return leaf.lender.organisation == firm(OTHER_LENDER) ? OTHER_LENDER : LENDER;
    }
}

contract VouchersInvariants is Exchange {
    Market private _market;

    function setUp() public {
        _market = new Market();
        (trades, vouchers) = _market.chain();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_market);
    }

    /// @dev The leaves of a voucher that live or were paid are what its obligor accepted.
    function invariant_LeavesSumUp() external view {
        check(ROOT);
        check("other");
    }

    function check(bytes32 root) private view {
        (uint256 living, uint256 redeemed, uint256 leaves) = (0, 0, 0);
        for (uint256 i = 0; i < _market.count(); i++) {
            Vouchers.Voucher memory leaf = vouchers.voucherOf(_market.numbers(i));
            if (leaf.root != root) continue;
            if (leaf.state == Vouchers.State.Living) (living, leaves) = (living + leaf.face, leaves + 1);
            if (leaf.state == Vouchers.State.Redeemed) redeemed += leaf.face;
        }
        Vouchers.Root memory found = vouchers.rootOf(root);
        same(living + redeemed, found.face, "face");
        same(living, found.living, "living");
        same(redeemed, found.redeemed, "redeemed");
        same(leaves, found.leaves, "leaves");
    }

    /// @dev All that is pledged in a trade is pledged to one lender, and the trade counts just that.
    function invariant_OneLender() external view {
        Trades.Trade memory trade = trades.tradeOf(TRADE);
        uint256 pieces = trade.orderLender.organisation == 0 ? 0 : 1;
        if (pieces == 1) same(trade.orderLender.organisation, trade.lender, "lender of the order");
        for (uint256 i = 0; i < _market.count(); i++) {
            Vouchers.Voucher memory leaf = vouchers.voucherOf(_market.numbers(i));
            if (leaf.state != Vouchers.State.Living || leaf.encumbrance != Vouchers.Encumbrance.Pledged) continue;
            same(leaf.lender.organisation, trade.lender, "lender of a leaf");
            pieces++;
        }
        same(pieces, trade.pieces, "pieces");
        if (pieces == 0) same(trade.lender, 0, "free");
    }
}
