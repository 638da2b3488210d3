// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Organisations} from "./Organisations.sol";
import {Signed} from "./Signed.sol";

/// @title Parties: how a party comes in, and how one signs with two keys
/// @notice Whoever names a party that is not there yet (an endorsee, a lender, a buyer) names a block beside it: only keys
///         that act since then or before bring the party in. So the administration cannot bind a key of its own to the
///         named organisation while signatures are gathered, and catch what is meant for it.
abstract contract Parties is Signed {
    error SignedNotKnownYet(uint64 since);
    error SignedTwiceByOne(address signer);
    error SignedByAParty(bytes32 organisation);

    /// @dev The party of that role that signed at `place`, with a key that acts since block `since` or before.
    function _signerSince(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        Organisations.Role role,
        uint64 since
    ) internal view returns (Party memory party) {
        party = _signer(digest, signatures, place, role);
        if (party.since > since) {
            revert SignedByALaterKey(place, _addressOf(digest, signatures[place]), party.since, since);
        }
    }

    /// @dev The named organisation, come in by a key that acts since block `since` or before, which is a block that was.
    function _joins(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        Organisations.Role role,
        bytes32 organisation,
        uint64 since
    ) internal view returns (Party memory party) {
        _mustBeKnown(since);
        party = _signerSince(digest, signatures, place, role, since);
        if (party.organisation != organisation) revert SignedByAnother(place, party.organisation, organisation);
    }

    /// @dev Two keys of one party at `place` and the place after it (四眼原则): neither alone is enough.
    function _mustSignTwice(bytes32 digest, bytes[] calldata signatures, uint256 place, Party memory party)
        internal
        view
    {
        _mustSignAt(digest, signatures, place, place + 1, party);
    }

    /// @dev The same, at two places that need not follow each other.
    function _mustSignAt(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        uint256 other,
        Party memory party
    ) internal view {
        _mustSign(digest, signatures, place, party);
        _mustSign(digest, signatures, other, party);
        address signer = _addressOf(digest, signatures[place]);
        if (signer == _addressOf(digest, signatures[other])) revert SignedTwiceByOne(signer);
    }

    /// @dev A court liaison that is none of the parties, and acts since before block `begun`: what it judges began when it was a
    ///      court already, so none that the administration bound for this case.
    function _courtBefore(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        uint64 begun,
        bytes32[3] memory parties
    ) internal view returns (bytes32 court) {
        court = _signerSince(digest, signatures, place, Organisations.Role.CourtLiaison, begun - 1).organisation;
        _noParty(court, parties);
    }

    /// @dev Nobody judges its own case.
    function _noParty(bytes32 court, bytes32[3] memory parties) internal pure {
        for (uint256 i = 0; i < parties.length; ++i) {
            if (court == parties[i]) revert SignedByAParty(court);
        }
    }

    /// @dev What was done in block `done`, a court ends that acts since before; the court that did it, by a key as old as the one
    ///      that did. So no binding of keys ends anything, and no court's word lasts for ever when its keys are gone.
    function _courtEnds(bytes32 digest, bytes[] calldata signatures, Party memory by, uint64 done)
        internal
        view
        returns (bytes32 court)
    {
        court = _signer(digest, signatures, 0, Organisations.Role.CourtLiaison).organisation;
        bool own = by.role == Organisations.Role.CourtLiaison && court == by.organisation;
        _signerSince(digest, signatures, 0, Organisations.Role.CourtLiaison, own ? by.since : done - 1);
    }

    /// @dev The ABI encoding of an operation of `words` fields that are a word each: it stands at the head of the call as it
    ///      is. Reading a field refuses what does not fit its type, so each that is narrower than a word must be read.
    function _fields(uint256 words) internal pure returns (bytes memory) {
        return msg.data[4:4 + 32 * words];
    }

    /// @dev A copy, made in one place: the compiler would write the copying out wherever it is asked for.
    function _copyOf(Party storage party) internal view returns (Party memory) {
        return Party(party.organisation, party.since, party.role);
    }

    /// @dev EIP-712's hash of an array of places.
    function _hashOf(uint8[] calldata places) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(places));
    }

    /// @dev EIP-712's hash of an array of words.
    function _hashOf(bytes32[] calldata words) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(words));
    }

    /// @dev A block of the future is none that keys can act since; naming one would let any key in.
    function _mustBeKnown(uint64 since) internal view {
        if (since >= block.number) revert SignedNotKnownYet(since);
    }

    /// @dev Who loses a race is told what it lost before; this is for whoever signed over another state.
    function _mustBeAt(bytes32 object, bytes32 head, bytes32 named) internal pure {
        if (head != named) revert SignedOverAnotherHead(object, head);
    }

    /// @dev Only after `_signer` has taken the signature, so that the signer is not zero.
    function _addressOf(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        (signer,,) = ECDSA.tryRecover(digest, signature);
    }
}
