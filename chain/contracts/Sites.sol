// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Administered} from "./Administered.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ISites} from "./ISites.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";
import {Polygon} from "./Polygon.sol";
import {Signed} from "./Signed.sol";

/// @title Sites: places that have one name each
/// @notice A site (库区) is an outline on the map that one organisation owns. A slot (货位) is a convex piece of it between
///         two heights. Sites do not overlap, and neither do slots that live. So one pile lies in one slot, whoever keeps
///         it, and what two keepers say about one pile they say about one slot: there the second is refused.
/// @dev Who may do what:
///        - DEFAULT_ADMIN_ROLE, a timelock or multi-signature, registers sites, and does nothing else here;
///        - the site's owner (role SiteOwner) adds and retires slots, and gives each to a keeper, who signs as well;
///        - Lots puts lots in and takes them out.
///      The keys that act for a site's owner are those that acted when the site was registered.
///      A slot's id is its place. Its head begins at zero, is moved by the operations on it and by lots that come and go,
///      and goes on when the slot was retired and added again.
contract Sites is ISites, Administered, Parties {
    using Polygon for Polygon.Point[];

    /// @notice Adds a slot (signed by the owner of the site). Heights are mm over the site's floor datum.
    struct AddSlot {
        bytes32 site;
        bytes32 head;
        Polygon.Point[] outline;
        int32 bottom;
        int32 top;
        bytes32 plan;
        uint64 deadline;
    }

    /// @notice Gives an empty slot to a keeper (owner of the site, keeper), whose key acts since `keeperSince` or before.
    struct AssignKeeper {
        bytes32 slot;
        bytes32 head;
        bytes32 keeper;
        uint64 keeperSince;
        uint64 deadline;
    }

    /// @notice Takes an empty slot back (owner of the site).
    struct DismissKeeper {
        bytes32 slot;
        bytes32 head;
        uint64 deadline;
    }

    /// @notice Ends an empty slot; its place is free again (owner of the site).
    struct RetireSlot {
        bytes32 slot;
        bytes32 head;
        uint64 deadline;
    }

    struct Site {
        Party owner;
        bytes32 head;
        Polygon.Box box;
        Polygon.Point[] outline;
        bytes32[] slots;
    }

    /// @dev The box, heights and counts are one word, so that passing by a slot that is elsewhere reads only that. `place`
    ///      is one more than its index among the site's slots, and zero while it does not live.
    struct Slot {
        Polygon.Box box;
        int32 bottom;
        int32 top;
        uint16 place;
        uint16 lots;
        bytes32 bulkLot;
        bytes32 site;
        bytes32 head;
        bytes32 plan;
        Party keeper;
        Polygon.Point[] outline;
    }

    error SitesZeroId();
    error SitesKnown(bytes32 site);
    error SitesUnknown(bytes32 site);
    error SitesUnknownOrganisation(bytes32 organisation);
    error SitesNoOutline(uint256 corners);
    error SitesTooLarge(bytes32 site);
    error SitesOverlap(bytes32 place, bytes32 other);
    error SitesOutside(bytes32 slot, bytes32 site);
    error SitesNoHeight(int32 bottom, int32 top);
    error SitesFull(bytes32 place);
    error SitesKnownSlot(bytes32 slot);
    error SitesUnknownSlot(bytes32 slot);
    error SitesOccupied(bytes32 slot);
    error SitesNobodyKeeps(bytes32 slot);
    error SitesNotLots(address caller);
    error SitesNotThere(bytes32 slot, bytes32 lot);

    event SiteRegistered(
        uint64 indexed sequence,
        bytes32 indexed site,
        bytes32 indexed owner,
        Polygon.Point[] outline,
        uint64 previousBlock
    );

    uint256 public constant MOST_CORNERS_OF_A_SITE = 16;
    uint256 public constant MOST_CORNERS_OF_A_SLOT = 8;
    /// @notice How wide and how high a site may be, in 1e-7 degree, and the size of the cells that find its neighbours: so a
    ///         site lies in at most four of them.
    int32 public constant CELL = 1_000_000;
    /// @notice So that adding a slot, which looks at all others of its site, fits into a block.
    uint256 public constant MOST_SLOTS = 512;
    uint256 public constant MOST_LOTS_OF_A_SLOT = 64;

    bytes32 private constant POINT_TYPEHASH = keccak256("Point(int32 x,int32 y)");
    bytes32 private constant ADD_SLOT_TYPEHASH = keccak256(
        "AddSlot(bytes32 site,bytes32 head,Point[] outline,int32 bottom,int32 top,bytes32 plan,uint64 deadline)Point(int32 x,int32 y)"
    );
    bytes32 private constant ASSIGN_KEEPER_TYPEHASH =
        keccak256("AssignKeeper(bytes32 slot,bytes32 head,bytes32 keeper,uint64 keeperSince,uint64 deadline)");
    bytes32 private constant DISMISS_KEEPER_TYPEHASH =
        keccak256("DismissKeeper(bytes32 slot,bytes32 head,uint64 deadline)");
    bytes32 private constant RETIRE_SLOT_TYPEHASH = keccak256("RetireSlot(bytes32 slot,bytes32 head,uint64 deadline)");

    /// @notice The contract that puts lots into slots.
    address public immutable LOTS;

    mapping(bytes32 site => Site) private _sites;
    mapping(int256 x => mapping(int256 y => bytes32[] sites)) private _cells;
    mapping(bytes32 slot => Slot) private _slots;
    mapping(bytes32 lot => bytes32 slot) private _whereLies;

    /// @param administration A contract: the timelock or multi-signature that registers sites.
    /// @param registry The registry of parties on the same chain.
    /// @param lots Where Lots will stand; whoever deploys makes sure afterwards that it does.
    constructor(address administration, Organisations registry, address lots)
        Administered(administration)
        Signed(registry)
        EIP712("Tallystick Sites", "1")
    {
        if (lots == address(0)) revert SitesZeroId();
        LOTS = lots;
    }

    /// @notice Registers a site. It stays for ever, and so does its outline.
    /// @param site Its id; never zero, never used before.
    /// @param owner The organisation that owns it (场地所有人).
    /// @param outline 3 to 16 corners; at most 0.1 degree each way; apart from every other site.
    function registerSite(bytes32 site, bytes32 owner, Polygon.Point[] calldata outline)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        if (site == bytes32(0)) revert SitesZeroId();
        if (_sites[site].outline.length != 0) revert SitesKnown(site);
        if (ORGANISATIONS.commitmentOf(owner) == bytes32(0)) revert SitesUnknownOrganisation(owner);
        Polygon.Point[] memory corners = _outline(outline, MOST_CORNERS_OF_A_SITE);
        Polygon.Box memory box = corners.boxOf();
        // On the globe a difference of longitudes has 32 bits and a sign.
        if (int256(box.east) - box.west > CELL || int256(box.north) - box.south > CELL) revert SitesTooLarge(site);
        _settle(site, corners, box);
        Site storage made = _sites[site];
        made.owner = Party(owner, uint48(block.number), Organisations.Role.SiteOwner);
        made.box = box;
        for (uint256 i = 0; i < outline.length; ++i) {
            made.outline.push(outline[i]);
        }
        (uint64 sequence, uint64 previousBlock) = _next();
        emit SiteRegistered(sequence, site, owner, outline, previousBlock);
    }

    /// @notice Adds a slot to a site, or one again that was retired. The operation's object is the site.
    function addSlot(AddSlot calldata op, bytes[] calldata signatures) external {
        Site storage site = _siteAt(op.site);
        if (op.bottom >= op.top) revert SitesNoHeight(op.bottom, op.top);
        if (op.plan == bytes32(0)) revert SitesZeroId();
        Polygon.Point[] memory corners = _outline(op.outline, MOST_CORNERS_OF_A_SLOT);
        bytes32 slot = keccak256(abi.encode(op.site, op.outline, op.bottom, op.top));
        if (_slots[slot].place != 0) revert SitesKnownSlot(slot);
        if (!Polygon.contains(site.outline, corners)) revert SitesOutside(slot, op.site);
        if (site.slots.length >= MOST_SLOTS) revert SitesFull(op.site);
        Polygon.Box memory box = corners.boxOf();
        _mustBeFree(site, slot, op, corners, box);
        if (op.head != site.head) revert SignedOverAnotherHead(op.site, site.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, site.owner);
        _place(site, slot, op, box);
        site.head = _operated(op.site, ADD_SLOT_TYPEHASH, digest, site.head, abi.encode(op), signatures);
    }

    /// @notice Gives an empty slot to a keeper, also one that another keeps.
    function assignKeeper(AssignKeeper calldata op, bytes[] calldata signatures) external {
        Slot storage slot = _emptySlot(op.slot, op.head);
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(ASSIGN_KEEPER_TYPEHASH, fields, op.deadline);
        _count(signatures, 2);
        _mustSign(digest, signatures, 0, _sites[slot.site].owner);
        slot.keeper = _joins(digest, signatures, 1, Organisations.Role.Keeper, op.keeper, op.keeperSince);
        slot.head = _operated(op.slot, ASSIGN_KEEPER_TYPEHASH, digest, slot.head, fields, signatures);
    }

    /// @notice Takes an empty slot back from its keeper.
    function dismissKeeper(DismissKeeper calldata op, bytes[] calldata signatures) external {
        Slot storage slot = _emptySlot(op.slot, op.head);
        if (slot.keeper.organisation == bytes32(0)) revert SitesNobodyKeeps(op.slot);
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(DISMISS_KEEPER_TYPEHASH, fields, op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, _sites[slot.site].owner);
        delete slot.keeper;
        slot.head = _operated(op.slot, DISMISS_KEEPER_TYPEHASH, digest, slot.head, fields, signatures);
    }

    /// @notice Ends an empty slot. Its place is free for other slots, and for itself.
    function retireSlot(RetireSlot calldata op, bytes[] calldata signatures) external {
        Slot storage slot = _emptySlot(op.slot, op.head);
        Site storage site = _sites[slot.site];
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(RETIRE_SLOT_TYPEHASH, fields, op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, site.owner);
        bytes32 last = site.slots[site.slots.length - 1];
        site.slots[slot.place - 1] = last;
        _slots[last].place = slot.place;
        site.slots.pop();
        slot.place = 0;
        delete slot.keeper;
        slot.head = _operated(op.slot, RETIRE_SLOT_TYPEHASH, digest, slot.head, fields, signatures);
    }

    /// @inheritdoc ISites
    function occupy(bytes32 slot, bytes32 lot, bool serialised, bytes32 digest) external {
        if (msg.sender != LOTS) revert SitesNotLots(msg.sender);
        Slot storage found = _livingSlot(slot);
        if (found.bulkLot != bytes32(0) || (!serialised && found.lots != 0)) revert SitesOccupied(slot);
        if (found.lots >= MOST_LOTS_OF_A_SLOT) revert SitesFull(slot);
        if (!serialised) found.bulkLot = lot;
        found.lots += 1;
        found.head = _moved(found.head, digest);
        _whereLies[lot] = slot;
    }

    /// @inheritdoc ISites
    function vacate(bytes32 slot, bytes32 lot, bytes32 digest) external {
        if (msg.sender != LOTS) revert SitesNotLots(msg.sender);
        if (_whereLies[lot] != slot || slot == bytes32(0)) revert SitesNotThere(slot, lot);
        Slot storage found = _slots[slot];
        if (found.bulkLot == lot) found.bulkLot = bytes32(0);
        found.lots -= 1;
        found.head = _moved(found.head, digest);
        delete _whereLies[lot];
    }

    /// @inheritdoc ISites
    function succeeded(bytes32 slot, bytes32 digest, bytes32 before, Party calldata keeper) external {
        if (msg.sender != LOTS) revert SitesNotLots(msg.sender);
        Slot storage found = _livingSlot(slot);
        if (found.keeper.organisation == before) found.keeper = keeper;
        found.head = _moved(found.head, digest);
    }

    /// @notice A site: its owner, head, outline, and the slots that live.
    function siteOf(bytes32 site)
        external
        view
        returns (Party memory owner, bytes32 head, Polygon.Point[] memory outline, bytes32[] memory slots)
    {
        Site storage found = _siteAt(site);
        return (found.owner, found.head, found.outline, found.slots);
    }

    /// @notice A slot, retired ones too. `bulkLot` is zero where none lies there; `serialisedLots` counts the others.
    function slotOf(bytes32 slot)
        external
        view
        returns (
            bytes32 site,
            Party memory keeper,
            bytes32 bulkLot,
            uint256 serialisedLots,
            bool living,
            bytes32 head,
            int32 bottom,
            int32 top,
            bytes32 plan
        )
    {
        Slot storage found = _slots[slot];
        if (found.site == bytes32(0)) revert SitesUnknownSlot(slot);
        bulkLot = found.bulkLot;
        serialisedLots = bulkLot == bytes32(0) ? found.lots : 0;
        (site, keeper, living, head) = (found.site, found.keeper, found.place != 0, found.head);
        (bottom, top, plan) = (found.bottom, found.top, found.plan);
    }

    /// @notice The corners of a slot, retired ones too.
    function outlineOf(bytes32 slot) external view returns (Polygon.Point[] memory) {
        if (_slots[slot].site == bytes32(0)) revert SitesUnknownSlot(slot);
        return _slots[slot].outline;
    }

    /// @inheritdoc ISites
    function keeperOf(bytes32 slot) external view returns (Party memory keeper, bytes32 head) {
        Slot storage found = _livingSlot(slot);
        return (found.keeper, found.head);
    }

    /// @inheritdoc ISites
    function ownerOf(bytes32 slot) external view returns (Party memory) {
        if (_slots[slot].site == bytes32(0)) revert SitesUnknownSlot(slot);
        return _sites[_slots[slot].site].owner;
    }

    /// @dev Writes a site into the cells that it lies in; refuses it where it meets one that is there.
    function _settle(bytes32 site, Polygon.Point[] memory corners, Polygon.Box memory box) private {
        for (int256 x = _cell(box.west); x <= _cell(box.east); ++x) {
            for (int256 y = _cell(box.south); y <= _cell(box.north); ++y) {
                bytes32[] storage cell = _cells[x][y];
                for (uint256 i = 0; i < cell.length; ++i) {
                    Site storage other = _sites[cell[i]];
                    if (Polygon.boxesMeet(box, other.box) && corners.meet(other.outline)) {
                        revert SitesOverlap(site, cell[i]);
                    }
                }
                cell.push(site);
            }
        }
    }

    function _mustBeFree(
        Site storage site,
        bytes32 slot,
        AddSlot calldata op,
        Polygon.Point[] memory corners,
        Polygon.Box memory box
    ) private view {
        uint256 count = site.slots.length;
        for (uint256 i = 0; i < count; ++i) {
            bytes32 id = site.slots[i];
            Slot storage other = _slots[id];
            if (op.bottom >= other.top || other.bottom >= op.top) continue;
            if (Polygon.boxesMeet(box, other.box) && corners.meet(other.outline)) revert SitesOverlap(slot, id);
        }
    }

    function _place(Site storage site, bytes32 slot, AddSlot calldata op, Polygon.Box memory box) private {
        site.slots.push(slot);
        Slot storage made = _slots[slot];
        made.place = uint16(site.slots.length);
        made.plan = op.plan;
        if (made.site != bytes32(0)) return; // the same place again
        made.site = op.site;
        made.box = box;
        made.bottom = op.bottom;
        made.top = op.top;
        for (uint256 i = 0; i < op.outline.length; ++i) {
            made.outline.push(op.outline[i]);
        }
    }

    function _emptySlot(bytes32 slot, bytes32 head) private view returns (Slot storage found) {
        found = _livingSlot(slot);
        if (found.lots != 0) revert SitesOccupied(slot);
        if (head != found.head) revert SignedOverAnotherHead(slot, found.head);
    }

    function _livingSlot(bytes32 slot) private view returns (Slot storage found) {
        found = _slots[slot];
        if (found.place == 0) revert SitesUnknownSlot(slot);
    }

    function _siteAt(bytes32 site) private view returns (Site storage found) {
        found = _sites[site];
        if (found.outline.length == 0) revert SitesUnknown(site);
    }

    function _outline(Polygon.Point[] calldata outline, uint256 most)
        private
        pure
        returns (Polygon.Point[] memory corners)
    {
        if (outline.length > most) revert SitesNoOutline(outline.length);
        corners = outline;
        if (!corners.isOutline()) revert SitesNoOutline(outline.length);
    }

    /// @dev EIP-712: an array of structs is the hash of their hashes, one after the other.
    function _hashOf(AddSlot calldata op) private pure returns (bytes32) {
        bytes32[] memory corners = new bytes32[](op.outline.length);
        for (uint256 i = 0; i < corners.length; ++i) {
            corners[i] = keccak256(abi.encode(POINT_TYPEHASH, op.outline[i]));
        }
        bytes32 outline = keccak256(abi.encodePacked(corners));
        return keccak256(
            abi.encode(ADD_SLOT_TYPEHASH, op.site, op.head, outline, op.bottom, op.top, op.plan, op.deadline)
        );
    }

    /// @dev Rounded down, also west of Greenwich and south of the equator.
    function _cell(int256 coordinate) private pure returns (int256) {
        return coordinate >= 0 ? coordinate / CELL : -((-coordinate + CELL - 1) / CELL);
    }
}
