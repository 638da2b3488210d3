// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Administered} from "../Administered.sol";
import {Organisations} from "../Organisations.sol";
import {Committee, Harness} from "./Harness.sol";

contract OrganisationsTest is Harness {
    address private immutable ADMIN = address(new Committee());
    address private constant REVOKER = address(0xDEAD);
    bytes32 private constant FIRM = keccak256("firm");
    uint64 private constant NOW = 1_790_000_000;
    Organisations private registry;

    function setUp() public {
        VM.warp(NOW);
        address[] memory revokers = new address[](1);
        revokers[0] = REVOKER;
        registry = new Organisations(ADMIN, revokers);
        VM.prank(ADMIN);
        registry.registerOrganisation(FIRM, keccak256("commitment"));
    }

    function testFuzz_AKeyIsGoodWithinItsValidity(bytes32 key, uint8 role, uint64 from, uint64 length, uint64 time)
        public
    {
        VM.assume(key != bytes32(0));
        role = uint8(bound(role, 1, 9));
        from = uint64(bound(from, 0, 20_000_000_000));
        uint64 until = from + uint64(bound(length, 1, 20_000_000_000));
        VM.assume(until > NOW);
        VM.prank(ADMIN);
        registry.bindKey(FIRM, key, Organisations.Role(role), from, until);
        time = uint64(bound(time, NOW, 99_999_999_999));
        VM.warp(time);
        bool good = from <= time && time < until;
        holds(registry.standing(key).good == good, "good");
        for (uint8 other = 0; other <= 9; other++) {
            bytes32 expected = good && other == role ? FIRM : bytes32(0);
            same(registry.organisationOf(key, Organisations.Role(other)), expected, "organisation");
        }
        VM.warp(uint256(time) * 1000 + 999);
        VM.assume(time >= 100_000_000);
        holds(registry.standing(key).good == good, "good in milliseconds");
    }

    /// @dev The first second and the last, and the seconds beside them.
    function testFuzz_AValidityHasItsEdges(bytes32 key, uint64 from, uint64 length) public {
        VM.assume(key != bytes32(0));
        from = uint64(bound(from, NOW + 1, 20_000_000_000));
        uint64 until = from + uint64(bound(length, 1, 20_000_000_000));
        VM.prank(ADMIN);
        registry.bindKey(FIRM, key, Organisations.Role.Keeper, from, until);
        VM.warp(from - 1);
        holds(!registry.standing(key).good, "good before");
        VM.warp(from);
        holds(registry.standing(key).good, "not good in the first second");
        VM.warp(until - 1);
        holds(registry.standing(key).good, "not good in the last second");
        VM.warp(until);
        holds(!registry.standing(key).good, "good after");
    }

    function testFuzz_RevokedIsForEver(bytes32 key, uint64 since, uint64 later) public {
        VM.assume(key != bytes32(0));
        bindFor(key);
        since = uint64(bound(since, 0, NOW));
        VM.roll(77);
        VM.prank(REVOKER);
        registry.revokeKey(key, Organisations.Reason.Compromised, since);
        VM.warp(bound(later, NOW, 99_999_999_999));
        Organisations.Standing memory found = registry.standing(key);
        holds(!found.good, "good");
        same(found.revokedSince, since, "since");
        same(found.revokedBlock, 77, "block");
        same(registry.organisationOf(key, Organisations.Role.Keeper), bytes32(0), "organisation");
        VM.expectRevert(abi.encodeWithSelector(Organisations.OrganisationsRevokedKey.selector, key, 77));
        VM.prank(ADMIN);
        registry.revokeKey(key, Organisations.Reason.Ceased, since);
        VM.expectRevert(abi.encodeWithSelector(Organisations.OrganisationsKnownKey.selector, key, FIRM));
        VM.prank(ADMIN);
        registry.bindKey(FIRM, key, Organisations.Role.Keeper, 0, type(uint64).max);
    }

    function testFuzz_StrangersChangeNothing(address caller, bytes32 key) public {
        VM.assume(caller != ADMIN && caller != REVOKER && key != bytes32(0) && key != keyId(caller));
        bindFor(key);
        bytes32 admin = registry.DEFAULT_ADMIN_ROLE();
        bytes32 registrar = registry.REGISTRAR_ROLE();
        VM.startPrank(caller);
        VM.expectRevert(unauthorized(caller, registrar));
        registry.registerOrganisation(keccak256("other"), keccak256("commitment"));
        VM.expectRevert(unauthorized(caller, registrar));
        registry.bindKey(FIRM, keccak256("key"), Organisations.Role.Keeper, 0, type(uint64).max);
        VM.expectRevert(abi.encodeWithSelector(Organisations.OrganisationsNotRevoker.selector, key, caller));
        registry.revokeKey(key, Organisations.Reason.Unspecified, 0);
        VM.expectRevert(unauthorized(caller, admin));
        registry.grantRole(registrar, caller);
        VM.stopPrank();
    }

    /// @dev Who vouches, in which role, in whose name and since when: one of these decides, and nothing else does.
    function testFuzz_OnlyAnOlderKeyOfTheSameVouches(uint8 case_, uint8 apart, address account) public {
        VM.assume(account != address(0) && account != ADMIN);
        case_ = uint8(bound(case_, 0, 6));
        (address older, bytes32 later) = (account, bytes32(type(uint256).max));
        bytes32 other = keccak256("other firm");
        VM.startPrank(ADMIN);
        registry.registerOrganisation(other, keccak256("commitment"));
        if (case_ != 1) {
            Organisations.Role role = case_ == 2 ? Organisations.Role.Lender : Organisations.Role.Keeper;
            uint64 from = case_ == 3 ? NOW + 1 : 0;
            registry.bindKey(case_ == 4 ? other : FIRM, keyId(older), role, from, type(uint64).max);
        }
        if (case_ == 5) registry.revokeKey(keyId(older), Organisations.Reason.Ceased, NOW);
        uint64 since = uint64(block.number);
        VM.roll(block.number + apart);
        registry.bindKey(FIRM, later, Organisations.Role.Keeper, NOW + 1, type(uint64).max);
        if (case_ == 6) registry.revokeKey(later, Organisations.Reason.Ceased, NOW);
        VM.stopPrank();
        uint64 bound_ = uint64(block.number);
        same(registry.standing(later).actsSince, bound_, "acts since");
        VM.roll(bound_ + 7);
        if (case_ == 6) {
            VM.expectRevert(abi.encodeWithSelector(Organisations.OrganisationsRevokedKey.selector, later, bound_));
        } else if (case_ != 0) {
            VM.expectRevert(
                abi.encodeWithSelector(Organisations.OrganisationsNotOfTheSame.selector, later, older)
            );
        } else if (apart == 0) {
            VM.expectRevert(
                abi.encodeWithSelector(Organisations.OrganisationsNotOlder.selector, later, bound_, since)
            );
        }
        VM.prank(older);
        registry.vouch(later);
        bool done = case_ == 0 && apart > 0;
        same(registry.standing(later).actsSince, done ? since : bound_, "acts since");
        same(registry.standing(later).boundBlock, bound_, "bound block");
        VM.warp(NOW + 1);
        (bytes32 organisation, uint64 acts) = registry.actorOf(later, Organisations.Role.Keeper);
        same(organisation, case_ == 6 ? bytes32(0) : FIRM, "organisation");
        same(acts, case_ == 6 ? 0 : done ? since : bound_, "acts");
        (organisation, acts) = registry.actorOf(later, Organisations.Role.Lender);
        same(organisation, bytes32(0), "organisation in another role");
        same(acts, 0, "acts in another role");
    }

    /// @dev The administration binds, and vouches for nothing: not by itself, not by the key that it bound.
    function testFuzz_TheAdministrationDoesNotVouch(bytes32 later) public {
        VM.assume(later != bytes32(0) && later != keyId(address(0xBAD)));
        bindFor(keyId(address(0xF00)));
        VM.roll(block.number + 5);
        bindFor(keyId(address(0xBAD)));
        VM.assume(later != keyId(address(0xF00)));
        bindFor(later);
        VM.expectRevert(abi.encodeWithSelector(Organisations.OrganisationsNotOfTheSame.selector, later, ADMIN));
        VM.prank(ADMIN);
        registry.vouch(later);
        VM.expectPartialRevert(Organisations.OrganisationsNotOlder.selector);
        VM.prank(address(0xBAD));
        registry.vouch(later);
        VM.expectRevert(abi.encodeWithSelector(Organisations.OrganisationsUnknownKey.selector, keyId(address(1))));
        VM.prank(address(0xF00));
        registry.vouch(keyId(address(1)));
    }

    /// @dev A key that has delegated by EIP-7702 has 23 bytes of code, and is one key all the same.
    function testFuzz_ADelegatedKeyIsNoAdministration(address to) public {
        address account = address(0x7702);
        VM.etch(account, abi.encodePacked(hex"ef0100", to));
        same(account.code.length, 23, "code");
        VM.expectRevert(abi.encodeWithSelector(Administered.AdministrationHasNoCode.selector, account));
        new Organisations(account, new address[](0));
    }

    function testFuzz_AnAdministrationHasCode(address administration) public {
        VM.assume(administration.code.length == 0);
        VM.expectRevert(abi.encodeWithSelector(Administered.AdministrationHasNoCode.selector, administration));
        new Organisations(administration, new address[](0));
    }

    function bindFor(bytes32 key) private {
        VM.prank(ADMIN);
        registry.bindKey(FIRM, key, Organisations.Role.Keeper, 0, type(uint64).max);
    }

    function unauthorized(address caller, bytes32 role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role);
    }
}

