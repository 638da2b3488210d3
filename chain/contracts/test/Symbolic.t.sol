// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Claims} from "../Claims.sol";
import {IAttestations} from "../IAttestations.sol";
import {ILots} from "../ILots.sol";
import {ISites} from "../ISites.sol";
import {LogAnchor} from "../LogAnchor.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Signed} from "../Signed.sol";
import {Committee, Harness} from "./Harness.sol";
import {Stock} from "./Stock.sol";

/// @dev What only halmos answers to: the call of any function with any arguments.
interface Svm {
    function createCalldata(string memory contractName) external pure returns (bytes memory data);
}

abstract contract Symbols is Harness {
    Svm internal constant SVM = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    /// @dev Any function of the contract of that name, with any arguments that are long enough to be read.
    function anything(address caller, address to, string memory name) internal returns (bool done) {
        bytes memory data = SVM.createCalldata(name);
        VM.prank(caller);
        (done,) = to.call(data);
    }
}

/// @dev For halmos: arguments are symbols, so each check holds for all of them within the bounds (one to three calls,
///      proofs of up to two hashes, signatures as uninterpreted functions). Forge does not run these.
contract LogAnchorChecks is Symbols {
    LogAnchor private anchor;
    address private constant OWNER = address(0xA11CE);
    address private constant KEY = address(0xB0B);
    bytes32 private constant LOG = bytes32(uint256(1));
    bytes32 private constant ROOT = bytes32(uint256(2));
    uint64 private constant SIZE = 6;

    function setUp() public {
        anchor = new LogAnchor();
        VM.prank(OWNER);
        anchor.register(LOG, KEY);
        VM.prank(KEY);
        anchor.anchor(LOG, SIZE, ROOT, new bytes32[](0));
    }

    /// @dev Whoever calls anchor with whatever: the size never falls, an equal size keeps its root, and a larger one
    ///      needs a proof. halmos 0.3.3 cannot take SHA-256 of 65 symbolic bytes, so what a proof must be is for
    ///      forge's fuzzing and the Python tests.
    function check_AHeadNeverShrinks(
        address caller,
        bytes32 log,
        uint64 size,
        bytes32 root,
        bytes32 a,
        bytes32 b,
        uint8 n
    ) external {
        VM.assume(size <= SIZE || n == 0);
        bytes32[] memory proof = new bytes32[](n == 0 ? 0 : n == 1 ? 1 : 2);
        if (proof.length > 0) proof[0] = a;
        if (proof.length > 1) proof[1] = b;
        VM.prank(caller);
        try anchor.anchor(log, size, root, proof) {} catch {}
        LogAnchor.Head memory head = anchor.head(LOG);
        assert(head.size == SIZE && head.root == ROOT && head.sequence == 1);
    }

    /// @dev Whatever anybody but owner and key calls: nothing about the log changes.
    function check_StrangersChangeNothing(address caller) external {
        VM.assume(caller != OWNER && caller != KEY);
        LogAnchor.Head memory before = anchor.head(LOG);
        anything(caller, address(anchor), "LogAnchor");
        assert(keccak256(abi.encode(anchor.head(LOG))) == keccak256(abi.encode(before)));
    }

    /// @dev Whatever the owner calls: size and root of the anchored head stay.
    function check_TheOwnerCannotTouchAHead() external {
        anything(OWNER, address(anchor), "LogAnchor");
        LogAnchor.Head memory head = anchor.head(LOG);
        assert(head.size == SIZE && head.root == ROOT && head.sequence == 1);
    }
}

