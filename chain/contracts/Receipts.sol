// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {IHolds} from "./IHolds.sol";
import {ILots, IReceiptsOfLots} from "./ILots.sol";
import {ITrades} from "./ITrades.sol";
import {IReceipts} from "./IReceipts.sol";
import {Organisations} from "./Organisations.sol";
import {Signed} from "./Signed.sol";
import {Succession} from "./Succession.sol";

/// @title Receipts: title to goods in a warehouse (仓单), and what stops it
/// @notice A receipt is issued over weighed goods of one lot, endorsed with its keeper's signature (Civil Code art. 910),
///         and ends by delivery or by its keeper, once the keeper holds it. Nobody has power over it but those who sign.
/// @dev Pledges alone sets encumbrances, Lots alone writes down. Sums over receipts are Lots'; this contract keeps them right.
contract Receipts is Succession, IReceiptsOfLots {
    struct Issue {
        bytes32 number;
        bytes32 lot;
        bytes32 lotHead;
        bytes32 holder;
        uint64 holderSince;
        uint128 quantity;
        uint64 until;
        bytes32 document;
        bytes32 trade;
        uint64 deadline;
    }

    struct Endorse {
        bytes32 receipt;
        bytes32 head;
        bytes32 to;
        uint64 toSince;
        uint64 deadline;
    }

    struct Surrender {
        bytes32 receipt;
        bytes32 head;
        uint64 deadline;
    }

    struct Cancel {
        bytes32 receipt;
        bytes32 head;
        uint64 deadline;
    }

    struct Deliver {
        bytes32 receipt;
        bytes32 head;
        uint128 quantity;
        bytes32[] evidence;
        bytes32[] serials;
        bool last;
        uint64 leftAt;
        uint8[] places;
        uint64 deadline;
    }

    error ReceiptsNotPledges(address caller);
    error ReceiptsNotLots(address caller);
    error ReceiptsNotHolds(address caller);
    error ReceiptsExpired(bytes32 number, uint64 until);
    error ReceiptsNotInTime(bytes32 number, uint64 leftAt);
    error ReceiptsNotSurrendered(bytes32 number);
    error ReceiptsNoPartyOfTheTrade(bytes32 trade, bytes32 organisation);
    error ReceiptsTradeFinanced(bytes32 trade, bytes32 lender);

    bytes32 private constant ISSUE = keccak256(
        "Issue(bytes32 number,bytes32 lot,bytes32 lotHead,bytes32 holder,uint64 holderSince,uint128 quantity,"
        "uint64 until,bytes32 document,bytes32 trade,uint64 deadline)"
    );
    bytes32 private constant ENDORSE =
        keccak256("Endorse(bytes32 receipt,bytes32 head,bytes32 to,uint64 toSince,uint64 deadline)");
    bytes32 private constant SURRENDER = keccak256("Surrender(bytes32 receipt,bytes32 head,uint64 deadline)");
    bytes32 private constant CANCEL = keccak256("Cancel(bytes32 receipt,bytes32 head,uint64 deadline)");
    bytes32 private constant DELIVER = keccak256(
        "Deliver(bytes32 receipt,bytes32 head,uint128 quantity,bytes32[] evidence,bytes32[] serials,bool last,"
        "uint64 leftAt,uint8[] places,uint64 deadline)"
    );

    /// @dev Three parties sign after the scale.
    uint64 private constant GRACE_SECONDS = 7 days;

    /// @notice The contract of the pledges; it alone encumbers.
    address public immutable PLEDGES;
    /// @notice The contract of the trades.
    ITrades public immutable TRADES;

    mapping(bytes32 pledge => uint128 sum) private _outstanding;

    /// @param registry The registry of parties on the same chain.
    /// @param lots The contract of the lots.
    /// @param holds Where the contract of the holds will be.
    /// @param pledges Where the contract of the pledges will be.
    /// @param trades Where the contract of the trades will be.
    constructor(Organisations registry, ILots lots, IHolds holds, address pledges, ITrades trades)
        EIP712("Tallystick Receipts", "1")
        Signed(registry)
        Succession(lots, holds)
    {
        if (address(lots).code.length == 0) revert SignedRegistryHasNoCode(address(lots));
        _mustBe(pledges != address(0) && address(holds) != address(0) && address(trades) != address(0));
        (PLEDGES, TRADES) = (pledges, trades);
    }

    /// @notice A new receipt over goods that were weighed in and are not in another (开立). Object: the receipt. Signed by:
    ///         keeper, holder, inspector; three organisations. The holder is a party of the trade that it names.
    function issue(Issue calldata op, bytes[] calldata signatures) external {
        (Party memory keeper, bytes32 lotHead) = LOTS.keeperOf(op.lot);
        if (_receipts[op.number].state != State.None) revert ReceiptsKnownNumber(op.number);
        _mustBeAt(op.lot, lotHead, op.lotHead);
        if (ChainTime.secondsNow() > op.until) revert ReceiptsExpired(op.number, op.until);
        bytes memory fields = _fields(10);
        bytes32 digest = _digest(ISSUE, fields, op.deadline);
        _count(signatures, 3);
        _mustSign(digest, signatures, 0, keeper);
        Receipt memory receipt;
        receipt.holder = _joins(digest, signatures, 1, Organisations.Role.Holder, op.holder, op.holderSince);
        Party memory inspector = _signer(digest, signatures, 2, Organisations.Role.Inspector);
        _isThird(op.lot, inspector, op.holder, keeper.organisation);
        if (op.trade != 0 && !_isParty(op.trade, op.holder)) revert ReceiptsNoPartyOfTheTrade(op.trade, op.holder);
        (receipt.lot, receipt.document, receipt.trade) = (op.lot, op.document, op.trade);
        (receipt.quantity, receipt.until) = (op.quantity, op.until);
        receipt.heldBlock = uint48(block.number);
        bytes32 head = _operated(op.number, ISSUE, digest, 0, fields, signatures);
        _bear(op.number, receipt, head);
        LOTS.issued(op.lot, op.quantity, op.holder);
    }

    /// @notice Another holder (背书转让, art. 910). Object: the receipt. Signed by: holder, keeper, new holder.
    /// @dev One that is no party of the trade takes the goods out of it, and while somebody finances it nobody does.
    function endorse(Endorse calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _movable(op.receipt, op.head);
        _mustNotBeSurrendered(op.receipt, receipt);
        if (ChainTime.secondsNow() > receipt.until) revert ReceiptsExpired(op.receipt, receipt.until);
        bytes memory fields = _fields(5);
        bytes32 digest = _digest(ENDORSE, fields, op.deadline);
        _count(signatures, 3);
        Party memory keeper = _bothSign(digest, signatures, _copyOf(receipt.holder), receipt.lot);
        _independent(op.to, keeper.organisation);
        receipt.holder = _joins(digest, signatures, 2, Organisations.Role.Holder, op.to, op.toSince);
        receipt.heldBlock = uint48(block.number);
        receipt.trade = _tradeOf(receipt.trade, op.to);
        receipt.head = _operated(op.receipt, ENDORSE, digest, receipt.head, fields, signatures);
    }

    /// @notice Back to its keeper (缴回), which can do one thing with it: cancel it. Object: the receipt. Signed by: holder,
    ///         keeper.
    function surrender(Surrender calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _movable(op.receipt, op.head);
        _mustNotBeSurrendered(op.receipt, receipt);
        bytes memory fields = _fields(3);
        bytes32 digest = _digest(SURRENDER, fields, op.deadline);
        _count(signatures, 2);
        Party memory holder = _copyOf(receipt.holder);
        receipt.surrenderedBy = holder.organisation;
        receipt.holder = _bothSign(digest, signatures, holder, receipt.lot);
        receipt.heldBlock = uint48(block.number);
        receipt.head = _operated(op.receipt, SURRENDER, digest, receipt.head, fields, signatures);
    }

    /// @notice Ends a receipt that its keeper holds (注销); its goods are unreceipted again. Object: the receipt. Signed by:
    ///         keeper.
    function cancel(Cancel calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _movable(op.receipt, op.head);
        if (receipt.holder.role != Organisations.Role.Keeper) revert ReceiptsNotSurrendered(op.receipt);
        bytes memory fields = _fields(3);
        bytes32 digest = _digest(CANCEL, fields, op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, _copyOf(receipt.holder));
        receipt.state = State.Cancelled;
        receipt.head = _operated(op.receipt, CANCEL, digest, receipt.head, fields, signatures);
        _retire(receipt.lot, receipt.quantity, true, receipt.surrenderedBy);
    }

    /// @notice Goods go to the holder of a free receipt (提货), also after its term. What is held of it stays. Object: the
    ///         receipt. Signed by: holder, keeper, verifier, three organisations; then witnesses at `places` of the lot's list.
    /// @dev `last` ends a receipt with a rest, which is unreceipted then: the holder takes what there is. What began after the
    ///      goods had left (`leftAt`) stops nothing, as they are gone; but where it stands, the lot's quorum without its keeper
    ///      says when they left. The same quorum sees the last piece go where it weighs more than is left of the face.
    function deliver(Deliver calldata op, bytes[] calldata signatures) external {
        Receipt storage receipt = _living(op.receipt);
        _mustBeFree(op.receipt, receipt);
        _mustNotBeSurrendered(op.receipt, receipt);
        _mustHaveLeft(op.receipt, receipt.lot, op.leftAt);
        uint128 face = receipt.quantity;
        _mustBe(op.quantity > 0);
        _atMost(op.receipt, op.quantity, face);
        HOLDS.mustLeave(op.receipt, op.last ? 0 : face - op.quantity, op.leftAt);
        _mustBeAt(op.receipt, receipt.head, op.head);
        bytes32 digest = _signDelivery(op, signatures, receipt);
        bool gone = op.last || op.quantity == face;
        receipt.quantity = gone ? 0 : face - op.quantity;
        if (gone) receipt.state = State.Delivered;
        receipt.head = _operated(op.receipt, DELIVER, digest, receipt.head, abi.encode(op), signatures);
        _handOver(op, digest, receipt, face, gone);
    }

    /// @inheritdoc IReceipts
    function encumber(bytes32 number, bytes32 digest, Charge calldata charge) external {
        _onlyPledges();
        _charge(number, digest, charge);
    }

    /// @inheritdoc IReceipts
    function reduce(bytes32 number, bytes32 digest, Charge calldata charge, Leaving calldata leaving) external {
        _onlyPledges();
        Receipt storage receipt = _receipts[number];
        uint128 face = receipt.quantity;
        uint128 less = leaving.quantity < leaving.ordered ? leaving.quantity : leaving.ordered;
        if (less > face) less = face;
        receipt.quantity = face - less;
        if (less == face) receipt.state = State.Delivered;
        _charge(number, digest, charge);
        _wentOut(receipt.lot, digest, leaving.quantity, leaving.evidence, leaving.serials, leaving.leftAt, false);
        _retire(receipt.lot, less, less == face, 0);
        if (leaving.quantity > less) LOTS.overPicked(receipt.lot);
    }

    /// @inheritdoc IReceipts
    function sold(bytes32 number, bytes32 digest, Party calldata buyer, bytes32 rest, bytes32 restDocument) external {
        _onlyPledges();
        Receipt storage receipt = _receipts[number];
        Receipt memory remainder = _copyOf(number);
        uint128 pledged = remainder.pledged;
        bool whole = remainder.quantity == pledged;
        (receipt.holder, receipt.quantity, receipt.trade) = (buyer, pledged, 0);
        receipt.heldBlock = uint48(block.number);
        if (whole) {
            if (rest != 0 || restDocument != 0) revert ReceiptsNotTheWhole(number, pledged, pledged);
        } else {
            remainder.quantity -= pledged;
            (remainder.parent, remainder.document) = (number, restDocument);
            _unburdened(remainder);
            _bear(rest, remainder, _moved(0, digest));
        }
        Charge memory none;
        _charge(number, digest, none);
        if (!whole) _recount(receipt.lot, 0, 1);
    }

    /// @inheritdoc IReceiptsOfLots
    /// @dev Refused while a court or a dispute holds it, for 30 days. What is written down to nothing is Cancelled; its
    ///      encumbrance stays as a mark, until its lender settles it.
    function writeDown(bytes32 number, uint128 face, uint128 pledged, bytes32 digest, bytes32 court) external {
        if (msg.sender != address(LOTS)) revert ReceiptsNotLots(msg.sender);
        Receipt storage receipt = _living(number);
        HOLDS.mustNotBeContested(number, receipt.lot);
        if (receipt.holder.organisation == court) revert SignedByAParty(court);
        _atMost(number, face, receipt.quantity);
        _atMost(number, pledged, face < receipt.pledged ? face : receipt.pledged);
        if (pledged < receipt.pledged) _outstanding[receipt.pledge] -= receipt.pledged - pledged;
        (receipt.quantity, receipt.pledged) = (face, pledged);
        if (face == 0) receipt.state = State.Cancelled;
        receipt.head = _moved(receipt.head, digest);
    }

    /// @inheritdoc IReceipts
    function receiptOf(bytes32 number) external view returns (Receipt memory) {
        return _copyOf(number);
    }

    /// @inheritdoc IReceipts
    function livingOf(bytes32 number) external view returns (Receipt memory) {
        _living(number);
        return _copyOf(number);
    }

    /// @inheritdoc IReceipts
    function outstandingOf(bytes32 pledge) external view returns (uint128) {
        return _outstanding[pledge];
    }

    /// @inheritdoc IReceipts
    function touch(bytes32 number, bytes32 digest) external {
        if (msg.sender != address(HOLDS)) revert ReceiptsNotHolds(msg.sender);
        Receipt storage receipt = _receipts[number];
        receipt.head = _moved(receipt.head, digest);
    }

    /// @inheritdoc IReceiptsOfLots
    function quantitiesOf(bytes32 number)
        external
        view
        returns (bytes32 lot, bool live, uint128 face, uint128 pledged, bytes32 lender)
    {
        Receipt storage receipt = _receipts[number];
        return (
            receipt.lot,
            receipt.state == State.Issued,
            receipt.quantity,
            receipt.pledged,
            receipt.lender.organisation
        );
    }

    /// @inheritdoc IReceiptsOfLots
    function holderOf(bytes32 number) external view returns (bytes32 lot, bool live, bytes32 holder) {
        Receipt storage receipt = _receipts[number];
        return (receipt.lot, receipt.state == State.Issued, receipt.holder.organisation);
    }

    /// @dev A living receipt, free, unheld, at that head.
    function _movable(bytes32 number, bytes32 head) private view returns (Receipt storage receipt) {
        receipt = _living(number);
        _mustBeFree(number, receipt);
        _unheld(number, receipt.lot);
        _mustBeAt(number, receipt.head, head);
    }

    /// @dev The lot without what was delivered; a rest that `last` leaves is the holder's, in no receipt.
    function _handOver(Deliver calldata op, bytes32 digest, Receipt storage receipt, uint128 face, bool gone) private {
        bytes32 lot = receipt.lot;
        bool whole = op.places.length > 0 && op.quantity == face;
        _wentOut(lot, digest, op.quantity, op.evidence, op.serials, op.leftAt, whole);
        _retire(lot, op.quantity, gone, 0);
        if (op.quantity < face && gone) _retire(lot, face - op.quantity, false, receipt.holder.organisation);
    }

    /// @dev The trade of goods that go to this holder.
    function _tradeOf(bytes32 trade, bytes32 holder) private view returns (bytes32) {
        if (trade == 0 || _isParty(trade, holder)) return trade;
        (bytes32 lender,) = TRADES.financedBy(trade);
        if (lender != 0) revert ReceiptsTradeFinanced(trade, lender);
        return 0;
    }

    /// @dev Refused where the trade was never opened.
    function _isParty(bytes32 trade, bytes32 organisation) private view returns (bool) {
        (bytes32 seller, bytes32 buyer) = TRADES.partiesOf(trade);
        return organisation == seller || organisation == buyer;
    }

    function _signDelivery(Deliver calldata op, bytes[] calldata signatures, Receipt storage receipt)
        private
        view
        returns (bytes32 digest)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                DELIVER,
                op.receipt,
                op.head,
                op.quantity,
                _hashOf(op.evidence),
                _hashOf(op.serials),
                op.last,
                op.leftAt,
                _hashOf(op.places),
                op.deadline
            )
        );
        digest = _digestOf(structHash, op.deadline);
        _count(signatures, 3 + op.places.length);
        Party memory holder = _copyOf(receipt.holder);
        Party memory keeper = _bothSign(digest, signatures, holder, receipt.lot);
        Party memory verifier = _signer(digest, signatures, 2, Organisations.Role.Verifier);
        _isThird(receipt.lot, verifier, holder.organisation, keeper.organisation);
        // Pieces with serial numbers may also need it, to leave whole.
        bool needed = (op.serials.length > 0 && op.places.length > 0)
            || HOLDS.beganSince(op.receipt, receipt.lot, op.leftAt);
        LOTS.ATTESTATIONS().mustWitness(receipt.lot, needed, op.places, digest, signatures, 3);
    }

    /// @dev Goods are told of after they have left, and within a week.
    function _mustHaveLeft(bytes32 number, bytes32 lot, uint64 leftAt) private view {
        uint64 time = ChainTime.secondsNow();
        if (leftAt > time || time > leftAt + GRACE_SECONDS) revert ReceiptsNotInTime(number, leftAt);
        if (LOTS.wasShort(lot, leftAt)) revert ReceiptsShort(number, lot);
    }

    /// @dev Three organisations: what they sign together, none of them says alone.
    function _isThird(bytes32 lot, Party memory third, bytes32 holder, bytes32 keeper) private view {
        if (!LOTS.ATTESTATIONS().isWitness(lot, third)) revert ReceiptsNotAWitness(lot, third.organisation);
        _independent(third.organisation, holder);
        _independent(third.organisation, keeper);
        _independent(holder, keeper);
    }

    function _wentOut(
        bytes32 lot,
        bytes32 digest,
        uint128 quantity,
        bytes32[] calldata evidence,
        bytes32[] calldata serials,
        uint64 leftAt,
        bool whole
    ) private {
        LOTS.wentOut(lot, digest, evidence, quantity, serials, leftAt, whole);
    }

    function _onlyPledges() private view {
        if (msg.sender != PLEDGES) revert ReceiptsNotPledges(msg.sender);
    }

    /// @dev The one place where something is pledged or freed: never beyond the face, and the sums follow.
    function _charge(bytes32 number, bytes32 digest, Charge memory charge) private {
        Receipt storage receipt = _receipts[number];
        uint128 before = receipt.pledged;
        bytes32 pledge = receipt.pledge;
        bytes32 lender = receipt.lender.organisation;
        _atMost(number, charge.pledged, receipt.quantity);
        receipt.pledge = charge.pledge;
        receipt.lender = charge.lender;
        receipt.pledged = charge.pledged;
        receipt.due = charge.due;
        receipt.encumbrance = charge.encumbrance;
        receipt.head = _moved(receipt.head, digest);
        if (charge.pledged > before) {
            _outstanding[charge.pledge] += charge.pledged - before;
            LOTS.pledgedMore(receipt.lot, charge.pledged - before, charge.lender);
        } else if (charge.pledged < before) {
            _outstanding[pledge] -= before - charge.pledged;
            LOTS.pledgedLess(receipt.lot, before - charge.pledged, lender);
        }
    }
}
