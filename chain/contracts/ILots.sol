// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAttestations} from "./IAttestations.sol";
import {Signed} from "./Signed.sol";

/// @title ILots: what Receipts asks of Lots, and what anybody reads
/// @notice Quantities are grams, times seconds since 1970.
interface ILots {
    /// @notice What a reader gets about a lot (批次), in one answer.
    /// @param slot Where it lies.
    /// @param head Hash over all operations on it; moved by Lots' own operations and by goods that leave, not by issues
    ///        and pledges.
    /// @param goods Digest of what it is: kind, grade, unit.
    /// @param keeper Who keeps it, as of the operation that opened it.
    /// @param open Whether it lives.
    /// @param serialised Whether its goods have serial numbers.
    /// @param short Whether it holds all its receipts for shortage (短缺).
    /// @param saidShort Whether that was said, by its witnesses or by what left beyond an order, and not only computed.
    /// @param allowancePpm Loss allowance (损耗标准), in millionths of all that came in.
    /// @param maxAgeSeconds How old an attestation may be for new credit.
    /// @param receipts How many receipts live.
    /// @param depositors How many have goods in it that are in no receipt.
    /// @param openedBlock Block that opened it.
    /// @param shortSince When the chain learned of the shortage; 0 while there is none.
    /// @param noticedAt When it learned how much is missing: again where the estimate falls more than 1/64 below `noticed`.
    /// @param movedAt When goods last came in or left, by the evidence of the scale; figures as of before are none of what is
    ///        there.
    /// @param attestedAt As of when the figures stand; 0 before the first attestation.
    /// @param weighed What was weighed in and not out, voided or written off.
    /// @param weighedEver All that was weighed in and not voided, from what was left when a shortage was last shared on: what
    ///        the loss allowance is counted on, so that no loss is allowed twice.
    /// @param face Sum of its live receipts; at most `weighed` whenever a receipt is issued.
    /// @param deposited Sum of what depositors brought and have no receipt for.
    /// @param pledged Sum of its pledges; at most `lower` whenever one is made.
    /// @param estimate Attested quantity (见证量).
    /// @param lower Its lower bound, what is lendable.
    /// @param upper Its upper bound, what shortage is judged by.
    /// @param noticed The estimate that the notice of a shortage runs for, and what came in since.
    /// @param evidenceRoot Root of the evidence of that attestation.
    /// @param policy Digest of the policy that it was computed by.
    struct Lot {
        bytes32 slot;
        bytes32 head;
        bytes32 goods;
        Signed.Party keeper;
        bool open;
        bool serialised;
        bool short;
        bool saidShort;
        uint32 allowancePpm;
        uint32 maxAgeSeconds;
        uint32 receipts;
        uint32 depositors;
        uint64 openedBlock;
        uint64 shortSince;
        uint64 noticedAt;
        uint64 movedAt;
        uint64 attestedAt;
        uint128 weighed;
        uint128 weighedEver;
        uint128 face;
        uint128 deposited;
        uint128 pledged;
        uint128 estimate;
        uint128 lower;
        uint128 upper;
        uint128 noticed;
        bytes32 evidenceRoot;
        bytes32 policy;
    }

    /// @notice What witnesses say is there (见证量), as of `asOf`; `short` where they say that goods are missing.
    struct Figures {
        uint128 estimate;
        uint128 lower;
        uint128 upper;
        uint64 asOf;
        bool short;
        bytes32 evidenceRoot;
        bytes32 policy;
    }

    /// @notice Everything that is known about a lot, closed ones too; reverts for one that never was.
    function lotOf(bytes32 lot) external view returns (Lot memory);

    /// @notice Keeper and head of a lot, closed ones too; reverts for one that never was.
    function keeperOf(bytes32 lot) external view returns (Signed.Party memory keeper, bytes32 head);

    /// @notice Whether the lot holds all its receipts.
    function isShort(bytes32 lot) external view returns (bool);

    /// @notice Whether the lot was held for shortage at that time, and still is.
    function wasShort(bytes32 lot, uint64 moment) external view returns (bool);

    /// @notice Whether the attestation that stands was young enough for new credit at that time.
    function wasFresh(bytes32 lot, uint64 moment) external view returns (bool);

    /// @notice What a depositor (存货人) brought and has no receipt for, and the last block before it had any of that there.
    function depositOf(bytes32 lot, bytes32 depositor) external view returns (uint128 quantity, uint48 since);

    /// @notice The contract of the lots' witnesses.
    function ATTESTATIONS() external view returns (IAttestations);