contract OrganisationsChecks is Symbols {
    Organisations private registry;
    address private admin;
    address private constant REVOKER = address(0xDEAD);
    bytes32 private constant FIRM = bytes32(uint256(1));
    bytes32 private constant SIGNER = bytes32(uint256(2));
    address private constant OLDER = address(0xA1);
    address private constant LATER = address(0xA2);
    uint64 private constant NOW = 1_790_000_000;

    function setUp() public {
        VM.warp(NOW);
        admin = address(new Committee());
        address[] memory revokers = new address[](1);
        revokers[0] = REVOKER;
        registry = new Organisations(admin, revokers);
        VM.prank(admin);
        registry.registerOrganisation(FIRM, FIRM);
        VM.prank(admin);
        registry.bindKey(FIRM, SIGNER, Organisations.Role.Lender, 0, type(uint64).max);
        VM.prank(admin);
        registry.bindKey(FIRM, keyId(OLDER), Organisations.Role.Keeper, 0, type(uint64).max);
        VM.roll(10);
        VM.prank(admin);
        registry.bindKey(FIRM, keyId(LATER), Organisations.Role.Keeper, 0, type(uint64).max);
        VM.roll(20);
    }

    /// @dev Whoever calls whatever, but the older key: the later one acts since it was bound.
    function check_OnlyTheOlderKeyVouches(address caller) external {
        anything(caller, address(registry), "Organisations");
        uint64 since = registry.standing(keyId(LATER)).actsSince;
        assert(since == 10 || (since == 1 && caller == OLDER));
        assert(registry.standing(keyId(OLDER)).actsSince == 1 && registry.standing(SIGNER).actsSince == 1);
    }

    /// @dev Whoever calls whatever: what a key was bound to stays, and so does the commitment.
    function check_NothingIsRewritten(address caller) external {
        Organisations.Standing memory before = registry.standing(SIGNER);
        anything(caller, address(registry), "Organisations");
        Organisations.Standing memory found = registry.standing(SIGNER);
        assert(found.organisation == before.organisation && found.role == before.role);
        assert(found.validFrom == before.validFrom && found.validUntil == before.validUntil);
        assert(found.boundBlock == before.boundBlock && registry.commitmentOf(FIRM) == FIRM);
        if (caller != admin && caller != REVOKER && keyId(caller) != SIGNER) assert(found.good == before.good);
    }

    /// @dev Good means: bound, not revoked, within the validity. For every time.
    function check_GoodIsTheValidity(uint64 from, uint64 until, uint64 time) external {
        VM.assume(from < until && until > NOW && time >= NOW && time < 100_000_000_000);
        bytes32 other = bytes32(uint256(3));
        VM.prank(admin);
        registry.bindKey(FIRM, other, Organisations.Role.Keeper, from, until);
        VM.warp(time);
        bool good = from <= time && time < until;
        assert(registry.standing(other).good == good);
        assert(registry.organisationOf(other, Organisations.Role.Keeper) == (good ? FIRM : bytes32(0)));
        assert(registry.organisationOf(other, Organisations.Role.Lender) == bytes32(0));
    }
}

