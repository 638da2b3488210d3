// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Administered} from "./Administered.sol";
import {ChainTime} from "./ChainTime.sol";
import {Organisations} from "./Organisations.sol";

/// @title Claims: one thing, one claim
/// @notice A certificate is used once, a slot is sold once, a trade is financed once. What is claimed is named by a
///         nullifier: an HMAC of its canonical id under the key of a namespace, so it says nothing to outsiders and is
///         the same for everybody who claims the same thing. While one claim on a nullifier lives there is no second.
/// @dev Who may do what:
///        - a transaction key of an organisation, in the role that the namespace asks for, claims, releases, offers and
///          accepts for its organisation;
///        - the namespace's registrar countersigns claims and releases (EIP-712), because it alone can compute a
///          nullifier from an id: without it, anybody could block other people's things or claim made-up ones;
///        - DEFAULT_ADMIN_ROLE, a timelock or multi-signature, opens namespaces and appoints their registrars.
///      No function lets the administration touch a claim. A registrar key is a key of role RegistryAdmin of the
///      namespace's registrar organisation, good in the block of the claim, so revoking it stops it at once.
///      A countersignature names the round (how often the nullifier was claimed), so none serves twice.
contract Claims is Administered, EIP712 {
    /// @dev An opened namespace has a registrar.
    struct Namespace {
        bytes32 registrar;
        Organisations.Role claimantRole;
        bool releasable;
        bool transferable;
    }

    /// @dev A claim lives while it has a holder. `rounds` survives a release.
    struct Claim {
        bytes32 holder;
        bytes32 digest;
        bytes32 offeredTo;
        uint64 claimedAt;
        uint64 claimedBlock;
        uint32 rounds;
    }

    /// @notice What a reader gets about a nullifier, in one answer.
    /// @param holder The organisation whose claim lives, or zero.
    /// @param digest Salted hash of what the claim says; zero when none lives.
    /// @param offeredTo The organisation that may take the claim over, or zero.
    /// @param claimedAt Seconds since 1970 when the claim was made; 0 when none lives.
    /// @param claimedBlock Block of the claim; 0 when none lives.
    /// @param rounds How often this nullifier was claimed so far.
    struct State {
        bytes32 holder;
        bytes32 digest;
        bytes32 offeredTo;
        uint64 claimedAt;
        uint64 claimedBlock;
        uint32 rounds;
    }

    error ClaimsRegistryHasNoCode(address registry);
    error ClaimsNoChainId();
    error ClaimsZeroId();
    error ClaimsNoRole(bytes32 namespace);
    error ClaimsKnownNamespace(bytes32 namespace);
    error ClaimsUnknownNamespace(bytes32 namespace);
    error ClaimsUnknownOrganisation(bytes32 organisation);
    error ClaimsNotClaimant(bytes32 namespace, address caller);
    error ClaimsNotRegistrar(bytes32 namespace, address signer);
    error ClaimsTaken(bytes32 namespace, bytes32 nullifier, bytes32 holder);
    error ClaimsNone(bytes32 namespace, bytes32 nullifier);
    error ClaimsNotHolder(bytes32 namespace, bytes32 nullifier, bytes32 organisation);
    error ClaimsNotOfferedTo(bytes32 namespace, bytes32 nullifier, bytes32 organisation);
    error ClaimsNotReleasable(bytes32 namespace);
    error ClaimsNotTransferable(bytes32 namespace);
    error ClaimsTooLate(uint64 deadline);

    event NamespaceOpened(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed registrar,
        Organisations.Role claimantRole,
        bool releasable,
        bool transferable,
        uint64 previousBlock
    );
    event RegistrarAppointed(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed registrar,
        bytes32 previousRegistrar,
        uint64 previousBlock
    );
    event Claimed(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed nullifier,
        bytes32 organisation,
        bytes32 digest,
        uint32 round,
        address registrarKey,
        uint64 previousBlock
    );
    event Released(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed nullifier,
        bytes32 organisation,
        uint32 round,
        address registrarKey,
        uint64 previousBlock
    );
    event TransferOffered(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed nullifier,
        bytes32 organisation,
        bytes32 offeredTo,
        uint64 previousBlock
    );
    event Transferred(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed nullifier,
        bytes32 previousHolder,
        bytes32 holder,
        uint64 previousBlock
    );

    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "Claim(bytes32 namespace,bytes32 nullifier,bytes32 digest,bytes32 organisation,uint32 round,uint64 deadline)"
    );
    bytes32 private constant RELEASE_TYPEHASH =
        keccak256("Release(bytes32 namespace,bytes32 nullifier,bytes32 organisation,uint32 round,uint64 deadline)");

    /// @notice The registry that says whose key is good for what.
    Organisations public immutable ORGANISATIONS;

    mapping(bytes32 namespace => Namespace) private _namespaces;
    mapping(bytes32 namespace => mapping(bytes32 nullifier => Claim)) private _claims;

    /// @param administration A contract: the timelock or multi-signature that opens namespaces.
    /// @param registry The registry of parties on the same chain.
    constructor(address administration, Organisations registry)
        Administered(administration)
        EIP712("Tallystick Claims", "1")
    {
        if (address(registry).code.length == 0) revert ClaimsRegistryHasNoCode(address(registry));
        if (block.chainid == 0) revert ClaimsNoChainId();
        ORGANISATIONS = registry;
    }

    /// @notice Opens a namespace. Its rules never change; its registrar may be replaced.
    /// @param namespace Its id, which commits to its HMAC key.
    /// @param registrar The organisation that holds that key and countersigns.
    /// @param claimantRole The role that a claimant's key must have.
    /// @param releasable Whether a holder may give a claim up, so that the thing can be claimed again.
    /// @param transferable Whether a holder may hand a claim over.
    function openNamespace(
        bytes32 namespace,
        bytes32 registrar,
        Organisations.Role claimantRole,
        bool releasable,
        bool transferable
    ) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (namespace == bytes32(0)) revert ClaimsZeroId();
        if (claimantRole == Organisations.Role.None) revert ClaimsNoRole(namespace);
        if (_namespaces[namespace].registrar != bytes32(0)) revert ClaimsKnownNamespace(namespace);
        _mustBeKnown(registrar);
        _namespaces[namespace] = Namespace(registrar, claimantRole, releasable, transferable);
        (uint64 sequence, uint64 previousBlock) = _next();
        emit NamespaceOpened(sequence, namespace, registrar, claimantRole, releasable, transferable, previousBlock);
    }

    /// @notice Lets another organisation countersign from now on. Claims stay as they are.
    function appointRegistrar(bytes32 namespace, bytes32 registrar) external onlyRole(DEFAULT_ADMIN_ROLE) {
        Namespace storage space = _opened(namespace);
        _mustBeKnown(registrar);
        bytes32 previousRegistrar = space.registrar;
        space.registrar = registrar;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit RegistrarAppointed(sequence, namespace, registrar, previousRegistrar, previousBlock);
    }

    /// @notice Claims a thing for the caller's organisation.
    /// @param namespace The kind of claim.
    /// @param nullifier What is claimed.
    /// @param digest Salted hash of what the claim says. It is kept and never decides whether a claim is taken.
    /// @param deadline Last second in which the countersignature counts.
    /// @param countersignature The registrar's EIP-712 signature over Claim.
    /// @return changed False when this very claim lives already: sending it twice is harmless.
    function claim(
        bytes32 namespace,
        bytes32 nullifier,
        bytes32 digest,
        uint64 deadline,
        bytes calldata countersignature
    ) external returns (bool changed) {
        Namespace storage space = _opened(namespace);
        bytes32 organisation = _claimant(namespace, space);
        if (nullifier == bytes32(0) || digest == bytes32(0)) revert ClaimsZeroId();
        Claim storage found = _claims[namespace][nullifier];
        bytes32 holder = found.holder;
        if (holder != bytes32(0)) {
            if (holder != organisation || found.digest != digest) revert ClaimsTaken(namespace, nullifier, holder);
            return false;
        }
        bytes32 message = keccak256(
            abi.encode(CLAIM_TYPEHASH, namespace, nullifier, digest, organisation, found.rounds + 1, deadline)
        );
        address registrarKey = _countersigned(namespace, space.registrar, deadline, message, countersignature);
        _live(namespace, nullifier, organisation, digest, registrarKey);
        return true;
    }

    /// @notice Gives a claim of the caller's organisation up, where the namespace allows it.
    function release(bytes32 namespace, bytes32 nullifier, uint64 deadline, bytes calldata countersignature) external {
        Namespace storage space = _opened(namespace);
        if (!space.releasable) revert ClaimsNotReleasable(namespace);
        bytes32 organisation = _claimant(namespace, space);
        Claim storage found = _held(namespace, nullifier, organisation);
        uint32 round = found.rounds;
        bytes32 message =
            keccak256(abi.encode(RELEASE_TYPEHASH, namespace, nullifier, organisation, round, deadline));
        address registrarKey = _countersigned(namespace, space.registrar, deadline, message, countersignature);
        found.holder = bytes32(0);
        found.digest = bytes32(0);
        found.offeredTo = bytes32(0);
        found.claimedAt = 0;
        found.claimedBlock = 0;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Released(sequence, namespace, nullifier, organisation, round, registrarKey, previousBlock);
    }

    /// @notice Offers a claim to another organisation, which must accept; offering to zero withdraws the offer.
    function offer(bytes32 namespace, bytes32 nullifier, bytes32 offeredTo) external {
        Namespace storage space = _opened(namespace);
        if (!space.transferable) revert ClaimsNotTransferable(namespace);
        bytes32 organisation = _claimant(namespace, space);
        Claim storage found = _held(namespace, nullifier, organisation);
        if (offeredTo != bytes32(0)) _mustBeKnown(offeredTo);
        found.offeredTo = offeredTo;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit TransferOffered(sequence, namespace, nullifier, organisation, offeredTo, previousBlock);
    }

    /// @notice Takes over a claim that was offered to the caller's organisation. Digest and time stay.
    function accept(bytes32 namespace, bytes32 nullifier) external {
        Namespace storage space = _opened(namespace);
        bytes32 organisation = _claimant(namespace, space);
        Claim storage found = _claims[namespace][nullifier];
        bytes32 previousHolder = found.holder;
        if (previousHolder == bytes32(0)) revert ClaimsNone(namespace, nullifier);
        if (found.offeredTo != organisation) revert ClaimsNotOfferedTo(namespace, nullifier, organisation);
        found.holder = organisation;
        found.offeredTo = bytes32(0);
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Transferred(sequence, namespace, nullifier, previousHolder, organisation, previousBlock);
    }

    /// @notice What is known about a nullifier; all zero when it was never claimed.
    function claimOf(bytes32 namespace, bytes32 nullifier) external view returns (State memory) {
        Claim storage found = _claims[namespace][nullifier];
        return State(
            found.holder, found.digest, found.offeredTo, found.claimedAt, found.claimedBlock, found.rounds
        );
    }

    /// @notice A namespace's registrar and rules; reverts when it was never opened.
    function namespaceOf(bytes32 namespace)
        external
        view
        returns (bytes32 registrar, Organisations.Role claimantRole, bool releasable, bool transferable)
    {
        Namespace storage space = _opened(namespace);
        return (space.registrar, space.claimantRole, space.releasable, space.transferable);
    }

    /// @notice What countersignatures are bound to: this contract on this chain. A reader computes it for itself.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _opened(bytes32 namespace) private view returns (Namespace storage space) {
        space = _namespaces[namespace];
        if (space.registrar == bytes32(0)) revert ClaimsUnknownNamespace(namespace);
    }

    function _claimant(bytes32 namespace, Namespace storage space) private view returns (bytes32 organisation) {
        bytes32 keyId = bytes32(uint256(uint160(msg.sender)));
        organisation = ORGANISATIONS.organisationOf(keyId, space.claimantRole);
        if (organisation == bytes32(0)) revert ClaimsNotClaimant(namespace, msg.sender);
    }

    function _held(bytes32 namespace, bytes32 nullifier, bytes32 organisation)
        private
        view
        returns (Claim storage found)
    {
        found = _claims[namespace][nullifier];
        if (found.holder == bytes32(0)) revert ClaimsNone(namespace, nullifier);
        if (found.holder != organisation) revert ClaimsNotHolder(namespace, nullifier, organisation);
    }

    function _mustBeKnown(bytes32 organisation) private view {
        if (ORGANISATIONS.commitmentOf(organisation) == bytes32(0)) revert ClaimsUnknownOrganisation(organisation);
    }

    /// @dev The only place where a claim begins; called when none lives.
    function _live(bytes32 namespace, bytes32 nullifier, bytes32 organisation, bytes32 digest, address registrarKey)
        private
    {
        Claim storage found = _claims[namespace][nullifier];
        uint32 round = found.rounds + 1;
        found.holder = organisation;
        found.digest = digest;
        found.claimedAt = ChainTime.secondsNow();
        found.claimedBlock = uint64(block.number);
        found.rounds = round;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Claimed(sequence, namespace, nullifier, organisation, digest, round, registrarKey, previousBlock);
    }

    /// @dev ECDSA of OpenZeppelin refuses the high-s twin and malformed lengths; the signer is zero then, and nobody's.
    function _countersigned(
        bytes32 namespace,
        bytes32 registrar,
        uint64 deadline,
        bytes32 message,
        bytes calldata countersignature
    ) private view returns (address signer) {
        if (ChainTime.secondsNow() > deadline) revert ClaimsTooLate(deadline);
        (signer,,) = ECDSA.tryRecover(_hashTypedDataV4(message), countersignature);
        bytes32 keyId = bytes32(uint256(uint160(signer)));
        if (ORGANISATIONS.organisationOf(keyId, Organisations.Role.RegistryAdmin) != registrar) {
            revert ClaimsNotRegistrar(namespace, signer);
        }
    }
}
