// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {ILots, IReceiptsOfLots} from "./ILots.sol";
import {ISites} from "./ISites.sol";
import {Organisations} from "./Organisations.sol";
import {Signed} from "./Signed.sol";

/// @title Lots: goods that were weighed in, and what their witnesses say is there
/// @notice A lot (批次) is goods of one kind and grade in one slot under one keeper, in bulk or with serial numbers. Receipts
///         (仓单) are issued up to what was weighed in and not out, and pledged up to the lower bound of what the lot's
///         witnesses attested (见证量). Each weighing counts once for ever, and each serial lies in one lot.
/// @dev Sums and what keeps them:
///        - face ≤ weighed at every issue (`issued`);
///        - pledged ≤ lower at every pledge (`pledgedMore`);
///        - both need an attestation that is young enough, and a lot that is not short; age holds nothing else.
///      A shortage (短缺) is not noise: only an attestation whose upper bound lies under the book less the loss allowance
///      (损耗标准, Civil Code Art. 909(3)), or that says so, or more gone out than was ordered. It holds every receipt of
///      the lot until a later attestation lifts it, or it is shared pro rata (按比例分担) and nobody comes first.
///      The keys that act for witnesses are those that were there when the lot was opened; those that act for a depositor
///      or lender are as old as the one that signed.
contract Lots is ILots, Signed {
    /// @notice Opens a lot in an empty slot (signed by the keeper of the slot, whose head is named).
    struct OpenLot {
        bytes32 slot;
        bytes32 head;
        bytes32 goods;
        bool serialised;
        uint32 allowancePpm;
        uint32 maxAgeSeconds;
        bytes32[] witnesses;
        uint8[] roles;
        uint8 quorum;
        uint64 deadline;
    }

    /// @notice One weighing (磅单): the id of its evidence, and what it weighed.
    struct Weighing {
        bytes32 evidence;
        uint128 quantity;
    }

    /// @notice Goods came in (入库; keeper, verifier or inspector, depositor); serials one for each weighing, or none.
    struct RecordInbound {
        bytes32 lot;
        bytes32 head;
        bytes32 depositor;
        Weighing[] weighings;
        bytes32[] serials;
        uint64 deadline;
    }

    /// @notice A weighing was none (keeper, its depositor, and every lender of the lot in the order of `lendersOf`).
    struct VoidWeighing {
        bytes32 lot;
        bytes32 head;
        bytes32 evidence;
        bytes32 reason;
        uint64 deadline;
    }

    /// @notice What is there (witnesses at `places` of the lot's list, ascending).
    struct Attest {
        bytes32 lot;
        bytes32 head;
        uint128 estimate;
        uint128 lower;
        uint128 upper;
        uint64 asOf;
        bool short;
        bytes32 evidenceRoot;
        bytes32 policy;
        uint8[] places;
        uint64 deadline;
    }

    /// @notice Shares a shortage among all receipts (keeper, witnesses at `places`).
    struct Apportion {
        bytes32 lot;
        bytes32 head;
        bytes32[] receipts;
        bytes32 reason;
        uint8[] places;
        uint64 deadline;
    }

    /// @notice Ends a lot without receipts; its slot is empty again (keeper).
    struct CloseLot {
        bytes32 lot;
        bytes32 head;
        uint64 deadline;
    }

    /// @notice What became of the evidence of a weighing. Numbers are part of the interface and never reused.
    enum Use {
        None,
        In,
        Out,
        Voided
    }

    /// @dev A weighing that came in has all of it; of one that went out only lot and use are known.
    struct Record {
        bytes32 lot;
        bytes32 serial;
        bytes32 depositor;
        uint128 quantity;
        uint48 since;
        Use use;
    }

    struct Witness {
        bytes32 organisation;
        Organisations.Role role;
    }

    /// @dev What is pledged to one lender in one lot; `since` is that of its oldest key that took one of these pledges.
    struct Stake {
        uint128 pledged;
        uint48 since;
    }

    error LotsZeroId();
    error LotsUnknown(bytes32 lot);
    error LotsClosed(bytes32 lot);
    error LotsNobodyKeeps(bytes32 slot);
    error LotsAllowance(uint32 ppm);
    error LotsMaxAge(uint32 maxAgeSeconds);
    error LotsNoWitness(uint256 place);
    error LotsQuorum(uint256 given, uint256 needed);
    error LotsTooManyOrFew(uint256 given, uint256 most);
    error LotsNotIndependent(bytes32 keeper, bytes32 verifier, bytes32 depositor);
    error LotsZeroQuantity(bytes32 evidence);
    error LotsSpent(bytes32 evidence);
    error LotsNotInbound(bytes32 lot, bytes32 evidence);
    error LotsSerials(uint256 given, uint256 needed);
    error LotsSerialKnown(bytes32 serial, bytes32 lot);
    error LotsSerialNotHere(bytes32 serial, bytes32 lot);
    error LotsReceipted(bytes32 lot, uint128 face);
    error LotsAttestedAt(uint64 asOf, uint64 newest, uint64 time);
    error LotsBounds(uint128 estimate, uint128 lower, uint128 upper);
    error LotsPlace(uint256 place);
    error LotsShort(bytes32 lot);
    error LotsNotShort(bytes32 lot);
    error LotsStale(bytes32 lot, uint64 attestedAt);
    error LotsNotItsReceipt(bytes32 lot, bytes32 receipt);
    error LotsNotAscending(bytes32 receipt);
    error LotsNotAllReceipts(uint256 given, uint256 needed);
    error LotsMoreThanWeighed(bytes32 lot, uint256 face, uint128 weighed);
    error LotsMoreThanAttested(bytes32 lot, uint256 pledged, uint128 lower);
    error LotsNotReceipts(address caller);

    uint256 public constant MOST_WITNESSES = 8;
    /// @notice Two of different organisations at least, so that no keeper attests alone.
    uint256 public constant LEAST_QUORUM = 2;
    uint32 public constant MOST_ALLOWANCE_PPM = 50_000;
    uint32 public constant MOST_AGE_SECONDS = 30 days;
    /// @notice Weighings or serials of one operation.
    uint256 public constant MOST_WEIGHINGS = 64;
    /// @notice Live receipts of a lot, so that a shortage is shared in one operation.
    uint256 public constant MOST_RECEIPTS = 256;
    /// @notice Lenders of a lot, so that all of them can sign one operation.
    uint256 public constant MOST_LENDERS = 16;

    uint256 private constant PPM = 1_000_000;
    bytes32 private constant OPEN_LOT_TYPEHASH = keccak256(
        "OpenLot(bytes32 slot,bytes32 head,bytes32 goods,bool serialised,uint32 allowancePpm,uint32 maxAgeSeconds,bytes32[] witnesses,uint8[] roles,uint8 quorum,uint64 deadline)"
    );
    bytes32 private constant WEIGHING_TYPEHASH = keccak256("Weighing(bytes32 evidence,uint128 quantity)");
    bytes32 private constant RECORD_INBOUND_TYPEHASH = keccak256(
        "RecordInbound(bytes32 lot,bytes32 head,bytes32 depositor,Weighing[] weighings,bytes32[] serials,uint64 deadline)Weighing(bytes32 evidence,uint128 quantity)"
    );
    bytes32 private constant VOID_WEIGHING_TYPEHASH =
        keccak256("VoidWeighing(bytes32 lot,bytes32 head,bytes32 evidence,bytes32 reason,uint64 deadline)");
    bytes32 private constant ATTEST_TYPEHASH = keccak256(
        "Attest(bytes32 lot,bytes32 head,uint128 estimate,uint128 lower,uint128 upper,uint64 asOf,bool short,bytes32 evidenceRoot,bytes32 policy,uint8[] places,uint64 deadline)"
    );
    bytes32 private constant APPORTION_TYPEHASH = keccak256(
        "Apportion(bytes32 lot,bytes32 head,bytes32[] receipts,bytes32 reason,uint8[] places,uint64 deadline)"
    );
    bytes32 private constant CLOSE_LOT_TYPEHASH = keccak256("CloseLot(bytes32 lot,bytes32 head,uint64 deadline)");

    /// @notice The slots that lots lie in.
    ISites public immutable SITES;
    /// @notice The one contract that issues and pledges.
    address public immutable RECEIPTS;

    mapping(bytes32 lot => Lot) private _lots;
    mapping(bytes32 lot => Witness[]) private _witnesses;
    mapping(bytes32 evidence => Record) private _records;
    mapping(bytes32 serial => bytes32 lot) private _serials;
    mapping(bytes32 lot => bytes32[] lenders) private _lenders;
    mapping(bytes32 lot => mapping(bytes32 lender => Stake)) private _stakes;

    modifier onlyReceipts() {
        if (msg.sender != RECEIPTS) revert LotsNotReceipts(msg.sender);
        _;
    }

    /// @param registry The registry of parties on the same chain.
    /// @param sites The slots, on the same chain.
    /// @param receipts Where Receipts will stand; whoever deploys makes sure afterwards that it does.
    constructor(Organisations registry, ISites sites, address receipts)
        Signed(registry)
        EIP712("Tallystick Lots", "1")
    {
        if (address(sites).code.length == 0 || receipts == address(0)) revert LotsZeroId();
        SITES = sites;
        RECEIPTS = receipts;
    }

    /// @notice Opens a lot. Its id is its slot and the slot's head before, so it is never used twice.
    function openLot(OpenLot calldata op, bytes[] calldata signatures) external {
        (Party memory keeper, bytes32 slotHead) = SITES.keeperOf(op.slot);
        if (keeper.organisation == bytes32(0)) revert LotsNobodyKeeps(op.slot);
        if (op.goods == bytes32(0)) revert LotsZeroId();
        if (op.allowancePpm > MOST_ALLOWANCE_PPM) revert LotsAllowance(op.allowancePpm);
        if (op.maxAgeSeconds == 0 || op.maxAgeSeconds > MOST_AGE_SECONDS) revert LotsMaxAge(op.maxAgeSeconds);
        if (op.head != slotHead) revert SignedOverAnotherHead(op.slot, slotHead);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, keeper);
        bytes32 id = keccak256(abi.encode(op.slot, op.head));
        _appoint(id, op);
        Lot storage lot = _lots[id];
        lot.slot = op.slot;
        lot.goods = op.goods;
        lot.keeper = keeper;
        lot.open = true;
        lot.serialised = op.serialised;
        lot.quorum = op.quorum;
        lot.allowancePpm = op.allowancePpm;
        lot.maxAgeSeconds = op.maxAgeSeconds;
        lot.openedBlock = uint64(block.number);
        lot.head = _operated(id, OPEN_LOT_TYPEHASH, digest, bytes32(0), abi.encode(op), signatures);
        SITES.occupy(op.slot, id, op.serialised, digest);
    }

    /// @notice Records goods that came in. Keeper, verifier and depositor are three organisations.
    function recordInbound(RecordInbound calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        _mustBeSome(op.weighings.length);
        uint256 serials = lot.serialised ? op.weighings.length : 0;
        if (op.serials.length != serials) revert LotsSerials(op.serials.length, serials);
        uint48 since = _unspent(lot, op, signatures);
        uint128 quantity = 0;
        for (uint256 i = 0; i < op.weighings.length; ++i) {
            bytes32 serial = bytes32(0);
            if (serials != 0) {
                serial = op.serials[i];
                _mustBeNowhere(serial);
                _serials[serial] = op.lot;
            }
            Weighing calldata one = op.weighings[i];
            if (one.quantity == 0) revert LotsZeroQuantity(one.evidence);
            _spend(one.evidence, Record(op.lot, serial, op.depositor, one.quantity, since, Use.In));
            quantity += one.quantity;
        }
        lot.weighed += quantity;
        lot.weighedEver += quantity;
    }

    /// @notice Takes back a weighing that was none. Its evidence stays spent.
    function voidWeighing(VoidWeighing calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        Record storage record = _records[op.evidence];
        if (record.use != Use.In || record.lot != op.lot) revert LotsNotInbound(op.lot, op.evidence);
        if (op.reason == bytes32(0)) revert LotsZeroId();
        uint128 quantity = record.quantity;
        if (lot.weighed < uint256(lot.face) + quantity) revert LotsReceipted(op.lot, lot.face);
        if (lot.serialised) _takeSerial(record.serial, op.lot);
        if (op.head != lot.head) revert SignedOverAnotherHead(op.lot, lot.head);
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(VOID_WEIGHING_TYPEHASH, fields, op.deadline);
        bytes32[] storage lenders = _lenders[op.lot];
        _count(signatures, 2 + lenders.length);
        _mustSign(digest, signatures, 0, lot.keeper);
        _mustSign(digest, signatures, 1, Party(record.depositor, record.since, Organisations.Role.Holder));
        for (uint256 i = 0; i < lenders.length; ++i) {
            Party memory lender = Party(lenders[i], _stakes[op.lot][lenders[i]].since, Organisations.Role.Lender);
            _mustSign(digest, signatures, 2 + i, lender);
        }
        record.use = Use.Voided;
        lot.weighed -= quantity;
        lot.weighedEver -= quantity;
        lot.head = _operated(op.lot, VOID_WEIGHING_TYPEHASH, digest, lot.head, fields, signatures);
    }

    /// @notice Says what is there, and so whether the lot is short.
    function attest(Attest calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        uint64 time = ChainTime.secondsNow();
        if (op.asOf <= lot.attestedAt || op.asOf > time) revert LotsAttestedAt(op.asOf, lot.attestedAt, time);
        if (op.lower > op.estimate || op.estimate > op.upper) revert LotsBounds(op.estimate, op.lower, op.upper);
        if (op.evidenceRoot == bytes32(0) || op.policy == bytes32(0)) revert LotsZeroId();
        if (op.head != lot.head) revert SignedOverAnotherHead(op.lot, lot.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, op.places.length);
        _mustWitness(op.lot, lot, op.places, digest, signatures, 0);
        (lot.estimate, lot.lower, lot.upper, lot.attestedAt) = (op.estimate, op.lower, op.upper, op.asOf);
        (lot.evidenceRoot, lot.policy) = (op.evidenceRoot, op.policy);
        // upper < weighed − allowance, in millionths of a gram so that nothing rounds.
        uint256 covered = op.upper * PPM + uint256(lot.allowancePpm) * lot.weighedEver;
        lot.short = op.short || covered < lot.weighed * PPM || lot.weighed < lot.face;
        lot.head = _operated(op.lot, ATTEST_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
    }

    /// @notice Shares a shortage: what is not receipted is written off first; where even that is not enough, every receipt
    ///         keeps the same share of its face, rounded down, and no pledge is more than its face.
    /// @dev Fungible goods that were stored together are owned together, and a loss is borne pro rata. All live receipts
    ///      are named, or none where none is touched: ascending, so none twice, and their faces are the lot's.
    function apportion(Apportion calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        if (!lot.short) revert LotsNotShort(op.lot);
        _mustBeFresh(op.lot, lot);
        if (op.reason == bytes32(0)) revert LotsZeroId();
        if (op.head != lot.head) revert SignedOverAnotherHead(op.lot, lot.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 1 + op.places.length);
        _mustSign(digest, signatures, 0, lot.keeper);
        _mustWitness(op.lot, lot, op.places, digest, signatures, 1);
        lot.head = _operated(op.lot, APPORTION_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        lot.short = false;
        uint128 face = lot.face;
        uint128 there = lot.estimate < lot.weighed ? lot.estimate : lot.weighed;
        uint256 needed = there < face ? lot.receipts : 0;
        if (op.receipts.length != needed) revert LotsNotAllReceipts(op.receipts.length, needed);
        if (needed == 0) {
            lot.weighed = there;
            return;
        }
        bytes32 last = bytes32(0);
        lot.face = 0;
        for (uint256 i = 0; i < needed; ++i) {
            if (op.receipts[i] <= last) revert LotsNotAscending(op.receipts[i]);
            last = op.receipts[i];
            lot.face += _writeDown(op.lot, lot, last, [there, face], digest);
        }
        lot.weighed = lot.face;
    }

    /// @notice Ends a lot that has no receipts.
    function closeLot(CloseLot calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        if (lot.face != 0 || lot.receipts != 0) revert LotsReceipted(op.lot, lot.face);
        if (op.head != lot.head) revert SignedOverAnotherHead(op.lot, lot.head);
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(CLOSE_LOT_TYPEHASH, fields, op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, lot.keeper);
        lot.open = false;
        lot.head = _operated(op.lot, CLOSE_LOT_TYPEHASH, digest, lot.head, fields, signatures);
        SITES.vacate(lot.slot, op.lot, digest);
    }

    /// @inheritdoc ILots
    function issued(bytes32 lot, uint128 quantity) external onlyReceipts {
        Lot storage found = _creditable(lot);
        uint256 face = uint256(found.face) + quantity;
        if (face > found.weighed) revert LotsMoreThanWeighed(lot, face, found.weighed);
        found.face = uint128(face);
        _recount(found, 0, 1);
    }

    /// @inheritdoc ILots
    function retired(bytes32 lot, uint128 quantity, bool gone) external onlyReceipts {
        Lot storage found = _opened(lot);
        found.face -= quantity;
        if (gone) found.receipts -= 1;
    }

    /// @inheritdoc ILots
    function recounted(bytes32 lot, uint32 fewer, uint32 more) external onlyReceipts {
        _recount(_opened(lot), fewer, more);
    }

    /// @inheritdoc ILots
    function pledgedMore(bytes32 lot, uint128 quantity, Party calldata lender) external onlyReceipts {
        Lot storage found = _creditable(lot);
        uint256 pledged = uint256(found.pledged) + quantity;
        if (pledged > found.lower) revert LotsMoreThanAttested(lot, pledged, found.lower);
        if (quantity == 0 || lender.organisation == bytes32(0)) revert LotsZeroId();
        found.pledged = uint128(pledged);
        Stake storage stake = _stakes[lot][lender.organisation];
        if (stake.pledged == 0) {
            bytes32[] storage lenders = _lenders[lot];
            if (lenders.length >= MOST_LENDERS) revert LotsTooManyOrFew(lenders.length + 1, MOST_LENDERS);
            lenders.push(lender.organisation);
            stake.since = lender.since;
        } else if (lender.since < stake.since) {
            stake.since = lender.since;
        }
        stake.pledged += quantity;
    }

    /// @inheritdoc ILots
    function pledgedLess(bytes32 lot, uint128 quantity, bytes32 lender) external onlyReceipts {
        _pledgedLess(lot, _opened(lot), quantity, lender);
    }

    /// @inheritdoc ILots
    function wentOut(
        bytes32 lot,
        bytes32 digest,
        bytes32[] calldata evidence,
        uint128 quantity,
        bytes32[] calldata serials
    ) external onlyReceipts {
        Lot storage found = _opened(lot);
        _mustBeSome(evidence.length);
        if (found.serialised) _mustBeSome(serials.length);
        else if (serials.length != 0) revert LotsSerials(serials.length, 0);
        for (uint256 i = 0; i < evidence.length; ++i) {
            _spend(evidence[i], Record(lot, bytes32(0), bytes32(0), 0, 0, Use.Out));
        }
        for (uint256 i = 0; i < serials.length; ++i) {
            _takeSerial(serials[i], lot);
        }
        found.weighed = _less(found.weighed, quantity);
        found.estimate = _less(found.estimate, quantity);
        found.lower = _less(found.lower, quantity);
        found.upper = _less(found.upper, quantity);
        found.head = keccak256(abi.encode(found.head, digest));
    }

    /// @inheritdoc ILots
    function overPicked(bytes32 lot) external onlyReceipts {
        _opened(lot).short = true;
    }

    /// @inheritdoc ILots
    function lotOf(bytes32 lot) external view returns (Lot memory) {
        return _known(lot);
    }

    /// @inheritdoc ILots
    function keeperOf(bytes32 lot) external view returns (Party memory keeper, bytes32 head) {
        Lot storage found = _opened(lot);
        return (found.keeper, found.head);
    }

    /// @inheritdoc ILots
    function isShort(bytes32 lot) external view returns (bool) {
        return _known(lot).short;
    }

    /// @inheritdoc ILots
    function isFresh(bytes32 lot) external view returns (bool) {
        return _lots[lot].open && _fresh(_lots[lot]);
    }

    /// @notice The organisations to which something in the lot is pledged.
    function lendersOf(bytes32 lot) external view returns (bytes32[] memory) {
        return _lenders[lot];
    }

    /// @notice What of the lot is pledged to a lender.
    function pledgedTo(bytes32 lot, bytes32 lender) external view returns (uint128) {
        return _stakes[lot][lender].pledged;
    }

    /// @notice Who attests, by place.
    function witnessesOf(bytes32 lot)
        external
        view
        returns (bytes32[] memory organisations, Organisations.Role[] memory roles)
    {
        Witness[] storage found = _witnesses[lot];
        organisations = new bytes32[](found.length);
        roles = new Organisations.Role[](found.length);
        for (uint256 i = 0; i < found.length; ++i) {
            (organisations[i], roles[i]) = (found[i].organisation, found[i].role);
        }
    }

    /// @notice What became of the evidence of a weighing; zeros where it was never used.
    function weighingOf(bytes32 evidence)
        external
        view
        returns (bytes32 lot, Use use, uint128 quantity, bytes32 depositor, bytes32 serial)
    {
        Record storage found = _records[evidence];
        return (found.lot, found.use, found.quantity, found.depositor, found.serial);
    }

    /// @notice The open lot that a serial lies in, or zero.
    function serialOf(bytes32 serial) public view returns (bytes32 lot) {
        lot = _serials[serial];
        if (!_lots[lot].open) lot = bytes32(0);
    }

    /// @dev Witnesses are different organisations, so a quorum is as many organisations.
    function _appoint(bytes32 lot, OpenLot calldata op) private {
        uint256 count = op.witnesses.length;
        if (count > MOST_WITNESSES || op.roles.length != count) revert LotsTooManyOrFew(count, MOST_WITNESSES);
        if (op.quorum < LEAST_QUORUM || op.quorum > count) revert LotsQuorum(op.quorum, LEAST_QUORUM);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 organisation = op.witnesses[i];
            uint8 role = op.roles[i];
            bool may = role >= uint8(Organisations.Role.Keeper) && role <= uint8(Organisations.Role.Verifier);
            if (!may || ORGANISATIONS.commitmentOf(organisation) == bytes32(0)) revert LotsNoWitness(i);
            for (uint256 k = 0; k < i; ++k) {
                if (op.witnesses[k] == organisation) revert LotsNoWitness(i);
            }
            _witnesses[lot].push(Witness(organisation, Organisations.Role(role)));
        }
    }

    /// @dev Head and signatures of an inbound; since when the depositor's key acts.
    function _unspent(Lot storage lot, RecordInbound calldata op, bytes[] calldata signatures)
        private
        returns (uint48)
    {
        for (uint256 i = 0; i < op.weighings.length; ++i) {
            if (_records[op.weighings[i].evidence].use != Use.None) revert LotsSpent(op.weighings[i].evidence);
        }
        if (op.head != lot.head) revert SignedOverAnotherHead(op.lot, lot.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 3);
        _mustSign(digest, signatures, 0, lot.keeper);
        Party memory verifier =
            _signerOfEither(digest, signatures, 1, Organisations.Role.Verifier, Organisations.Role.Inspector);
        Party memory depositor = _signer(digest, signatures, 2, Organisations.Role.Holder);
        if (depositor.organisation != op.depositor) revert SignedByAnother(2, depositor.organisation, op.depositor);
        bytes32 keeper = lot.keeper.organisation;
        if (
            keeper == verifier.organisation || keeper == depositor.organisation
                || verifier.organisation == depositor.organisation
        ) revert LotsNotIndependent(keeper, verifier.organisation, depositor.organisation);
        lot.head = _operated(op.lot, RECORD_INBOUND_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        return depositor.since;
    }

    function _spend(bytes32 evidence, Record memory record) private {
        if (evidence == bytes32(0)) revert LotsZeroId();
        if (_records[evidence].use != Use.None) revert LotsSpent(evidence);
        _records[evidence] = record;
    }

    function _takeSerial(bytes32 serial, bytes32 lot) private {
        if (_serials[serial] != lot) revert LotsSerialNotHere(serial, lot);
        delete _serials[serial];
    }

    /// @dev What a receipt keeps of its face: face · what is there / Σ face, rounded down. One that keeps nothing is no more.
    function _writeDown(bytes32 id, Lot storage lot, bytes32 receipt, uint128[2] memory share, bytes32 digest)
        private
        returns (uint128 left)
    {
        (bytes32 its, bool live, uint128 face, uint128 pledged, bytes32 lender) =
            IReceiptsOfLots(RECEIPTS).quantitiesOf(receipt);
        if (its != id || !live) revert LotsNotItsReceipt(id, receipt);
        left = uint128(uint256(face) * share[0] / share[1]);
        uint128 kept = pledged < left ? pledged : left;
        if (kept < pledged) _pledgedLess(id, lot, pledged - kept, lender);
        if (left == 0) lot.receipts -= 1;
        IReceiptsOfLots(RECEIPTS).writeDown(receipt, left, kept, digest);
    }

    function _pledgedLess(bytes32 id, Lot storage lot, uint128 quantity, bytes32 lender) private {
        Stake storage stake = _stakes[id][lender];
        lot.pledged -= quantity;
        stake.pledged -= quantity;
        if (stake.pledged != 0 || quantity == 0) return;
        bytes32[] storage lenders = _lenders[id];
        uint256 place = 0;
        while (lenders[place] != lender) ++place;
        lenders[place] = lenders[lenders.length - 1];
        lenders.pop();
    }

    function _recount(Lot storage lot, uint32 fewer, uint32 more) private {
        uint256 receipts = uint256(lot.receipts) + more - fewer;
        if (receipts > MOST_RECEIPTS) revert LotsTooManyOrFew(receipts, MOST_RECEIPTS);
        lot.receipts = uint32(receipts);
    }

    /// @dev Reverts unless witnesses at these places signed, from `first` on, enough of them.
    function _mustWitness(
        bytes32 id,
        Lot storage lot,
        uint8[] calldata places,
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 first
    ) private view {
        if (places.length < lot.quorum) revert LotsQuorum(places.length, lot.quorum);
        Witness[] storage witnesses = _witnesses[id];
        uint48 since = uint48(lot.openedBlock - 1);
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 place = places[i];
            if (place >= witnesses.length || (i > 0 && place <= places[i - 1])) revert LotsPlace(place);
            Witness storage witness = witnesses[place];
            _mustSign(digest, signatures, first + i, Party(witness.organisation, since, witness.role));
        }
    }

    function _mustBeNowhere(bytes32 serial) private view {
        if (serial == bytes32(0)) revert LotsZeroId();
        bytes32 lot = serialOf(serial);
        if (lot != bytes32(0)) revert LotsSerialKnown(serial, lot);
    }

    function _mustBeFresh(bytes32 id, Lot storage lot) private view {
        if (!_fresh(lot)) revert LotsStale(id, lot.attestedAt);
    }

    /// @dev An open lot that takes new receipts and pledges.
    function _creditable(bytes32 id) private view returns (Lot storage lot) {
        lot = _opened(id);
        if (lot.short) revert LotsShort(id);
        _mustBeFresh(id, lot);
    }

    function _fresh(Lot storage lot) private view returns (bool) {
        uint64 since = lot.attestedAt;
        return since != 0 && ChainTime.secondsNow() <= since + lot.maxAgeSeconds;
    }

    function _opened(bytes32 id) private view returns (Lot storage lot) {
        lot = _known(id);
        if (!lot.open) revert LotsClosed(id);
    }

    function _known(bytes32 id) private view returns (Lot storage lot) {
        lot = _lots[id];
        if (lot.slot == bytes32(0)) revert LotsUnknown(id);
    }

    function _mustBeSome(uint256 given) private pure {
        if (given == 0 || given > MOST_WEIGHINGS) revert LotsTooManyOrFew(given, MOST_WEIGHINGS);
    }

    /// @dev What is left, and nothing where more is gone than was there.
    function _less(uint128 from, uint128 quantity) private pure returns (uint128) {
        return quantity < from ? from - quantity : 0;
    }

    // EIP-712: an array of words is the hash of the words one after the other, which is how `encodePacked` writes arrays.

    function _hashOf(OpenLot calldata op) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                OPEN_LOT_TYPEHASH,
                op.slot,
                op.head,
                op.goods,
                op.serialised,
                op.allowancePpm,
                op.maxAgeSeconds,
                keccak256(abi.encodePacked(op.witnesses)),
                keccak256(abi.encodePacked(op.roles)),
                op.quorum,
                op.deadline
            )
        );
    }

    function _hashOf(RecordInbound calldata op) private pure returns (bytes32) {
        bytes32[] memory weighings = new bytes32[](op.weighings.length);
        for (uint256 i = 0; i < weighings.length; ++i) {
            weighings[i] = keccak256(abi.encode(WEIGHING_TYPEHASH, op.weighings[i]));
        }
        return keccak256(
            abi.encode(
                RECORD_INBOUND_TYPEHASH,
                op.lot,
                op.head,
                op.depositor,
                keccak256(abi.encodePacked(weighings)),
                keccak256(abi.encodePacked(op.serials)),
                op.deadline
            )
        );
    }

    function _hashOf(Attest calldata op) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ATTEST_TYPEHASH,
                op.lot,
                op.head,
                op.estimate,
                op.lower,
                op.upper,
                op.asOf,
                op.short,
                op.evidenceRoot,
                op.policy,
                keccak256(abi.encodePacked(op.places)),
                op.deadline
            )
        );
    }

    function _hashOf(Apportion calldata op) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                APPORTION_TYPEHASH,
                op.lot,
                op.head,
                keccak256(abi.encodePacked(op.receipts)),
                op.reason,
                keccak256(abi.encodePacked(op.places)),
                op.deadline
            )
        );
    }
}
