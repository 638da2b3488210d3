// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Claims} from "../Claims.sol";
import {Organisations} from "../Organisations.sol";
import {Committee, Harness} from "./Harness.sol";

/// @dev Three banks, a registrar, and a second registrar that is nobody's here.
abstract contract Parties is Harness {
    uint256 internal constant REGISTRAR = 0xA1;
    uint256 internal constant OTHER_REGISTRAR = 0xA2;
    uint64 internal constant NOW = 1_790_000_000;
    bytes32 internal constant HOUSE = keccak256("registrar");
    bytes32 internal constant OTHER_HOUSE = keccak256("other registrar");
    bytes32 internal constant CLAIM_TYPEHASH = keccak256(
        "Claim(bytes32 namespace,bytes32 nullifier,bytes32 digest,bytes32 organisation,uint32 round,uint64 deadline)"
    );
    bytes32 internal constant RELEASE_TYPEHASH =
        keccak256("Release(bytes32 namespace,bytes32 nullifier,bytes32 organisation,uint32 round,uint64 deadline)");
    address internal admin;
    Organisations internal registry;
    Claims internal claims;

    function establish() internal {
        VM.warp(NOW);
        admin = address(new Committee());
        registry = new Organisations(admin, new address[](0));
        claims = new Claims(admin, registry);
        VM.startPrank(admin);
        registry.registerOrganisation(HOUSE, keccak256("commitment"));
        registry.registerOrganisation(OTHER_HOUSE, keccak256("commitment"));
        registry.bindKey(HOUSE, keyId(VM.addr(REGISTRAR)), Organisations.Role.RegistryAdmin, 0, type(uint64).max);
        registry.bindKey(
            OTHER_HOUSE, keyId(VM.addr(OTHER_REGISTRAR)), Organisations.Role.RegistryAdmin, 0, type(uint64).max
        );
        for (uint256 i = 0; i < 3; i++) {
            registry.registerOrganisation(bank(i), keccak256("commitment"));
            registry.bindKey(bank(i), keyId(key(i)), Organisations.Role.Lender, 0, type(uint64).max);
        }
        VM.stopPrank();
    }

    function open(bytes32 namespace, bool releasable, bool transferable) internal {
        VM.prank(admin);
        claims.openNamespace(namespace, HOUSE, Organisations.Role.Lender, releasable, transferable);
    }

    function bank(uint256 i) internal pure returns (bytes32) {
        return keccak256(abi.encode("bank", i));
    }

    function key(uint256 i) internal pure returns (address) {
        return address(uint160(0xBA00 + i));
    }

    function countersigned(uint256 signer, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", claims.domainSeparator(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(signer, digest);
        return abi.encodePacked(r, s, v);
    }

    function forClaim(uint256 signer, bytes32 namespace, bytes32 thing, bytes32 digest, bytes32 who, uint64 deadline)
        internal
        view
        returns (bytes memory)
    {
        uint32 round = claims.claimOf(namespace, thing).rounds + 1;
        return countersigned(
            signer, keccak256(abi.encode(CLAIM_TYPEHASH, namespace, thing, digest, who, round, deadline))
        );
    }

    function forRelease(uint256 signer, bytes32 namespace, bytes32 thing, bytes32 who, uint64 deadline)
        internal
        view
        returns (bytes memory)
    {
        uint32 round = claims.claimOf(namespace, thing).rounds;
        return countersigned(signer, keccak256(abi.encode(RELEASE_TYPEHASH, namespace, thing, who, round, deadline)));
    }
}