contract ClaimsChecks is Symbols {
    Claims private claims;
    Organisations private registry;
    address private admin;
    address private constant BANK = address(0xBA);
    address private constant OTHER_BANK = address(0xBB);
    address private constant MOLE = address(0xBC);
    bytes32 private constant HOUSE = bytes32(uint256(1));
    bytes32 private constant FIRM = bytes32(uint256(2));
    bytes32 private constant OTHER_FIRM = bytes32(uint256(3));
    bytes32 private constant SPACE = bytes32(uint256(4));
    bytes32 private constant THING = bytes32(uint256(5));
    uint256 private constant REGISTRAR = 0xA1;
    uint64 private constant NEVER = type(uint64).max;

    function setUp() public {
        VM.warp(1_790_000_000);
        admin = address(new Committee());
        registry = new Organisations(admin, new address[](0));
        claims = new Claims(admin, registry);
        VM.startPrank(admin);
        registry.registerOrganisation(HOUSE, HOUSE);
        registry.registerOrganisation(FIRM, FIRM);
        registry.registerOrganisation(OTHER_FIRM, OTHER_FIRM);
        registry.bindKey(HOUSE, keyId(VM.addr(REGISTRAR)), Organisations.Role.RegistryAdmin, 0, NEVER);
        registry.bindKey(FIRM, keyId(BANK), Organisations.Role.Lender, 0, NEVER);
        registry.bindKey(OTHER_FIRM, keyId(OTHER_BANK), Organisations.Role.Lender, 0, NEVER);
        claims.openNamespace(SPACE, HOUSE, Organisations.Role.Lender, true, true);
        VM.stopPrank();
        VM.roll(10);
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Claim(bytes32 namespace,bytes32 nullifier,bytes32 digest,bytes32 organisation,uint32 round,uint64 deadline)"
                ),
                SPACE,
                THING,
                bytes32(uint256(6)),
                FIRM,
                uint32(1),
                NEVER
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            VM.sign(REGISTRAR, keccak256(abi.encodePacked(hex"1901", claims.domainSeparator(), message)));
        VM.prank(BANK);
        claims.claim(SPACE, THING, bytes32(uint256(6)), NEVER, abi.encodePacked(r, s, v));
        VM.prank(admin);
        registry.bindKey(FIRM, keyId(MOLE), Organisations.Role.Lender, 0, NEVER);
        VM.roll(20);
    }

    /// @dev While a claim lives nobody claims the thing again, with whatever digest and signature.
    function check_NoSecondClaim(address caller, bytes32 digest, uint64 deadline, bytes32 r, bytes32 s, uint8 v)
        external
    {
        VM.prank(caller);
        try claims.claim(SPACE, THING, digest, deadline, abi.encodePacked(r, s, v)) returns (bool changed) {
            assert(!changed && digest == bytes32(uint256(6)));
        } catch {}
        Claims.State memory found = claims.claimOf(SPACE, THING);
        assert(found.holder == FIRM && found.digest == bytes32(uint256(6)) && found.rounds == 1);
    }

    /// @dev Whatever anybody but the holder's key calls, the administration and the key that it bound to the holder first
    ///      of all: the claim stays.
    function check_NobodyElseTouchesAClaim(address caller) external {
        VM.assume(caller != BANK);
        Claims.State memory before = claims.claimOf(SPACE, THING);
        anything(caller, address(claims), "Claims");
        assert(keccak256(abi.encode(claims.claimOf(SPACE, THING))) == keccak256(abi.encode(before)));
    }

    /// @dev The administration binds a key of its own to whomever and appoints whatever registrar, and then that key does
    ///      anything with the claim. Other callers are in the check before.
    function check_TheAdministrationTakesNoClaim(bytes32 firm, bytes32 registrar) external {
        address mole = address(0xBD);
        Claims.State memory before = claims.claimOf(SPACE, THING);
        VM.startPrank(admin);
        try registry.bindKey(firm, keyId(mole), Organisations.Role.Lender, 0, NEVER) {} catch {}
        try claims.appointRegistrar(SPACE, registrar) {} catch {}
        VM.stopPrank();
        VM.roll(30);
        anything(mole, address(claims), "Claims");
        assert(keccak256(abi.encode(claims.claimOf(SPACE, THING))) == keccak256(abi.encode(before)));
    }

    /// @dev What stands offered is taken by a key that acted for the taker before, whatever the administration binds.
    function check_AnOfferIsTakenByAKnownKey(uint64 since, address taker) external {
        VM.prank(BANK);
        try claims.offer(SPACE, THING, OTHER_FIRM, since) {} catch {}
        VM.prank(admin);
        try registry.bindKey(OTHER_FIRM, keyId(taker), Organisations.Role.Lender, 0, NEVER) {} catch {}
        VM.roll(30);
        VM.prank(taker);
        try claims.accept(SPACE, THING) {} catch {}
        assert(claims.claimOf(SPACE, THING).holder == FIRM || (taker == OTHER_BANK && since >= 1));
    }

    /// @dev The holder can offer, and another can accept what was offered: there is one holder before and after.
    function check_ATransferMovesOneClaim(bytes32 to, uint64 since, address taker) external {
        VM.prank(BANK);
        try claims.offer(SPACE, THING, to, since) {} catch {}
        VM.prank(taker);
        try claims.accept(SPACE, THING) {} catch {}
        Claims.State memory found = claims.claimOf(SPACE, THING);
        assert(found.holder == FIRM || (found.holder == OTHER_FIRM && to == OTHER_FIRM && taker == OTHER_BANK));
        assert(found.rounds == 1 && found.digest == bytes32(uint256(6)));
    }
}

