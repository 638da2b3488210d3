// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {History} from "./History.sol";
import {Organisations} from "./Organisations.sol";

/// @title Signed: operations that count because named parties signed them, whoever brings them
/// @notice Every operation is EIP-712 typed data that names the object it changes and that object's head: a hash over all
///         operations on it so far and the blocks that they came in. So a signature is for one state of one object, and no operation counts twice. What
///         was signed and by which signatures stands in one event, so a reader who has the events needs nobody's word.
/// @dev Whose key a signature is, Organisations says. A party is remembered with the block since when its key acts, and
///      only keys that act since then or before act for it later: whoever binds keys takes nothing that came before.
abstract contract Signed is EIP712, History {
    /// @dev An organisation in one of its roles, and since which block the key acts that brought it here.
    struct Party {
        bytes32 organisation;
        uint48 since;
        Organisations.Role role;
    }

    error SignedRegistryHasNoCode(address registry);
    error SignedTooLate(uint64 deadline);
    error SignedByTooManyOrFew(uint256 given, uint256 needed);
    error SignedByNobodyInRole(uint256 place, address signer, Organisations.Role role);
    error SignedByAnother(uint256 place, bytes32 organisation, bytes32 needed);
    error SignedByALaterKey(uint256 place, address signer, uint64 actsSince, uint64 neededSince);
    error SignedOverAnotherHead(bytes32 object, bytes32 head);

    event Operated(
        uint64 indexed sequence,
        bytes32 indexed object,
        bytes32 indexed operation,
        bytes32 digest,
        bytes32 head,
        bytes fields,
        bytes[] signatures,
        uint64 previousBlock
    );

    /// @notice The registry that says whose key is good for what.
    Organisations public immutable ORGANISATIONS;

    /// @param registry The registry of parties on the same chain.
    constructor(Organisations registry) {
        if (address(registry).code.length == 0) revert SignedRegistryHasNoCode(address(registry));
        ORGANISATIONS = registry;
    }

    /// @notice What signatures are bound to: this contract on this chain. A reader computes it for itself.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @dev The digest of an operation whose fields are all of one word: then their ABI encoding is EIP-712's. Reverts
    ///      when it comes too late.
    function _digest(bytes32 typehash, bytes memory fields, uint64 deadline) internal view returns (bytes32) {
        return _digestOf(keccak256(bytes.concat(typehash, fields)), deadline);
    }

    /// @dev The digest of an operation by its EIP-712 struct hash, for those with arrays.
    function _digestOf(bytes32 structHash, uint64 deadline) internal view returns (bytes32) {
        if (ChainTime.secondsNow() > deadline) revert SignedTooLate(deadline);
        return _hashTypedDataV4(structHash);
    }

    /// @dev Exactly so many signatures: one too many is a party that is not asked for.
    function _count(bytes[] calldata signatures, uint256 needed) internal pure {
        if (signatures.length != needed) revert SignedByTooManyOrFew(signatures.length, needed);
    }

    /// @dev The party that signed at `place`, with a key of that role which is good and was not bound in this block.
    function _signer(bytes32 digest, bytes[] calldata signatures, uint256 place, Organisations.Role role)
        internal
        view
        returns (Party memory party)
    {
        address signer = _recovered(digest, signatures[place]);
        (bytes32 organisation, uint64 since) = ORGANISATIONS.actorOf(bytes32(uint256(uint160(signer))), role);
        if (organisation == bytes32(0)) revert SignedByNobodyInRole(place, signer, role);
        if (since >= block.number) revert SignedByALaterKey(place, signer, since, uint64(block.number) - 1);
        party = Party(organisation, uint48(since), role);
    }

    /// @dev As `_signer`, where a key of either role will do: in the first role if it has it, otherwise in the second.
    function _signerOfEither(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        Organisations.Role first,
        Organisations.Role second
    ) internal view returns (Party memory) {
        bytes32 keyId = bytes32(uint256(uint160(_recovered(digest, signatures[place]))));
        bool isFirst = ORGANISATIONS.organisationOf(keyId, first) != bytes32(0);
        return _signer(digest, signatures, place, isFirst ? first : second);
    }

    /// @dev Reverts unless a key of that very party, old enough, signed at `place`.
    function _mustSign(bytes32 digest, bytes[] calldata signatures, uint256 place, Party memory party) internal view {
        Party memory found = _signer(digest, signatures, place, party.role);
        if (found.organisation != party.organisation) {
            revert SignedByAnother(place, found.organisation, party.organisation);
        }
        if (found.since > party.since) {
            revert SignedByALaterKey(place, _recovered(digest, signatures[place]), found.since, party.since);
        }
    }

    /// @dev Writes the operation down. `head` is the object's head before; what is returned is its head now.
    function _operated(
        bytes32 object,
        bytes32 operation,
        bytes32 digest,
        bytes32 head,
        bytes memory fields,
        bytes[] calldata signatures
    ) internal returns (bytes32 newHead) {
        newHead = _moved(head, digest);
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Operated(sequence, object, operation, digest, newHead, fields, signatures, previousBlock);
    }

    /// @dev The head that `digest` makes of a head. The hash of the block before goes in: nobody knows a head before the block
    ///      that makes it, so nobody signs, today, over a state that is only to come.
    function _moved(bytes32 head, bytes32 digest) internal view returns (bytes32) {
        return keccak256(abi.encode(head, digest, blockhash(block.number - 1)));
    }

    /// @dev ECDSA of OpenZeppelin refuses the high-s twin and malformed lengths; the signer is zero then, and nobody's.
    function _recovered(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        (signer,,) = ECDSA.tryRecover(digest, signature);
    }
}