contract ClaimsTest is Parties {
    bytes32 private constant SPACE = keccak256("namespace");

    function setUp() public {
        establish();
        open(SPACE, false, false);
    }

    /// @dev Two salts make two digests, and one claim.
    function testFuzz_TwoDigestsMakeOneClaim(bytes32 thing, bytes32 one, bytes32 two, uint8 first, uint8 second)
        public
    {
        VM.assume(thing != 0 && one != 0 && two != 0 && one != two);
        uint256 a = first % 3;
        uint256 b = second % 3;
        bytes memory early = forClaim(REGISTRAR, SPACE, thing, two, bank(b), type(uint64).max);
        claim(a, thing, one);
        VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsTaken.selector, SPACE, thing, bank(a)));
        VM.prank(key(b));
        claims.claim(SPACE, thing, two, type(uint64).max, early);
        same(claims.claimOf(SPACE, thing).digest, one, "digest");
    }

    /// @dev Who sends another's claim again is told so, also when it is the same word for word.
    function testFuzz_AnothersClaimIsNotMine(bytes32 thing, bytes32 digest) public {
        VM.assume(thing != 0 && digest != 0);
        claim(0, thing, digest);
        bytes memory signature = forClaim(REGISTRAR, SPACE, thing, digest, bank(1), type(uint64).max);
        VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsTaken.selector, SPACE, thing, bank(0)));
        VM.prank(key(1));
        claims.claim(SPACE, thing, digest, type(uint64).max, signature);
        VM.prank(key(0));
        holds(!claims.claim(SPACE, thing, digest, type(uint64).max, ""), "changed");
    }

    /// @dev A registrar of another namespace's organisation is a registrar, and not of this one.
    function testFuzz_AnotherRegistrarIsNone(bytes32 thing, bytes32 digest) public {
        VM.assume(thing != 0 && digest != 0);
        address other = VM.addr(OTHER_REGISTRAR);
        bytes memory signature = forClaim(OTHER_REGISTRAR, SPACE, thing, digest, bank(0), type(uint64).max);
        VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsNotRegistrar.selector, SPACE, other));
        VM.prank(key(0));
        claims.claim(SPACE, thing, digest, type(uint64).max, signature);
        VM.prank(admin);
        claims.appointRegistrar(SPACE, OTHER_HOUSE);
        VM.prank(key(0));
        holds(claims.claim(SPACE, thing, digest, type(uint64).max, signature), "refused");
    }

    /// @dev Released and claimed again: each countersignature counts in its own round.
    function testFuzz_ARoundHasItsOwnSignatures(bytes32 thing, bytes32 digest) public {
        VM.assume(thing != 0 && digest != 0);
        bytes32 space = keccak256("releasable");
        open(space, true, false);
        bytes memory first = forClaim(REGISTRAR, space, thing, digest, bank(0), type(uint64).max);
        VM.startPrank(key(0));
        claims.claim(space, thing, digest, type(uint64).max, first);
        bytes memory gone = forRelease(REGISTRAR, space, thing, bank(0), type(uint64).max);
        claims.release(space, thing, type(uint64).max, gone);
        VM.expectPartialRevert(Claims.ClaimsNotRegistrar.selector);
        claims.claim(space, thing, digest, type(uint64).max, first);
        bytes memory second = forClaim(REGISTRAR, space, thing, digest, bank(0), type(uint64).max);
        holds(claims.claim(space, thing, digest, type(uint64).max, second), "refused");
        VM.expectPartialRevert(Claims.ClaimsNotRegistrar.selector);
        claims.release(space, thing, type(uint64).max, gone);
        VM.stopPrank();
        same(claims.claimOf(space, thing).rounds, 2, "rounds");
    }

    /// @dev What is offered to one bank is not taken by another, and not by whom it was offered to before.
    function testFuzz_OnlyWhomItIsOfferedToAccepts(bytes32 thing, uint8 first, uint8 second, uint8 taker) public {
        VM.assume(thing != 0);
        bytes32 space = keccak256("transferable");
        open(space, false, true);
        bytes memory signature = forClaim(REGISTRAR, space, thing, thing, bank(0), type(uint64).max);
        VM.startPrank(key(0));
        claims.claim(space, thing, thing, type(uint64).max, signature);
        claims.offer(space, thing, bank(first % 3));
        claims.offer(space, thing, bank(second % 3));
        VM.stopPrank();
        bytes32 me = bank(taker % 3);
        bool mine = taker % 3 == second % 3;
        if (!mine) VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsNotOfferedTo.selector, space, thing, me));
        VM.prank(key(taker % 3));
        claims.accept(space, thing);
        same(claims.claimOf(space, thing).holder, mine ? me : bank(0), "holder");
        same(claims.claimOf(space, thing).offeredTo, mine ? bytes32(0) : bank(second % 3), "offered");
    }

    function testFuzz_OnlyTheRegistrarCountersigns(bytes32 thing, bytes32 digest, uint256 signer) public {
        signer = bound(signer, 1, 2 ** 250);
        VM.assume(thing != 0 && digest != 0 && signer != REGISTRAR);
        bytes memory signature = forClaim(signer, SPACE, thing, digest, bank(0), type(uint64).max);
        VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsNotRegistrar.selector, SPACE, VM.addr(signer)));
        VM.prank(key(0));
        claims.claim(SPACE, thing, digest, type(uint64).max, signature);
    }

    function testFuzz_NoiseIsNoSignature(bytes32 thing, bytes32 digest, bytes calldata noise) public {
        VM.assume(thing != 0 && digest != 0);
        VM.expectPartialRevert(Claims.ClaimsNotRegistrar.selector);
        VM.prank(key(0));
        claims.claim(SPACE, thing, digest, type(uint64).max, noise);
    }

    function testFuzz_ASignatureIsForOneClaimOfOneBank(bytes32 thing, bytes32 digest, bytes32 other) public {
        VM.assume(thing != 0 && digest != 0 && other != 0 && other != thing && other != digest);
        bytes memory signature = forClaim(REGISTRAR, SPACE, thing, digest, bank(0), type(uint64).max);
        VM.expectPartialRevert(Claims.ClaimsNotRegistrar.selector);
        VM.prank(key(1));
        claims.claim(SPACE, thing, digest, type(uint64).max, signature);
        VM.expectPartialRevert(Claims.ClaimsNotRegistrar.selector);
        VM.prank(key(0));
        claims.claim(SPACE, other, digest, type(uint64).max, signature);
        VM.expectPartialRevert(Claims.ClaimsNotRegistrar.selector);
        VM.prank(key(0));
        claims.claim(SPACE, thing, other, type(uint64).max, signature);
    }

    function testFuzz_ADeadlineIsOne(uint64 deadline, uint64 time) public {
        deadline = uint64(bound(deadline, NOW, 50_000_000_000));
        time = uint64(bound(time, NOW, 50_000_000_000));
        bytes memory signature = forClaim(REGISTRAR, SPACE, SPACE, SPACE, bank(0), deadline);
        VM.warp(time);
        if (time > deadline) VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsTooLate.selector, deadline));
        VM.prank(key(0));
        claims.claim(SPACE, SPACE, SPACE, deadline, signature);
    }

    function testFuzz_StrangersClaimNothing(address caller, bytes32 thing) public {
        VM.assume(thing != 0 && caller != key(0) && caller != key(1) && caller != key(2));
        bytes memory signature = forClaim(REGISTRAR, SPACE, thing, thing, bank(0), type(uint64).max);
        VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsNotClaimant.selector, SPACE, caller));
        VM.prank(caller);
        claims.claim(SPACE, thing, thing, type(uint64).max, signature);
    }

    function claim(uint256 i, bytes32 thing, bytes32 digest) private {
        bytes memory signature = forClaim(REGISTRAR, SPACE, thing, digest, bank(i), type(uint64).max);
        VM.prank(key(i));
        holds(claims.claim(SPACE, thing, digest, type(uint64).max, signature), "refused");
    }
}

