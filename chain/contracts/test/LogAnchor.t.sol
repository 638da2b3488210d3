// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {LogAnchor} from "../LogAnchor.sol";
import {Harness} from "./Harness.sol";
import {Tree} from "./Tree.sol";

/// @dev Proofs against a second RFC 9162, and what a key may not do.
contract LogAnchorTest is Harness {
    LogAnchor private immutable ANCHOR = new LogAnchor();
    address private constant OWNER = address(0xA11CE);
    address private constant KEY = address(0xB0B);
    bytes32 private constant LOG = keccak256("log");
    uint256 private constant LIMIT = 200;

    function setUp() public {
        VM.prank(OWNER);
        ANCHOR.register(LOG, KEY);
    }

    function testFuzz_TheRightProofIsAccepted(uint256 seed, uint256 old, uint256 size) public {
        old = bound(old, 1, LIMIT - 1);
        size = bound(size, old + 1, LIMIT);
        start(seed, old);
        bytes32 root = Tree.root(seed, size);
        bytes32[] memory proof = Tree.proof(seed, old, size);
        VM.prank(KEY);
        holds(ANCHOR.anchor(LOG, uint64(size), root, proof), "refused");
        same(ANCHOR.head(LOG).root, Tree.root(seed, size), "root");
        same(ANCHOR.head(LOG).size, size, "size");
        same(ANCHOR.head(LOG).sequence, 2, "sequence");
    }

    function testFuzz_AnotherLogIsRefused(uint256 seed, uint256 other, uint256 old, uint256 size) public {
        VM.assume(seed != other);
        old = bound(old, 1, LIMIT - 1);
        size = bound(size, old + 1, LIMIT);
        start(seed, old);
        refused(size, Tree.root(other, size), Tree.proof(other, old, size));
        refused(size, Tree.root(other, size), Tree.proof(seed, old, size));
        refused(size, Tree.root(seed, size), Tree.proof(other, old, size));
    }

    /// @dev A proof for one pair of sizes, given for another: as it is, and with the root of the other size. Where both
    ///      pairs have one shape the second is an append of other leaves, which only a reader can tell (see README.md).
    function testFuzz_AProofOfOtherSizesIsRefused(uint256 seed, uint256 old, uint256 size, uint256 from, uint256 to)
        public
    {
        old = bound(old, 1, LIMIT - 1);
        size = bound(size, old + 1, LIMIT);
        from = bound(from, 1, LIMIT - 1);
        to = bound(to, from + 1, LIMIT);
        bytes32[] memory crafted = Tree.proof(seed, from, to);
        VM.assume(keccak256(abi.encode(crafted)) != keccak256(abi.encode(Tree.proof(seed, old, size))));
        start(seed, old);
        refused(size, Tree.root(seed, size), crafted);
        if (from != old || !Tree.alike(old, size, to)) refused(size, Tree.root(seed, to), crafted);
    }

    function testFuzz_OneBitIsEnough(uint256 seed, uint256 old, uint256 size, uint256 place, uint8 bit) public {
        old = bound(old, 1, LIMIT - 1);
        size = bound(size, old + 1, LIMIT);
        start(seed, old);
        bytes32[] memory proof = Tree.proof(seed, old, size);
        place = place % (proof.length + 1);
        bytes32 root = Tree.root(seed, size);
        if (place == proof.length) root ^= bytes32(uint256(1) << bit);
        else proof[place] ^= bytes32(uint256(1) << bit);
        refused(size, root, proof);
    }

    function testFuzz_AShorterOrLongerProofIsRefused(uint256 seed, uint256 old, uint256 size, bytes32 extra) public {
        old = bound(old, 1, LIMIT - 1);
        size = bound(size, old + 1, LIMIT);
        start(seed, old);
        bytes32[] memory proof = Tree.proof(seed, old, size);
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < proof.length; i++) {
            longer[i] = proof[i];
            if (i < shorter.length) shorter[i] = proof[i];
        }
        longer[proof.length] = extra;
        refused(size, Tree.root(seed, size), longer);
        refused(size, Tree.root(seed, size), shorter);
        refused(size, Tree.root(seed, size), new bytes32[](0));
    }

    /// @dev Whatever proof comes with it, a smaller head is behind and an equal one with another root is another.
    function testFuzz_ASmallerHeadAndAnotherRootAreRefused(uint256 seed, uint256 old, uint256 size, bytes32 root)
        public
    {
        old = bound(old, 2, LIMIT);
        size = bound(size, 1, old - 1);
        start(seed, old);
        bytes32 known = Tree.root(seed, old);
        VM.assume(root != known);
        bytes32 shorter = Tree.root(seed, size);
        bytes32[] memory proof = Tree.proof(seed, size, old);
        VM.expectRevert(abi.encodeWithSelector(LogAnchor.LogAnchorBehind.selector, LOG, size, old));
        VM.prank(KEY);
        ANCHOR.anchor(LOG, uint64(size), shorter, proof);
        VM.expectRevert(abi.encodeWithSelector(LogAnchor.LogAnchorOtherRoot.selector, LOG, old, root, known));
        VM.prank(KEY);
        ANCHOR.anchor(LOG, uint64(old), root, proof);
    }

    function testFuzz_NoiseIsRefused(uint256 seed, uint256 old, uint64 size, bytes32 root, bytes32[] calldata proof)
        public
    {
        old = bound(old, 1, LIMIT);
        VM.assume(size > old);
        start(seed, old);
        refused(size, root, proof);
    }

    function testFuzz_OnlyTheTransactionKeyAnchors(address caller) public {
        VM.assume(caller != KEY);
        start(1, 3);
        bytes32[] memory proof = Tree.proof(1, 3, 5);
        bytes32 root = Tree.root(1, 5);
        VM.expectRevert(abi.encodeWithSelector(LogAnchor.LogAnchorNotTransactionKey.selector, LOG, caller));
        VM.prank(caller);
        ANCHOR.anchor(LOG, 5, root, proof);
    }

    function testFuzz_OnlyTheOwnerAdministers(address caller) public {
        VM.assume(caller != OWNER);
        bytes memory reason = abi.encodeWithSelector(LogAnchor.LogAnchorNotOwner.selector, LOG, caller);
        VM.startPrank(caller);
        VM.expectRevert(reason);
        ANCHOR.rotate(LOG, caller);
        VM.expectRevert(reason);
        ANCHOR.retire(LOG);
        VM.expectRevert(reason);
        ANCHOR.offerOwnership(LOG, caller);
        VM.expectRevert(reason);
        ANCHOR.succeed(LOG, keccak256("next"), caller);
        VM.stopPrank();
    }

    function start(uint256 seed, uint256 size) private {
        bytes32 root = Tree.root(seed, size);
        VM.prank(KEY);
        ANCHOR.anchor(LOG, uint64(size), root, new bytes32[](0));
    }

    function refused(uint256 size, bytes32 root, bytes32[] memory proof) private {
        LogAnchor.Head memory before = ANCHOR.head(LOG);
        VM.expectPartialRevert(LogAnchor.LogAnchorInconsistent.selector);
        VM.prank(KEY);
        ANCHOR.anchor(LOG, uint64(size), root, proof);
        same(keccak256(abi.encode(ANCHOR.head(LOG))), keccak256(abi.encode(before)), "head");
    }
}

