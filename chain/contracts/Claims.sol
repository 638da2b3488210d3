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
///      No function lets the administration touch a claim, and no key that it binds does: a claim remembers since which
///      block the key acts that came to hold it, and only keys of the holder that act since then or before, which are
///      older keys and those that they vouched for (Organisations.vouch), release it or offer it. Likewise an offer says
///      since when the taker's keys must act. Both are blocks before the one of the claim or offer, so a key that is bound
///      in that block or later, in whatever order, can make new claims and touches none that lived. A registrar key is a key of role RegistryAdmin of the
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

    /// @dev A claim lives while it has a holder. `rounds` survives a release. The last five share one slot; block numbers
    ///      since when keys act have 48 bits, as in Organisations.
    struct Claim {
        bytes32 holder;
        bytes32 digest;
        bytes32 offeredTo;
        uint64 claimedAt;
        uint64 claimedBlock;
        uint32 rounds;
        uint48 heldSince;
        uint48 takersSince;
    }

    /// @dev An organisation, and since which block the calling key acts for it.
    struct Actor {
        bytes32 organisation;
        uint64 since;
    }

    /// @notice What a reader gets about a nullifier, in one answer.
    /// @param holder The organisation whose claim lives, or zero.
    /// @param digest Salted hash of what the claim says; zero when none lives.
    /// @param offeredTo The organisation that may take the claim over, or zero.
    /// @param claimedAt Seconds since 1970 when the claim was made; 0 when none lives.
    /// @param claimedBlock Block of the claim; 0 when none lives.
    /// @param rounds How often this nullifier was claimed so far.
    /// @param heldSince Only keys of the holder that act since this block or before may release or offer.
    /// @param takersSince Only keys of the organisation it is offered to that act since this block or before may accept.
    struct State {
        bytes32 holder;
        bytes32 digest;
        bytes32 offeredTo;
        uint64 claimedAt;
        uint64 claimedBlock;
        uint32 rounds;
        uint64 heldSince;
        uint64 takersSince;
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
    error ClaimsLaterKey(address caller, uint64 actsSince, uint64 neededSince);
    error ClaimsTakersNotKnownYet(uint64 takersSince);

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
        uint64 heldSince,
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
        uint64 takersSince,
        uint64 previousBlock
    );
    event Transferred(
        uint64 indexed sequence,
        bytes32 indexed namespace,
        bytes32 indexed nullifier,
        bytes32 previousHolder,
        bytes32 holder,
        uint64 heldSince,
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

    /// @notice Claims a thing for the caller's organisation, with a key that was not bound in this very block.
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
        Actor memory actor = _claimant(namespace, space);
        if (nullifier == bytes32(0) || digest == bytes32(0)) revert ClaimsZeroId();
        Claim storage found = _claims[namespace][nullifier];
        bytes32 holder = found.holder;
        if (holder != bytes32(0)) {
            if (holder != actor.organisation || found.digest != digest) {
                revert ClaimsTaken(namespace, nullifier, holder);
            }
            return false;
        }
        bytes32 message = keccak256(
            abi.encode(CLAIM_TYPEHASH, namespace, nullifier, digest, actor.organisation, found.rounds + 1, deadline)
        );
        address registrarKey = _countersigned(namespace, space.registrar, deadline, message, countersignature);
        _mustActSince(actor, uint64(block.number) - 1);
        _live(namespace, nullifier, actor, digest, registrarKey);
        return true;
    }

    /// @notice Gives a claim of the caller's organisation up, where the namespace allows it.
    function release(bytes32 namespace, bytes32 nullifier, uint64 deadline, bytes calldata countersignature) external {
        Namespace storage space = _opened(namespace);
        if (!space.releasable) revert ClaimsNotReleasable(namespace);
        Actor memory actor = _claimant(namespace, space);
        Claim storage found = _held(namespace, nullifier, actor);
        uint32 round = found.rounds;
        bytes32 message =
            keccak256(abi.encode(RELEASE_TYPEHASH, namespace, nullifier, actor.organisation, round, deadline));
        address registrarKey = _countersigned(namespace, space.registrar, deadline, message, countersignature);
        found.holder = bytes32(0);
        found.digest = bytes32(0);
        found.offeredTo = bytes32(0);
        found.claimedAt = 0;
        found.claimedBlock = 0;
        found.heldSince = 0;
        found.takersSince = 0;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Released(sequence, namespace, nullifier, actor.organisation, round, registrarKey, previousBlock);
    }

    /// @notice Offers a claim to another organisation, which must accept; offering to zero withdraws the offer.
    /// @dev The offer itself says which keys may take it: those that act since a block before this one, so that no key
    ///      can be bound in between and accept in the organisation's stead.
    /// @param offeredTo The organisation that may take the claim over, or zero.
    /// @param takersSince Only keys of that organisation that act since this block or before may accept; an earlier block
    ///        than this one, and without meaning when the offer is withdrawn.
    function offer(bytes32 namespace, bytes32 nullifier, bytes32 offeredTo, uint64 takersSince) external {
        Namespace storage space = _opened(namespace);
        if (!space.transferable) revert ClaimsNotTransferable(namespace);
        Actor memory actor = _claimant(namespace, space);
        Claim storage found = _held(namespace, nullifier, actor);
        if (offeredTo == bytes32(0)) {
            takersSince = 0;
        } else {
            _mustBeKnown(offeredTo);
            if (takersSince >= block.number) revert ClaimsTakersNotKnownYet(takersSince);
        }
        found.offeredTo = offeredTo;
        found.takersSince = uint48(takersSince);
        (uint64 sequence, uint64 previousBlock) = _next();
        emit TransferOffered(
            sequence, namespace, nullifier, actor.organisation, offeredTo, takersSince, previousBlock
        );
    }

    /// @notice Takes over a claim that was offered to the caller's organisation. Digest and time stay.
    function accept(bytes32 namespace, bytes32 nullifier) external {
        Namespace storage space = _opened(namespace);
        Actor memory actor = _claimant(namespace, space);
        Claim storage found = _claims[namespace][nullifier];
        bytes32 previousHolder = found.holder;
        if (previousHolder == bytes32(0)) revert ClaimsNone(namespace, nullifier);
        if (found.offeredTo != actor.organisation) {
            revert ClaimsNotOfferedTo(namespace, nullifier, actor.organisation);
        }
        _mustActSince(actor, found.takersSince);
        found.holder = actor.organisation;
        found.offeredTo = bytes32(0);
        found.heldSince = uint48(actor.since);
        found.takersSince = 0;
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Transferred(
            sequence, namespace, nullifier, previousHolder, actor.organisation, actor.since, previousBlock
        );
    }

    /// @notice What is known about a nullifier; all zero when it was never claimed.
    function claimOf(bytes32 namespace, bytes32 nullifier) external view returns (State memory) {
        Claim storage found = _claims[namespace][nullifier];
        return State({
            holder: found.holder,
            digest: found.digest,
            offeredTo: found.offeredTo,
            claimedAt: found.claimedAt,
            claimedBlock: found.claimedBlock,
            rounds: found.rounds,
            heldSince: found.heldSince,
            takersSince: found.takersSince
        });
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

    function _claimant(bytes32 namespace, Namespace storage space) private view returns (Actor memory actor) {
        bytes32 keyId = bytes32(uint256(uint160(msg.sender)));
        (actor.organisation, actor.since) = ORGANISATIONS.actorOf(keyId, space.claimantRole);
        if (actor.organisation == bytes32(0)) revert ClaimsNotClaimant(namespace, msg.sender);
    }

    /// @dev A living claim of the caller's organisation, which the calling key may move.
    function _held(bytes32 namespace, bytes32 nullifier, Actor memory actor)
        private
        view
        returns (Claim storage found)
    {
        found = _claims[namespace][nullifier];
        if (found.holder == bytes32(0)) revert ClaimsNone(namespace, nullifier);
        if (found.holder != actor.organisation) revert ClaimsNotHolder(namespace, nullifier, actor.organisation);
        _mustActSince(actor, found.heldSince);
    }

    function _mustActSince(Actor memory actor, uint64 neededSince) private view {
        if (actor.since > neededSince) revert ClaimsLaterKey(msg.sender, actor.since, neededSince);
    }

    function _mustBeKnown(bytes32 organisation) private view {
        if (ORGANISATIONS.commitmentOf(organisation) == bytes32(0)) revert ClaimsUnknownOrganisation(organisation);
    }

    /// @dev The only place where a claim begins; called when none lives.
    function _live(
        bytes32 namespace,
        bytes32 nullifier,
        Actor memory actor,
        bytes32 digest,
        address registrarKey
    ) private {
        Claim storage found = _claims[namespace][nullifier];
        uint32 round = found.rounds + 1;
        found.holder = actor.organisation;
        found.digest = digest;
        found.claimedAt = ChainTime.secondsNow();
        found.claimedBlock = uint64(block.number);
        found.rounds = round;
        found.heldSince = uint48(actor.since);
        (uint64 sequence, uint64 previousBlock) = _next();
        emit Claimed(
            sequence,
            namespace,
            nullifier,
            actor.organisation,
            digest,
            round,
            registrarKey,
            actor.since,
            previousBlock
        );
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
