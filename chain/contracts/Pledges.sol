// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {Enforcement} from "./Enforcement.sol";
import {IHolds} from "./IHolds.sol";
import {ILots} from "./ILots.sol";
import {IReceipts} from "./IReceipts.sol";
import {ITrades} from "./ITrades.sol";
import {Organisations} from "./Organisations.sol";
import {Pledging} from "./Pledging.sol";
import {Signed} from "./Signed.sol";

/// @title Pledges: the second axis (担保): offered, accepted, registered, released; called, in default, sold
/// @notice Both sides sign a pledge: the holder's endorsement 质押 with its keeper's signature, then the lender's acceptance
///         over its checks, then the filing in the registry of movables (中登网). What is freed, two keys of the lender free.
/// @dev Amounts of money are not here: the lender's own service tests coverage before it signs, and `computation` is the
///      digest of that. The receipt's head is Receipts'; this contract moves it with every operation.
contract Pledges is Enforcement {
    struct Offer {
        bytes32 receipt;
        bytes32 head;
        bytes32 lender;
        uint64 lenderSince;
        uint128 quantity;
        bytes32 terms;
        uint64 until;
        uint64 maturity;
        uint64 deadline;
    }

    struct Withdraw {
        bytes32 receipt;
        bytes32 head;
        Organisations.Role role;
        uint64 deadline;
    }

    struct Accept {
        bytes32 receipt;
        bytes32 head;
        bytes32 ownership;
        bytes32 valuation;
        bytes32 search;
        uint64 deadline;
    }

    struct Register {
        bytes32 receipt;
        bytes32 head;
        bytes32 filing;
        bytes32 search;
        uint64 deadline;
    }

    struct Release {
        bytes32 receipt;
        bytes32 head;
        uint128 quantity;
        bytes32 computation;
        uint64 deadline;
    }

    struct Substitute {
        bytes32 receipt;
        bytes32 head;
        bytes32 with;
        bytes32 withHead;
        uint128 quantity;
        bytes32 filing;
        bytes32 computation;
        uint64 deadline;
    }

    error PledgesNotByThatRole(bytes32 receipt, Organisations.Role role);
    error PledgesAnotherHolder(bytes32 receipt, bytes32 holder);
    error PledgesOrdered(bytes32 receipt, uint128 ordered);

    bytes32 private constant OFFER = keccak256(
        "Offer(bytes32 receipt,bytes32 head,bytes32 lender,uint64 lenderSince,uint128 quantity,bytes32 terms,"
        "uint64 until,uint64 maturity,uint64 deadline)"
    );
    bytes32 private constant WITHDRAW =
        keccak256("Withdraw(bytes32 receipt,bytes32 head,uint8 role,uint64 deadline)");
    bytes32 private constant ACCEPT = keccak256(
        "Accept(bytes32 receipt,bytes32 head,bytes32 ownership,bytes32 valuation,bytes32 search,uint64 deadline)"
    );
    bytes32 private constant REGISTER =
        keccak256("Register(bytes32 receipt,bytes32 head,bytes32 filing,bytes32 search,uint64 deadline)");
    bytes32 private constant RELEASE =
        keccak256("Release(bytes32 receipt,bytes32 head,uint128 quantity,bytes32 computation,uint64 deadline)");
    bytes32 private constant SUBSTITUTE = keccak256(
        "Substitute(bytes32 receipt,bytes32 head,bytes32 with,bytes32 withHead,uint128 quantity,bytes32 filing,"
        "bytes32 computation,uint64 deadline)"
    );

    /// @dev A lender that accepts and never registers keeps the goods from nobody for longer.
    uint64 private constant MOST_ACCEPTED_SECONDS = 30 days;

    /// @param registry The registry of parties on the same chain.
    /// @param receipts The contract of the receipts, which names this one.
    /// @param lots The contract of the lots.
    /// @param holds The contract of the holds.
    /// @param trades The contract of the trades.
    constructor(Organisations registry, IReceipts receipts, ILots lots, IHolds holds, ITrades trades)
        EIP712("Tallystick Pledges", "1")
        Signed(registry)
        Pledging(receipts, lots, holds, trades)
    {}

    /// @notice Offers a free receipt, or part of it, to one lender (质押背书, Civil Code art. 441). Object: the receipt; the
    ///         pledge's id is the operation's digest. Signed by: holder, keeper.
    function offer(Offer calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _pledgeable(op.receipt, op.head, op.quantity, op.lender);
        _mustBeKnown(op.lenderSince);
        _notOver(op.receipt, op.until);
        _notOver(op.receipt, op.maturity);
        _given(op.terms);
        _independent(op.lender, receipt.holder.organisation);
        bytes memory fields = _fields(9);
        bytes32 digest = _digest(OFFER, fields, op.deadline);
        _count(signatures, 2);
        _mustSign(digest, signatures, 0, receipt.holder);
        _mustSign(digest, signatures, 1, _keeperOf(receipt.lot));
        _operated(op.receipt, OFFER, digest, receipt.head, fields, signatures);
        _terms[digest] = Terms(op.terms, op.quantity, op.maturity, uint64(block.number), 0);
        receipt.lender = Party(op.lender, uint48(op.lenderSince), Organisations.Role.Lender);
        receipt.pledge = digest;
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.Offered, op.until);
    }

    /// @notice Ends an offer that is not registered yet. Object: the receipt. Signed by: the lender; or the holder, while nobody
    ///         has accepted, and again 30 days after somebody did without registering.
    function withdraw(Withdraw calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, OFFERED | ACCEPTED);
        bool offered = receipt.encumbrance == IReceipts.Encumbrance.Offered;
        bool byHolder = op.role == Organisations.Role.Holder;
        if (!byHolder && op.role != Organisations.Role.Lender) revert PledgesNotByThatRole(op.receipt, op.role);
        if (byHolder && !offered) _over(op.receipt, receipt.due);
        bytes memory fields = _fields(4);
        bytes32 digest = _digest(WITHDRAW, fields, op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, byHolder ? receipt.holder : receipt.lender);
        _operated(op.receipt, WITHDRAW, digest, receipt.head, fields, signatures);
        _charge(op.receipt, digest, _with(receipt, 0));
        if (!offered) _unlock(receipt); // an offer locks no trade
    }

    /// @notice The lender takes the pledge, over its ownership pack (权属), valuation and registry search. Object: the receipt.
    ///         Signed by: the lender. Refused: a trade that another lender finances, more than the lot's lower bound.
    function accept(Accept calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, OFFERED);
        _notOver(op.receipt, receipt.due);
        _notOver(op.receipt, receipt.until);
        _unheld(op.receipt, receipt.lot);
        _given(op.ownership);
        _given(op.valuation);
        _given(op.search);
        bytes memory fields = _fields(6);
        bytes32 digest = _digest(ACCEPT, fields, op.deadline);
        _count(signatures, 1);
        bytes32 lender = receipt.lender.organisation;
        receipt.lender =
            _joins(digest, signatures, 0, Organisations.Role.Lender, lender, receipt.lender.since);
        _operated(op.receipt, ACCEPT, digest, receipt.head, fields, signatures);
        receipt.pledged = _terms[receipt.pledge].quantity;
        uint64 due = ChainTime.secondsNow() + MOST_ACCEPTED_SECONDS;
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.Accepted, due);
        _lock(receipt, lender, receipt.pledge);
    }

    /// @notice The pledge is filed in the registry of movables: it is in force. Object: the receipt. Signed by: the lender.
    function register(Register calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, ACCEPTED);
        _given(op.filing);
        _given(op.search);
        bytes32 digest = _lenderSigns(REGISTER, 5, op.receipt, op.deadline, signatures, receipt);
        _stage(op.receipt, digest, receipt, IReceipts.Encumbrance.Registered, 0);
    }

    /// @notice So much less is pledged (部分解押); the receipt is free when nothing is. Object: the receipt. Signed by: two keys
    ///         of the lender. What is ordered out stays pledged until it is out.
    function release(Release calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory receipt = _in(op.receipt, op.head, REGISTERED | MARGIN_CALL);
        _some(op.receipt, op.quantity, receipt.pledged);
        _given(op.computation);
        uint128 kept = receipt.pledged - op.quantity;
        uint128 ordered = _allowed[receipt.pledge][op.receipt].ordered;
        if (ordered > kept) revert PledgesOrdered(op.receipt, ordered);
        bytes32 digest = _lenderSignsTwice(RELEASE, 5, op.receipt, op.deadline, signatures, receipt, false);
        _charge(op.receipt, digest, _with(receipt, kept));
        if (kept == 0) _unlock(receipt);
    }

    /// @notice Other goods of the same holder take the place of a pledge (置换): first they are pledged, then the old are free.
    ///         Object: the old receipt; the new pledge's id is the operation's digest. Signed by: holder, keeper of the old,
    ///         lender with two keys, keeper of the new.
    function substitute(Substitute calldata op, bytes[] calldata signatures) external {
        IReceipts.Receipt memory old = _in(op.receipt, op.head, REGISTERED | MARGIN_CALL);
        IReceipts.Receipt memory fresh =
            _pledgeable(op.with, op.withHead, op.quantity, old.lender.organisation);
        if (fresh.holder.organisation != old.holder.organisation) {
            revert PledgesAnotherHolder(op.with, fresh.holder.organisation);
        }
        _given(op.filing);
        _given(op.computation);
        bytes32 digest = _signSubstitute(op, signatures, old, fresh);
        _terms[digest] = _terms[old.pledge];
        fresh.pledge = digest;
        fresh.lender = old.lender;
        fresh.pledged = op.quantity;
        _stage(op.with, digest, fresh, old.encumbrance, old.due);
        _lock(fresh, old.lender.organisation, digest);
        _free(op.receipt, digest, old);
    }

    /// @notice What was offered in a receipt's pledge and what may go out of it; zeros where it has none. Stage, lender and
    ///         quantity stand in the receipt.
    function pledgeOf(bytes32 receipt) external view returns (bytes32 pledge, Terms memory terms, Allowed memory allowed) {
        pledge = RECEIPTS.receiptOf(receipt).pledge;
        return (pledge, _terms[pledge], _allowed[pledge][receipt]);
    }

    /// @dev A free, unheld receipt inside its term, over fresh evidence, of a holder who is not its keeper; the lender is not
    ///      its keeper either: nobody guards what is pledged to itself.
    function _pledgeable(bytes32 number, bytes32 head, uint128 quantity, bytes32 lender)
        private
        view
        returns (IReceipts.Receipt memory receipt)
    {
        receipt = _in(number, head, FREE);
        _unheld(number, receipt.lot);
        _notOver(number, receipt.until);
        _fresh(number, receipt.lot);
        _some(number, quantity, receipt.quantity);
        bytes32 keeper = _keeperOf(receipt.lot).organisation;
        // What was surrendered can only be cancelled, by whoever keeps the lot by then.
        if (receipt.holder.role != Organisations.Role.Holder) revert PledgesNotIndependent(receipt.holder.organisation);
        _independent(keeper, receipt.holder.organisation);
        _independent(keeper, lender);
    }

    function _signSubstitute(
        Substitute calldata op,
        bytes[] calldata signatures,
        IReceipts.Receipt memory old,
        IReceipts.Receipt memory fresh
    ) private returns (bytes32 digest) {
        bytes memory fields = _fields(8);
        digest = _digest(SUBSTITUTE, fields, op.deadline);
        _count(signatures, 5);
        _mustSign(digest, signatures, 0, old.holder);
        _mustSign(digest, signatures, 0, fresh.holder);
        _mustSign(digest, signatures, 1, _keeperOf(old.lot));
        _mustSignTwice(digest, signatures, 2, old.lender);
        _mustSign(digest, signatures, 4, _keeperOf(fresh.lot));
        _operated(op.receipt, SUBSTITUTE, digest, old.head, fields, signatures);
    }
}
