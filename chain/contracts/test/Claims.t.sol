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
        VM.roll(block.number + 10);
    }

    /// @dev The administration binds a key; it acts since this block.
    function bindFor(bytes32 organisation, address account) internal {
        VM.prank(admin);
        registry.bindKey(organisation, keyId(account), Organisations.Role.Lender, 0, type(uint64).max);
    }

    /// @dev A block that all keys so far act since, and none that comes now.
    function before() internal view returns (uint64) {
        return uint64(block.number) - 1;
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
        claims.offer(space, thing, bank(first % 3), before());
        claims.offer(space, thing, bank(second % 3), before());
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

    /// @dev The administration binds a key of its own to the holder, in the block of the claim or later, and to a taker.
    function testFuzz_ALaterKeyTouchesNoLivingClaim(bytes32 thing, uint8 blocks, bool byThree) public {
        VM.assume(thing != 0);
        bytes32 space = keccak256("both");
        open(space, true, true);
        claimIn(space, 0, thing);
        VM.roll(block.number + blocks % 3);
        address mole = address(0xBAD);
        bindFor(bank(0), mole);
        uint64 since = uint64(block.number);
        VM.roll(block.number + (byThree ? 3 : 0));
        bytes memory late = abi.encodeWithSelector(Claims.ClaimsLaterKey.selector, mole, since, 1);
        bytes memory gone = forRelease(REGISTRAR, space, thing, bank(0), type(uint64).max);
        uint64 takers = before();
        VM.startPrank(mole);
        VM.expectRevert(late);
        claims.release(space, thing, type(uint64).max, gone);
        VM.expectRevert(late);
        claims.offer(space, thing, bank(1), takers);
        VM.stopPrank();
        same(claims.claimOf(space, thing).holder, bank(0), "holder");
        VM.prank(key(0));
        registry.vouch(keyId(mole));
        VM.prank(mole);
        claims.release(space, thing, type(uint64).max, gone);
        same(claims.claimOf(space, thing).holder, bytes32(0), "holder");
    }

    /// @dev A key that was bound to the taker when the offer stood already, or in its block, does not accept for it.
    function testFuzz_ALaterKeyAcceptsNothing(bytes32 thing, uint8 blocks) public {
        VM.assume(thing != 0);
        bytes32 space = keccak256("transferable");
        open(space, false, true);
        claimIn(space, 0, thing);
        uint64 takers = before();
        VM.prank(key(0));
        claims.offer(space, thing, bank(1), takers);
        VM.roll(block.number + blocks % 3);
        address mole = address(0xBAD);
        bindFor(bank(1), mole);
        VM.roll(block.number + 1);
        VM.expectRevert(
            abi.encodeWithSelector(Claims.ClaimsLaterKey.selector, mole, uint64(block.number) - 1, takers)
        );
        VM.prank(mole);
        claims.accept(space, thing);
        VM.prank(key(1));
        claims.accept(space, thing);
        same(claims.claimOf(space, thing).heldSince, 1, "held since");
        same(claims.claimOf(space, thing).takersSince, 0, "takers since");
    }

    /// @dev What is taken over is held since the taker's key acts, and not since the one that claimed it.
    function testFuzz_ATakenClaimIsHeldSinceTheTakersKey(bytes32 thing, uint8 blocks) public {
        VM.assume(thing != 0);
        bytes32 space = keccak256("transferable");
        open(space, false, true);
        claimIn(space, 0, thing);
        (address second, address third) = (address(0x1A7E), address(0x1A7F));
        bindFor(bank(1), second);
        uint64 since = uint64(block.number);
        VM.roll(block.number + 1 + blocks);
        bindFor(bank(1), third);
        VM.roll(block.number + 1);
        uint64 takers = before();
        VM.prank(key(0));
        claims.offer(space, thing, bank(1), takers);
        VM.prank(second);
        claims.accept(space, thing);
        same(claims.claimOf(space, thing).heldSince, since, "held since");
        VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsLaterKey.selector, third, takers, since));
        VM.prank(third);
        claims.offer(space, thing, bank(2), takers);
        VM.prank(second);
        claims.offer(space, thing, bank(2), takers);
        VM.prank(key(1));
        claims.offer(space, thing, bank(0), takers);
        same(claims.claimOf(space, thing).offeredTo, bank(0), "offered");
    }

    /// @dev An offer names no keys that do not exist yet; the holder may ask for older ones than there must be.
    function testFuzz_AnOfferKnowsItsTakers(uint64 takers) public {
        bytes32 space = keccak256("transferable");
        open(space, false, true);
        claimIn(space, 0, SPACE);
        bool known = takers < block.number;
        if (!known) VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsTakersNotKnownYet.selector, takers));
        VM.prank(key(0));
        claims.offer(space, SPACE, bank(1), takers);
        same(claims.claimOf(space, SPACE).takersSince, known ? takers : 0, "takers since");
        if (!known) return;
        if (takers == 0) VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsLaterKey.selector, key(1), 1, 0));
        VM.prank(key(1));
        claims.accept(space, SPACE);
        same(claims.claimOf(space, SPACE).holder, takers == 0 ? bank(0) : bank(1), "holder");
    }

    /// @dev Withdrawn with whatever number: nothing is left of the offer.
    function testFuzz_AWithdrawnOfferIsGone(uint64 takers) public {
        bytes32 space = keccak256("transferable");
        open(space, false, true);
        claimIn(space, 0, SPACE);
        uint64 known = before();
        VM.startPrank(key(0));
        claims.offer(space, SPACE, bank(1), known);
        claims.offer(space, SPACE, 0, takers);
        VM.stopPrank();
        same(claims.claimOf(space, SPACE).offeredTo, bytes32(0), "offered");
        same(claims.claimOf(space, SPACE).takersSince, 0, "takers since");
    }

    /// @dev A key claims from the block after the one that bound it; what it then holds, older keys hold too.
    function testFuzz_AKeyClaimsFromTheNextBlock(bytes32 thing, uint8 blocks) public {
        VM.assume(thing != 0);
        bytes32 space = keccak256("releasable");
        open(space, true, false);
        address late = address(0x1A7E);
        bindFor(bank(0), late);
        uint64 since = uint64(block.number);
        VM.roll(block.number + blocks % 3);
        bytes memory signature = forClaim(REGISTRAR, space, thing, thing, bank(0), type(uint64).max);
        if (blocks % 3 == 0) {
            VM.expectRevert(abi.encodeWithSelector(Claims.ClaimsLaterKey.selector, late, since, since - 1));
        }
        VM.prank(late);
        claims.claim(space, thing, thing, type(uint64).max, signature);
        same(claims.claimOf(space, thing).heldSince, blocks % 3 == 0 ? 0 : since, "held since");
        if (blocks % 3 == 0) return;
        bytes memory gone = forRelease(REGISTRAR, space, thing, bank(0), type(uint64).max);
        VM.prank(key(0));
        claims.release(space, thing, type(uint64).max, gone);
        Claims.State memory left = claims.claimOf(space, thing);
        same(left.heldSince, 0, "held since");
        same(left.holder, bytes32(0), "holder");
    }

    function claimIn(bytes32 space, uint256 i, bytes32 thing) private {
        bytes memory signature = forClaim(REGISTRAR, space, thing, thing, bank(i), type(uint64).max);
        VM.prank(key(i));
        claims.claim(space, thing, thing, type(uint64).max, signature);
    }

    function claim(uint256 i, bytes32 thing, bytes32 digest) private {
        bytes memory signature = forClaim(REGISTRAR, SPACE, thing, digest, bank(i), type(uint64).max);
        VM.prank(key(i));
        holds(claims.claim(SPACE, thing, digest, type(uint64).max, signature), "refused");
    }
}

