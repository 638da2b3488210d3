// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {ILots, IReceiptsOfLots} from "../ILots.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Polygon} from "../Polygon.sol";
import {Signed} from "../Signed.sol";
import {Sites} from "../Sites.sol";
import {Committee, Harness, Vm} from "./Harness.sol";
import {Shapes} from "./Shapes.sol";

/// @dev What forge writes down of a contract's events.
interface Recorder {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

/// @dev Sites, Lots and Attestations name each other; their addresses follow from the founder's. Contracts count from one.
contract Founder {
    Sites public immutable SITES;
    Lots public immutable LOTS;
    Attestations public immutable ATTESTATIONS;

    constructor(address admin, Organisations registry, address receipts) {
        SITES = new Sites(admin, registry, numbered(2));
        LOTS = new Lots(registry, SITES, Attestations(numbered(3)), receipts);
        ATTESTATIONS = new Attestations(registry, LOTS, SITES);
        require(address(LOTS) == numbered(2) && address(ATTESTATIONS) == numbered(3), "elsewhere");
    }

    function numbered(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}

/// @dev Stands where Receipts would: keeps a book of faces and pledges, and passes on what it is told.
contract StandIn is IReceiptsOfLots {
    struct Receipt {
        bytes32 lot;
        bool live;
        uint128 face;
        uint128 pledged;
        bytes32 lender;
    }

    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    mapping(bytes32 receipt => Receipt) public quantitiesOf;
    mapping(bytes32 receipt => bytes32) private _holders;
    bool private whole;

    function issue(Lots lots, bytes32 receipt, bytes32 lot, uint128 quantity) external {
        issueTo(lots, receipt, lot, quantity, keccak256(abi.encode("firm", 0x91)));
    }

    function issueTo(Lots lots, bytes32 receipt, bytes32 lot, uint128 quantity, bytes32 holder) public {
        lots.issued(lot, quantity, holder);
        quantitiesOf[receipt] = Receipt(lot, true, quantity, 0, 0);
        _holders[receipt] = holder;
    }

    function holderOf(bytes32 receipt) external view returns (bytes32 lot, bool live, bytes32 holder) {
        return (quantitiesOf[receipt].lot, quantitiesOf[receipt].live, _holders[receipt]);
    }

    function pledge(Lots lots, bytes32 receipt, uint128 quantity, Signed.Party calldata lender) external {
        Receipt storage found = quantitiesOf[receipt];
        lots.pledgedMore(found.lot, quantity, lender);
        (found.pledged, found.lender) = (found.pledged + quantity, lender.organisation);
    }

    function release(Lots lots, bytes32 receipt, uint128 quantity) external {
        Receipt storage found = quantitiesOf[receipt];
        lots.pledgedLess(found.lot, quantity, found.lender);
        found.pledged -= quantity;
    }

    /// @dev A part is sold: one receipt more, of the same face together.
    function sell(Lots lots, bytes32 receipt, bytes32 rest, uint128 quantity) external {
        Receipt storage found = quantitiesOf[receipt];
        lots.recounted(found.lot, 0, 1);
        found.face -= quantity;
        quantitiesOf[rest] = Receipt(found.lot, true, quantity, 0, 0);
    }

    /// @dev Goods leave a second later than anything before.
    function deliver(Lots lots, bytes32 receipt, uint128 quantity, bytes32[] calldata evidence, bytes32[] calldata serials)
        external
    {
        Receipt storage found = quantitiesOf[receipt];
        uint128 less = quantity < found.face ? quantity : found.face;
        VM.warp(block.timestamp + 1);
        lots.wentOut(found.lot, keccak256("operation"), evidence, quantity, serials, uint64(block.timestamp), whole);
        lots.retired(found.lot, less, less == found.face, 0);
        (found.face, found.live) = (found.face - less, less != found.face);
        if (quantity > less) lots.overPicked(found.lot);
    }

    /// @dev Whether a piece may leave whole where less of a face is left.
    function leaveWhole(bool may) external {
        whole = may;
    }

    function writeDown(bytes32 receipt, uint128 face, uint128 pledged, bytes32, bytes32) external {
        (quantitiesOf[receipt].face, quantitiesOf[receipt].pledged) = (face, pledged);
        if (face == 0) quantitiesOf[receipt].live = false;
    }
}

/// @dev A site with its parties, and what each operation is by EIP-712, computed here and not in the contracts.
abstract contract Yard is Harness {
    Recorder internal constant RECORDER = Recorder(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint64 internal constant NOW = 1_790_000_000;
    uint64 internal constant NEVER = type(uint64).max;
    /// @dev Private keys; an organisation is the hash of its key's name, see `firm`.
    uint256 internal constant OWNER = 0x51;
    uint256 internal constant KEEPER = 0x61;
    uint256 internal constant OTHER_KEEPER = 0x62;
    uint256 internal constant INSPECTOR = 0x71;
    uint256 internal constant VERIFIER = 0x72;
    uint256 internal constant LENDER = 0x81;
    uint256 internal constant OTHER_LENDER = 0x82;
    uint256 internal constant COURT = 0x73;
    uint256 internal constant DEPOSITOR = 0x91;
    uint256 internal constant OTHER_DEPOSITOR = 0x92;
    bytes32 internal constant SITE = keccak256("site");
    bytes32 internal constant PLAN = keccak256("plan");
    bytes32 internal constant POINT_TYPEHASH = keccak256("Point(int32 x,int32 y)");
    bytes32 internal constant ADD_SLOT = keccak256(
        "AddSlot(bytes32 site,bytes32 head,Point[] outline,int32 bottom,int32 top,bytes32 plan,uint64 deadline)Point(int32 x,int32 y)"
    );
    bytes32 internal constant ASSIGN_KEEPER =
        keccak256("AssignKeeper(bytes32 slot,bytes32 head,bytes32 keeper,uint64 keeperSince,uint64 deadline)");
    bytes32 internal constant DISMISS_KEEPER =
        keccak256("DismissKeeper(bytes32 slot,bytes32 head,uint64 deadline)");
    bytes32 internal constant RETIRE_SLOT = keccak256("RetireSlot(bytes32 slot,bytes32 head,uint64 deadline)");

    address internal admin;
    Organisations internal registry;
    Sites internal sites;
    Lots internal lots;
    Attestations internal attestations;
    StandIn internal receipts;
    bytes32 internal ofSites;
    bytes32 internal ofLots;
    bytes32 internal ofAttestations;

    function establish() internal {
        VM.warp(NOW);
        admin = address(new Committee());
        registry = new Organisations(admin, new address[](0));
        receipts = new StandIn();
        Founder founder = new Founder(admin, registry, address(receipts));
        (sites, lots, attestations) = (founder.SITES(), founder.LOTS(), founder.ATTESTATIONS());
        (ofSites, ofLots) = (sites.domainSeparator(), lots.domainSeparator());
        ofAttestations = attestations.domainSeparator();
        join(OWNER, Organisations.Role.SiteOwner);
        join(KEEPER, Organisations.Role.Keeper);
        join(OTHER_KEEPER, Organisations.Role.Keeper);
        join(INSPECTOR, Organisations.Role.Inspector);
        join(VERIFIER, Organisations.Role.Verifier);
        join(COURT, Organisations.Role.CourtLiaison);
        join(LENDER, Organisations.Role.Lender);
        join(OTHER_LENDER, Organisations.Role.Lender);
        join(DEPOSITOR, Organisations.Role.Holder);
        join(OTHER_DEPOSITOR, Organisations.Role.Holder);
        VM.roll(block.number + 10);
        VM.prank(admin);
        sites.registerSite(SITE, firm(OWNER), Shapes.rectangle(0, 0, 10_000, 10_000));
    }

    /// @dev The newest block that keys can act since.
    function known() internal view returns (uint64) {
        return uint64(block.number) - 1;
    }

    function firm(uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encode("firm", key));
    }

    function join(uint256 key, Organisations.Role role) internal {
        VM.prank(admin);
        registry.registerOrganisation(firm(key), keccak256("commitment"));
        bindTo(firm(key), key, role);
    }

    function bindTo(bytes32 organisation, uint256 key, Organisations.Role role) internal {
        VM.prank(admin);
        registry.bindKey(organisation, keyId(VM.addr(key)), role, 0, NEVER);
    }

    function typed(bytes32 separator, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    function plain(bytes32 separator, bytes32 typehash, bytes memory fields) internal pure returns (bytes32) {
        return typed(separator, keccak256(bytes.concat(typehash, fields)));
    }

    function signedBy(bytes32 digest, uint256[] memory signers) internal pure returns (bytes[] memory made) {
        made = new bytes[](signers.length);
        for (uint256 i = 0; i < signers.length; i++) {
            (uint8 v, bytes32 r, bytes32 s) = VM.sign(signers[i], digest);
            made[i] = abi.encodePacked(r, s, v);
        }
    }

    function by(uint256 a) internal pure returns (uint256[] memory all) {
        all = new uint256[](1);
        all[0] = a;
    }

    function by(uint256 a, uint256 b) internal pure returns (uint256[] memory all) {
        all = new uint256[](2);
        (all[0], all[1]) = (a, b);
    }

    function by(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory all) {
        all = new uint256[](3);
        (all[0], all[1], all[2]) = (a, b, c);
    }

    function by(uint256 a, uint256 b, uint256 c, uint256 d, uint256 e) internal pure returns (uint256[] memory all) {
        all = new uint256[](5);
        (all[0], all[1], all[2], all[3], all[4]) = (a, b, c, d, e);
    }

    function by(uint256 a, uint256 b, uint256 c, uint256 d) internal pure returns (uint256[] memory all) {
        all = new uint256[](4);
        (all[0], all[1], all[2], all[3]) = (a, b, c, d);
    }

    function digestOf(Sites.AddSlot memory op) internal view returns (bytes32) {
        bytes memory corners;
        for (uint256 i = 0; i < op.outline.length; i++) {
            Polygon.Point memory one = op.outline[i];
            corners =
                bytes.concat(corners, keccak256(abi.encode(POINT_TYPEHASH, int256(one.x), int256(one.y))));
        }
        bytes memory fields = abi.encode(
            op.site, op.head, keccak256(corners), int256(op.bottom), int256(op.top), op.plan, uint256(op.deadline)
        );
        return plain(ofSites, ADD_SLOT, fields);
    }

    function digestOf(Sites.AssignKeeper memory op) internal view returns (bytes32) {
        return plain(ofSites, ASSIGN_KEEPER, abi.encode(op));
    }

    function digestOf(Sites.DismissKeeper memory op) internal view returns (bytes32) {
        return plain(ofSites, DISMISS_KEEPER, abi.encode(op));
    }

    function digestOf(Sites.RetireSlot memory op) internal view returns (bytes32) {
        return plain(ofSites, RETIRE_SLOT, abi.encode(op));
    }

    function idOf(Sites.AddSlot memory op) internal pure returns (bytes32) {
        return keccak256(abi.encode(op.site, op.outline, op.bottom, op.top));
    }

    function siteHead() internal view returns (bytes32 head) {
        (, head,,) = sites.siteOf(SITE);
    }

    function slotHead(bytes32 slot) internal view returns (bytes32 head) {
        (,,,,, head,,,) = sites.slotOf(slot);
    }

    function slotOp(Polygon.Point[] memory outline, int32 bottom, int32 top)
        internal
        view
        returns (Sites.AddSlot memory)
    {
        return Sites.AddSlot(SITE, siteHead(), outline, bottom, top, PLAN, NEVER);
    }

    /// @dev The n-th of many slots side by side.
    function addedSlot(int32 n) internal returns (bytes32 slot) {
        Sites.AddSlot memory op = slotOp(Shapes.rectangle(n * 100, 0, n * 100 + 100, 100), 0, 6_000);
        sites.addSlot(op, signedBy(digestOf(op), by(OWNER)));
        return idOf(op);
    }

    function assign(bytes32 slot, uint256 keeper) internal {
        Sites.AssignKeeper memory op = Sites.AssignKeeper(slot, slotHead(slot), firm(keeper), known(), NEVER);
        sites.assignKeeper(op, signedBy(digestOf(op), by(OWNER, keeper)));
    }

    /// @dev The one operation that the contract told of since `recordLogs`, word for word; and its fields.
    function told(
        address emitter,
        bytes32 object,
        bytes32 typehash,
        bytes32 digest,
        bytes32 before,
        bytes[] memory signatures
    ) internal returns (bytes memory fields) {
        Recorder.Log[] memory logs = RECORDER.getRecordedLogs();
        same(logs.length, 1, "events");
        Recorder.Log memory log = logs[0];
        holds(log.emitter == emitter, "emitter");
        same(log.topics[0], Signed.Operated.selector, "event");
        same(log.topics[2], object, "object");
        same(log.topics[3], typehash, "operation");
        bytes32 head;
        bytes[] memory shown;
        uint64 previousBlock;
        bytes32 found;
        (found, head, fields, shown, previousBlock) = abi.decode(log.data, (bytes32, bytes32, bytes, bytes[], uint64));
        same(found, digest, "digest");
        same(head, keccak256(abi.encode(before, digest, blockhash(block.number - 1))), "head");
        same(keccak256(abi.encode(shown)), keccak256(abi.encode(signatures)), "signatures");
        (uint64 sequence, uint64 lastBlock) = Signed(emitter).history();
        same(uint256(log.topics[1]), sequence, "sequence");
        holds(previousBlock <= lastBlock && lastBlock == block.number, "block");
    }
}
