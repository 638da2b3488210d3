// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ChainTime} from "./ChainTime.sol";
import {IAttestations} from "./IAttestations.sol";
import {IReceipts} from "./IReceipts.sol";
import {Organisations} from "./Organisations.sol";
import {Pledging} from "./Pledging.sol";

/// @title Outbound: how pledged goods leave: by a lender's order, or above a lender's floor
/// @notice Static pledge (静态质押): a release order (放货指令) names quantity, picker and window, and is used once. Dynamic
///         pledge (动态质押): the keeper lets out what stays above the floor (最低控货值). There is no other way out.
abstract contract Outbound is Pledging {
    /// @notice Whether an order may still be used. Numbers are part of the interface.
    enum OrderState {
        None,
        Open,
        Used,
        Cancelled
    }

    /// @notice An order as it stands: at most `quantity` to who opens `picker` from `from` until `until`, in seconds.
    struct Released {
        bytes32 receipt;
        bytes32 pledge;
        bytes32 picker;
        uint128 quantity;
        uint64 from;
        uint64 until;
        OrderState state;
    }

    struct Order {
        bytes32 receipt;
        bytes32 head;
        uint128 quantity;
        bytes32 picker;
        uint64 from;
        uint64 until;
        bytes32 computation;
        uint64 deadline;
    }

    struct CancelOrder {
        bytes32 order;
        bytes32 receipt;
        bytes32 head;
        uint64 deadline;
    }

    struct Execute {
        bytes32 order;
        bytes32 receipt;
        bytes32 head;
        uint128 quantity;
        bytes32 picker;
        bytes32[] evidence;
        bytes32[] serials;
        uint64 leftAt;
        uint8[] places;
        uint64 deadline;
    }

    struct SetFloor {
        bytes32 receipt;
        bytes32 head;
        uint128 floor;
        uint64 until;
        uint64 deadline;
    }

    struct ExecuteDynamic {
        bytes32 receipt;
        bytes32 head;
        uint128 quantity;
        bytes32[] evidence;
        bytes32[] serials;
        uint64 leftAt;
        uint8[] places;
        uint64 deadline;
    }

    error PledgesNoOrder(bytes32 order);
    error PledgesOrderNotOpen(bytes32 order, OrderState state);
    error PledgesAnotherPicker(bytes32 order, bytes32 picker);
    error PledgesOutsideTheWindow(bytes32 order, uint64 from, uint64 until);
    error PledgesOrderTooLate(bytes32 allowance, uint64 until);
    error PledgesTooManyOrders(bytes32 receipt);
    error PledgesNoFloor(bytes32 receipt);
    error PledgesUnderTheFloor(bytes32 receipt, uint128 left, uint128 floor);

    bytes32 private constant ORDER = keccak256(
        "Order(bytes32 receipt,bytes32 head,uint128 quantity,bytes32 picker,uint64 from,uint64 until,"
        "bytes32 computation,uint64 deadline)"
    );
    bytes32 private constant CANCEL_ORDER =
        keccak256("CancelOrder(bytes32 order,bytes32 receipt,bytes32 head,uint64 deadline)");
    bytes32 private constant EXECUTE = keccak256(
        "Execute(bytes32 order,bytes32 receipt,bytes32 head,uint128 quantity,bytes32 picker,bytes32[] evidence,"
        "bytes32[] serials,uint64 leftAt,uint8[] places,uint64 deadline)"
    );
    bytes32 private constant SET_FLOOR =
        keccak256("SetFloor(bytes32 receipt,bytes32 head,uint128 floor,uint64 until,uint64 deadline)");
    bytes32 private constant EXECUTE_DYNAMIC = keccak256(
        "ExecuteDynamic(bytes32 receipt,bytes32 head,uint128 quantity,bytes32[] evidence,bytes32[] serials,"
        "uint64 leftAt,uint8[] places,uint64 deadline)"
    );

    /// @dev What a gate and a lender's desk can oversee.
    uint8 private constant MOST_ORDERS = 16;
    /// @dev Two parties sign after the scale; what left is told of within a week.
    uint256 private constant GRACE_SECONDS = 7 days;

    mapping(bytes32 order => Released) private _orders;

    /// @notice Orders goods out of a pledge. Object: the receipt; the order's id is the operation's digest. Signed by: two keys
    ///         of the lender, holder. All open orders together stay within the pledge.
    function order(Order calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, REGISTERED | MARGIN_CALL);
        _unheld(op.receipt, receipt.lot);
        _fresh(op.receipt, receipt.lot);
        Allowed storage allowed = _allowed[receipt.pledge][op.receipt];
        _some(op.receipt, op.quantity, _lessOrdered(receipt.pledged, allowed.ordered));
        _notOver(op.receipt, op.until);
        _given(op.picker);
        _given(op.computation);
        if (allowed.orders == MOST_ORDERS) revert PledgesTooManyOrders(op.receipt);
        bytes32 digest = _lenderSignsTwice(ORDER, 8, op.receipt, op.deadline, signatures, receipt, true);
        if (op.from > op.until) revert PledgesOutsideTheWindow(digest, op.from, op.until);
        allowed.ordered += op.quantity;
        allowed.orders++;
        _orders[digest] =
            Released(op.receipt, receipt.pledge, op.picker, op.quantity, op.from, op.until, OrderState.Open);
        _charge(op.receipt, digest, _with(receipt, receipt.pledged));
    }

    /// @notice Takes an order back, in every stage. Object: the receipt. Signed by: the lender.
    function cancelOrder(CancelOrder calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _living(op.receipt);
        Released storage released = _openOrder(op.order, op.receipt, receipt.pledge);
        _mustBeAt(op.receipt, receipt.head, op.head);
        bytes32 digest = _lenderSigns(CANCEL_ORDER, 4, op.receipt, op.deadline, signatures, receipt);
        _close(released, OrderState.Cancelled);
        _charge(op.receipt, digest, _with(receipt, receipt.pledged));
    }

    /// @notice Goods have left by an order, once, inside its window (`leftAt`), to its picker. Object: the receipt. Signed by:
    ///         keeper, verifier; the holder agreed when it was ordered. Where more left than was ordered or the receipt has, or a
    ///         hold or a shortage stands that began after `leftAt`, also witnesses of the lot at `places`, its quorum without the keeper;
    ///         otherwise `places` is empty.
    /// @dev What went beyond the order is gone all the same, and not this receipt's alone: face and pledge lose what was
    ///      ordered, and the lot is short of the rest, which its witnesses attest and all its receipts share. What began after
    ///      the goods had left (a hold, a shortage, a default) stops nothing: they are gone.
    function execute(Execute calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _living(op.receipt);
        Released storage released = _openOrder(op.order, op.receipt, receipt.pledge);
        if (released.picker != op.picker) revert PledgesAnotherPicker(op.order, op.picker);
        if (op.leftAt < released.from || op.leftAt > released.until) {
            revert PledgesOutsideTheWindow(op.order, released.from, released.until);
        }
        _inTime(op.order, op.receipt, op.leftAt, released.until);
        receipt = _in(op.receipt, op.head, PLEDGED);
        _unheldAt(op.receipt, receipt.lot, op.leftAt);
        if (op.quantity == 0) revert PledgesZero();
        bytes32 digest = _digestOf(_hashOfExecute(op), op.deadline);
        uint128 ordered = released.quantity;
        bool beyond = op.quantity > _lesser(ordered, receipt.quantity);
        bool doubted = beyond || _beganSince(op.receipt, receipt.lot, op.leftAt);
        _theySawItLeave(digest, signatures, receipt, op.places, doubted);
        _operated(op.receipt, EXECUTE, digest, receipt.head, abi.encode(op), signatures);
        _close(released, OrderState.Used);
        uint128 kept = receipt.pledged - _lesser(_lesser(op.quantity, ordered), receipt.pledged);
        IReceipts.Leaving memory leaving =
            IReceipts.Leaving(op.quantity, ordered, op.evidence, op.serials, op.leftAt);
        _leave(op.receipt, digest, receipt, kept, leaving);
    }

    /// @notice Sets the floor of a dynamic pledge, from now on, and until when it counts; 0 ends it. Object: the receipt. Signed
    ///         by: two keys of the lender; and the holder, where more may leave than before, which is while nothing is called.
    /// @dev What is lent on the goods that stay is the lender's to guard: it ends a floor, raises and shortens it alone, also
    ///      in a default.
    function setFloor(SetFloor calldata op, bytes[] calldata signatures) external {
        Floor[] storage floors = _allowed[_living(op.receipt).pledge][op.receipt].floors;
        bool less = op.floor == 0 || _raises(floors, op.floor, op.until);
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, less ? PLEDGED : REGISTERED);
        bytes32 digest = _lenderSignsTwice(SET_FLOOR, 5, op.receipt, op.deadline, signatures, receipt, !less);
        floors.push(Floor(op.floor, ChainTime.secondsNow(), op.until));
        _charge(op.receipt, digest, _with(receipt, receipt.pledged));
    }

    /// @notice Goods have left above the floor that stood then, what is not pledged first. Object: the receipt. Signed by:
    ///         keeper, verifier; the holder agreed to the floor. Where a hold, a shortage or another floor stands that began
    ///         after `leftAt`, also witnesses of the lot at `places`, its quorum without the keeper; otherwise `places` is
    ///         empty.
    function executeDynamic(ExecuteDynamic calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, PLEDGED);
        _unheldAt(op.receipt, receipt.lot, op.leftAt);
        if (!LOTS.wasFresh(receipt.lot, op.leftAt)) revert PledgesStale(op.receipt, receipt.lot);
        Allowed storage allowed = _allowed[receipt.pledge][op.receipt];
        uint256 place = _placeAt(allowed.floors, op.leftAt);
        if (place == 0) revert PledgesNoFloor(op.receipt);
        Floor memory stood = allowed.floors[place - 1];
        if (stood.floor == 0) revert PledgesNoFloor(op.receipt);
        if (op.leftAt > stood.until) revert PledgesExpired(op.receipt, stood.until);
        _inTime(op.receipt, op.receipt, op.leftAt, stood.until);
        _some(op.receipt, op.quantity, receipt.quantity);
        uint128 kept = _lesser(receipt.pledged, receipt.quantity - op.quantity);
        uint128 least = stood.floor > allowed.ordered ? stood.floor : allowed.ordered;
        if (kept < least) revert PledgesUnderTheFloor(op.receipt, kept, least);
        bytes32 digest = _digestOf(_hashOfExecuteDynamic(op), op.deadline);
        bool doubted = place < allowed.floors.length || _beganSince(op.receipt, receipt.lot, op.leftAt);
        _theySawItLeave(digest, signatures, receipt, op.places, doubted);
        _operated(op.receipt, EXECUTE_DYNAMIC, digest, receipt.head, abi.encode(op), signatures);
        IReceipts.Leaving memory leaving =
            IReceipts.Leaving(op.quantity, op.quantity, op.evidence, op.serials, op.leftAt);
        _leave(op.receipt, digest, receipt, kept, leaving);
    }

    /// @notice An order; all zero for one that never was. One whose pledge or receipt has ended stays Open and is void.
    function orderOf(bytes32 id) external view returns (Released memory) {
        return _orders[id];
    }

    /// @dev How many floors had been set by that moment: the last of them stood then.
    function _placeAt(Floor[] storage floors, uint64 moment) private view returns (uint256 place) {
        place = floors.length;
        while (place > 0 && floors[place - 1].since > moment) --place;
    }

    /// @dev Whether less leaves above this floor than above the one that stands.
    function _raises(Floor[] storage floors, uint128 floor, uint64 until) private view returns (bool) {
        if (floors.length == 0) return false;
        Floor storage stands = floors[floors.length - 1];
        return stands.floor != 0 && floor >= stands.floor && until <= stands.until;
    }

    /// @dev From now on nothing leaves above a floor; what left before is told of still.
    function _stopFloor(bytes32 number, bytes32 pledge) internal {
        Floor[] storage floors = _allowed[pledge][number].floors;
        uint256 count = floors.length;
        if (count > 0 && floors[count - 1].floor != 0) floors.push(Floor(0, ChainTime.secondsNow(), 0));
    }

    /// @dev What of a pledge is not ordered out yet; a shortage may have left less of it than is ordered.
    function _lessOrdered(uint128 pledged, uint128 ordered) internal pure returns (uint128) {
        return pledged > ordered ? pledged - ordered : 0;
    }

    /// @dev Goods are told of after they have left, by the evidence of the scale, and not long after they might.
    function _inTime(bytes32 allowance, bytes32 number, uint64 leftAt, uint64 until) private view {
        uint64 time = ChainTime.secondsNow();
        if (leftAt > time) revert PledgesNotYet(number, leftAt);
        if (time > leftAt + GRACE_SECONDS) revert PledgesOrderTooLate(allowance, until);
    }

    function _beganSince(bytes32 number, bytes32 lot, uint64 moment) private view returns (bool) {
        return HOLDS.beganSince(number, lot, moment);
    }

    function _openOrder(bytes32 id, bytes32 number, bytes32 pledge) private view returns (Released storage released) {
        released = _orders[id];
        if (released.receipt != number) revert PledgesNoOrder(id);
        if (released.state != OrderState.Open) revert PledgesOrderNotOpen(id, released.state);
        if (released.pledge != pledge) revert PledgesNoOrder(id);
    }

    function _close(Released storage released, OrderState state) private {
        Allowed storage allowed = _allowed[released.pledge][released.receipt];
        allowed.ordered -= released.quantity;
        allowed.orders--;
        released.state = state;
    }

    /// @dev Keeper and verifier. Two of one mind could say that goods had left before what stands now, or others' goods with
    ///      those that were ordered; so then it takes those who attest what is there.
    function _theySawItLeave(
        bytes32 digest,
        bytes[] calldata signatures,
        IReceipts.Receipt memory receipt,
        uint8[] calldata places,
        bool doubted
    ) private view {
        _count(signatures, 2 + places.length);
        Party memory keeper = _keeperOf(receipt.lot);
        _mustSign(digest, signatures, 0, keeper);
        Party memory verifier = _signer(digest, signatures, 1, Organisations.Role.Verifier);
        _independent(verifier.organisation, keeper.organisation);
        _independent(verifier.organisation, receipt.holder.organisation);
        IAttestations panel = LOTS.ATTESTATIONS();
        if (!panel.isWitness(receipt.lot, verifier)) revert PledgesNotAWitness(receipt.lot, verifier.organisation);
        panel.mustWitness(receipt.lot, doubted, places, digest, signatures, 2);
    }

    /// @dev Face and pledge shrink by what went of what was ordered, at most to nothing; of the pledge no more goes than of the
    ///      face, so it is never more than that.
    function _leave(
        bytes32 number,
        bytes32 digest,
        IReceipts.Receipt memory receipt,
        uint128 kept,
        IReceipts.Leaving memory leaving
    ) private {
        IReceipts.Charge memory charge = _with(receipt, kept);
        RECEIPTS.reduce(number, digest, charge, leaving);
        if (charge.pledge == 0) _unlock(receipt);
    }

    function _hashOfExecute(Execute calldata op) private pure returns (bytes32) {
        bytes memory named = abi.encode(EXECUTE, op.order, op.receipt, op.head, op.quantity, op.picker);
        return keccak256(bytes.concat(named, _left(op.evidence, op.serials, op.leftAt, op.places, op.deadline)));
    }

    function _hashOfExecuteDynamic(ExecuteDynamic calldata op) private pure returns (bytes32) {
        bytes memory named = abi.encode(EXECUTE_DYNAMIC, op.receipt, op.head, op.quantity);
        return keccak256(bytes.concat(named, _left(op.evidence, op.serials, op.leftAt, op.places, op.deadline)));
    }

    function _left(
        bytes32[] calldata evidence,
        bytes32[] calldata serials,
        uint64 leftAt,
        uint8[] calldata places,
        uint64 deadline
    ) private pure returns (bytes memory) {
        return abi.encode(_hashOf(evidence), _hashOf(serials), leftAt, _hashOf(places), deadline);
    }
}