/// @dev A lot of 1,000 g with 600 g receipted and 500 g pledged. This contract stands where Sites,
///      Attestations and Receipts would.
contract LotsChecks is Stock, ISites, IAttestations {
    bytes32 private lot;
    bytes32 private constant SLOT = bytes32(uint256(1));
    bytes32 private constant SPENT = bytes32(uint256(2));

    function setUp() public {
        VM.warp(NOW);
        admin = address(new Committee());
        registry = new Organisations(admin, new address[](0));
        lots = new Lots(registry, this, this, address(this));
        ofLots = lots.domainSeparator();
        join(KEEPER, Organisations.Role.Keeper);
        join(INSPECTOR, Organisations.Role.Inspector);
        join(DEPOSITOR, Organisations.Role.Holder);
        VM.roll(10);
        Lots.OpenLot memory op;
        (op.slot, op.goods, op.maxAgeSeconds, op.quorum, op.deadline) = (SLOT, GOODS, MAX_AGE, 2, NEVER);
        op.allowancePpm = 20_000;
        (op.witnesses, op.roles) = (new bytes32[](2), new uint8[](2));
        (op.witnesses[0], op.witnesses[1]) = (firm(KEEPER), firm(INSPECTOR));
        (op.roles[0], op.roles[1]) = (uint8(Organisations.Role.Keeper), uint8(Organisations.Role.Inspector));
        lots.openLot(op, signedBy(digestOf(op), by(KEEPER)));
        lot = keccak256(abi.encode(SLOT, bytes32(0)));
        Lots.RecordInbound memory inbound = inboundOp(lot, SPENT, 1_000);
        lots.recordInbound(inbound, signedBy(digestOf(inbound), by(KEEPER, INSPECTOR, DEPOSITOR)));
        ILots.Figures memory figures = ILots.Figures(950, 900, 980, NOW, false, GOODS, GOODS);
        lots.attested(lot, GOODS, figures);
        lots.issued(lot, 600, firm(DEPOSITOR));
        lots.pledgedMore(lot, 500, lender(LENDER));
    }

    /// @dev For every quantity: an issue adds just that to the face, which stays within what was weighed and what may be there.
    function check_FaceIsWithinWhatWasWeighed(uint128 quantity) external {
        bool done = true;
        try lots.issued(lot, quantity, firm(DEPOSITOR)) {}
        catch {
            done = false;
        }
        ILots.Lot memory found = lots.lotOf(lot);
        assert(done == (quantity <= 380) && found.face == (done ? 600 + quantity : 600));
        assert(found.face <= found.upper && found.upper <= found.weighed && found.pledged == 500);
    }

    /// @dev For every quantity: a pledge adds just that, and all stay within the lower bound.
    function check_PledgesAreWithinTheLowerBound(uint128 quantity) external {
        bool done = true;
        try lots.pledgedMore(lot, quantity, lender(LENDER)) {}
        catch {
            done = false;
        }
        ILots.Lot memory found = lots.lotOf(lot);
        assert(done == (quantity > 0 && quantity <= 400) && found.pledged == (done ? 500 + quantity : 500));
        assert(found.pledged <= found.lower && stakeIn(lot, firm(LENDER)) == found.pledged);
        assert(found.face == 600 && found.weighed == 1_000);
    }

    /// @dev For every quantity and evidence: what goes out is no longer there, and evidence that was used is refused.
    function check_WhatGoesOutIsGone(uint128 quantity, bytes32 id) external {
        bool done = true;
        try lots.wentOut(lot, GOODS, some(id), quantity, new bytes32[](0), NOW + 1, false) {}
        catch {
            done = false;
        }
        ILots.Lot memory found = lots.lotOf(lot);
        assert(done == (id != SPENT && id != bytes32(0)));
        assert(found.weighed == (!done ? 1_000 : quantity < 1_000 ? 1_000 - quantity : 0));
        assert(found.lower == (!done ? 900 : quantity < 900 ? 900 - quantity : 0));
        assert(found.face == 600 && found.pledged == 500 && found.weighedEver == 1_000);
    }

    /// @dev Whoever else calls what Receipts may: nothing changes.
    function check_OnlyReceiptsTellsLots(address caller, uint8 which, uint128 quantity) external {
        VM.assume(caller != address(this));
        bytes32 before = keccak256(abi.encode(lots.lotOf(lot)));
        VM.prank(caller);
        if (which == 0) try lots.issued(lot, quantity, firm(DEPOSITOR)) {} catch {}
        else if (which == 1) try lots.retired(lot, quantity, true, 0) {} catch {}
        else if (which == 2) try lots.recounted(lot, 1, 0) {} catch {}
        else if (which == 3) try lots.pledgedMore(lot, quantity, lender(LENDER)) {} catch {}
        else if (which == 4) try lots.pledgedLess(lot, quantity, firm(LENDER)) {} catch {}
        else if (which == 5) try lots.wentOut(lot, GOODS, some(GOODS), quantity, new bytes32[](0), NOW + 1, false) {} catch {}
        else try lots.overPicked(lot) {} catch {}
        assert(keccak256(abi.encode(lots.lotOf(lot))) == before);
    }

    function keeperOf(bytes32) external pure returns (Signed.Party memory, bytes32) {
        return (Signed.Party(firm(KEEPER), 1, Organisations.Role.Keeper), bytes32(0));
    }

    function ownerOf(bytes32) external pure returns (Signed.Party memory) {
        return Signed.Party(firm(OWNER), 1, Organisations.Role.SiteOwner);
    }

    function appoint(bytes32, bytes32, bytes32[] calldata, uint8[] calldata, uint8) external {}

    function mustWitness(bytes32, bool, uint8[] calldata, bytes32, bytes[] calldata, uint256) external view {}

    function isWitness(bytes32, Signed.Party calldata) external pure returns (bool) {
        return true;
    }

    function occupy(bytes32, bytes32, bool, bytes32) external {}

    function vacate(bytes32, bytes32, bytes32) external {}

    function succeeded(bytes32, bytes32, bytes32, Signed.Party calldata) external {}
}
