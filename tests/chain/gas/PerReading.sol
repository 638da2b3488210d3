// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @dev For comparison only: one transaction for each reading, in the two ways in which this is usually done.
contract PerReading {
    event Reading(bytes32 indexed meter, uint64 indexed sequence, bytes32 digest);

    mapping(bytes32 meter => mapping(uint64 sequence => bytes32 digest)) public readings;

    function store(bytes32 meter, uint64 sequence, bytes32 digest) external {
        readings[meter][sequence] = digest;
        emit Reading(meter, sequence, digest);
    }

    function say(bytes32 meter, uint64 sequence, bytes32 digest) external {
        emit Reading(meter, sequence, digest);
    }
}