    /// @notice The contract of the receipts.
    function RECEIPTS() external view returns (address);

    /// @notice The organisations to which something in the lot is pledged.
    function lendersOf(bytes32 lot) external view returns (bytes32[] memory);

    /// @notice What of the lot is pledged to a lender, and since when its oldest key acts that took some of it.
    function stakeOf(bytes32 lot, bytes32 lender) external view returns (uint128 pledged, uint48 since);

    /// @notice Whether the lot is open and its newest attestation young enough for new credit.
    function isFresh(bytes32 lot) external view returns (bool);

    /// @notice One receipt more, of `quantity` that `holder` brought and has no receipt for. Refused: beyond that, beyond what
    ///         was weighed or may be there, not fresh, short.
    function issued(bytes32 lot, uint128 quantity, bytes32 holder) external;

    /// @notice So much of a receipt is no more; `gone` when the receipt itself is no more. The goods are `holder`'s again,
    ///         unreceipted; zero where they have left.
    function retired(bytes32 lot, uint128 quantity, bool gone, bytes32 holder) external;

    /// @notice The same quantity in other receipts (split, merge): `fewer` of them are gone, `more` have come. Where none is
    ///         gone a part was sold, for which room is kept.
    function recounted(bytes32 lot, uint32 fewer, uint32 more) external;

    /// @notice So much more is pledged to that lender. Refused: beyond the lower bound, not fresh, short, and from a lender
    ///         that is new to the lot too little.
    function pledgedMore(bytes32 lot, uint128 quantity, Signed.Party calldata lender) external;

    /// @notice So much less is pledged to that lender.
    function pledgedLess(bytes32 lot, uint128 quantity, bytes32 lender) external;

    /// @notice Goods left at `leftAt`, as the operation with `digest` says: `quantity` together, in weighings that count once
    ///         for ever, and with their serials where the lot has such, which weigh just that; where `whole` the last of
    ///         them may weigh more than is left for it, as a piece does not leave in part. Moves the lot's head. What is more
    ///         than was there leaves nothing. An attestation as of then or later has them left already, and says no more than
    ///         the book does; where that made the lot short and nothing else, it is short no more. It does not touch `face`
    ///         and `pledged`.
    function wentOut(
        bytes32 lot,
        bytes32 digest,
        bytes32[] calldata evidence,
        uint128 quantity,
        bytes32[] calldata serials,
        uint64 leftAt,
        bool whole
    ) external;

    /// @notice More went out than was ordered: the lot is short.
    function overPicked(bytes32 lot) external;

    /// @notice Witnesses have said what is there. Moves the lot's head by `digest`. For Attestations alone.
    function attested(bytes32 lot, bytes32 digest, Figures calldata figures) external;

    /// @notice Shares a shortage: every receipt keeps the same share of its face, and every depositor of what is in no receipt,
    ///         rounded down, and no pledge is more than its face; none where the witnesses' estimate covers all of them, and then
    ///         what the book missed is found again. All live receipts and all such depositors are named,
    ///         ascending, or none where none is touched. The court that signed for who is silent, or zero, holds and deposited
    ///         none of it. Moves the lot's head by `digest`. For Attestations alone.
    function shared(
        bytes32 lot,
        bytes32 digest,
        bytes32[] calldata receipts,
        bytes32[] calldata depositors,
        bytes32 court
    ) external;

    /// @notice Ends a lot; its slot is empty again. Moves its head by `digest`. For Attestations alone.
    function closed(bytes32 lot, bytes32 digest) external;

    /// @notice Another keeper, also of its slot where that was the same keeper's. Moves the lot's head by `digest`. For Attestations alone.
    function succeeded(bytes32 lot, bytes32 digest, Signed.Party calldata keeper) external;
}

/// @title IReceiptsOfLots: what Lots asks of Receipts, when a shortage is shared
interface IReceiptsOfLots {
    /// @notice Lot, face and pledge of a receipt; `live` while it is Issued. Zeros for one that never was.
    function quantitiesOf(bytes32 receipt)
        external
        view
        returns (bytes32 lot, bool live, uint128 face, uint128 pledged, bytes32 lender);

    /// @notice Lot and holder of a receipt; `live` while it is Issued. Zeros for one that never was.
    function holderOf(bytes32 receipt) external view returns (bytes32 lot, bool live, bytes32 holder);

    /// @notice Sets face and pledge of a live receipt, which `court` does not hold, to what is left of it. For Lots alone, which
    ///         keeps its own sums.
    function writeDown(bytes32 receipt, uint128 face, uint128 pledged, bytes32 digest, bytes32 court) external;
}
