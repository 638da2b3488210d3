// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {IHolds} from "./IHolds.sol";
import {ILots} from "./ILots.sol";
import {IReceipts} from "./IReceipts.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";
import {Signed} from "./Signed.sol";

/// @title Holds: the third axis (冻结): reasoned, and lifted while they hold
/// @notice A hold stops a receipt and changes nothing of it. It is set and lifted in every state in which the receipt lives.
contract Holds is Parties, IHolds {
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
        bytes32 reason;
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

    error ReceiptsHeld(bytes32 number, bytes32 hold);
    error ReceiptsShort(bytes32 number, bytes32 lot);
    error ReceiptsNotLost(bytes32 number, uint64 replaceableFrom);
    error ReceiptsHeldAlready(bytes32 number, bytes32 hold);
    error ReceiptsEndedByCourt(bytes32 number, bytes32 reason);
    error ReceiptsTooManyHolds(bytes32 number);
    error ReceiptsNoHold(bytes32 number, bytes32 hold);
    error ReceiptsNotAWitness(bytes32 lot, bytes32 organisation);
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

    /// @dev Public notice (公示催告) runs for at least 60 days: Civil Procedure Law of the PRC, on exhortation by public notice.
    uint64 private constant NOTICE_SECONDS = 60 days;
    /// @dev How long a contested receipt keeps a shortage of all from being shared.
    uint64 private constant CONTESTED_SECONDS = 30 days;

    /// @notice The contract of the receipts, which names this one.
    IReceipts public immutable RECEIPTS;
    /// @notice The contract of the lots.
    ILots public immutable LOTS;

    mapping(bytes32 number => Held[]) private _holds;
    /// @dev What a court ended is not said again: receipt, kind, organisation and reason in one word.
    mapping(bytes32 word => bool) private _ended;

    /// @param registry The registry of parties on the same chain.
    /// @param receipts The contract of the receipts, which names this one.
    /// @param lots The contract of the lots.
    constructor(Organisations registry, IReceipts receipts, ILots lots) EIP712("Tallystick Holds", "1") Signed(registry) {
        if (address(receipts).code.length == 0) revert SignedRegistryHasNoCode(address(receipts));
        if (address(lots).code.length == 0) revert SignedRegistryHasNoCode(address(lots));
        (RECEIPTS, LOTS) = (receipts, lots);
    }

    /// @notice Holds a receipt or part of it. Object: the receipt. Signed by: who the kind says.
    /// @dev Dispute (纠纷): holder, lender or keeper of this receipt. Court (司法冻结): a court liaison. Seal (封存): an inspector
    ///      or verifier who is a witness of the lot. Lost (挂失): the holder, or a court liaison who is no party and acts since
    ///      before the holder does. Insurance (保险): the lender. In a default the holder sets none: it could stop its own
    ///      enforcement for ever, and goes to a court like everybody else; but it may dispute that its receipt is lost.
    function hold(Hold calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = RECEIPTS.livingOf(op.receipt);
        _mustBeAt(op.receipt, receipt.head, op.head);
        if (op.quantity > receipt.quantity) revert ReceiptsNotThatMuch(op.receipt, op.quantity, receipt.quantity);
        Held[] storage holds = _holds[op.receipt];
        bool court = op.role == Organisations.Role.CourtLiaison;
        if (holds.length >= (court ? MOST_HOLDS_WITH_COURTS : MOST_HOLDS)) revert ReceiptsTooManyHolds(op.receipt);
        bytes memory fields = _fields(7);
        bytes32 digest = _digest(HOLD, fields, op.deadline);
        _count(signatures, 1);
        Party memory setter = _setter(op, receipt, digest, signatures);
        _mustBeTheFirst(op, setter.organisation);
        if (_ended[_word(op.receipt, op.kind, setter.organisation, op.reason)]) {
            revert ReceiptsEndedByCourt(op.receipt, op.reason);
        }
        holds.push(Held(digest, op.reason, setter, op.quantity, ChainTime.secondsNow(), uint48(block.number), op.kind));
        _operated(op.receipt, HOLD, digest, receipt.head, fields, signatures);
        RECEIPTS.touch(op.receipt, digest);
    }

    /// @notice Lifts a hold. Object: the receipt. Signed by: who set it; or a court liaison; or the holder, where a lender set it
    ///         whose pledge is over, or who held the receipt before.
    /// @dev A court's key that came after the hold does not lift it, nor does a court that is a party: so no binding of keys lifts a
    ///      hold, and none holds for ever. What a court lifted, its setter does not set again for the same reason. A holder's
    ///      key does not lift what a court holds as lost: whoever found or stole the key has it too.
    function lift(Lift calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = RECEIPTS.livingOf(op.receipt);
        _mustBeAt(op.receipt, receipt.head, op.head);
        Held[] storage holds = _holds[op.receipt];
        uint256 place = 0;
        while (place < holds.length && holds[place].id != op.hold) place++;
        if (place == holds.length) revert ReceiptsNoHold(op.receipt, op.hold);
        Held storage held = holds[place];
        bytes memory fields = _fields(6);
        bytes32 digest = _digest(LIFT, fields, op.deadline);
        _count(signatures, 1);
        if (op.role == Organisations.Role.CourtLiaison) {
            _liftedByCourt(op.receipt, receipt, digest, signatures, held);
        } else if (op.role == Organisations.Role.Holder && _isOver(receipt, held.setter)) {
            _mustSign(digest, signatures, 0, receipt.holder);
        } else if (op.role == held.setter.role) {
            _mustSign(digest, signatures, 0, _copyOf(held.setter));
        } else {
            revert ReceiptsNotByThatRole(op.receipt, held.kind, op.role);
        }
        holds[place] = holds[holds.length - 1];
        holds.pop();
        _operated(op.receipt, LIFT, digest, receipt.head, fields, signatures);
        RECEIPTS.touch(op.receipt, digest);
    }

    /// @notice The holds on a receipt, in no particular order.
    function holdsOf(bytes32 number) external view returns (Held[] memory) {
        return _holds[number];
    }

    /// @notice Whether any hold, or the shortage of its lot, holds the receipt.
    function isHeld(bytes32 number) external view returns (bool) {
        return _holds[number].length > 0 || LOTS.isShort(RECEIPTS.receiptOf(number).lot);
    }

    /// @inheritdoc IHolds
    function mustBeUnheld(bytes32 number, bytes32 lot, uint64 moment) external view {
        Held[] storage holds = _holds[number];
        for (uint256 i = 0; i < holds.length; i++) {
            if (holds[i].time <= moment) revert ReceiptsHeld(number, holds[i].id);
        }
        if (LOTS.wasShort(lot, moment)) revert ReceiptsShort(number, lot);
    }

    /// @inheritdoc IHolds
    function beganSince(bytes32 number, bytes32 lot, uint64 moment) external view returns (bool) {
        Held[] storage holds = _holds[number];
        for (uint256 i = 0; i < holds.length; i++) {
            if (holds[i].time > moment) return true;
        }
        return LOTS.isShort(lot) && !LOTS.wasShort(lot, moment);
    }

    /// @inheritdoc IHolds
    function mustBeSaleable(bytes32 number, bytes32 lot) external view {
        Held[] storage holds = _holds[number];
        for (uint256 i = 0; i < holds.length; i++) {
            if (holds[i].setter.role != Organisations.Role.Holder) revert ReceiptsHeld(number, holds[i].id);
        }
        if (LOTS.isShort(lot)) revert ReceiptsShort(number, lot);
    }

    /// @inheritdoc IHolds
    function mustLeave(bytes32 number, uint256 left, uint64 moment) external view {
        Held[] storage holds = _holds[number];
        uint256 sum = 0;
        for (uint256 i = 0; i < holds.length; i++) {
            if (holds[i].time > moment) continue;
            sum += holds[i].quantity;
            if (holds[i].quantity == 0 || sum > left) revert ReceiptsHeld(number, holds[i].id);
        }
    }

    /// @inheritdoc IHolds
    function mustNotBeContested(bytes32 number, bytes32 lot) external view {
        if (LOTS.wasShort(lot, ChainTime.secondsNow() - CONTESTED_SECONDS)) return;
        Held[] storage holds = _holds[number];
        for (uint256 i = 0; i < holds.length; i++) {
            if (holds[i].kind == Kind.Court || holds[i].kind == Kind.Dispute) revert ReceiptsHeld(number, holds[i].id);
        }
    }

    /// @inheritdoc IHolds
    function mustBeLost(bytes32 number) external view {
        Held[] storage holds = _holds[number];
        if (holds.length == 0 || holds[0].kind != Kind.Lost) revert ReceiptsNotLost(number, 0);
        if (holds.length > 1) revert ReceiptsHeld(number, holds[1].id);
        uint64 from = holds[0].time + NOTICE_SECONDS;
        if (ChainTime.secondsNow() < from) revert ReceiptsNotLost(number, from);
    }

    function _setter(Hold calldata op, IReceipts.Receipt memory receipt, bytes32 digest, bytes[] calldata signatures)
        private
        view
        returns (Party memory party)
    {
        (Kind kind, Organisations.Role role) = (op.kind, op.role);
        if (role == Organisations.Role.CourtLiaison) {
            if (kind == Kind.Court) return _signer(digest, signatures, 0, role);
            if (kind == Kind.Lost) {
                bytes32 keeper = _keeperOf(receipt.lot).organisation;
                bytes32[3] memory parties = [receipt.holder.organisation, receipt.lender.organisation, keeper];
                _courtBefore(digest, signatures, 0, receipt.heldBlock, parties);
                return _signer(digest, signatures, 0, role);
            }
        }
        bool inspects = role == Organisations.Role.Inspector || role == Organisations.Role.Verifier;
        if (inspects && kind == Kind.Seal) {
            party = _signer(digest, signatures, 0, role);
            if (!LOTS.ATTESTATIONS().isWitness(receipt.lot, party)) revert ReceiptsNotAWitness(receipt.lot, party.organisation);
            return party;
        }
        bool dispute = kind == Kind.Dispute;
        bool may = kind == Kind.Lost ? !_inDefault(receipt) : dispute && (!_inDefault(receipt) || _isLost(op.receipt));
        if (role == Organisations.Role.Holder && may) party = receipt.holder;
        bool accepted = uint8(receipt.encumbrance) >= uint8(IReceipts.Encumbrance.Accepted);
        if (role == Organisations.Role.Lender && accepted && (dispute || kind == Kind.Insurance)) party = receipt.lender;
        if (role == Organisations.Role.Keeper && dispute) party = _keeperOf(receipt.lot);
        if (party.organisation == 0) revert ReceiptsNotByThatRole(op.receipt, kind, role);
        _mustSign(digest, signatures, 0, party);
    }

    /// @dev By one that is no party, which then stays ended, unless a court had set it.
    function _liftedByCourt(
        bytes32 number,
        IReceipts.Receipt memory receipt,
        bytes32 digest,
        bytes[] calldata signatures,
        Held storage held
    ) private {
        bytes32 court = _courtEnds(digest, signatures, _copyOf(held.setter), held.blockNumber);
        bytes32 keeper = _keeperOf(receipt.lot).organisation;
        _noParty(court, [receipt.holder.organisation, receipt.lender.organisation, keeper]);
        if (held.setter.role == Organisations.Role.CourtLiaison) return;
        _ended[_word(number, held.kind, held.setter.organisation, held.reason)] = true;
    }

    function _word(bytes32 number, Kind kind, bytes32 organisation, bytes32 reason) private pure returns (bytes32) {
        return keccak256(abi.encode(number, kind, organisation, reason));
    }

    /// @dev Nobody fills the list with the same word, nor moves heads under gathered signatures without end.
    function _mustBeTheFirst(Hold calldata op, bytes32 organisation) private view {
        Held[] storage holds = _holds[op.receipt];
        for (uint256 i = 0; i < holds.length; i++) {
            bool same = holds[i].kind == op.kind && holds[i].setter.organisation == organisation;
            if (same) revert ReceiptsHeldAlready(op.receipt, holds[i].id);
        }
    }

    /// @dev A lender's hold that outlived its pledge, or a former holder's.
    function _isOver(IReceipts.Receipt memory receipt, Party storage setter) private view returns (bool) {
        bool lender = setter.role == Organisations.Role.Lender && setter.organisation != receipt.lender.organisation;
        bool holder = setter.role == Organisations.Role.Holder && setter.organisation != receipt.holder.organisation;
        return lender || holder;
    }

    function _inDefault(IReceipts.Receipt memory receipt) private pure returns (bool) {
        return uint8(receipt.encumbrance) >= uint8(IReceipts.Encumbrance.Default);
    }

    function _isLost(bytes32 number) private view returns (bool) {
        Held[] storage holds = _holds[number];
        for (uint256 i = 0; i < holds.length; i++) {
            if (holds[i].kind == Kind.Lost) return true;
        }
        return false;
    }

    function _keeperOf(bytes32 lot) private view returns (Party memory keeper) {
        (keeper,) = LOTS.keeperOf(lot);
    }
}
