// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @dev What forge and halmos answer to at their address; the few of their functions that these tests use.
interface Vm {
    function prank(address caller) external;
    function startPrank(address caller) external;
    function stopPrank() external;
    function warp(uint256 timestamp) external;
    function roll(uint256 number) external;
    function etch(address account, bytes calldata code) external;
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata reason) external;
    function expectPartialRevert(bytes4 selector) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
}

/// @dev A contract that stands where a timelock or a multi-signature would: it has code.
contract Committee {}

abstract contract Harness {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Differs(string what, uint256 found, uint256 expected);
    error Broken(string what);

    function same(uint256 found, uint256 expected, string memory what) internal pure {
        if (found != expected) revert Differs(what, found, expected);
    }

    function same(bytes32 found, bytes32 expected, string memory what) internal pure {
        if (found != expected) revert Differs(what, uint256(found), uint256(expected));
    }

    function holds(bool condition, string memory what) internal pure {
        if (!condition) revert Broken(what);
    }

    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }

    function keyId(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