/// @dev Everybody at once, in any order, with a model that is one variable for each thing.
contract Market is Parties {
    bytes32 public constant SPACE = keccak256("namespace");
    bytes32 public constant FINAL = keccak256("final namespace");
    mapping(bytes32 => mapping(uint256 => bytes32)) public holder;
    mapping(bytes32 => mapping(uint256 => bytes32)) public offered;
    mapping(bytes32 => mapping(uint256 => uint32)) public rounds;
    mapping(bytes32 => mapping(uint256 => bytes[])) private _old;
    uint256 public events;
    bool public broken;

    constructor() {
        establish();
        open(SPACE, true, true);
        open(FINAL, false, false);
        events = 3;
    }

    function claim(uint8 bank_, uint8 thing_, bytes32 digest, bool last) external {
        (uint256 i, uint256 thing, bytes32 space) = (bank_ % 3, thing_ % 3, last ? FINAL : SPACE);
        if (digest == 0) return;
        bool mayDo = holder[space][thing] == 0;
        bytes memory signature =
            forClaim(REGISTRAR, space, bytes32(thing + 1), digest, bank(i), type(uint64).max);
        VM.prank(key(i));
        try claims.claim(space, bytes32(thing + 1), digest, type(uint64).max, signature) returns (bool changed) {
            if (!changed) return; // the very same claim again
            if (!mayDo) broken = true;
            holder[space][thing] = bank(i);
            rounds[space][thing]++;
            events++;
        } catch {
            if (mayDo) broken = true;
        }
    }

    function release(uint8 bank_, uint8 thing_, bool last) external {
        (uint256 i, uint256 thing, bytes32 space) = (bank_ % 3, thing_ % 3, last ? FINAL : SPACE);
        bool mayDo = !last && holder[space][thing] == bank(i);
        bytes memory signature = forRelease(REGISTRAR, space, bytes32(thing + 1), bank(i), type(uint64).max);
        _old[space][thing].push(signature);
        VM.prank(key(i));
        try claims.release(space, bytes32(thing + 1), type(uint64).max, signature) {
            if (!mayDo) broken = true;
            holder[space][thing] = 0;
            offered[space][thing] = 0;
            events++;
        } catch {
            if (mayDo) broken = true;
        }
    }

    /// @dev A release that was signed before, for whatever round that was.
    function releaseAgain(uint8 bank_, uint8 thing_, uint8 which) external {
        (uint256 i, uint256 thing) = (bank_ % 3, thing_ % 3);
        bytes[] storage old = _old[SPACE][thing];
        if (old.length == 0) return;
        uint32 before = rounds[SPACE][thing];
        bytes32 was = holder[SPACE][thing];
        VM.prank(key(i));
        try claims.release(SPACE, bytes32(thing + 1), type(uint64).max, old[which % old.length]) {
            // good only where it was signed for this holder in this round
            if (was != bank(i) || before == 0) broken = true;
            holder[SPACE][thing] = 0;
            offered[SPACE][thing] = 0;
            events++;
        } catch {}
    }

    function offer(uint8 bank_, uint8 thing_, uint8 to_, bool last) external {
        (uint256 i, uint256 thing, bytes32 space) = (bank_ % 3, thing_ % 3, last ? FINAL : SPACE);
        bytes32 to = to_ % 4 == 3 ? bytes32(0) : bank(to_ % 4);
        bool mayDo = !last && holder[space][thing] == bank(i);
        VM.prank(key(i));
        try claims.offer(space, bytes32(thing + 1), to) {
            if (!mayDo) broken = true;
            offered[space][thing] = to;
            events++;
        } catch {
            if (mayDo) broken = true;
        }
    }

    function accept(uint8 bank_, uint8 thing_, bool last) external {
        (uint256 i, uint256 thing, bytes32 space) = (bank_ % 3, thing_ % 3, last ? FINAL : SPACE);
        bool mayDo = holder[space][thing] != 0 && offered[space][thing] == bank(i);
        VM.prank(key(i));
        try claims.accept(space, bytes32(thing + 1)) {
            if (!mayDo) broken = true;
            holder[space][thing] = bank(i);
            offered[space][thing] = 0;
            events++;
        } catch {
            if (mayDo) broken = true;
        }
    }

    /// @dev The administration does what it may: appoint another registrar and, at once, the old one again.
    function administer(bytes32 other) external {
        VM.startPrank(admin);
        claims.appointRegistrar(SPACE, OTHER_HOUSE);
        claims.appointRegistrar(SPACE, HOUSE);
        try claims.openNamespace(SPACE, OTHER_HOUSE, Organisations.Role.Lender, true, true) {
            broken = true;
        } catch {}
        try claims.claim(SPACE, bytes32(uint256(1)), other, type(uint64).max, "") {
            broken = true;
        } catch {}
        VM.stopPrank();
        events += 2;
    }

    function pass(uint16 time) external {
        VM.warp(block.timestamp + time);
        VM.roll(block.number + 1);
    }

    function stateOf(bytes32 space, uint256 thing) external view returns (Claims.State memory) {
        return claims.claimOf(space, bytes32(thing + 1));
    }

    function sequence() external view returns (uint64 found) {
        (found,) = claims.history();
    }
}

contract ClaimsInvariants is Harness {
    Market private market;

    function setUp() public {
        market = new Market();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(market);
    }

    /// @dev One holder at most, and it is the one that the rules made holder.
    function invariant_OneClaimLives() external view {
        holds(!market.broken(), "something went through that must not, or the other way round");
        bytes32[2] memory spaces = [market.SPACE(), market.FINAL()];
        for (uint256 i = 0; i < 6; i++) {
            (bytes32 space, uint256 thing) = (spaces[i / 3], i % 3);
            Claims.State memory found = market.stateOf(space, thing);
            same(found.holder, market.holder(space, thing), "holder");
            same(found.offeredTo, market.offered(space, thing), "offered");
            same(found.rounds, market.rounds(space, thing), "rounds");
            holds((found.holder == 0) == (found.claimedBlock == 0), "a claim without a block");
            holds((found.holder == 0) == (found.digest == 0), "a claim without a digest");
        }
        holds(market.rounds(market.FINAL(), 0) <= 1, "a final claim was made twice");
        same(market.sequence(), market.events(), "sequence");
    }
}
