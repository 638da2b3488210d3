// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {IAttestations} from "./IAttestations.sol";
import {ILots, IReceiptsOfLots} from "./ILots.sol";
import {ISites} from "./ISites.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";
import {Signed} from "./Signed.sol";

/// @title Lots: goods that were weighed in, and the sums of what is receipted and pledged of them
/// @notice A lot (批次) is goods of one kind and grade in one slot under one keeper, in bulk or with serial numbers. Receipts
///         (仓单) are issued to who brought the goods, up to what was weighed in and not out, and pledged up to the lower
///         bound of what the lot's witnesses attested (见证量; see Attestations). Each weighing counts once for ever, and each
///         serial lies in one lot and weighs what it weighed when it came.
/// @dev Sums and what keeps them:
///        - face ≤ weighed and face ≤ upper at every issue (`issued`), and no more to a holder than it brought and has no
///          receipt for: the keeper returns the goods to who stored them (Civil Code Art. 908);
///        - weighed ≤ face + deposited: every gram is somebody's;
///        - pledged ≤ lower at every pledge (`pledgedMore`);
///        - both need an attestation that is young enough, and a lot that is not short; age holds nothing else.
///      A shortage (短缺) is not noise: only an attestation whose upper bound lies under the book less the loss allowance
///      (损耗标准, Civil Code Art. 909(3)), or that says so, or more gone out than was ordered. It holds every receipt of
///      the lot until a later attestation lifts it, or it is shared pro rata (按比例分担) and nobody comes first.
///      The keys that act for a depositor or lender are as old as the one that signed.
contract Lots is ILots, Parties {
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

    /// @notice Goods came in (入库; keeper, verifier or inspector, depositor), the last of them weighed at `weighedAt`; serials
    ///         one for each weighing, or none.
    struct RecordInbound {
        bytes32 lot;
        bytes32 head;
        bytes32 depositor;
        Weighing[] weighings;
        bytes32[] serials;
        uint64 weighedAt;
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

    /// @dev What one depositor brought and has no receipt for, and the last block before it had any of that there.
    struct Deposit {
        uint128 quantity;
        uint48 since;
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
    error LotsTooManyOrFew(uint256 given, uint256 most);
    error LotsNotIndependent(bytes32 keeper, bytes32 verifier, bytes32 depositor);
    error LotsZeroQuantity(bytes32 evidence);
    error LotsSpent(bytes32 evidence);
    error LotsNotInbound(bytes32 lot, bytes32 evidence);
    error LotsSerials(uint256 given, uint256 needed);
    error LotsSerialKnown(bytes32 serial, bytes32 lot);
    error LotsSerialNotHere(bytes32 serial, bytes32 lot);
    error LotsReceipted(bytes32 lot, uint128 face);
    error LotsShort(bytes32 lot);
    error LotsStale(bytes32 lot, uint64 attestedAt);
    error LotsNotItsReceipt(bytes32 lot, bytes32 receipt);
    error LotsNotAscending(bytes32 id);
    error LotsNotAllReceipts(uint256 given, uint256 needed);
    error LotsNotAllDepositors(uint256 given, uint256 needed);
    error LotsWeighedAt(uint64 weighedAt, uint64 time);
    error LotsMoreThanWeighed(bytes32 lot, uint256 face, uint128 weighed);
    error LotsMoreThanAttested(bytes32 lot, uint256 pledged, uint128 lower);
    error LotsNotItsWitness(bytes32 lot, bytes32 organisation);
    error LotsNotDeposited(bytes32 lot, bytes32 holder, uint128 deposited);
    error LotsSerialQuantity(uint256 serials, uint256 quantity);
    error LotsTooLittle(bytes32 lot, uint128 quantity, uint128 lower);
    error LotsNotReceipts(address caller);
    error LotsNotAttestations(address caller);

    uint32 public constant MOST_ALLOWANCE_PPM = 50_000;
    uint32 public constant MOST_AGE_SECONDS = 30 days;
    /// @notice Weighings or serials of one operation.
    uint256 public constant MOST_WEIGHINGS = 64;
    /// @notice Live receipts of a lot, so that a shortage is shared in one operation.
    uint256 public constant MOST_RECEIPTS = 256;
    /// @notice As many of them come by issues and splits; the rest is room for parts that are sold, so that nobody fills a lot
    ///         against a sale.
    uint256 public constant MOST_RECEIPTS_BEFORE_SALES = 192;
    /// @notice Depositors with goods in no receipt, for the same reason; fewer come by what is brought in, and the rest is room
    ///         for those whose receipts end.
    uint256 public constant MOST_DEPOSITORS = 128;
    uint256 public constant MOST_DEPOSITORS_BY_INBOUND = 64;
    /// @notice Lenders of a lot, so that all of them can sign one operation.
    uint256 public constant MOST_LENDERS = 16;
    /// @notice A lender's first pledge in a lot is at least this part of the lower bound, so that no trifles fill the list.
    uint256 public constant LEAST_PLEDGE = 64;
    /// @notice Three parties sign after the scale.
    uint64 public constant GRACE_SECONDS = 7 days;
    /// @notice Notice of a shortage begins anew where this part more of the estimate is missing; an honest gauge's noise is less.
    uint256 public constant NOTICED_PART = 64;

    uint256 private constant PPM = 1_000_000;
    bytes32 private constant OPEN_LOT_TYPEHASH = keccak256(
        "OpenLot(bytes32 slot,bytes32 head,bytes32 goods,bool serialised,uint32 allowancePpm,uint32 maxAgeSeconds,bytes32[] witnesses,uint8[] roles,uint8 quorum,uint64 deadline)"
    );
    bytes32 private constant WEIGHING_TYPEHASH = keccak256("Weighing(bytes32 evidence,uint128 quantity)");
    bytes32 private constant RECORD_INBOUND_TYPEHASH = keccak256(
        "RecordInbound(bytes32 lot,bytes32 head,bytes32 depositor,Weighing[] weighings,bytes32[] serials,uint64 weighedAt,uint64 deadline)Weighing(bytes32 evidence,uint128 quantity)"
    );
    bytes32 private constant VOID_WEIGHING_TYPEHASH =
        keccak256("VoidWeighing(bytes32 lot,bytes32 head,bytes32 evidence,bytes32 reason,uint64 deadline)");

    /// @notice The slots that lots lie in.
    ISites public immutable SITES;
    /// @notice The contract of the witnesses; it alone sets figures, shares shortages and replaces keepers.
    IAttestations public immutable ATTESTATIONS;
    /// @notice The one contract that issues and pledges.
    address public immutable RECEIPTS;

    mapping(bytes32 lot => Lot) private _lots;
    mapping(bytes32 evidence => Record) private _records;
    mapping(bytes32 serial => bytes32 evidence) private _serials;
    mapping(bytes32 lot => mapping(bytes32 depositor => Deposit)) private _deposits;
    mapping(bytes32 lot => bytes32[] lenders) private _lenders;
    mapping(bytes32 lot => mapping(bytes32 lender => Stake)) private _stakes;

    modifier onlyAttestations() {
        if (msg.sender != address(ATTESTATIONS)) revert LotsNotAttestations(msg.sender);
        _;
    }

    modifier onlyReceipts() {
        if (msg.sender != RECEIPTS) revert LotsNotReceipts(msg.sender);
        _;
    }

    /// @param registry The registry of parties on the same chain.
    /// @param sites The slots, on the same chain.
    /// @param attestations Where Attestations will stand; whoever deploys makes sure afterwards that it does.
    /// @param receipts Where Receipts will stand; the same.
    constructor(Organisations registry, ISites sites, IAttestations attestations, address receipts)
        Signed(registry)
        EIP712("Tallystick Lots", "1")
    {
        if (address(sites).code.length == 0 || address(attestations) == address(0) || receipts == address(0)) {
            revert LotsZeroId();
        }
        SITES = sites;
        ATTESTATIONS = attestations;
        RECEIPTS = receipts;
    }

    /// @notice Opens a lot. Its id is its slot and the slot's head before, so it is never used twice.
    function openLot(OpenLot calldata op, bytes[] calldata signatures) external {
        (Party memory keeper, bytes32 slotHead) = SITES.keeperOf(op.slot);
        if (keeper.organisation == bytes32(0)) revert LotsNobodyKeeps(op.slot);
        if (op.goods == bytes32(0)) revert LotsZeroId();
        if (op.allowancePpm > MOST_ALLOWANCE_PPM) revert LotsAllowance(op.allowancePpm);
        if (op.maxAgeSeconds == 0 || op.maxAgeSeconds > MOST_AGE_SECONDS) revert LotsMaxAge(op.maxAgeSeconds);
        _mustBeAt(op.slot, slotHead, op.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, keeper);
        bytes32 id = keccak256(abi.encode(op.slot, op.head));
        Lot storage lot = _lots[id];
        lot.slot = op.slot;
        lot.goods = op.goods;
        lot.keeper = keeper;
        lot.open = true;
        lot.serialised = op.serialised;
        lot.allowancePpm = op.allowancePpm;
        lot.maxAgeSeconds = op.maxAgeSeconds;
        lot.openedBlock = uint64(block.number);
        lot.head = _operated(id, OPEN_LOT_TYPEHASH, digest, bytes32(0), abi.encode(op), signatures);
        ATTESTATIONS.appoint(id, keeper.organisation, op.witnesses, op.roles, op.quorum);
        SITES.occupy(op.slot, id, op.serialised, digest);
    }

    /// @notice Records goods that came in. Keeper, verifier and depositor are three organisations; the verifier, or inspector,
    ///         is a witness of the lot.
    function recordInbound(RecordInbound calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        _mustBeSome(op.weighings.length);
        uint256 serials = lot.serialised ? op.weighings.length : 0;
        if (op.serials.length != serials) revert LotsSerials(op.serials.length, serials);
        _mustBeWeighed(op.weighedAt);
        uint48 since = _unspent(lot, op, signatures);
        uint128 quantity = 0;
        for (uint256 i = 0; i < op.weighings.length; ++i) {
            bytes32 serial = bytes32(0);
            if (serials != 0) {
                serial = op.serials[i];
                _mustBeNowhere(serial);
                _serials[serial] = op.weighings[i].evidence;
            }
            Weighing calldata one = op.weighings[i];
            if (one.quantity == 0) revert LotsZeroQuantity(one.evidence);
            _spend(one.evidence, Record(op.lot, serial, op.depositor, one.quantity, since, Use.In));
            quantity += one.quantity;
        }
        lot.weighed += quantity;
        lot.weighedEver += quantity;
        if (lot.short) lot.noticed += quantity;
        if (op.weighedAt > lot.movedAt) lot.movedAt = op.weighedAt;
        _deposit(op.lot, lot, op.depositor, quantity, MOST_DEPOSITORS_BY_INBOUND);
    }

    /// @notice Takes back a weighing that was none. Its evidence stays spent.
    function voidWeighing(VoidWeighing calldata op, bytes[] calldata signatures) external {
        Lot storage lot = _opened(op.lot);
        Record storage record = _records[op.evidence];
        if (record.use != Use.In || record.lot != op.lot) revert LotsNotInbound(op.lot, op.evidence);
        if (op.reason == bytes32(0)) revert LotsZeroId();
        uint128 quantity = record.quantity;
        if (lot.weighed < uint256(lot.face) + quantity) revert LotsReceipted(op.lot, lot.face);
        if (lot.serialised) {
            if (_serials[record.serial] != op.evidence) revert LotsSerialNotHere(record.serial, op.lot);
            delete _serials[record.serial];
        }
        _mustBeAt(op.lot, lot.head, op.head);
        bytes memory fields = _fields(5);
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
        _withdraw(op.lot, lot, record.depositor, quantity);
        lot.weighed -= quantity;
        lot.weighedEver = _less(lot.weighedEver, quantity);
        lot.head = _operated(op.lot, VOID_WEIGHING_TYPEHASH, digest, lot.head, fields, signatures);
    }

    /// @inheritdoc ILots
    function attested(bytes32 lot, bytes32 digest, Figures calldata figures) external onlyAttestations {
        Lot storage found = _lots[lot];
        (found.estimate, found.lower, found.upper) = (figures.estimate, figures.lower, figures.upper);
        (found.attestedAt, found.saidShort) = (figures.asOf, figures.short);
        (found.evidenceRoot, found.policy) = (figures.evidenceRoot, figures.policy);
        _judge(found);
        found.head = _moved(found.head, digest);
    }

    /// @inheritdoc ILots
    function shared(
        bytes32 lot,
        bytes32 digest,
        bytes32[] calldata receipts,
        bytes32[] calldata depositors,
        bytes32 court
    ) external onlyAttestations {
        Lot storage found = _lots[lot];
        found.head = _moved(found.head, digest);
        // What is there is what its witnesses found, whatever the book says went out; claims never rise by it.
        uint256[2] memory share = [found.estimate, uint256(found.face) + found.deposited];
        bool scaled = share[0] < share[1];
        uint256 needed = scaled ? found.receipts : 0;
        if (receipts.length != needed) revert LotsNotAllReceipts(receipts.length, needed);
        needed = scaled ? found.depositors : 0;
        if (depositors.length != needed) revert LotsNotAllDepositors(depositors.length, needed);
        if (scaled) (found.face, found.deposited) = (0, 0);
        for (uint256 i = 0; i < receipts.length; ++i) {
            if (i > 0 && receipts[i] <= receipts[i - 1]) revert LotsNotAscending(receipts[i]);
            found.face += _writeDown(lot, found, receipts[i], share, digest, court);
        }
        for (uint256 i = 0; i < depositors.length; ++i) {
            if (i > 0 && depositors[i] <= depositors[i - 1]) revert LotsNotAscending(depositors[i]);
            if (depositors[i] == court) revert SignedByAParty(court);
            found.deposited += _scale(lot, found, depositors[i], share);
        }
        found.weighed = found.face + found.deposited;
        (found.weighedEver, found.short, found.saidShort) = (found.weighed, false, false);
        (found.shortSince, found.noticedAt, found.noticed) = (0, 0, 0);
    }

    /// @inheritdoc ILots
    function closed(bytes32 lot, bytes32 digest) external onlyAttestations {
        Lot storage found = _lots[lot];
        found.open = false;
        found.head = _moved(found.head, digest);
        SITES.vacate(found.slot, lot, digest);
    }

    /// @inheritdoc ILots
    function succeeded(bytes32 lot, bytes32 digest, Party calldata keeper) external onlyAttestations {
        Lot storage found = _lots[lot];
        SITES.succeeded(found.slot, digest, found.keeper.organisation, keeper);
        found.keeper = keeper;
        found.head = _moved(found.head, digest);
    }

    /// @inheritdoc ILots
    function issued(bytes32 lot, uint128 quantity, bytes32 holder) external onlyReceipts {
        Lot storage found = _creditable(lot);
        uint256 face = uint256(found.face) + quantity;
        uint128 most = found.weighed < found.upper ? found.weighed : found.upper;
        if (face > most) revert LotsMoreThanWeighed(lot, face, most);
        _withdraw(lot, found, holder, quantity);
        found.face = uint128(face);
        _recount(found, 0, 1, MOST_RECEIPTS_BEFORE_SALES);
    }

    /// @inheritdoc ILots
    function retired(bytes32 lot, uint128 quantity, bool gone, bytes32 holder) external onlyReceipts {
        Lot storage found = _opened(lot);
        found.face -= quantity;
        if (gone) found.receipts -= 1;
        if (holder != bytes32(0)) _deposit(lot, found, holder, quantity, MOST_DEPOSITORS);
        if (found.short) _judge(found);
    }

    /// @inheritdoc ILots
    function recounted(bytes32 lot, uint32 fewer, uint32 more) external onlyReceipts {
        _recount(_opened(lot), fewer, more, fewer == 0 ? MOST_RECEIPTS : MOST_RECEIPTS_BEFORE_SALES);
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
            if (quantity * LEAST_PLEDGE < found.lower) revert LotsTooLittle(lot, quantity, found.lower);
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
        bytes32[] calldata serials,
        uint64 leftAt,
        bool whole
    ) external onlyReceipts {
        Lot storage found = _opened(lot);
        _mustBeSome(evidence.length);
        if (found.serialised) _mustBeSome(serials.length);
        else if (serials.length != 0) revert LotsSerials(serials.length, 0);
        for (uint256 i = 0; i < evidence.length; ++i) {
            _spend(evidence[i], Record(lot, bytes32(0), bytes32(0), 0, 0, Use.Out));
        }
        uint128 gone = found.serialised ? _takeSerials(serials, lot, quantity, whole) : quantity;
        found.weighed = _less(found.weighed, quantity);
        // What had left by then was not seen any more: nobody saw more than the book has.
        if (leftAt > found.attestedAt) _setFigures(found, gone, type(uint128).max);
        else _setFigures(found, 0, found.weighed);
        if (leftAt > found.movedAt) found.movedAt = leftAt;
        if (found.short) _judge(found);
        found.head = _moved(found.head, digest);
    }

    /// @inheritdoc ILots
    function overPicked(bytes32 lot) external onlyReceipts {
        Lot storage found = _opened(lot);
        found.saidShort = true;
        _judge(found);
    }

    /// @inheritdoc ILots
    function lotOf(bytes32 lot) external view returns (Lot memory) {
        return _known(lot);
    }

    /// @inheritdoc ILots
    function keeperOf(bytes32 lot) external view returns (Party memory keeper, bytes32 head) {
        Lot storage found = _known(lot);
        return (found.keeper, found.head);
    }

    /// @inheritdoc ILots
    function isShort(bytes32 lot) external view returns (bool) {
        return _known(lot).short;
    }

    /// @inheritdoc ILots
    function wasShort(bytes32 lot, uint64 moment) external view returns (bool) {
        Lot storage found = _known(lot);
        return found.short && found.shortSince <= moment;
    }

    /// @inheritdoc ILots
    function wasFresh(bytes32 lot, uint64 moment) external view returns (bool) {
        return _lots[lot].open && _fresh(_lots[lot], moment);
    }

    /// @inheritdoc ILots
    function isFresh(bytes32 lot) external view returns (bool) {
        return _lots[lot].open && _fresh(_lots[lot], ChainTime.secondsNow());
    }

    /// @inheritdoc ILots
    function lendersOf(bytes32 lot) external view returns (bytes32[] memory) {
        return _lenders[lot];
    }

    /// @inheritdoc ILots
    function depositOf(bytes32 lot, bytes32 depositor) external view returns (uint128 quantity, uint48 since) {
        return (_deposits[lot][depositor].quantity, _deposits[lot][depositor].since);
    }

    /// @inheritdoc ILots
    function stakeOf(bytes32 lot, bytes32 lender) external view returns (uint128 pledged, uint48 since) {
        return (_stakes[lot][lender].pledged, _stakes[lot][lender].since);
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
        lot = _records[_serials[serial]].lot;
        if (!_lots[lot].open) lot = bytes32(0);
    }

    /// @dev Head and signatures of an inbound; since when the depositor's key acts.
    function _unspent(Lot storage lot, RecordInbound calldata op, bytes[] calldata signatures)
        private
        returns (uint48)
    {
        for (uint256 i = 0; i < op.weighings.length; ++i) {
            if (_records[op.weighings[i].evidence].use != Use.None) revert LotsSpent(op.weighings[i].evidence);
        }
        _mustBeAt(op.lot, lot.head, op.head);
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
        if (!ATTESTATIONS.isWitness(op.lot, verifier)) revert LotsNotItsWitness(op.lot, verifier.organisation);
        lot.head = _operated(op.lot, RECORD_INBOUND_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        return depositor.since;
    }

    function _spend(bytes32 evidence, Record memory record) private {
        if (evidence == bytes32(0)) revert LotsZeroId();
        if (_records[evidence].use != Use.None) revert LotsSpent(evidence);
        _records[evidence] = record;
    }

    /// @dev Each leaves the lot that it lies in; together they weigh what they weighed when they came. Where a piece is whole and
    ///      the face that is left is not, they weigh more, by less than the last of them.
    function _takeSerials(bytes32[] calldata serials, bytes32 lot, uint128 quantity, bool whole)
        private
        returns (uint128 sum)
    {
        uint128 last = 0;
        for (uint256 i = 0; i < serials.length; ++i) {
            Record storage record = _records[_serials[serials[i]]];
            if (record.lot != lot) revert LotsSerialNotHere(serials[i], lot);
            last = record.quantity;
            sum += last;
            delete _serials[serials[i]];
        }
        bool over = whole && sum > quantity && sum - last < quantity;
        if (sum != quantity && !over) revert LotsSerialQuantity(sum, quantity);
    }

    /// @dev Figures of what is there, without what is gone, and none above `most`.
    function _setFigures(Lot storage lot, uint128 gone, uint128 most) private {
        lot.estimate = _lesser(_less(lot.estimate, gone), most);
        lot.lower = _lesser(_less(lot.lower, gone), most);
        lot.upper = _lesser(_less(lot.upper, gone), most);
    }

    /// @dev Goods of a depositor that are in no receipt.
    function _deposit(bytes32 id, Lot storage lot, bytes32 depositor, uint128 quantity, uint256 most) private {
        Deposit storage deposit = _deposits[id][depositor];
        if (deposit.quantity == 0 && quantity != 0) {
            if (lot.depositors >= most) revert LotsTooManyOrFew(uint256(lot.depositors) + 1, most);
            lot.depositors += 1;
            deposit.since = uint48(block.number) - 1;
        }
        deposit.quantity += quantity;
        lot.deposited += quantity;
    }

    /// @dev Goods of a depositor that get a receipt, or were none.
    function _withdraw(bytes32 id, Lot storage lot, bytes32 depositor, uint128 quantity) private {
        Deposit storage deposit = _deposits[id][depositor];
        uint128 deposited = deposit.quantity;
        if (deposited < quantity) revert LotsNotDeposited(id, depositor, deposited);
        if (deposited == quantity && quantity != 0) lot.depositors -= 1;
        deposit.quantity = deposited - quantity;
        lot.deposited -= quantity;
    }

    /// @dev Short: said so, or missing beyond the allowance (upper < weighed − allowance, in millionths of a gram so that
    ///      nothing rounds), or receipts over more than there is by the book. Whoever has to do with the lot is told how much is
    ///      missing before it is shared: so notice begins anew where the estimate falls much further.
    function _judge(Lot storage lot) private {
        uint256 covered = lot.upper * PPM + uint256(lot.allowancePpm) * lot.weighedEver;
        bool short = lot.saidShort || covered < lot.weighed * PPM || lot.weighed < lot.face;
        uint64 time = short ? ChainTime.secondsNow() : 0;
        if (short != lot.short) lot.shortSince = time;
        bool fallen = uint256(lot.estimate) * NOTICED_PART < uint256(lot.noticed) * (NOTICED_PART - 1);
        if (short != lot.short || fallen) (lot.noticedAt, lot.noticed) = (time, short ? lot.estimate : 0);
        lot.short = short;
    }

    /// @dev What a depositor keeps: its part of what is there.
    function _scale(bytes32 id, Lot storage lot, bytes32 depositor, uint256[2] memory share)
        private
        returns (uint128 left)
    {
        Deposit storage deposit = _deposits[id][depositor];
        if (deposit.quantity == 0) revert LotsNotDeposited(id, depositor, 0);
        left = uint128(deposit.quantity * share[0] / share[1]);
        if (left == 0) lot.depositors -= 1;
        deposit.quantity = left;
    }

    /// @dev What a receipt keeps of its face: face · what is there / all claims, rounded down. One that keeps nothing is no more.
    function _writeDown(
        bytes32 id,
        Lot storage lot,
        bytes32 receipt,
        uint256[2] memory share,
        bytes32 digest,
        bytes32 court
    ) private returns (uint128 left) {
        (bytes32 its, bool live, uint128 face, uint128 pledged, bytes32 lender) =
            IReceiptsOfLots(RECEIPTS).quantitiesOf(receipt);
        if (its != id || !live) revert LotsNotItsReceipt(id, receipt);
        left = uint128(face * share[0] / share[1]);
        uint128 kept = pledged < left ? pledged : left;
        if (kept < pledged) _pledgedLess(id, lot, pledged - kept, lender);
        if (left == 0) lot.receipts -= 1;
        IReceiptsOfLots(RECEIPTS).writeDown(receipt, left, kept, digest, court);
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

    function _recount(Lot storage lot, uint32 fewer, uint32 more, uint256 most) private {
        uint256 receipts = uint256(lot.receipts) + more - fewer;
        if (receipts > most && more > fewer) revert LotsTooManyOrFew(receipts, most);
        lot.receipts = uint32(receipts);
    }

    /// @dev Goods are told of after they were weighed, and within a week.
    function _mustBeWeighed(uint64 weighedAt) private view {
        uint64 time = ChainTime.secondsNow();
        if (weighedAt > time || time - weighedAt > GRACE_SECONDS) revert LotsWeighedAt(weighedAt, time);
    }

    function _mustBeNowhere(bytes32 serial) private view {
        if (serial == bytes32(0)) revert LotsZeroId();
        bytes32 lot = serialOf(serial);
        if (lot != bytes32(0)) revert LotsSerialKnown(serial, lot);
    }

    /// @dev An open lot that takes new receipts and pledges.
    function _creditable(bytes32 id) private view returns (Lot storage lot) {
        lot = _opened(id);
        if (lot.short) revert LotsShort(id);
        if (!_fresh(lot, ChainTime.secondsNow())) revert LotsStale(id, lot.attestedAt);
    }

    function _fresh(Lot storage lot, uint64 moment) private view returns (bool) {
        uint64 since = lot.attestedAt;
        return since != 0 && moment <= since + lot.maxAgeSeconds;
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

    function _lesser(uint128 one, uint128 other) private pure returns (uint128) {
        return one < other ? one : other;
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
                op.weighedAt,
                op.deadline
            )
        );
    }
}