/// @dev The key of a gateway in wrong hands: it anchors what is right, and tries everything else.
contract Attacker is Harness {
    LogAnchor public immutable ANCHOR;
    bytes32 public constant LOG = keccak256("log");
    uint256 public constant SEED = 7;
    uint256 public constant LIMIT = 96;
    uint256 public size;
    uint256 public accepted;
    bool public broken;

    constructor(LogAnchor anchor) {
        ANCHOR = anchor;
        anchor.register(LOG, address(this));
    }

    function grow(uint256 by) external {
        if (size == LIMIT) return;
        uint256 next = bound(by, size + 1, size + (LIMIT - size > 9 ? 9 : LIMIT - size));
        if (!ANCHOR.anchor(LOG, uint64(next), Tree.root(SEED, next), Tree.proof(SEED, size, next))) broken = true;
        size = next;
        accepted++;
    }

    function rewrite(uint256 seed, uint256 next) external {
        next = bound(next, 1, LIMIT);
        if (seed == SEED || size == 0) return;
        attempt(next, Tree.root(seed, next), next > size ? Tree.proof(seed, size, next) : new bytes32[](0));
    }

    function shorten(uint256 next) external {
        if (size < 2) return;
        next = bound(next, 1, size - 1);
        attempt(next, Tree.root(SEED, next), Tree.proof(SEED, next, size));
    }

    /// @dev Another size than the root's. A size whose proofs have the same shape is taken: the root does not hold the
    ///      size, and its leaves beyond the old ones are the gateway's to say. README.md: why that rewrites nothing.
    function lie(uint256 claimed, uint256 real) external {
        if (size == 0) return;
        real = bound(real, size + 1, LIMIT + 1);
        claimed = bound(claimed, size + 1, type(uint64).max);
        if (claimed == real || Tree.alike(size, claimed, real)) return;
        attempt(claimed, Tree.root(SEED, real), Tree.proof(SEED, size, real));
    }

    function repeatHead() external {
        if (size == 0) return;
        if (ANCHOR.anchor(LOG, uint64(size), Tree.root(SEED, size), new bytes32[](0))) broken = true;
    }

    function attempt(uint256 next, bytes32 root, bytes32[] memory proof) private {
        try ANCHOR.anchor(LOG, uint64(next), root, proof) returns (bool changed) {
            if (changed || next != size || root != Tree.root(SEED, size)) broken = true;
        } catch {}
    }
}

contract LogAnchorInvariants is Harness {
    Attacker private attacker;

    function setUp() public {
        attacker = new Attacker(new LogAnchor());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(attacker);
    }

    /// @dev The anchored head is the honest log's, whatever else was tried.
    function invariant_TheHeadIsTheLogs() external view {
        holds(!attacker.broken(), "an attack was taken for an append");
        LogAnchor.Head memory head = attacker.ANCHOR().head(attacker.LOG());
        same(head.size, attacker.size(), "size");
        same(head.sequence, attacker.accepted(), "sequence");
        if (head.size > 0) same(head.root, Tree.root(attacker.SEED(), head.size), "root");
    }
}