/// @dev Everybody at once, in any order, with two models. One is the contract's rule with a variable for each number. The
///      other knows no numbers: which keys were there when a claim came to its holder or was offered, and for which of
///      the later ones such a key vouched. What moves a claim must be one of these.
contract Market is Parties {
    struct Agent {
        address account;
        uint256 bank;
        uint64 since;
    }

    struct Thing {
        bytes32 holder;
        bytes32 offered;
        uint32 rounds;
        uint64 heldSince;
        uint64 takersSince;
    }

    bytes32 public constant SPACE = keccak256("namespace");
    bytes32 public constant FINAL = keccak256("final namespace");
    uint256 private constant MOST_AGENTS = 12;
    Agent[] public agents;
    mapping(bytes32 => mapping(uint256 => Thing)) private _things;
    mapping(bytes32 => mapping(uint256 => mapping(uint256 => bool))) private _mayMove;
    mapping(bytes32 => mapping(uint256 => mapping(uint256 => bool))) private _mayTake;
    mapping(bytes32 => mapping(uint256 => bytes[])) private _old;
    uint256 private _countersigner = REGISTRAR;
    uint256 public events;
    string public broken;

    constructor() {
        establish();
        open(SPACE, true, true);
        open(FINAL, false, false);
        events = 3;
        for (uint256 i = 0; i < 3; i++) {
            agents.push(Agent(key(i), i, 1));
        }
    }

    function claim(uint8 agent, uint8 thing_, bytes32 digest, bool last) external {
        (uint256 a, uint256 thing, bytes32 space) = (agent % agents.length, thing_ % 3, last ? FINAL : SPACE);
        if (digest == 0) return;
        Thing storage one = _things[space][thing];
        Agent storage who = agents[a];
        bool mayDo = one.holder == 0 && who.since < block.number;
        bytes memory signature =
            forClaim(_countersigner, space, bytes32(thing + 1), digest, bank(who.bank), type(uint64).max);
        if (last && _countersigner != REGISTRAR) mayDo = false;
        VM.prank(who.account);
        try claims.claim(space, bytes32(thing + 1), digest, type(uint64).max, signature) returns (bool changed) {
            if (!changed) return; // the very same claim again
            if (!mayDo) broken = "claim";
            one.holder = bank(who.bank);
            one.heldSince = who.since;
            one.rounds++;
            events++;
            remember(_mayMove[space][thing]);
        } catch {
            if (mayDo) broken = "no claim";
        }
    }

    function release(uint8 agent, uint8 thing_, bool last) external {
        (uint256 a, uint256 thing, bytes32 space) = (agent % agents.length, thing_ % 3, last ? FINAL : SPACE);
        bytes32 organisation = bank(agents[a].bank);
        bool mayDo = !last && moves(a, _things[space][thing]);
        bytes memory signature =
            forRelease(_countersigner, space, bytes32(thing + 1), organisation, type(uint64).max);
        _old[space][thing].push(signature);
        VM.prank(agents[a].account);
        try claims.release(space, bytes32(thing + 1), type(uint64).max, signature) {
            if (!mayDo) broken = "release";
            released(space, thing, a);
        } catch {
            if (mayDo) broken = "no release";
        }
    }

    /// @dev A release that was signed before, for whatever round that was.
    function releaseAgain(uint8 agent, uint8 thing_, uint8 which) external {
        (uint256 a, uint256 thing) = (agent % agents.length, thing_ % 3);
        bytes[] storage old = _old[SPACE][thing];
        if (old.length == 0) return;
        bool mayDo = _things[SPACE][thing].rounds > 0 && moves(a, _things[SPACE][thing]);
        VM.prank(agents[a].account);
        try claims.release(SPACE, bytes32(thing + 1), type(uint64).max, old[which % old.length]) {
            // good only where it was signed for this holder in this round
            if (!mayDo) broken = "old release";
            released(SPACE, thing, a);
        } catch {}
    }

    function offer(uint8 agent, uint8 thing_, uint8 to_, uint8 back, bool last) external {
        (uint256 a, uint256 thing, bytes32 space) = (agent % agents.length, thing_ % 3, last ? FINAL : SPACE);
        bytes32 to = to_ % 4 == 3 ? bytes32(0) : bank(to_ % 4);
        uint64 takers = uint64(block.number - back % 3);
        Thing storage one = _things[space][thing];
        bool mayDo = !last && moves(a, one) && (to == 0 || back % 3 > 0);
        VM.prank(agents[a].account);
        try claims.offer(space, bytes32(thing + 1), to, takers) {
            if (!mayDo) broken = "offer";
            if (!_mayMove[space][thing][a]) broken = "a key that came later offered";
            one.offered = to;
            one.takersSince = to == 0 ? 0 : takers;
            events++;
            remember(_mayTake[space][thing]);
        } catch {
            if (mayDo) broken = "no offer";
        }
    }

    function accept(uint8 agent, uint8 thing_, bool last) external {
        (uint256 a, uint256 thing, bytes32 space) = (agent % agents.length, thing_ % 3, last ? FINAL : SPACE);
        Thing storage one = _things[space][thing];
        Agent storage who = agents[a];
        bool mayDo = one.holder != 0 && one.offered == bank(who.bank) && who.since <= one.takersSince;
        VM.prank(who.account);
        try claims.accept(space, bytes32(thing + 1)) {
            if (!mayDo) broken = "accept";
            if (!_mayTake[space][thing][a]) broken = "a key that came later accepted";
            one.holder = bank(who.bank);
            one.heldSince = who.since;
            one.offered = 0;
            one.takersSince = 0;
            events++;
            remember(_mayMove[space][thing]);
        } catch {
            if (mayDo) broken = "no accept";
        }
    }

    function vouch(uint8 by_, uint8 for_) external {
        (uint256 by, uint256 later) = (by_ % agents.length, for_ % agents.length);
        bool mayDo = agents[by].bank == agents[later].bank && agents[by].since < agents[later].since;
        VM.prank(agents[by].account);
        try registry.vouch(keyId(agents[later].account)) {
            if (!mayDo) broken = "vouch";
            agents[later].since = agents[by].since;
            for (uint256 i = 0; i < 6; i++) {
                (bytes32 space, uint256 thing) = (i < 3 ? SPACE : FINAL, i % 3);
                if (_mayMove[space][thing][by]) _mayMove[space][thing][later] = true;
                if (_mayTake[space][thing][by]) _mayTake[space][thing][later] = true;
            }
        } catch {
            if (mayDo) broken = "no vouch";
        }
    }

    /// @dev The administration's own key, bound to any bank.
    function bind(uint8 bank_) external {
        if (agents.length == MOST_AGENTS) return;
        address account = key(agents.length);
        bindFor(bank(bank_ % 3), account);
        agents.push(Agent(account, bank_ % 3, uint64(block.number)));
    }

    /// @dev The administration's own registrar countersigns whatever it likes; its keys stay where they are.
    function appoint(bool own) external {
        VM.prank(admin);
        claims.appointRegistrar(SPACE, own ? OTHER_HOUSE : HOUSE);
        _countersigner = own ? OTHER_REGISTRAR : REGISTRAR;
        events++;
    }

    /// @dev What the administration itself calls on a claim.
    function administer(bytes32 other, uint8 thing_) external {
        bytes32 thing = bytes32(uint256(thing_ % 3) + 1);
        VM.startPrank(admin);
        try claims.openNamespace(SPACE, OTHER_HOUSE, Organisations.Role.Lender, true, true) {
            broken = "opened again";
        } catch {}
        try claims.claim(SPACE, thing, other, type(uint64).max, "") {
            broken = "claim of the administration";
        } catch {}
        try claims.offer(SPACE, thing, OTHER_HOUSE, 1) {
            broken = "offer of the administration";
        } catch {}
        VM.stopPrank();
    }

    function pass(uint16 time) external {
        VM.warp(block.timestamp + time);
        VM.roll(block.number + 1);
    }

    function stateOf(bytes32 space, uint256 thing) external view returns (Claims.State memory) {
        return claims.claimOf(space, bytes32(thing + 1));
    }

    function thingOf(bytes32 space, uint256 thing) external view returns (Thing memory) {
        return _things[space][thing];
    }

    function sequence() external view returns (uint64 found) {
        (found,) = claims.history();
    }

    function moves(uint256 a, Thing storage one) private view returns (bool) {
        return one.holder == bank(agents[a].bank) && agents[a].since <= one.heldSince;
    }

    function released(bytes32 space, uint256 thing, uint256 a) private {
        if (!_mayMove[space][thing][a]) broken = "a key that came later released";
        uint32 rounds = _things[space][thing].rounds;
        delete _things[space][thing];
        _things[space][thing].rounds = rounds;
        events++;
    }

    /// @dev The keys that are there now.
    function remember(mapping(uint256 => bool) storage may) private {
        for (uint256 i = 0; i < MOST_AGENTS; i++) {
            may[i] = i < agents.length;
        }
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
        bytes32[2] memory spaces = [market.SPACE(), market.FINAL()];
        for (uint256 i = 0; i < 6; i++) {
            (bytes32 space, uint256 thing) = (spaces[i / 3], i % 3);
            Claims.State memory found = market.stateOf(space, thing);
            Market.Thing memory expected = market.thingOf(space, thing);
            same(found.holder, expected.holder, "holder");
            same(found.offeredTo, expected.offered, "offered");
            same(found.rounds, expected.rounds, "rounds");
            same(found.heldSince, expected.heldSince, "held since");
            same(found.takersSince, expected.takersSince, "takers since");
            holds((found.holder == 0) == (found.claimedBlock == 0), "a claim without a block");
            holds((found.holder == 0) == (found.digest == 0), "a claim without a digest");
            holds(found.holder == 0 || found.heldSince < found.claimedBlock, "held by keys of its own block");
        }
        holds(market.thingOf(market.FINAL(), 0).rounds <= 1, "a final claim was made twice");
        same(market.sequence(), market.events(), "sequence");
    }

    /// @dev Whatever keys the administration binds and whomever it appoints: a claim moves by the hand of a key that was
    ///      there when it came to its holder (for accepting: when it was offered), or for which such a key vouched.
    function invariant_NoLaterKeyMovesAClaim() external view {
        string memory broken = market.broken();
        if (bytes(broken).length > 0) revert Broken(broken);
    }
}
