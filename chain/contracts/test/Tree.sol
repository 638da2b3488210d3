// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @dev A second RFC 9162, from the recursive definitions of sections 2.1.1 and 2.1.4.1 and not from the algorithm of
///      section 2.1.4.2 that LogAnchor follows. Leaf i of the tree `seed` holds (seed, i). Slow, and obviously right.
library Tree {
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    function leaf(uint256 seed, uint256 index) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), seed, index));
    }

    function root(uint256 seed, uint256 size) internal pure returns (bytes32) {
        return range(seed, 0, size);
    }

    /// @dev MTH(D[start:stop])
    function range(uint256 seed, uint256 start, uint256 stop) internal pure returns (bytes32) {
        if (stop - start == 1) return leaf(seed, start);
        uint256 k = split(stop - start);
        return node(range(seed, start, start + k), range(seed, start + k, stop));
    }

    /// @dev PROOF(old, D[size])
    function proof(uint256 seed, uint256 old, uint256 size) internal pure returns (bytes32[] memory) {
        if (old == 0) return new bytes32[](0);
        return sub(seed, old, 0, size, true);
    }

    function sub(uint256 seed, uint256 old, uint256 start, uint256 stop, bool whole)
        private
        pure
        returns (bytes32[] memory found)
    {
        if (old == stop - start) {
            if (whole) return new bytes32[](0);
            found = new bytes32[](1);
            found[0] = range(seed, start, stop);
            return found;
        }
        uint256 k = split(stop - start);
        if (old <= k) {
            return with(sub(seed, old, start, start + k, whole), range(seed, start + k, stop));
        }
        return with(sub(seed, old - k, start + k, stop, false), range(seed, start, start + k));
    }

    function with(bytes32[] memory path, bytes32 last) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; i++) {
            longer[i] = path[i];
        }
        longer[path.length] = last;
    }

    /// @dev Whether the proofs from `old` to `one` and to `other` fold in the same way, so that neither hashes nor their
    ///      number tell one from the other.
    function alike(uint256 old, uint256 one, uint256 other) internal pure returns (bool) {
        return keccak256(shape(old, one, true)) == keccak256(shape(old, other, true));
    }

    function shape(uint256 old, uint256 width, bool whole) private pure returns (bytes memory) {
        if (old > width) return "none";
        if (old == width) return whole ? bytes("") : bytes("=");
        uint256 k = split(width);
        if (old <= k) return abi.encodePacked(shape(old, k, whole), "<");
        return abi.encodePacked(shape(old - k, width - k, false), ">");
    }

    /// @dev The largest power of two smaller than `width`.
    function split(uint256 width) internal pure returns (uint256 k) {
        k = 1;
        while (k * 2 < width) k *= 2;
    }
}
