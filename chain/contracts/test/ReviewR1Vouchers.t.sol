// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Organisations} from "../Organisations.sol";
import {Vouchers} from "../Vouchers.sol";
import {Exchange} from "./Exchange.sol";

/// @dev Attacks of review R1 on vouchers: each passes where the attack goes through.
contract ReviewR1VouchersTest is Exchange {
    uint128 private constant FACE = 100_000_000;

    function setUp() public {
        establish();
        act(opening(TRADE), by(SELLER, BUYER, REGISTRAR), "");
        act(creating(ROOT, FACE, TRADE), by(SELLER, BUYER, REGISTRAR), "");
    }

    /// R1-2c: the holder signs before anything is due that the voucher is the lender's; the pledge stays, title goes.
    function test_R1_2c_pledgedVoucherToItsLender() public {
        pledge(ROOT, SELLER, LENDER);
        bind(firm(LENDER), 0x1e, Organisations.Role.Holder);
        VM.roll(block.number + 2);
        Vouchers.TransferVoucher memory op = passing(ROOT, LENDER);
        act(op, by(SELLER, 0x1e, LENDER), "");
        holds(vouchers.voucherOf(ROOT).holder.organisation == firm(LENDER), "holder");
    }

    /// R1-20: one fen freezes all, again and again after each court's word.
    function test_R1_20_disputesAgainAfterTheCourt() public {
        act(splitting(ROOT, pair("a", "b"), pair(FACE - 1, 1)), by(SELLER), "");
        act(passing("b", NEXT), by(SELLER, NEXT), "");
        for (uint256 i = 0; i < 3; i++) {
            VM.roll(block.number + 2);
            Vouchers.DisputeVoucher memory op = disputing(ROOT, "b", AS_HOLDER);
            act(op, by(NEXT), "");
            VM.roll(block.number + 2);
            act(settling(ROOT, idOf(op), AS_COURT), by(OTHER_COURT), "");
        }
        act(disputing(ROOT, "b", AS_HOLDER), by(NEXT), "");
        holds(vouchers.rootOf(ROOT).disputes == 1, "frozen");
    }
}
