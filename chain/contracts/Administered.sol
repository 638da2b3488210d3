// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {History} from "./History.sol";

/// @title Administered: roles that a contract of several people gives and takes, as part of the history
/// @notice The administration is a timelock with several proposers, or a multi-signature, and never one key: an address
///         without code is refused, and so is a key whose code only says where to (0xef, as EIP-7702 writes it). Whoever
///         deploys has no power afterwards.
abstract contract Administered is AccessControl, History {
    error AdministrationHasNoCode(address administration);

    event AdministrationChanged(
        uint64 indexed sequence, bytes32 indexed role, address indexed account, bool granted, uint64 previousBlock
    );

    constructor(address administration) {
        bytes memory code = administration.code;
        // Since EIP-3541 no contract begins with 0xef; what does is a key that has delegated, and still signs alone.
        if (code.length == 0 || code[0] == 0xef) revert AdministrationHasNoCode(administration);
        _grantRole(DEFAULT_ADMIN_ROLE, administration);
    }

    function _grantRole(bytes32 role, address account) internal override returns (bool changed) {
        changed = super._grantRole(role, account);
        if (changed) _administrationChanged(role, account, true);
    }

    function _revokeRole(bytes32 role, address account) internal override returns (bool changed) {
        changed = super._revokeRole(role, account);
        if (changed) _administrationChanged(role, account, false);
    }

    function _administrationChanged(bytes32 role, address account, bool granted) private {
        (uint64 sequence, uint64 previousBlock) = _next();
        emit AdministrationChanged(sequence, role, account, granted, previousBlock);
    }
}
