// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILots} from "../ILots.sol";
import {Attestations} from "../Attestations.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Signed} from "../Signed.sol";
import {Yard} from "./Yard.sol";

/// @dev A yard with lots: each operation of Lots as its parties would make it, by EIP-712 as computed here.
abstract contract Stock is Yard {
    bytes32 internal constant OPEN_LOT = keccak256(
        "OpenLot(bytes32 slot,bytes32 head,bytes32 goods,bool serialised,uint32 allowancePpm,uint32 maxAgeSeconds,bytes32[] witnesses,uint8[] roles,uint8 quorum,uint64 deadline)"
    );
    bytes32 internal constant WEIGHING = keccak256("Weighing(bytes32 evidence,uint128 quantity)");
    bytes32 internal constant RECORD_INBOUND = keccak256(
        "RecordInbound(bytes32 lot,bytes32 head,bytes32 depositor,Weighing[] weighings,bytes32[] serials,uint64 weighedAt,uint64 deadline)Weighing(bytes32 evidence,uint128 quantity)"
    );
    bytes32 internal constant VOID_WEIGHING =
        keccak256("VoidWeighing(bytes32 lot,bytes32 head,bytes32 evidence,bytes32 reason,uint64 deadline)");
    bytes32 internal constant ATTEST = keccak256(
        "Attest(bytes32 lot,bytes32 head,uint128 estimate,uint128 lower,uint128 upper,uint64 asOf,bool short,bytes32 evidenceRoot,bytes32 policy,uint8[] places,uint64 deadline)"
    );
    bytes32 internal constant APPORTION = keccak256(
        "Apportion(bytes32 lot,bytes32 head,bytes32[] receipts,bytes32[] depositors,bytes32 reason,uint8[] places,uint64 deadline)"
    );
    bytes32 internal constant CLOSE_LOT =
        keccak256("CloseLot(bytes32 lot,bytes32 head,bytes32[] depositors,uint8[] places,uint64 deadline)");
    bytes32 internal constant SUCCEED_KEEPER = keccak256(
        "SucceedKeeper(bytes32 lot,bytes32 head,bytes32 keeper,uint64 keeperSince,bytes32[] receipts,bytes32[] witnesses,uint8[] roles,uint8 quorum,bytes32 judgment,uint64 deadline)"
    );
    bytes32 internal constant GOODS = keccak256("goods");
    bytes32 internal constant REASON = keccak256("reason");
    uint32 internal constant MAX_AGE = 1 days;

    uint256 private _evidence;

    function words(bytes32[] memory all) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(all));
    }

    function words(uint8[] memory all) internal pure returns (bytes32) {
        bytes memory joined;
        for (uint256 i = 0; i < all.length; i++) {
            joined = bytes.concat(joined, bytes32(uint256(all[i])));
        }
        return keccak256(joined);
    }

    function digestOf(Lots.OpenLot memory op) internal view returns (bytes32) {
        bytes memory fields = abi.encode(op.slot, op.head, op.goods, op.serialised, op.allowancePpm, op.maxAgeSeconds);
        bytes memory rest = abi.encode(words(op.witnesses), words(op.roles), op.quorum, op.deadline);
        return plain(ofLots, OPEN_LOT, bytes.concat(fields, rest));
    }

    function digestOf(Lots.RecordInbound memory op) internal view returns (bytes32) {
        bytes memory weighings;
        for (uint256 i = 0; i < op.weighings.length; i++) {
            weighings = bytes.concat(weighings, keccak256(abi.encode(WEIGHING, op.weighings[i])));
        }
        bytes memory fields =
            abi.encode(op.lot, op.head, op.depositor, keccak256(weighings), words(op.serials), op.weighedAt);
        return plain(ofLots, RECORD_INBOUND, bytes.concat(fields, abi.encode(op.deadline)));
    }

    function digestOf(Lots.VoidWeighing memory op) internal view returns (bytes32) {
        return plain(ofLots, VOID_WEIGHING, abi.encode(op));
    }

    function digestOf(Attestations.Attest memory op) internal view returns (bytes32) {
        bytes memory fields = abi.encode(op.lot, op.head, op.estimate, op.lower, op.upper, op.asOf, op.short);
        bytes memory rest = abi.encode(op.evidenceRoot, op.policy, words(op.places), op.deadline);
        return plain(ofAttestations, ATTEST, bytes.concat(fields, rest));
    }

    function digestOf(Attestations.Apportion memory op) internal view returns (bytes32) {
        bytes memory fields =
            abi.encode(op.lot, op.head, words(op.receipts), words(op.depositors), op.reason, words(op.places));
        return plain(ofAttestations, APPORTION, bytes.concat(fields, abi.encode(op.deadline)));
    }

    function digestOf(Attestations.CloseLot memory op) internal view returns (bytes32) {
        bytes memory fields = abi.encode(op.lot, op.head, words(op.depositors), words(op.places), op.deadline);
        return plain(ofAttestations, CLOSE_LOT, fields);
    }

    function digestOf(Attestations.SucceedKeeper memory op) internal view returns (bytes32) {
        bytes memory fields = abi.encode(op.lot, op.head, op.keeper, op.keeperSince, words(op.receipts));
        bytes memory rest = abi.encode(words(op.witnesses), words(op.roles), op.quorum, op.judgment, op.deadline);
        return plain(ofAttestations, SUCCEED_KEEPER, bytes.concat(fields, rest));
    }

    function lotHead(bytes32 lot) internal view returns (bytes32) {
        return lots.lotOf(lot).head;
    }

    /// @dev Keeper, lender, inspector and verifier, two of them enough.
    function openOp(bytes32 slot, bool serialised) internal view returns (Lots.OpenLot memory) {
        bytes32[] memory witnesses = new bytes32[](4);
        (witnesses[0], witnesses[1], witnesses[2]) = (firm(KEEPER), firm(LENDER), firm(INSPECTOR));
        witnesses[3] = firm(VERIFIER);
        uint8[] memory roles = new uint8[](4);
        roles[3] = uint8(Organisations.Role.Verifier);
        roles[0] = uint8(Organisations.Role.Keeper);
        roles[1] = uint8(Organisations.Role.Lender);
        roles[2] = uint8(Organisations.Role.Inspector);
        return Lots.OpenLot(slot, slotHead(slot), GOODS, serialised, 2_000, MAX_AGE, witnesses, roles, 2, NEVER);
    }

    function openedLot(bytes32 slot, bool serialised) internal returns (bytes32) {
        Lots.OpenLot memory op = openOp(slot, serialised);
        lots.openLot(op, signedBy(digestOf(op), by(KEEPER)));
        return keccak256(abi.encode(op.slot, op.head));
    }

    function stakeIn(bytes32 lot, bytes32 organisation) internal view returns (uint128 pledged) {
        (pledged,) = lots.stakeOf(lot, organisation);
    }

    function evidence() internal returns (bytes32) {
        return keccak256(abi.encode("evidence", ++_evidence));
    }

    function some(bytes32 one) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](1);
        all[0] = one;
    }

    function inboundOp(bytes32 lot, bytes32 id, uint128 quantity) internal view returns (Lots.RecordInbound memory op) {
        op.lot = lot;
        op.head = lotHead(lot);
        (op.depositor, op.weighings) = (firm(DEPOSITOR), new Lots.Weighing[](1));
        (op.weighedAt, op.deadline) = (uint64(block.timestamp), NEVER);
        op.weighings[0] = Lots.Weighing(id, quantity);
    }

    function weighedIn(bytes32 lot, uint128 quantity) internal returns (bytes32 id) {
        id = evidence();
        Lots.RecordInbound memory op = inboundOp(lot, id, quantity);
        lots.recordInbound(op, signedBy(digestOf(op), by(KEEPER, VERIFIER, DEPOSITOR)));
    }

    function attestOp(bytes32 lot, uint128 estimate, uint128 lower, uint128 upper)
        internal
        view
        returns (Attestations.Attest memory op)
    {
        op.lot = lot;
        op.head = lotHead(lot);
        (op.estimate, op.lower, op.upper) = (estimate, lower, upper);
        op.asOf = uint64(block.timestamp);
        (op.evidenceRoot, op.policy) = (keccak256("root"), keccak256("policy"));
        op.places = placed(0, 2);
        op.deadline = NEVER;
    }

    function attested(bytes32 lot, uint128 estimate, uint128 lower, uint128 upper) internal {
        VM.warp(block.timestamp + 1);
        Attestations.Attest memory op = attestOp(lot, estimate, lower, upper);
        attestations.attest(op, signedBy(digestOf(op), by(KEEPER, INSPECTOR)));
    }

    /// @dev A week after the shortage the witnesses still find it.
    function noticed(bytes32 lot, uint128 quantity) internal {
        VM.warp(block.timestamp + 7 days);
        attested(lot, quantity, quantity, quantity);
    }

    /// @dev Keeper, the witnesses at places 1 and 2, and every lender of the lot.
    function sharers(bytes32 lot) internal view returns (uint256[] memory keys) {
        bytes32[] memory lenders = lots.lendersOf(lot);
        keys = new uint256[](3 + lenders.length);
        (keys[0], keys[1], keys[2]) = (KEEPER, LENDER, INSPECTOR);
        for (uint256 i = 0; i < lenders.length; i++) {
            keys[3 + i] = keyOf(lenders[i]);
        }
    }

    function keyOf(bytes32 organisation) internal pure virtual returns (uint256) {
        return organisation == firm(LENDER) ? LENDER : OTHER_LENDER;
    }

    function closeOp(bytes32 lot, bool full) internal view returns (Attestations.CloseLot memory) {
        uint8[] memory places = full ? placed(1, 2) : new uint8[](0);
        return Attestations.CloseLot(lot, lotHead(lot), depositorsOf(lot), places, NEVER);
    }

    function depositedBy(bytes32 lot, uint256 key) internal view returns (uint128 quantity) {
        (quantity,) = lots.depositOf(lot, firm(key));
    }

    /// @dev The two that bring goods in these tests, as far as they have some in no receipt, ascending.
    function depositorsOf(bytes32 lot) internal view returns (bytes32[] memory all) {
        (bytes32 low, bytes32 high) = (firm(DEPOSITOR), firm(OTHER_DEPOSITOR));
        if (low > high) (low, high) = (high, low);
        (uint128 first,) = lots.depositOf(lot, low);
        (uint128 second,) = lots.depositOf(lot, high);
        all = new bytes32[]((first > 0 ? 1 : 0) + (second > 0 ? 1 : 0));
        if (second > 0) all[all.length - 1] = high;
        if (first > 0) all[0] = low;
    }

    function placed(uint8 a, uint8 b) internal pure returns (uint8[] memory places) {
        places = new uint8[](2);
        (places[0], places[1]) = (a, b);
    }

    function lender(uint256 key) internal pure returns (Signed.Party memory) {
        return Signed.Party(firm(key), 1, Organisations.Role.Lender);
    }
}