/// @dev Binds, revokes and grants at random, as everybody; remembers what each key was bound to first.
contract Registrar is Harness {
    Organisations public registry;
    uint256 public events;
    bool public broken;
    bytes32[] public bound_;
    mapping(bytes32 => Organisations.Standing) private _first;

    /// @dev Once, after the constructor: an administration has code.
    function establish() external {
        if (events > 0) return;
        address[] memory revokers = new address[](1);
        revokers[0] = address(this);
        registry = new Organisations(address(this), revokers);
        events = 3;
    }

    function count() external view returns (uint256) {
        return bound_.length;
    }

    function first(bytes32 key) external view returns (Organisations.Standing memory) {
        return _first[key];
    }

    function register(uint8 organisation) external {
        registry.registerOrganisation(bytes32(uint256(organisation % 4)), keccak256("commitment"));
        events++;
    }

    function bind(uint8 organisation, uint8 key, uint8 role, uint64 from, uint64 until) external {
        bytes32 id = bytes32(uint256(key % 8));
        registry.bindKey(bytes32(uint256(organisation % 4)), id, Organisations.Role(role % 10), from, until);
        events++;
        if (_first[id].boundBlock != 0) broken = true;
        bound_.push(id);
        _first[id] = registry.standing(id);
    }

    function revoke(uint8 key, uint8 reason, uint64 since) external {
        bytes32 id = bytes32(uint256(key % 8));
        registry.revokeKey(id, Organisations.Reason(reason % 6), since % uint64(block.timestamp + 2));
        events++;
        if (_first[id].revokedBlock != 0) broken = true;
        _first[id] = registry.standing(id);
    }

    /// @dev The keys are those of the accounts 1 to 7, so they can speak for themselves.
    function vouch(uint8 by_, uint8 for_) external {
        (bytes32 by, bytes32 id) = (bytes32(uint256(by_ % 8)), bytes32(uint256(for_ % 8)));
        if (_first[by].boundBlock == 0 || _first[id].boundBlock == 0) return;
        Organisations.Standing memory older = registry.standing(by);
        bool mayDo = older.good && older.organisation == _first[id].organisation && older.role == _first[id].role
            && older.actsSince < _first[id].actsSince && _first[id].revokedBlock == 0;
        VM.prank(address(uint160(uint256(by))));
        try registry.vouch(id) {
            if (!mayDo) broken = true;
            _first[id].actsSince = older.actsSince;
            events++;
        } catch {
            if (mayDo) broken = true;
        }
    }

    function grant(address account, bool give) external {
        bool held = registry.hasRole(registry.REVOKER_ROLE(), account);
        if (account == address(this)) return;
        if (give) registry.grantRole(registry.REVOKER_ROLE(), account);
        else registry.revokeRole(registry.REVOKER_ROLE(), account);
        if (held != give) events++;
    }

    function pass(uint16 time) external {
        VM.warp(block.timestamp + time);
        VM.roll(block.number + 1);
    }
}

contract OrganisationsInvariants is Harness {
    Registrar private registrar;

    function setUp() public {
        VM.warp(1_790_000_000);
        registrar = new Registrar();
        registrar.establish();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(registrar);
    }

    /// @dev What was written about a key stays as it was written.
    function invariant_NothingIsRewritten() external view {
        holds(!registrar.broken(), "a key was bound or revoked twice, or vouched for by whom it must not");
        for (uint256 i = 0; i < registrar.count(); i++) {
            bytes32 key = registrar.bound_(i);
            Organisations.Standing memory then_ = registrar.first(key);
            Organisations.Standing memory now_ = registrar.registry().standing(key);
            then_.good = now_.good = false;
            same(keccak256(abi.encode(now_)), keccak256(abi.encode(then_)), "standing");
            holds(now_.actsSince <= now_.boundBlock, "a key acts since a time after it was bound");
        }
    }

    /// @dev The running number counts every event, and only events.
    function invariant_TheHistoryIsCounted() external view {
        (uint64 sequence, uint64 lastBlock) = registrar.registry().history();
        same(sequence, registrar.events(), "sequence");
        holds(lastBlock <= block.number, "last block");
    }
}
