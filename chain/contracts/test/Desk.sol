// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IReceipts} from "../IReceipts.sol";
import {Organisations} from "../Organisations.sol";
import {Parties} from "../Parties.sol";
import {Pledging} from "../Pledging.sol";
import {Signed} from "../Signed.sol";
import {Deeds} from "./Deeds.sol";

/// @dev Words for reasons, and a receipt that is ready to be pledged.
abstract contract Desk is Deeds {
    Organisations.Role internal constant AS_HOLDER = Organisations.Role.Holder;
    Organisations.Role internal constant AS_LENDER = Organisations.Role.Lender;
    Organisations.Role internal constant AS_COURT = Organisations.Role.CourtLiaison;

    function prepared() internal {
        establish();
        bring(lot, 100 * TONNE);
        attestWell(lot);
        issued(ONE, lot, 60 * TONNE);
    }

    function no(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function no(bytes4 selector, bytes32 word) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word);
    }

    function no(bytes4 selector, bytes32 one_, bytes32 other) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, one_, other);
    }

    function no(bytes4 selector, bytes32 word, uint256 number) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word, number);
    }

    function much(bytes32 number, uint128 quantity, uint128 most) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Pledging.PledgesNotThatMuch.selector, number, quantity, most);
    }

    function stage(bytes32 number, IReceipts.Encumbrance encumbrance) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Pledging.PledgesNotInThatStage.selector, number, encumbrance);
    }

    function another(uint256 place, uint256 key, uint256 needed) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByAnother.selector, place, firm(key), firm(needed));
    }

    function nobody(uint256 place, uint256 key, Organisations.Role role) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByNobodyInRole.selector, place, VM.addr(key), role);
    }

    function twice(uint256 key) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Parties.SignedTwiceByOne.selector, VM.addr(key));
    }

    function later(uint256 place, uint256 key, uint64 since, uint64 needed) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(Signed.SignedByALaterKey.selector, place, VM.addr(key), since, needed);
    }
}
