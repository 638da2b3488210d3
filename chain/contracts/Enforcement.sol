// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ChainTime} from "./ChainTime.sol";
import {IReceipts} from "./IReceipts.sol";
import {Organisations} from "./Organisations.sol";
import {Outbound} from "./Outbound.sol";

/// @title Enforcement: margin call, default, sale
/// @notice A default gives the lender no title. It is paid from a sale to somebody else (拍卖、变卖), or takes over at a valued
///         price what the pledgor agrees to after the default (折价): Civil Code arts. 428, 436. The surplus is the pledgor's
///         (art. 438); in what order it was paid, the digest `waterfall` commits to (清偿顺序, art. 561).
abstract contract Enforcement is Outbound {
    struct CallMargin {
        bytes32 receipt;
        bytes32 head;
        uint64 until;
        bytes32 computation;
        uint64 deadline;
    }

    struct Cure {
        bytes32 receipt;
        bytes32 head;
        bytes32 computation;
        uint64 deadline;
    }

    struct DeclareDefault {
        bytes32 receipt;
        bytes32 head;
        bytes32 reason;
        uint64 deadline;
    }

    struct Enforce {
        bytes32 receipt;
        bytes32 head;
        uint64 noticeUntil;
        bytes32 valuation;
        bytes32 reserve;
        uint64 deadline;
    }

    struct Settle {
        bytes32 receipt;
        bytes32 head;
        bytes32 discharge;
        uint64 deadline;
    }

    struct Sell {
        bytes32 receipt;
        bytes32 head;
        bytes32 buyer;
        uint64 buyerSince;
        bytes32 rest;
        bytes32 restDocument;
        bytes32 waterfall;
        bytes32 report;
        uint64 deadline;
    }

    struct TakeOver {
        bytes32 receipt;
        bytes32 head;
        bytes32 buyer;
        uint64 buyerSince;
        bytes32 rest;
        bytes32 restDocument;
        bytes32 waterfall;
        bytes32 report;
        uint64 deadline;
    }

    struct Discharge {
        bytes32 receipt;
        bytes32 head;
        bytes32 judgment;
        uint64 deadline;
    }

    error PledgesNotTheLender(bytes32 buyer, bytes32 lender);

    bytes32 private constant CALL_MARGIN =
        keccak256("CallMargin(bytes32 receipt,bytes32 head,uint64 until,bytes32 computation,uint64 deadline)");
    bytes32 private constant CURE =
        keccak256("Cure(bytes32 receipt,bytes32 head,bytes32 computation,uint64 deadline)");
    bytes32 private constant DECLARE_DEFAULT =
        keccak256("DeclareDefault(bytes32 receipt,bytes32 head,bytes32 reason,uint64 deadline)");
    bytes32 private constant ENFORCE = keccak256(
        "Enforce(bytes32 receipt,bytes32 head,uint64 noticeUntil,bytes32 valuation,bytes32 reserve,uint64 deadline)"
    );
    bytes32 private constant SETTLE =
        keccak256("Settle(bytes32 receipt,bytes32 head,bytes32 discharge,uint64 deadline)");
    bytes32 private constant DISCHARGE =
        keccak256("Discharge(bytes32 receipt,bytes32 head,bytes32 judgment,uint64 deadline)");
    bytes32 private constant SELL = keccak256(
        "Sell(bytes32 receipt,bytes32 head,bytes32 buyer,uint64 buyerSince,bytes32 rest,bytes32 restDocument,"
        "bytes32 waterfall,bytes32 report,uint64 deadline)"
    );
    bytes32 private constant TAKE_OVER = keccak256(
        "TakeOver(bytes32 receipt,bytes32 head,bytes32 buyer,uint64 buyerSince,bytes32 rest,bytes32 restDocument,"
        "bytes32 waterfall,bytes32 report,uint64 deadline)"
    );

    uint64 private constant LEAST_CALL_SECONDS = 1 days;
    uint64 private constant LEAST_NOTICE_SECONDS = 5 days;

    /// @notice Calls for more cover (补仓通知) until a time at least a day away. Object: the receipt. Signed by: the lender. It
    ///         stops a floor: after a cure lender and holder set one anew.
    function callMargin(CallMargin calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, REGISTERED);
        _given(op.computation);
        _atLeast(op.receipt, op.until, LEAST_CALL_SECONDS);
        bytes32 digest = _lenderSigns(CALL_MARGIN, 5, op.receipt, op.deadline, signatures, receipt);
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.MarginCall, op.until);
        _stopFloor(op.receipt, receipt.pledge);
    }

    /// @notice The call was answered. Object: the receipt. Signed by: the lender.
    function cure(Cure calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, MARGIN_CALL);
        _given(op.computation);
        bytes32 digest = _lenderSigns(CURE, 4, op.receipt, op.deadline, signatures, receipt);
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.Registered, 0);
    }

    /// @notice The call's time or the debt's maturity is over (违约), a block or more after the stage before. Object: the
    ///         receipt. Signed by: the lender. It stops a floor.
    function declareDefault(DeclareDefault calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, REGISTERED | MARGIN_CALL);
        _given(op.reason);
        uint64 maturity = _terms[receipt.pledge].maturity;
        bool called = receipt.encumbrance == IReceipts.Encumbrance.MarginCall && receipt.due < maturity;
        _over(op.receipt, called ? receipt.due : maturity);
        _notInOneBlock(op.receipt, receipt.pledge);
        bytes32 digest = _lenderSigns(DECLARE_DEFAULT, 4, op.receipt, op.deadline, signatures, receipt);
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.Default, 0);
        _stopFloor(op.receipt, receipt.pledge);
    }

    /// @notice Gives notice of a sale, at least five days before it, with a valuation and a reserve price. Object: the receipt.
    ///         Signed by: the lender.
    function enforce(Enforce calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, DEFAULT);
        _given(op.valuation);
        _given(op.reserve);
        _atLeast(op.receipt, op.noticeUntil, LEAST_NOTICE_SECONDS);
        bytes32 digest = _lenderSigns(ENFORCE, 6, op.receipt, op.deadline, signatures, receipt);
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.Enforcing, op.noticeUntil);
    }

    /// @notice The debt was paid after default: the receipt is free. Object: the receipt. Signed by: two keys of the lender.
    /// @dev Also what a shortage wrote down to nothing, so that its trade becomes free.
    function settle(Settle calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _markedOrIn(op.receipt, op.head, DEFAULT | ENFORCING);
        _given(op.discharge);
        bytes32 digest = _lenderSignsTwice(SETTLE, 4, op.receipt, op.deadline, signatures, receipt, false);
        _free(op.receipt, digest, receipt);
    }

    /// @notice A court has found that nothing is owed, though the lender does not say so (判决解除质押): the receipt is free.
    ///         Object: the receipt. Signed by: court liaison, keeper. The court is no party and acts since before the pledge.
    function discharge(Discharge calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _markedOrIn(op.receipt, op.head, ACCEPTED | PLEDGED);
        _given(op.judgment);
        bytes memory fields = _fields(4);
        bytes32 digest = _digest(DISCHARGE, fields, op.deadline);
        _count(signatures, 2);
        Party memory keeper = _keeperOf(receipt.lot);
        uint64 begun = _terms[receipt.pledge].offeredBlock;
        bytes32[3] memory parties =
            [receipt.holder.organisation, receipt.lender.organisation, keeper.organisation];
        _courtBefore(digest, signatures, 0, begun, parties);
        _mustSign(digest, signatures, 1, keeper);
        _operated(op.receipt, DISCHARGE, digest, receipt.head, fields, signatures);
        _free(op.receipt, digest, receipt);
    }

    /// @notice What is pledged is sold after the notice, to somebody who is neither lender nor auctioneer nor keeper; what is
    ///         not pledged becomes receipt `rest` of the pledgor. Object: the receipt. Signed by: lender with two keys,
    ///         auctioneer, keeper, buyer.
    function sell(Sell calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, ENFORCING);
        _over(op.receipt, receipt.due);
        _accounted(op.receipt, receipt.lot, op.waterfall, op.report);
        bytes memory fields = _fields(9);
        bytes32 digest = _digest(SELL, fields, op.deadline);
        _count(signatures, 5);
        _mustSignTwice(digest, signatures, 0, receipt.lender);
        bytes32 auctioneer = _auctioneerAndKeeper(digest, signatures, 2, receipt, op.buyer);
        _independent(op.buyer, receipt.lender.organisation);
        _independent(op.buyer, auctioneer);
        Party memory buyer = _joins(digest, signatures, 4, Organisations.Role.Holder, op.buyer, op.buyerSince);
        _operated(op.receipt, SELL, digest, receipt.head, fields, signatures);
        _sold(op.receipt, digest, receipt, buyer, op.rest, op.restDocument);
    }

    /// @notice The lender buys, because the pledgor agrees to it after the default (折价协议, art. 436), in a later block: its
    ///         signature is over a head that nobody knew before the block that came before the default's. Object: the
    ///         receipt. Signed by: lender with two keys, pledgor, auctioneer, keeper, and the lender's organisation as holder.
    function takeOver(TakeOver calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, DEFAULT | ENFORCING);
        if (op.buyer != receipt.lender.organisation) {
            revert PledgesNotTheLender(op.buyer, receipt.lender.organisation);
        }
        _notInOneBlock(op.receipt, receipt.pledge);
        _accounted(op.receipt, receipt.lot, op.waterfall, op.report);
        bytes memory fields = _fields(9);
        bytes32 digest = _digest(TAKE_OVER, fields, op.deadline);
        _count(signatures, 6);
        _mustSignTwice(digest, signatures, 0, receipt.lender);
        _mustSign(digest, signatures, 2, receipt.holder);
        _auctioneerAndKeeper(digest, signatures, 3, receipt, op.buyer);
        Party memory buyer = _joins(digest, signatures, 5, Organisations.Role.Holder, op.buyer, op.buyerSince);
        _operated(op.receipt, TAKE_OVER, digest, receipt.head, fields, signatures);
        _sold(op.receipt, digest, receipt, buyer, op.rest, op.restDocument);
    }

    function _sold(
        bytes32 number,
        bytes32 digest,
        IReceipts.Receipt memory receipt,
        Party memory buyer,
        bytes32 rest,
        bytes32 restDocument
    ) private {
        RECEIPTS.sold(number, digest, buyer, rest, restDocument);
        _unlock(receipt);
    }

    /// @dev A living receipt in one of the stages, or one that was written down to nothing and is marked still.
    function _markedOrIn(bytes32 number, bytes32 head, uint256 stages)
        private
        view
        returns (IReceipts.Receipt memory receipt)
    {
        receipt = RECEIPTS.receiptOf(number);
        bool marked = (1 << uint256(receipt.encumbrance)) & (FREE | OFFERED) == 0;
        if (receipt.state != IReceipts.State.Cancelled || !marked) return _in(number, head, stages);
        _mustBeAt(number, receipt.head, head);
    }

    function _atLeast(bytes32 number, uint64 until, uint64 length) private view {
        uint64 least = ChainTime.secondsNow() + length;
        if (until < least) revert PledgesTooShort(number, until, least);
    }

    /// @dev Nothing is disposed of that is held, or without an account of the money.
    function _accounted(bytes32 number, bytes32 lot, bytes32 waterfall, bytes32 report) private view {
        HOLDS.mustBeSaleable(number, lot);
        _given(waterfall);
        _given(report);
    }

    /// @dev The auctioneer is no party to the sale, and acts since before the pledge: none that was bound for this sale. No
    ///      keeper becomes a holder of what it keeps.
    function _auctioneerAndKeeper(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        IReceipts.Receipt memory receipt,
        bytes32 buyer
    ) private view returns (bytes32 auctioneer) {
        auctioneer = _signerSince(
            digest, signatures, place, Organisations.Role.Auctioneer, _terms[receipt.pledge].offeredBlock - 1
        ).organisation;
        Party memory keeper = _keeperOf(receipt.lot);
        _mustSign(digest, signatures, place + 1, keeper);
        _independent(auctioneer, receipt.lender.organisation);
        _independent(auctioneer, receipt.holder.organisation);
        _independent(auctioneer, keeper.organisation);
        _independent(buyer, keeper.organisation);
    }
}
