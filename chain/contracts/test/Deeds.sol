// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Enforcement} from "../Enforcement.sol";
import {Holds} from "../Holds.sol";
import {Organisations} from "../Organisations.sol";
import {Outbound} from "../Outbound.sol";
import {Pledges} from "../Pledges.sol";
import {Receipts} from "../Receipts.sol";
import {Succession} from "../Succession.sol";
import {Warehouse} from "./Warehouse.sol";

/// @dev Every operation on receipts and pledges, at the heads that stand, ready to be signed.
abstract contract Deeds is Warehouse {
    function onReceipts(bytes4 selector, string memory kind, bytes32 object, bytes memory fields)
        internal
        view
        returns (Act memory)
    {
        return plain(address(receipts), selector, keccak256(bytes(kind)), object, fields);
    }

    function onPledges(bytes4 selector, string memory kind, bytes32 object, bytes memory fields)
        internal
        view
        returns (Act memory)
    {
        return plain(address(pledges), selector, keccak256(bytes(kind)), object, fields);
    }

    function onHolds(bytes4 selector, string memory kind, bytes32 object, bytes memory fields)
        internal
        view
        returns (Act memory)
    {
        return plain(address(holdings), selector, keccak256(bytes(kind)), object, fields);
    }

    // Title

    function issuing(bytes32 number, bytes32 id, uint128 quantity, bytes32 trade) internal view returns (Act memory) {
        return issuing(number, id, quantity, trade, TERM);
    }

    function issuing(bytes32 number, bytes32 id, uint128 quantity, bytes32 trade, uint64 until)
        internal
        view
        returns (Act memory)
    {
        bytes32 document = keccak256(abi.encode(number));
        return issuing(
            Receipts.Issue(
                number, id, lotHead(id), firm(HOLDER), before(), quantity, until, document, trade, NEVER
            )
        );
    }

    function issuing(Receipts.Issue memory op) internal view returns (Act memory) {
        return onReceipts(
            Receipts.issue.selector,
            "Issue(bytes32 number,bytes32 lot,bytes32 lotHead,bytes32 holder,uint64 holderSince,uint128 quantity,uint64 until,bytes32 document,bytes32 trade,uint64 deadline)",
            op.number,
            abi.encode(op)
        );
    }

    function issued(bytes32 number, bytes32 id, uint128 quantity) internal {
        act(issuing(number, id, quantity, 0), by(keeperOf(id), HOLDER, INSPECTOR));
    }

    function endorsing(bytes32 number, uint256 to) internal view returns (Act memory) {
        return endorsing(Receipts.Endorse(number, headOf(number), firm(to), before(), NEVER));
    }

    function endorsing(Receipts.Endorse memory op) internal view returns (Act memory) {
        return onReceipts(
            Receipts.endorse.selector,
            "Endorse(bytes32 receipt,bytes32 head,bytes32 to,uint64 toSince,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    function splitting(bytes32 number, bytes32 a, bytes32 b, uint128 inA, uint128 pledgedInA)
        internal
        view
        returns (Act memory)
    {
        uint128[] memory quantities = two(inA, faceOf(number) > inA ? faceOf(number) - inA : 0);
        uint128[] memory parts = two(pledgedInA, pledgedOf(number) - pledgedInA);
        return splitting(
            Succession.Split(number, headOf(number), two(a, b), quantities, parts, two(PAPER, PAPER), NEVER)
        );
    }

    function splitting(Succession.Split memory op) internal view returns (Act memory) {
        bytes memory words = abi.encode(
            op.receipt,
            op.head,
            hashOf(op.numbers),
            keccak256(abi.encodePacked(op.quantities)),
            keccak256(abi.encodePacked(op.pledged)),
            hashOf(op.documents),
            op.deadline
        );
        bytes32 typehash = keccak256(
            "Split(bytes32 receipt,bytes32 head,bytes32[] numbers,uint128[] quantities,uint128[] pledged,bytes32[] documents,uint64 deadline)"
        );
        return packed(address(receipts), Succession.split.selector, typehash, op.receipt, words, abi.encode(op));
    }

    function merging(bytes32 a, bytes32 b, bytes32 number) internal view returns (Act memory) {
        return merging(Succession.Merge(two(a, b), two(headOf(a), headOf(b)), number, PAPER, NEVER));
    }

    function merging(Succession.Merge memory op) internal view returns (Act memory) {
        bytes memory words = abi.encode(hashOf(op.receipts), hashOf(op.heads), op.number, op.document, op.deadline);
        bytes32 typehash =
            keccak256("Merge(bytes32[] receipts,bytes32[] heads,bytes32 number,bytes32 document,uint64 deadline)");
        return packed(address(receipts), Succession.merge.selector, typehash, op.number, words, abi.encode(op));
    }

    function amending(bytes32 number, uint128 quantity, bytes32 document) internal view returns (Act memory) {
        return onReceipts(
            Succession.amend.selector,
            "Amend(bytes32 receipt,bytes32 head,uint128 quantity,bytes32 document,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), quantity, document, NEVER)
        );
    }

    function replacing(bytes32 number, bytes32 to) internal view returns (Act memory) {
        return onReceipts(
            Succession.replace.selector,
            "Replace(bytes32 receipt,bytes32 head,bytes32 number,bytes32 document,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), to, PAPER, NEVER)
        );
    }

    function replacingLost(bytes32 number, bytes32 to, bytes32 holder) internal view returns (Act memory) {
        return onReceipts(
            Succession.replaceLost.selector,
            "ReplaceLost(bytes32 receipt,bytes32 head,bytes32 number,bytes32 document,bytes32 holder,uint64 holderSince,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), to, PAPER, holder, before(), NEVER)
        );
    }

    function surrendering(bytes32 number) internal view returns (Act memory) {
        return onReceipts(
            Receipts.surrender.selector,
            "Surrender(bytes32 receipt,bytes32 head,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), NEVER)
        );
    }

    function cancelling(bytes32 number) internal view returns (Act memory) {
        return onReceipts(
            Receipts.cancel.selector,
            "Cancel(bytes32 receipt,bytes32 head,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), NEVER)
        );
    }

    function delivering(bytes32 number, uint128 quantity, bytes32 ticket, bool last)
        internal
        view
        returns (Act memory)
    {
        return delivering(
            Receipts.Deliver(
                number,
                headOf(number),
                quantity,
                one(ticket),
                new bytes32[](0),
                last,
                uint64(block.timestamp),
                new uint8[](0),
                NEVER
            )
        );
    }

    function delivering(Receipts.Deliver memory op) internal view returns (Act memory) {
        bytes memory words = bytes.concat(
            abi.encode(op.receipt, op.head, op.quantity, hashOf(op.evidence), hashOf(op.serials), op.last, op.leftAt),
            abi.encode(keccak256(abi.encodePacked(op.places)), op.deadline)
        );
        bytes32 typehash = keccak256(
            "Deliver(bytes32 receipt,bytes32 head,uint128 quantity,bytes32[] evidence,bytes32[] serials,bool last,uint64 leftAt,uint8[] places,uint64 deadline)"
        );
        return packed(address(receipts), Receipts.deliver.selector, typehash, op.receipt, words, abi.encode(op));
    }

    function holding(bytes32 number, Holds.Kind kind, Organisations.Role role, uint128 quantity)
        internal
        view
        returns (Act memory)
    {
        return onHolds(
            Holds.hold.selector,
            "Hold(bytes32 receipt,bytes32 head,uint8 kind,uint8 role,uint128 quantity,bytes32 reason,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), kind, role, quantity, PAPER, NEVER)
        );
    }

    function lifting(bytes32 number, bytes32 id, Organisations.Role role) internal view returns (Act memory) {
        return onHolds(
            Holds.lift.selector,
            "Lift(bytes32 receipt,bytes32 head,bytes32 hold,bytes32 reason,uint8 role,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), id, PAPER, role, NEVER)
        );
    }

    // Pledges

    function offering(bytes32 number, uint256 lender, uint128 quantity) internal view returns (Act memory) {
        return offering(
            Pledges.Offer(
                number, headOf(number), firm(lender), before(), quantity, PAPER, NOW + 10 days, MATURITY, NEVER
            )
        );
    }

    function offering(Pledges.Offer memory op) internal view returns (Act memory) {
        return onPledges(
            Pledges.offer.selector,
            "Offer(bytes32 receipt,bytes32 head,bytes32 lender,uint64 lenderSince,uint128 quantity,bytes32 terms,uint64 until,uint64 maturity,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    function withdrawing(bytes32 number, Organisations.Role role) internal view returns (Act memory) {
        return onPledges(
            Pledges.withdraw.selector,
            "Withdraw(bytes32 receipt,bytes32 head,uint8 role,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), role, NEVER)
        );
    }

    function accepting(bytes32 number) internal view returns (Act memory) {
        return accepting(Pledges.Accept(number, headOf(number), PAPER, PAPER, PAPER, NEVER));
    }

    function accepting(Pledges.Accept memory op) internal view returns (Act memory) {
        return onPledges(
            Pledges.accept.selector,
            "Accept(bytes32 receipt,bytes32 head,bytes32 ownership,bytes32 valuation,bytes32 search,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    function registering(bytes32 number, bytes32 filing, bytes32 search) internal view returns (Act memory) {
        return onPledges(
            Pledges.register.selector,
            "Register(bytes32 receipt,bytes32 head,bytes32 filing,bytes32 search,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), filing, search, NEVER)
        );
    }

    /// @dev Offered to the lender, accepted, registered; the next block is another.
    function pledged(bytes32 number, uint128 quantity) internal {
        act(offering(number, LENDER, quantity), by(HOLDER, keeperOf(receipts.receiptOf(number).lot)));
        act(accepting(number), by(LENDER));
        act(registering(number, PAPER, PAPER), by(LENDER));
        VM.roll(block.number + 1);
    }

    function releasing(bytes32 number, uint128 quantity, bytes32 computation) internal view returns (Act memory) {
        return onPledges(
            Pledges.release.selector,
            "Release(bytes32 receipt,bytes32 head,uint128 quantity,bytes32 computation,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), quantity, computation, NEVER)
        );
    }

    function ordering(bytes32 number, uint128 quantity) internal view returns (Act memory) {
        uint64 time = uint64(block.timestamp);
        return ordering(
            Outbound.Order(number, headOf(number), quantity, PICKER, time + 1 hours, time + 5 hours, PAPER, NEVER)
        );
    }

    function ordering(Outbound.Order memory op) internal view returns (Act memory) {
        return onPledges(
            Outbound.order.selector,
            "Order(bytes32 receipt,bytes32 head,uint128 quantity,bytes32 picker,uint64 from,uint64 until,bytes32 computation,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    function cancellingOrder(bytes32 id, bytes32 number) internal view returns (Act memory) {
        return onPledges(
            Outbound.cancelOrder.selector,
            "CancelOrder(bytes32 order,bytes32 receipt,bytes32 head,uint64 deadline)",
            number,
            abi.encode(id, number, headOf(number), NEVER)
        );
    }

    function executing(bytes32 id, bytes32 number, uint128 quantity, bytes32 ticket)
        internal
        view
        returns (Act memory)
    {
        return executing(leaving(id, number, quantity, ticket, uint64(block.timestamp)));
    }

    /// @dev Goods that left then, before nothing that stands now.
    function leaving(bytes32 id, bytes32 number, uint128 quantity, bytes32 ticket, uint64 leftAt)
        internal
        view
        returns (Outbound.Execute memory op)
    {
        (op.order, op.receipt, op.head, op.quantity, op.picker) = (id, number, headOf(number), quantity, PICKER);
        (op.evidence, op.leftAt, op.deadline) = (one(ticket), leftAt, NEVER);
    }

    function executing(Outbound.Execute memory op) internal view returns (Act memory) {
        bytes memory words = abi.encode(
            op.order,
            op.receipt,
            op.head,
            op.quantity,
            op.picker,
            hashOf(op.evidence),
            hashOf(op.serials),
            op.leftAt,
            keccak256(abi.encodePacked(op.places)),
            op.deadline
        );
        bytes32 typehash = keccak256(
            "Execute(bytes32 order,bytes32 receipt,bytes32 head,uint128 quantity,bytes32 picker,bytes32[] evidence,bytes32[] serials,uint64 leftAt,uint8[] places,uint64 deadline)"
        );
        return packed(address(pledges), Outbound.execute.selector, typehash, op.receipt, words, abi.encode(op));
    }

    function settingFloor(bytes32 number, uint128 floor, uint64 until) internal view returns (Act memory) {
        return onPledges(
            Outbound.setFloor.selector,
            "SetFloor(bytes32 receipt,bytes32 head,uint128 floor,uint64 until,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), floor, until, NEVER)
        );
    }

    function executingDynamic(bytes32 number, uint128 quantity, bytes32 ticket) internal view returns (Act memory) {
        return executingDynamic(rolling(number, quantity, ticket, uint64(block.timestamp)));
    }

    function rolling(bytes32 number, uint128 quantity, bytes32 ticket, uint64 leftAt)
        internal
        view
        returns (Outbound.ExecuteDynamic memory op)
    {
        (op.receipt, op.head, op.quantity) = (number, headOf(number), quantity);
        (op.evidence, op.leftAt, op.deadline) = (one(ticket), leftAt, NEVER);
    }

    function executingDynamic(Outbound.ExecuteDynamic memory op) internal view returns (Act memory) {
        bytes memory words = abi.encode(
            op.receipt,
            op.head,
            op.quantity,
            hashOf(op.evidence),
            hashOf(op.serials),
            op.leftAt,
            keccak256(abi.encodePacked(op.places)),
            op.deadline
        );
        bytes32 typehash = keccak256(
            "ExecuteDynamic(bytes32 receipt,bytes32 head,uint128 quantity,bytes32[] evidence,bytes32[] serials,uint64 leftAt,uint8[] places,uint64 deadline)"
        );
        bytes4 selector = Outbound.executeDynamic.selector;
        return packed(address(pledges), selector, typehash, op.receipt, words, abi.encode(op));
    }

    function substituting(bytes32 number, bytes32 with, uint128 quantity) internal view returns (Act memory) {
        return substituting(
            Pledges.Substitute(number, headOf(number), with, headOf(with), quantity, PAPER, PAPER, NEVER)
        );
    }

    function substituting(Pledges.Substitute memory op) internal view returns (Act memory) {
        return onPledges(
            Pledges.substitute.selector,
            "Substitute(bytes32 receipt,bytes32 head,bytes32 with,bytes32 withHead,uint128 quantity,bytes32 filing,bytes32 computation,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    // Enforcement

    function calling(bytes32 number, uint64 until, bytes32 computation) internal view returns (Act memory) {
        return onPledges(
            Enforcement.callMargin.selector,
            "CallMargin(bytes32 receipt,bytes32 head,uint64 until,bytes32 computation,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), until, computation, NEVER)
        );
    }

    function curing(bytes32 number, bytes32 computation) internal view returns (Act memory) {
        return onPledges(
            Enforcement.cure.selector,
            "Cure(bytes32 receipt,bytes32 head,bytes32 computation,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), computation, NEVER)
        );
    }

    function defaulting(bytes32 number, bytes32 reason) internal view returns (Act memory) {
        return onPledges(
            Enforcement.declareDefault.selector,
            "DeclareDefault(bytes32 receipt,bytes32 head,bytes32 reason,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), reason, NEVER)
        );
    }

    function enforcing(bytes32 number, uint64 noticeUntil, bytes32 valuation, bytes32 reserve)
        internal
        view
        returns (Act memory)
    {
        return onPledges(
            Enforcement.enforce.selector,
            "Enforce(bytes32 receipt,bytes32 head,uint64 noticeUntil,bytes32 valuation,bytes32 reserve,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), noticeUntil, valuation, reserve, NEVER)
        );
    }

    function settling(bytes32 number, bytes32 discharge) internal view returns (Act memory) {
        return onPledges(
            Enforcement.settle.selector,
            "Settle(bytes32 receipt,bytes32 head,bytes32 discharge,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), discharge, NEVER)
        );
    }

    function discharging(bytes32 number, bytes32 judgment) internal view returns (Act memory) {
        return onPledges(
            Enforcement.discharge.selector,
            "Discharge(bytes32 receipt,bytes32 head,bytes32 judgment,uint64 deadline)",
            number,
            abi.encode(number, headOf(number), judgment, NEVER)
        );
    }

    function sale(bytes32 number, uint256 buyer, bytes32 rest) internal view returns (Enforcement.Sell memory) {
        bytes32 restDocument = rest == 0 ? bytes32(0) : PAPER;
        return Enforcement.Sell(
            number, headOf(number), firm(buyer), before(), rest, restDocument, PAPER, PAPER, NEVER
        );
    }

    function selling(Enforcement.Sell memory op) internal view returns (Act memory) {
        return onPledges(
            Enforcement.sell.selector,
            "Sell(bytes32 receipt,bytes32 head,bytes32 buyer,uint64 buyerSince,bytes32 rest,bytes32 restDocument,bytes32 waterfall,bytes32 report,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    function takingOver(Enforcement.Sell memory op) internal view returns (Act memory) {
        return onPledges(
            Enforcement.takeOver.selector,
            "TakeOver(bytes32 receipt,bytes32 head,bytes32 buyer,uint64 buyerSince,bytes32 rest,bytes32 restDocument,bytes32 waterfall,bytes32 report,uint64 deadline)",
            op.receipt,
            abi.encode(op)
        );
    }

    /// @dev From a pledge in force past its maturity to a sale that may begin.
    function defaulted(bytes32 number) internal {
        VM.warp(MATURITY + 1);
        act(defaulting(number, PAPER), by(LENDER));
        VM.roll(block.number + 1);
        act(enforcing(number, MATURITY + 1 + 5 days, PAPER, PAPER), by(LENDER));
    }
}
