// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Administered} from "./Administered.sol";
import {ChainTime} from "./ChainTime.sol";

/// @title Organisations: who takes part, with which keys, in which role, from when to when
/// @notice A reader needs this contract and nothing else to know which keys were good when. Organisations are registry
///         ids; what the law calls them (USCC, LEI) stands here as a salted commitment that is opened to whom it
///         concerns. A key belongs to one organisation and has one role, for ever. Nothing is deleted or rewritten: a
///         key that must not be used any more is revoked, with a reason and the time since when not to believe it.
///         A key acts for its organisation since the block that bound it, so whoever binds keys gives no power over what
///         the organisation held before; an older key of the organisation does, when it vouches for the later one.
/// @dev Who may do what:
///        - REGISTRAR_ROLE registers organisations and binds keys; the constructor gives it to the administration;
///        - REVOKER_ROLE revokes keys, at once; so can the registrar, and a transaction key itself;
///        - a good transaction key vouches for later keys of its own organisation and role, and nobody else does;
///        - DEFAULT_ADMIN_ROLE gives and takes these roles.
///      A key id is the RFC 9679 thumbprint of a signing key, or the address of a transaction key, padded on the left.
contract Organisations is Administered {
    /// @notice What a key may be used for. Numbers are part of the interface and never reused.
    enum Role {
        None,
        Operator,
        Authority,
        Keeper,
        Lender,
        Inspector,
        Verifier,
        PriceSource,
        CourtLiaison,
        RegistryAdmin,
        Holder,
        SiteOwner,
        Auctioneer
    }

    /// @notice Why a key was revoked.
    enum Reason {
        None,
        Unspecified,
        Compromised,
        Superseded,
        Ceased,
        Withdrawn
    }

    /// @dev The two lower slots are times and blocks; a key with `boundBlock` 0 was never bound. `actsSince` is a block
    ///      number too; 48 bits fill the last slot, which every question reads.
    struct Key {
        bytes32 organisation;
        uint64 validFrom;
        uint64 validUntil;
        uint64 boundAt;
        uint64 boundBlock;
        uint64 revokedAt;
        uint64 revokedBlock;
        uint64 revokedSince;
        Role role;
        Reason reason;
        uint48 actsSince;
    }

    /// @notice What a reader gets about a key, in one answer. Times are seconds since 1970.
    /// @param organisation The organisation it belongs to.
    /// @param role What it may be used for.
    /// @param good Whether it may be used in this block.
    /// @param reason Why it was revoked, or None.
    /// @param validFrom First second of its validity.
    /// @param validUntil First second after its validity.
    /// @param boundAt When it was bound; it is never good before.
    /// @param boundBlock Block that bound it.
    /// @param revokedAt When it was revoked, or 0.
    /// @param revokedBlock Block that revoked it, or 0.
    /// @param revokedSince Since when it is not to be believed, as the revoker says; at most `revokedAt`.
    /// @param actsSince Since which block it acts for its organisation: the block that bound it, or an earlier one, since
    ///        when the key acts that vouched for it.
    struct Standing {
        bytes32 organisation;
        Role role;
        bool good;
        Reason reason;
        uint64 validFrom;
        uint64 validUntil;
        uint64 boundAt;
        uint64 boundBlock;
        uint64 revokedAt;
        uint64 revokedBlock;
        uint64 revokedSince;
        uint64 actsSince;
    }

    error OrganisationsZeroId();
    error OrganisationsZeroCommitment();
    error OrganisationsKnown(bytes32 organisation);
    error OrganisationsUnknown(bytes32 organisation);
    error OrganisationsKnownKey(bytes32 keyId, bytes32 organisation);
    error OrganisationsUnknownKey(bytes32 keyId);
    error OrganisationsNoRole(bytes32 keyId);
    error OrganisationsNoValidity(bytes32 keyId, uint64 validFrom, uint64 validUntil);
    error OrganisationsRevokedKey(bytes32 keyId, uint64 revokedBlock);
    error OrganisationsNoReason(bytes32 keyId);
    error OrganisationsSinceTheFuture(bytes32 keyId, uint64 since);
    error OrganisationsNotRevoker(bytes32 keyId, address caller);
    error OrganisationsNotOfTheSame(bytes32 keyId, address voucher);
    error OrganisationsNotOlder(bytes32 keyId, uint64 actsSince, uint64 voucherActsSince);

    event OrganisationRegistered(
        uint64 indexed sequence, bytes32 indexed organisation, bytes32 commitment, uint64 previousBlock
    );
    event KeyBound(
        uint64 indexed sequence,
        bytes32 indexed keyId,
        bytes32 indexed organisation,
        Role role,
        uint64 validFrom,
        uint64 validUntil,
        uint64 time,
        uint64 previousBlock
    );
    event KeyRevoked(
        uint64 indexed sequence,
        bytes32 indexed keyId,
        bytes32 indexed organisation,
        Reason reason,
        uint64 since,
        uint64 time,
        uint64 previousBlock
    );

    event KeyVouched(
        uint64 indexed sequence,
        bytes32 indexed keyId,
        bytes32 indexed organisation,
        bytes32 voucher,
        uint64 actsSince,
        uint64 previousBlock
    );

    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    bytes32 public constant REVOKER_ROLE = keccak256("REVOKER_ROLE");

    mapping(bytes32 organisation => bytes32 commitment) private _commitments;
    mapping(bytes32 keyId => Key) private _keys;

    /// @param administration A contract: the timelock or multi-signature that all changes go through.
    /// @param revokers Keys that may revoke without delay; they can do nothing else.
    constructor(address administration, address[] memory revokers) Administered(administration) {
        _grantRole(REGISTRAR_ROLE, administration);
        for (uint256 i = 0; i < revokers.length; i++) {
            _grantRole(REVOKER_ROLE, revokers[i]);
        }
    }

    /// @notice Registers an organisation.
    /// @param organisation Its registry id; never zero, never used before.
    /// @param commitment Salted hash of what the law calls it; never zero.
    function registerOrganisation(bytes32 organisation, bytes32 commitment) external onlyRole(REGISTRAR_ROLE) {
        if (organisation == bytes32(0)) revert OrganisationsZeroId();
        if (commitment == bytes32(0)) revert OrganisationsZeroCommitment();
        if (_commitments[organisation] != bytes32(0)) revert OrganisationsKnown(organisation);
        _commitments[organisation] = commitment;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit OrganisationRegistered(sequence, organisation, commitment, previousBlock);
    }

    /// @notice Binds a key to an organisation and a role. This is never undone, only revoked.
    /// @dev The registrar has made sure that the organisation holds the key. A validity may begin in the past; the key
    ///      is good from the block that binds it all the same.
    function bindKey(bytes32 organisation, bytes32 keyId, Role role, uint64 validFrom, uint64 validUntil)
        external
        onlyRole(REGISTRAR_ROLE)
    {
        if (_commitments[organisation] == bytes32(0)) revert OrganisationsUnknown(organisation);
        if (keyId == bytes32(0)) revert OrganisationsZeroId();
        if (role == Role.None) revert OrganisationsNoRole(keyId);
        Key storage key = _keys[keyId];
        if (key.boundBlock != 0) revert OrganisationsKnownKey(keyId, key.organisation);
        uint64 time = ChainTime.secondsNow();
        if (validFrom >= validUntil || validUntil <= time) {
            revert OrganisationsNoValidity(keyId, validFrom, validUntil);
        }
        key.organisation = organisation;
        key.role = role;
        key.validFrom = validFrom;
        key.validUntil = validUntil;
        key.boundAt = time;
        key.boundBlock = uint64(block.number);
        key.actsSince = uint48(block.number);
        (uint64 sequence, uint64 previousBlock) = _next();
        emit KeyBound(sequence, keyId, organisation, role, validFrom, validUntil, time, previousBlock);
    }

    /// @notice Revokes a key, at once and for ever.
    /// @param keyId The key; the registrar, a revoker, or the transaction key itself may revoke it.
    /// @param reason Why; never None.
    /// @param since Since when the key is not to be believed: now or earlier, for instance when a theft was discovered
    ///        late. A reader decides what that means for what the key signed in between; the chain does not.
    function revokeKey(bytes32 keyId, Reason reason, uint64 since) external {
        Key storage key = _keys[keyId];
        if (key.boundBlock == 0) revert OrganisationsUnknownKey(keyId);
        bool may = keyId == keyIdOf(msg.sender);
        if (!may && !hasRole(REVOKER_ROLE, msg.sender) && !hasRole(REGISTRAR_ROLE, msg.sender)) {
            revert OrganisationsNotRevoker(keyId, msg.sender);
        }
        if (key.revokedBlock != 0) revert OrganisationsRevokedKey(keyId, key.revokedBlock);
        if (reason == Reason.None) revert OrganisationsNoReason(keyId);
        uint64 time = ChainTime.secondsNow();
        if (since > time) revert OrganisationsSinceTheFuture(keyId, since);
        key.revokedAt = time;
        key.revokedBlock = uint64(block.number);
        key.revokedSince = since;
        key.reason = reason;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit KeyRevoked(sequence, keyId, key.organisation, reason, since, time, previousBlock);
    }

    /// @notice Lets a later key of the caller's organisation and role act since when the caller does.
    /// @dev The administration binds keys and can not do this: the caller is a transaction key that is good in this block
    ///      and acts since an earlier block than the key it vouches for. This is never undone, only revoked; that the
    ///      voucher expires or is revoked later changes nothing.
    /// @param keyId The later key; it may be valid only in future, and must not be revoked.
    function vouch(bytes32 keyId) external {
        bytes32 voucher = keyIdOf(msg.sender);
        Key storage older = _keys[voucher];
        Key storage key = _keys[keyId];
        if (key.boundBlock == 0) revert OrganisationsUnknownKey(keyId);
        if (key.revokedBlock != 0) revert OrganisationsRevokedKey(keyId, key.revokedBlock);
        if (!_good(older) || older.organisation != key.organisation || older.role != key.role) {
            revert OrganisationsNotOfTheSame(keyId, msg.sender);
        }
        uint48 actsSince = older.actsSince;
        if (actsSince >= key.actsSince) revert OrganisationsNotOlder(keyId, key.actsSince, actsSince);
        key.actsSince = actsSince;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit KeyVouched(sequence, keyId, key.organisation, voucher, actsSince, previousBlock);
    }

    /// @notice The commitment of an organisation; zero when it is not registered.
    function commitmentOf(bytes32 organisation) external view returns (bytes32) {
        return _commitments[organisation];
    }

    /// @notice Everything that is known about a key; reverts for a key that was never bound.
    function standing(bytes32 keyId) external view returns (Standing memory) {
        Key storage key = _keys[keyId];
        if (key.boundBlock == 0) revert OrganisationsUnknownKey(keyId);
        return Standing({
            organisation: key.organisation,
            role: key.role,
            good: _good(key),
            reason: key.reason,
            validFrom: key.validFrom,
            validUntil: key.validUntil,
            boundAt: key.boundAt,
            boundBlock: key.boundBlock,
            revokedAt: key.revokedAt,
            revokedBlock: key.revokedBlock,
            revokedSince: key.revokedSince,
            actsSince: key.actsSince
        });
    }

    /// @notice The organisation whose key this is, if the key has that role and is good in this block; otherwise zero.
    function organisationOf(bytes32 keyId, Role role) external view returns (bytes32) {
        Key storage key = _keys[keyId];
        return key.role == role && role != Role.None && _good(key) ? key.organisation : bytes32(0);
    }

    /// @notice The organisation for which this key may act in that role in this block, and since which block it acts
    ///         for it; zero twice where `organisationOf` says zero.
    function actorOf(bytes32 keyId, Role role) external view returns (bytes32 organisation, uint64 actsSince) {
        Key storage key = _keys[keyId];
        if (key.role == role && role != Role.None && _good(key)) return (key.organisation, key.actsSince);
    }

    /// @notice The key id of a transaction key.
    function keyIdOf(address account) public pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function _good(Key storage key) private view returns (bool) {
        uint64 time = ChainTime.secondsNow();
        return key.boundBlock != 0 && key.revokedBlock == 0 && key.validFrom <= time && time < key.validUntil;
    }
}
