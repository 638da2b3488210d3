// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ChainTime} from "./ChainTime.sol";
import {ILots} from "./ILots.sol";
import {IReceipts} from "./IReceipts.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";

/// @title Holds: the third axis (冻结): reasoned, and lifted while they hold
/// @notice A hold stops a receipt and changes nothing of it. It is set and lifted in every state in which the receipt lives.
abstract contract Holds is Parties, IReceipts {
    /// @notice Why a receipt is held. Numbers are part of the interface.
    enum Kind {
        None,
        Dispute,
        Court,
        Seal,
        Lost,
        Insurance
    }

    /// @dev `quantity` 0 is the whole receipt; `id` is the digest of the operation that set it, at `time` in that block.
    struct Held {
        bytes32 id;
        Party setter;
        uint128 quantity;
        uint64 time;
        uint48 blockNumber;
        Kind kind;
    }

    struct Hold {
        bytes32 receipt;
        bytes32 head;
        Kind kind;
        Organisations.Role role;
        uint128 quantity;
        bytes32 reason;
        uint64 deadline;
    }

    struct Lift {
        bytes32 receipt;
        bytes32 head;
        bytes32 hold;
        bytes32 reason;
        Organisations.Role role;
        uint64 deadline;
    }

    error ReceiptsNotLiving(bytes32 number, State state);
    error ReceiptsHeld(bytes32 number, bytes32 hold);
    error ReceiptsShort(bytes32 number, bytes32 lot);
    error ReceiptsTooManyHolds(bytes32 number);
    error ReceiptsNoHold(bytes32 number, bytes32 hold);
    error ReceiptsNotByThatRole(bytes32 number, Kind kind, Organisations.Role role);
    error ReceiptsNotThatMuch(bytes32 number, uint256 quantity, uint256 most);

    bytes32 private constant HOLD = keccak256(
        "Hold(bytes32 receipt,bytes32 head,uint8 kind,uint8 role,uint128 quantity,bytes32 reason,uint64 deadline)"
    );
    bytes32 private constant LIFT =
        keccak256("Lift(bytes32 receipt,bytes32 head,bytes32 hold,bytes32 reason,uint8 role,uint64 deadline)");

    /// @dev Bounds what a delivery reads. Courts have room of their own: nobody can fill the list against them.
    uint256 private constant MOST_HOLDS = 16;
    uint256 private constant MOST_HOLDS_WITH_COURTS = 32;

    /// @notice The contract of the lots.
    ILots public immutable LOTS;

    mapping(bytes32 number => Receipt) internal _receipts;
    mapping(bytes32 number => Held[]) internal _holds;

    constructor(ILots lots) {
        LOTS = lots;
    }

    /// @notice Holds a receipt or part of it. Object: the receipt. Signed by: who the kind says.
    /// @dev Dispute (纠纷): holder, lender or keeper of this receipt. Court (司法冻结): a court liaison. Seal (封存): an inspector
    ///      or verifier. Lost (挂失): the holder, or a court liaison. Insurance (保险): the lender. In a default the holder sets
    ///      none: it could stop its own enforcement for ever, and goes to a court like everybody else.
    function hold(Hold calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _living(op.receipt);
        _mustBeAt(op.receipt, receipt.head, op.head);
        _atMost(op.receipt, op.quantity, receipt.quantity);
        Held[] storage holds = _holds[op.receipt];
        if (holds.length >= (op.kind == Kind.Court ? MOST_HOLDS_WITH_COURTS : MOST_HOLDS)) {
            revert ReceiptsTooManyHolds(op.receipt);
        }
        bytes memory fields = _fields(7);
        bytes32 digest = _digest(HOLD, fields, op.deadline);
        _count(signatures, 1);
        Party memory setter = _setter(op, receipt, digest, signatures);
        holds.push(Held(digest, setter, op.quantity, ChainTime.secondsNow(), uint48(block.number), op.kind));
        receipt.head = _operated(op.receipt, HOLD, digest, receipt.head, fields, signatures);
    }

    /// @notice Lifts a hold. Object: the receipt. Signed by: who set it; or a court liaison, where no court set it.
    /// @dev A court's key that came after the hold does not lift it, so no binding of keys does. Nor does a holder's key lift
    ///      what a court holds as lost: whoever found or stole the key has it too.
    function lift(Lift calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _living(op.receipt);
        _mustBeAt(op.receipt, receipt.head, op.head);
        Held[] storage holds = _holds[op.receipt];
        uint256 place = 0;
        while (place < holds.length && holds[place].id != op.hold) place++;
        if (place == holds.length) revert ReceiptsNoHold(op.receipt, op.hold);
        Held storage held = holds[place];
        bytes memory fields = _fields(6);
        bytes32 digest = _digest(LIFT, fields, op.deadline);
        _count(signatures, 1);
        if (op.role == held.setter.role) {
            _mustSign(digest, signatures, 0, _copyOf(held.setter));
        } else if (op.role == Organisations.Role.CourtLiaison) {
            _signerSince(digest, signatures, 0, Organisations.Role.CourtLiaison, held.blockNumber - 1);
        } else {
            revert ReceiptsNotByThatRole(op.receipt, held.kind, op.role);
        }
        holds[place] = holds[holds.length - 1];
        holds.pop();
        receipt.head = _operated(op.receipt, LIFT, digest, receipt.head, fields, signatures);
    }

    /// @notice The holds on a receipt, in no particular order.
    function holdsOf(bytes32 number) external view returns (Held[] memory) {
        return _holds[number];
    }

    /// @notice Whether any hold, or the shortage of its lot, holds the receipt.
    function isHeld(bytes32 number) external view returns (bool) {
        return _holds[number].length > 0 || LOTS.isShort(_receipts[number].lot);
    }

    /// @inheritdoc IReceipts
    function mustBeUnheld(bytes32 number) external view {
        _unheld(number, _receipts[number].lot);
    }

    function _setter(Hold calldata op, Receipt storage receipt, bytes32 digest, bytes[] calldata signatures)
        private
        view
        returns (Party memory party)
    {
        (Kind kind, Organisations.Role role) = (op.kind, op.role);
        bool court = role == Organisations.Role.CourtLiaison && (kind == Kind.Court || kind == Kind.Lost);
        bool inspects = role == Organisations.Role.Inspector || role == Organisations.Role.Verifier;
        if (court || (inspects && kind == Kind.Seal)) return _signer(digest, signatures, 0, role);
        bool dispute = kind == Kind.Dispute;
        bool defaulted = uint8(receipt.encumbrance) >= uint8(Encumbrance.Default);
        if (role == Organisations.Role.Holder && !defaulted && (dispute || kind == Kind.Lost)) party = _copyOf(receipt.holder);
        if (role == Organisations.Role.Lender && (dispute || kind == Kind.Insurance)) party = _copyOf(receipt.lender);
        if (role == Organisations.Role.Keeper && dispute) party = _keeperOf(receipt.lot);
        if (party.organisation == 0) revert ReceiptsNotByThatRole(op.receipt, kind, role);
        _mustSign(digest, signatures, 0, party);
    }

    function _keeperOf(bytes32 lot) internal view returns (Party memory keeper) {
        (keeper,) = LOTS.keeperOf(lot);
    }

    function _atMost(bytes32 number, uint256 quantity, uint256 most) internal pure {
        if (quantity > most) revert ReceiptsNotThatMuch(number, quantity, most);
    }

    function _living(bytes32 number) internal view returns (Receipt storage receipt) {
        receipt = _receipts[number];
        if (receipt.state != State.Issued) revert ReceiptsNotLiving(number, receipt.state);
    }

    /// @dev No hold and no shortage.
    function _unheld(bytes32 number, bytes32 lot) internal view {
        if (_holds[number].length > 0) revert ReceiptsHeld(number, _holds[number][0].id);
        _notShort(number, lot);
    }

    /// @dev A short lot holds all its receipts: nobody is served first.
    function _notShort(bytes32 number, bytes32 lot) internal view {
        if (LOTS.isShort(lot)) revert ReceiptsShort(number, lot);
    }

    /// @dev So much of the face must stay; holds add up, as they may be for different goods.
    function _mustStay(bytes32 number, uint256 left) internal view {
        Held[] storage holds = _holds[number];
        uint256 sum = 0;
        for (uint256 i = 0; i < holds.length; i++) {
            sum += holds[i].quantity;
            if (holds[i].quantity == 0 || sum > left) revert ReceiptsHeld(number, holds[i].id);
        }
    }
}
