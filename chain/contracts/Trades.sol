// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ITrades} from "./ITrades.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";
import {Signed} from "./Signed.sol";

/// @title Trades: one trade, one lender at a time
/// @notice A trade (一笔贸易) is an order between a seller and a buyer. The same value shows up three times: as the order, as
///         the goods on a receipt (仓单), and as the receivable that a voucher (应收账款电子凭证) stands for. While one lender
///         finances any of them, no other lender finances any of the rest.
/// @dev A trade is named by a nullifier (`tally_chain.registry.nullifier`), so that the same order has the same name for
///      everybody. A registrar that is neither party countersigns it, because it alone can compute it from the order's
///      number: without it, anybody could block other people's trades, or open one order under two names. Which
///      registrars to trust, a lender's policy says; the trade remembers which one signed.
///      There is no administration. A trade is never closed: what was financed and repaid may be financed again.
contract Trades is ITrades, Parties {
    /// @notice Opens a trade (signed by the seller and the buyer, role Holder, and by a registrar, role RegistryAdmin).
    /// @param trade Its nullifier; never zero, never used before.
    /// @param seller Who sells.
    /// @param sellerSince Only keys of the seller that act since this block or before may sign; a block that was.
    /// @param buyer Who buys; another organisation.
    /// @param buyerSince The same for the buyer.
    /// @param terms Salted digest of the order; never zero.
    /// @param deadline Last second in which the signatures count.
    struct OpenTrade {
        bytes32 trade;
        bytes32 seller;
        uint64 sellerSince;
        bytes32 buyer;
        uint64 buyerSince;
        bytes32 terms;
        uint64 deadline;
    }

    /// @notice A lender finances the order (订单融资; signed by the borrower, who is the seller or the buyer, and the lender).
    /// @param borrower Who borrows.
    /// @param lender Who lends; neither the seller nor the buyer.
    /// @param lenderSince Only keys of the lender that act since this block or before may sign; a block that was.
    /// @param terms Salted digest of the loan's terms; never zero.
    struct FinanceOrder {
        bytes32 trade;
        bytes32 head;
        bytes32 borrower;
        bytes32 lender;
        uint64 lenderSince;
        bytes32 terms;
        uint64 deadline;
    }

    /// @notice The order's loan is repaid (signed by its lender with two keys).
    /// @param discharge Digest of what shows it; never zero.
    struct RepayOrder {
        bytes32 trade;
        bytes32 head;
        bytes32 discharge;
        uint64 deadline;
    }

    /// @notice A court found that nothing is owed on the order, though its lender does not say so (signed by a court liaison that
    ///         is no party and acts since before the loan, and the borrower).
    /// @param judgment Digest of the judgment; never zero.
    struct DischargeOrder {
        bytes32 trade;
        bytes32 head;
        bytes32 judgment;
        uint64 deadline;
    }

    /// @notice What a reader gets about a trade, in one answer.
    /// @param seller Who sells, as of the operation that opened it.
    /// @param buyer Who buys.
    /// @param registrar Whose countersignature says that its name is right.
    /// @param head Hash over all operations on it.
    /// @param terms Digest of the order.
    /// @param lender Organisation that finances it now, or zero.
    /// @param pieces How many pieces of it that lender finances.
    /// @param orderLender Who finances the order itself; organisation zero where nobody does.
    /// @param borrower Who borrowed on the order, or zero.
    /// @param orderTerms Digest of that loan's terms, or zero.
    /// @param orderBlock Block that wrote that loan down, or zero.
    struct Trade {
        Party seller;
        Party buyer;
        Party registrar;
        bytes32 head;
        bytes32 terms;
        bytes32 lender;
        uint32 pieces;
        Party orderLender;
        bytes32 borrower;
        bytes32 orderTerms;
        uint64 orderBlock;
    }

    error TradesZeroId();
    error TradesKnown(bytes32 trade);
    error TradesNotIndependent(bytes32 trade, bytes32 organisation);
    error TradesNoParty(bytes32 trade, bytes32 organisation);
    error TradesOrderFinanced(bytes32 trade, bytes32 lender);
    error TradesOrderNotFinanced(bytes32 trade);
    error TradesLocked(bytes32 trade, bytes32 object);
    error TradesNotLocked(bytes32 trade, bytes32 object);
    error TradesNotForCaller(address caller);

    bytes32 private constant OPEN_TRADE = keccak256(
        "OpenTrade(bytes32 trade,bytes32 seller,uint64 sellerSince,bytes32 buyer,uint64 buyerSince,bytes32 terms,uint64 deadline)"
    );
    bytes32 private constant FINANCE_ORDER = keccak256(
        "FinanceOrder(bytes32 trade,bytes32 head,bytes32 borrower,bytes32 lender,uint64 lenderSince,bytes32 terms,uint64 deadline)"
    );
    bytes32 private constant REPAY_ORDER =
        keccak256("RepayOrder(bytes32 trade,bytes32 head,bytes32 discharge,uint64 deadline)");
    bytes32 private constant DISCHARGE_ORDER =
        keccak256("DischargeOrder(bytes32 trade,bytes32 head,bytes32 judgment,uint64 deadline)");

    /// @notice The contract that pledges receipts.
    address public immutable PLEDGES;
    /// @notice The contract of receivable vouchers.
    address public immutable VOUCHERS;

    mapping(bytes32 trade => Trade) private _trades;
    mapping(bytes32 trade => mapping(address by => mapping(bytes32 object => bool))) private _locked;

    /// @param organisations The registry of parties on the same chain.
    /// @param pledges Where the contract of pledges stands or will stand; checked by who deploys.
    /// @param vouchers Where the contract of vouchers stands or will stand.
    constructor(Organisations organisations, address pledges, address vouchers)
        EIP712("Tallystick Trades", "1")
        Signed(organisations)
    {
        if (pledges == address(0) || vouchers == address(0)) revert TradesZeroId();
        PLEDGES = pledges;
        VOUCHERS = vouchers;
    }

    /// @notice Opens a trade between two organisations.
    function openTrade(OpenTrade calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(OPEN_TRADE, fields, op.deadline);
        _count(signatures, 3);
        if (op.trade == bytes32(0) || op.terms == bytes32(0)) revert TradesZeroId();
        Trade storage trade = _trades[op.trade];
        if (trade.head != bytes32(0)) revert TradesKnown(op.trade);
        if (op.seller == op.buyer) revert TradesNotIndependent(op.trade, op.buyer);
        trade.seller = _joins(digest, signatures, 0, Organisations.Role.Holder, op.seller, op.sellerSince);
        trade.buyer = _joins(digest, signatures, 1, Organisations.Role.Holder, op.buyer, op.buyerSince);
        // As old as the parties' keys: none that was bound for this trade.
        uint64 since = op.sellerSince < op.buyerSince ? op.sellerSince : op.buyerSince;
        Party memory registrar = _signerSince(digest, signatures, 2, Organisations.Role.RegistryAdmin, since);
        if (registrar.organisation == op.seller || registrar.organisation == op.buyer) {
            revert TradesNotIndependent(op.trade, registrar.organisation);
        }
        trade.registrar = registrar;
        trade.terms = op.terms;
        trade.head = _operated(op.trade, OPEN_TRADE, digest, bytes32(0), fields, signatures);
    }

    /// @notice Writes down that a lender finances the order. One loan at a time stands on an order.
    function financeOrder(FinanceOrder calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(FINANCE_ORDER, fields, op.deadline);
        _count(signatures, 2);
        Trade storage trade = _opened(op.trade);
        if (op.terms == bytes32(0)) revert TradesZeroId();
        bytes32 seller = trade.seller.organisation;
        bytes32 buyer = trade.buyer.organisation;
        if (op.borrower != seller && op.borrower != buyer) revert TradesNoParty(op.trade, op.borrower);
        if (op.lender == seller || op.lender == buyer) revert TradesNotIndependent(op.trade, op.lender);
        if (trade.orderLender.organisation != bytes32(0)) {
            revert TradesOrderFinanced(op.trade, trade.orderLender.organisation);
        }
        // Before the head, so that the lender who comes second is told who was first.
        _lock(address(this), op.trade, op.lender, op.trade);
        _mustBeAt(op.trade, trade.head, op.head);
        _mustSign(digest, signatures, 0, op.borrower == seller ? trade.seller : trade.buyer);
        trade.orderLender = _joins(digest, signatures, 1, Organisations.Role.Lender, op.lender, op.lenderSince);
        trade.borrower = op.borrower;
        trade.orderTerms = op.terms;
        trade.orderBlock = uint64(block.number);
        trade.head = _operated(op.trade, FINANCE_ORDER, digest, op.head, fields, signatures);
    }

    /// @notice Writes down that the order's loan is repaid.
    function repayOrder(RepayOrder calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(REPAY_ORDER, fields, op.deadline);
        _count(signatures, 2);
        Trade storage trade = _financed(op.trade, op.head, op.discharge);
        _mustSignTwice(digest, signatures, 0, trade.orderLender);
        _end(op.trade, trade);
        trade.head = _operated(op.trade, REPAY_ORDER, digest, op.head, fields, signatures);
    }

    /// @notice Writes down that nothing is owed on the order, by judgment.
    function dischargeOrder(DischargeOrder calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(DISCHARGE_ORDER, fields, op.deadline);
        _count(signatures, 2);
        Trade storage trade = _financed(op.trade, op.head, op.judgment);
        (bytes32 seller, bytes32 buyer) = (trade.seller.organisation, trade.buyer.organisation);
        _courtBefore(digest, signatures, 0, trade.orderBlock, [seller, buyer, trade.orderLender.organisation]);
        _mustSign(digest, signatures, 1, trade.borrower == seller ? trade.seller : trade.buyer);
        _end(op.trade, trade);
        trade.head = _operated(op.trade, DISCHARGE_ORDER, digest, op.head, fields, signatures);
    }

    /// @inheritdoc ITrades
    function lock(bytes32 trade, bytes32 lender, bytes32 object) external {
        _mustBeTrusted();
        _lock(msg.sender, trade, lender, object);
    }

    /// @inheritdoc ITrades
    function unlock(bytes32 trade, bytes32 lender, bytes32 object) external {
        _mustBeTrusted();
        _unlock(msg.sender, trade, lender, object);
    }

    /// @notice Everything that is known about a trade; reverts for one that was never opened.
    function tradeOf(bytes32 trade) external view returns (Trade memory) {
        return _opened(trade);
    }

    /// @inheritdoc ITrades
    function partiesOf(bytes32 trade) external view returns (bytes32 seller, bytes32 buyer) {
        Trade storage found = _opened(trade);
        return (found.seller.organisation, found.buyer.organisation);
    }

    /// @inheritdoc ITrades
    function financedBy(bytes32 trade) external view returns (bytes32 lender, uint32 pieces) {
        Trade storage found = _trades[trade];
        return (found.lender, found.pieces);
    }

    /// @inheritdoc ITrades
    function isLocked(bytes32 trade, address by, bytes32 object) external view returns (bool) {
        return _locked[trade][by][object];
    }

    function _opened(bytes32 trade) private view returns (Trade storage found) {
        found = _trades[trade];
        if (found.head == bytes32(0)) revert TradesUnknown(trade);
    }

    /// @dev A trade whose order is financed, at that head; `shown` is never zero.
    function _financed(bytes32 id, bytes32 head, bytes32 shown) private view returns (Trade storage trade) {
        trade = _opened(id);
        if (shown == bytes32(0)) revert TradesZeroId();
        if (trade.orderLender.organisation == bytes32(0)) revert TradesOrderNotFinanced(id);
        _mustBeAt(id, trade.head, head);
    }

    /// @dev Ends the loan on an order.
    function _end(bytes32 id, Trade storage trade) private {
        _unlock(address(this), id, trade.orderLender.organisation, id);
        delete trade.orderLender;
        (trade.borrower, trade.orderTerms, trade.orderBlock) = (bytes32(0), bytes32(0), 0);
    }

    function _mustBeTrusted() private view {
        if (msg.sender != PLEDGES && msg.sender != VOUCHERS) revert TradesNotForCaller(msg.sender);
    }

    /// @dev The only place where a trade gets a lender; `by` keeps the pieces of the three kinds apart.
    function _lock(address by, bytes32 trade, bytes32 lender, bytes32 object) private {
        Trade storage found = _opened(trade);
        if (lender == bytes32(0)) revert TradesZeroId();
        if (found.pieces != 0 && found.lender != lender) revert TradesFinanced(trade, found.lender);
        if (_locked[trade][by][object]) revert TradesLocked(trade, object);
        _locked[trade][by][object] = true;
        found.lender = lender;
        found.pieces += 1;
    }

    function _unlock(address by, bytes32 trade, bytes32 lender, bytes32 object) private {
        Trade storage found = _opened(trade);
        if (!_locked[trade][by][object] || found.lender != lender) revert TradesNotLocked(trade, object);
        _locked[trade][by][object] = false;
        found.pieces -= 1;
        if (found.pieces == 0) found.lender = bytes32(0);
    }
}
