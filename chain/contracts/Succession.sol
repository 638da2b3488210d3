// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ChainTime} from "./ChainTime.sol";
import {IHolds} from "./IHolds.sol";
import {ILots} from "./ILots.sol";
import {IReceipts} from "./IReceipts.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";

/// @title Succession: receipts that take the place of receipts: split, merged, amended, replaced
/// @notice Quantity, lot, holder, term, trade and pledge pass on exactly. While a receipt is pledged its lender signs too.
abstract contract Succession is Parties, IReceipts {
    struct Split {
        bytes32 receipt;
        bytes32 head;
        bytes32[] numbers;
        uint128[] quantities;
        uint128[] pledged;
        bytes32[] documents;
        uint64 deadline;
    }

    struct Merge {
        bytes32[] receipts;
        bytes32[] heads;
        bytes32 number;
        bytes32 document;
        uint64 deadline;
    }

    struct Amend {
        bytes32 receipt;
        bytes32 head;
        uint128 quantity;
        bytes32 document;
        uint64 deadline;
    }

    struct Replace {
        bytes32 receipt;
        bytes32 head;
        bytes32 number;
        bytes32 document;
        uint64 deadline;
    }

    struct ReplaceLost {
        bytes32 receipt;
        bytes32 head;
        bytes32 number;
        bytes32 document;
        bytes32 holder;
        uint64 holderSince;
        uint64 deadline;
    }

    error ReceiptsZero();
    error ReceiptsNotLiving(bytes32 number, State state);
    error ReceiptsShort(bytes32 number, bytes32 lot);
    error ReceiptsNotThatMuch(bytes32 number, uint256 quantity, uint256 most);
    error ReceiptsNotIndependent(bytes32 organisation);
    error ReceiptsNotAWitness(bytes32 lot, bytes32 organisation);
    error ReceiptsKnownNumber(bytes32 number);
    error ReceiptsEncumbered(bytes32 number, Encumbrance encumbrance, bytes32 lender);
    error ReceiptsSurrendered(bytes32 number);
    error ReceiptsPieces(uint256 pieces);
    error ReceiptsNotTheWhole(bytes32 number, uint256 quantity, uint256 pledged);
    error ReceiptsUnlike(bytes32 number, bytes32 other);

    bytes32 private constant SPLIT = keccak256(
        "Split(bytes32 receipt,bytes32 head,bytes32[] numbers,uint128[] quantities,uint128[] pledged,"
        "bytes32[] documents,uint64 deadline)"
    );
    bytes32 private constant MERGE =
        keccak256("Merge(bytes32[] receipts,bytes32[] heads,bytes32 number,bytes32 document,uint64 deadline)");
    bytes32 private constant AMEND =
        keccak256("Amend(bytes32 receipt,bytes32 head,uint128 quantity,bytes32 document,uint64 deadline)");
    bytes32 private constant REPLACE =
        keccak256("Replace(bytes32 receipt,bytes32 head,bytes32 number,bytes32 document,uint64 deadline)");
    bytes32 private constant REPLACE_LOST = keccak256(
        "ReplaceLost(bytes32 receipt,bytes32 head,bytes32 number,bytes32 document,bytes32 holder,"
        "uint64 holderSince,uint64 deadline)"
    );

    uint256 private constant MOST_PIECES = 16;

    /// @notice The contract of the lots.
    ILots public immutable LOTS;
    /// @notice The contract of the holds; it alone moves a head without anything else.
    IHolds public immutable HOLDS;

    mapping(bytes32 number => Receipt) internal _receipts;

    constructor(ILots lots, IHolds holds) {
        (LOTS, HOLDS) = (lots, holds);
    }

    /// @notice One receipt into 2 to 16 (拆分), free or pledged in force. Object: the receipt. Signed by: holder, keeper,
    ///         and the lender while it is pledged. A piece that nothing is pledged of is free.
    function split(Split calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _rearranged(op.receipt, op.head);
        _mustBePieces(op);
        bytes32 structHash = keccak256(
            abi.encode(
                SPLIT,
                op.receipt,
                op.head,
                _hashOf(op.numbers),
                _hashOfQuantities(op.quantities),
                _hashOfQuantities(op.pledged),
                _hashOf(op.documents),
                op.deadline
            )
        );
        bytes32 digest = _digestOf(structHash, op.deadline);
        _consent(digest, signatures, receipt, _copyOf(receipt.holder));
        receipt.state = State.Split;
        receipt.head = _operated(op.receipt, SPLIT, digest, receipt.head, abi.encode(op), signatures);
        _divide(op, digest);
        _recount(receipt.lot, 1, op.numbers.length);
    }

    /// @notice 2 to 16 receipts into one (合并): alike in lot, holder, term, trade, and all free or all in force under one
    ///         pledge. Object: the new receipt. Signed by: holder, keeper, and the lender while they are pledged.
    function merge(Merge calldata op, bytes[] calldata signatures) external {
        if (op.receipts.length < 2 || op.receipts.length > MOST_PIECES || op.heads.length != op.receipts.length) {
            revert ReceiptsPieces(op.receipts.length);
        }
        bytes32 structHash = keccak256(
            abi.encode(
                MERGE,
                _hashOf(op.receipts),
                _hashOf(op.heads),
                op.number,
                op.document,
                op.deadline
            )
        );
        bytes32 digest = _digestOf(structHash, op.deadline);
        Receipt memory whole = _unite(op, digest);
        _consent(digest, signatures, _receipts[op.receipts[0]], whole.holder);
        bytes32 head = _operated(op.number, MERGE, digest, 0, abi.encode(op), signatures);
        _bear(op.number, whole, head);
        _recount(whole.lot, op.receipts.length, 1);
    }

    /// @notice Another document, and a quantity that is the same or less (更正); what it is less becomes unreceipted.
    ///         Object: the receipt. Signed by: holder, keeper, and the lender while it is pledged.
    function amend(Amend calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _rearranged(op.receipt, op.head);
        uint128 face = receipt.quantity;
        _atMost(op.receipt, op.quantity, face);
        _atMost(op.receipt, receipt.pledged, op.quantity);
        _mustBe(op.quantity > 0 && op.document != 0);
        bytes memory fields = _fields(5);
        bytes32 digest = _digest(AMEND, fields, op.deadline);
        _consent(digest, signatures, receipt, _copyOf(receipt.holder));
        receipt.quantity = op.quantity;
        receipt.document = op.document;
        receipt.head = _operated(op.receipt, AMEND, digest, receipt.head, fields, signatures);
        _retire(receipt.lot, face - op.quantity, false, receipt.holder.organisation);
    }

    /// @notice Another receipt in place of this (换发), with all that was on it. Object: the old receipt. Signed by: holder,
    ///         keeper, and the lender while it is pledged.
    function replace(Replace calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _rearranged(op.receipt, op.head);
        bytes memory fields = _fields(5);
        bytes32 digest = _digest(REPLACE, fields, op.deadline);
        _consent(digest, signatures, receipt, _copyOf(receipt.holder));
        receipt.head = _operated(op.receipt, REPLACE, digest, receipt.head, fields, signatures);
        _succeed(op.receipt, op.number, op.document, digest);
    }

    /// @notice Another receipt in place of one that has been held as lost for 60 days and by nothing else (挂失补发), whatever
    ///         its encumbrance, which stays. Object: the old receipt. Signed by: keeper, court liaison, new holder.
    /// @dev The court acts since before that holder got it, and is no party. The lender of the receipt does not become its
    ///      holder: Civil Code art. 428.
    function replaceLost(ReplaceLost calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _living(op.receipt);
        HOLDS.mustBeLost(op.receipt);
        _mustBeAt(op.receipt, receipt.head, op.head);
        bytes memory fields = _fields(7);
        bytes32 digest = _digest(REPLACE_LOST, fields, op.deadline);
        Party memory holder = _signReplaceLost(op, signatures, digest, receipt);
        receipt.head = _operated(op.receipt, REPLACE_LOST, digest, receipt.head, fields, signatures);
        _succeed(op.receipt, op.number, op.document, digest);
        Receipt storage successor = _receipts[op.number];
        (successor.holder, successor.heldBlock) = (holder, uint48(block.number));
    }

    function _signReplaceLost(
        ReplaceLost calldata op,
        bytes[] calldata signatures,
        bytes32 digest,
        Receipt storage receipt
    ) private view returns (Party memory holder) {
        _count(signatures, 3);
        Party memory keeper = _keeperOf(receipt.lot);
        bytes32 lender = receipt.lender.organisation;
        _mustSign(digest, signatures, 0, keeper);
        bytes32 court = _courtOver(digest, signatures, receipt, keeper.organisation);
        holder = _joins(digest, signatures, 2, Organisations.Role.Holder, op.holder, op.holderSince);
        _independent(op.holder, keeper.organisation);
        _independent(op.holder, lender);
        _independent(op.holder, court);
    }

    /// @dev A court that is no party and acts since before the receipt came to its holder.
    function _courtOver(bytes32 digest, bytes[] calldata signatures, Receipt storage receipt, bytes32 keeper)
        private
        view
        returns (bytes32)
    {
        bytes32[3] memory parties = [receipt.holder.organisation, receipt.lender.organisation, keeper];
        return _courtBefore(digest, signatures, 1, receipt.heldBlock, parties);
    }

    /// @dev A living receipt, free or pledged in force, unheld, not surrendered, at that head.
    function _rearranged(bytes32 number, bytes32 head) internal view returns (Receipt storage receipt) {
        receipt = _living(number);
        if (receipt.encumbrance != Encumbrance.Registered) _mustBeFree(number, receipt);
        _mustNotBeSurrendered(number, receipt);
        _unheld(number, receipt.lot);
        _mustBeAt(number, receipt.head, head);
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
        HOLDS.mustBeUnheld(number, lot, ChainTime.secondsNow());
    }

    function _independent(bytes32 organisation, bytes32 other) internal pure {
        if (organisation == other) revert ReceiptsNotIndependent(organisation);
    }

    function _mustBeFree(bytes32 number, Receipt storage receipt) internal view {
        if (receipt.encumbrance != Encumbrance.Free) {
            revert ReceiptsEncumbered(number, receipt.encumbrance, receipt.lender.organisation);
        }
    }

    /// @dev Only a keeper to which the receipt was surrendered holds in that role.
    function _mustNotBeSurrendered(bytes32 number, Receipt storage receipt) internal view {
        if (receipt.holder.role == Organisations.Role.Keeper) revert ReceiptsSurrendered(number);
    }

    /// @dev The one place where a receipt comes to be: a number is used once for ever.
    function _bear(bytes32 number, Receipt memory receipt, bytes32 head) internal {
        _mustBe(number != 0 && receipt.document != 0 && receipt.quantity > 0);
        if (_receipts[number].state != State.None) revert ReceiptsKnownNumber(number);
        receipt.state = State.Issued;
        receipt.head = head;
        _receipts[number] = receipt;
    }

    /// @dev A number, a document or a quantity is never zero.
    function _mustBe(bool given) internal pure {
        if (!given) revert ReceiptsZero();
    }

    function _copyOf(bytes32 number) internal view returns (Receipt memory) {
        return _receipts[number];
    }

    function _retire(bytes32 lot, uint128 quantity, bool gone, bytes32 holder) internal {
        LOTS.retired(lot, quantity, gone, holder);
    }

    function _recount(bytes32 lot, uint256 fewer, uint256 more) internal {
        LOTS.recounted(lot, uint32(fewer), uint32(more));
    }

    /// @dev A piece without a pledge.
    function _unburdened(Receipt memory receipt) internal pure {
        Party memory nobody;
        (receipt.pledge, receipt.lender, receipt.pledged, receipt.due) = (bytes32(0), nobody, 0, 0);
        receipt.encumbrance = Encumbrance.Free;
    }

    /// @dev The holder first, then the keeper, as art. 910 has it for the endorsement.
    function _bothSign(bytes32 digest, bytes[] calldata signatures, Party memory holder, bytes32 lot)
        internal
        view
        returns (Party memory keeper)
    {
        keeper = _keeperOf(lot);
        _mustSign(digest, signatures, 0, holder);
        _mustSign(digest, signatures, 1, keeper);
    }

    /// @dev Holder and keeper, and the lender while something is pledged.
    function _consent(
        bytes32 digest,
        bytes[] calldata signatures,
        Receipt storage receipt,
        Party memory holder
    ) private view {
        bool free = receipt.encumbrance == Encumbrance.Free;
        _count(signatures, free ? 2 : 3);
        _bothSign(digest, signatures, holder, receipt.lot);
        if (!free) _mustSign(digest, signatures, 2, _copyOf(receipt.lender));
    }

    function _hashOfQuantities(uint128[] calldata quantities) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(quantities));
    }

    function _mustBePieces(Split calldata op) private view {
        uint256 pieces = op.numbers.length;
        bool even = op.quantities.length == pieces && op.pledged.length == pieces && op.documents.length == pieces;
        if (!even || pieces < 2 || pieces > MOST_PIECES) revert ReceiptsPieces(pieces);
        uint256 quantity = 0;
        uint256 pledged = 0;
        for (uint256 i = 0; i < pieces; i++) {
            quantity += op.quantities[i];
            pledged += op.pledged[i];
            _atMost(op.numbers[i], op.pledged[i], op.quantities[i]);
        }
        Receipt storage receipt = _receipts[op.receipt];
        if (quantity != receipt.quantity || pledged != receipt.pledged) {
            revert ReceiptsNotTheWhole(op.receipt, quantity, pledged);
        }
    }

    function _divide(Split calldata op, bytes32 digest) private {
        bytes32 head = _moved(0, digest);
        for (uint256 i = 0; i < op.numbers.length; i++) {
            Receipt memory piece = _copyOf(op.receipt);
            (piece.quantity, piece.pledged) = (op.quantities[i], op.pledged[i]);
            (piece.document, piece.parent) = (op.documents[i], op.receipt);
            if (piece.pledged == 0) _unburdened(piece);
            _bear(op.numbers[i], piece, head);
        }
    }

    /// @dev The sum of what is merged. Its holder acts with the oldest keys of all, and holds it since the oldest of all.
    function _unite(Merge calldata op, bytes32 digest) private returns (Receipt memory whole) {
        whole = _copyOf(op.receipts[0]);
        (whole.quantity, whole.pledged, whole.document, whole.parent) = (0, 0, op.document, 0);
        for (uint256 i = 0; i < op.receipts.length; i++) {
            bytes32 number = op.receipts[i];
            Receipt storage receipt = _rearranged(number, op.heads[i]);
            if (
                receipt.lot != whole.lot || receipt.holder.organisation != whole.holder.organisation
                    || receipt.until != whole.until || receipt.trade != whole.trade || receipt.pledge != whole.pledge
            ) revert ReceiptsUnlike(number, op.receipts[0]);
            if (receipt.holder.since < whole.holder.since) whole.holder.since = receipt.holder.since;
            if (receipt.heldBlock < whole.heldBlock) whole.heldBlock = receipt.heldBlock;
            whole.quantity += receipt.quantity;
            whole.pledged += receipt.pledged;
            receipt.state = State.Merged;
            receipt.head = _moved(receipt.head, digest);
        }
    }

    function _succeed(bytes32 number, bytes32 to, bytes32 document, bytes32 digest) private {
        Receipt memory successor = _copyOf(number);
        (successor.document, successor.parent) = (document, number);
        _receipts[number].state = State.Replaced;
        _bear(to, successor, _moved(0, digest));
    }
}
