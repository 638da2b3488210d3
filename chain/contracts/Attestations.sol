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

/// @title Attestations: who says what is in a lot, and what follows where goods are missing
/// @notice A lot's keeper names its witnesses when it opens it. So many of them as its quorum attest what is there (见证量);
///         without them nothing comes in, is receipted, goes out, or is shared. The figures and sums are Lots'; the objects
///         of these operations are lots, and their heads are there.
/// @dev What keeps a keeper with one friend from writing others off: a quorum can be had without the keeper, and is where
///      goods go; a shortage is shared seven days after the chain learned how much is missing; and every lender of the lot
///      signs, or a court in its place that is no party.
///      The keys that act for witnesses are those that were there when they were named, and a court's act since before
///      the lot was opened.
contract Attestations is IAttestations, Parties {
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

    /// @notice Shares a shortage among all receipts and depositors (keeper, witnesses at `places`, every lender in the order of
    ///         `lendersOf`).
    struct Apportion {
        bytes32 lot;
        bytes32 head;
        bytes32[] receipts;
        bytes32[] depositors;
        bytes32 reason;
        uint8[] places;
        uint64 deadline;
    }

    /// @notice Ends a lot without receipts; its slot is empty again (keeper; where goods are left in it, also witnesses at `places`
    ///         and each depositor named, who are all that have some).
    struct CloseLot {
        bytes32 lot;
        bytes32 head;
        bytes32[] depositors;
        uint8[] places;
        uint64 deadline;
    }

    /// @notice Another keeper and other witnesses, by judgment (court, new keeper); all live receipts are named, ascending.
    struct SucceedKeeper {
        bytes32 lot;
        bytes32 head;
        bytes32 keeper;
        uint64 keeperSince;
        bytes32[] receipts;
        bytes32[] witnesses;
        uint8[] roles;
        uint8 quorum;
        bytes32 judgment;
        uint64 deadline;
    }

    struct Witness {
        bytes32 organisation;
        Organisations.Role role;
    }

    /// @dev `since`: the last block before the one that named them; their keys act since then or before. `keeper`: the lot's, who
    ///      may be one of them.
    struct Panel {
        bytes32 keeper;
        uint48 since;
        uint8 quorum;
        Witness[] witnesses;
    }

    error LotsZeroId();
    error LotsClosed(bytes32 lot);
    error LotsNoWitness(uint256 place);
    error LotsQuorum(uint256 given, uint256 needed);
    error LotsTooManyOrFew(uint256 given, uint256 most);
    error LotsAttestedAt(uint64 asOf, uint64 newest, uint64 time);
    error LotsBounds(uint128 estimate, uint128 lower, uint128 upper);
    error LotsPlace(uint256 place);
    error LotsKeepersPlace(uint256 place);
    error LotsPanel(bool verifies, bool inspects);
    error LotsReceipted(bytes32 lot, uint128 face);
    error LotsNotAscending(bytes32 id);
    error LotsNotAllDepositors(uint256 given, uint256 needed);
    error LotsNotDeposited(bytes32 lot, bytes32 depositor, uint128 deposited);
    error LotsNotAllReceipts(uint256 given, uint256 needed);
    error LotsNotItsReceipt(bytes32 lot, bytes32 receipt);
    error LotsKeeperIsAParty(bytes32 lot, bytes32 keeper);
    error LotsNotShort(bytes32 lot);
    error LotsStale(bytes32 lot, uint64 attestedAt);
    error LotsTooEarly(bytes32 lot, uint64 from);
    error LotsNotLots(address caller);

    uint256 public constant MOST_WITNESSES = 8;
    /// @notice Two of different organisations at least, none of them the keeper if need be: no keeper attests alone, and none
    ///         stops an attestation.
    uint256 public constant LEAST_QUORUM = 2;
    /// @notice How long a shortage is known, as large as it is, before it is shared.
    uint64 public constant NOTICE_SECONDS = 7 days;

    bytes32 private constant ATTEST_TYPEHASH = keccak256(
        "Attest(bytes32 lot,bytes32 head,uint128 estimate,uint128 lower,uint128 upper,uint64 asOf,bool short,bytes32 evidenceRoot,bytes32 policy,uint8[] places,uint64 deadline)"
    );
    bytes32 private constant APPORTION_TYPEHASH = keccak256(
        "Apportion(bytes32 lot,bytes32 head,bytes32[] receipts,bytes32[] depositors,bytes32 reason,uint8[] places,uint64 deadline)"
    );
    bytes32 private constant CLOSE_LOT_TYPEHASH =
        keccak256("CloseLot(bytes32 lot,bytes32 head,bytes32[] depositors,uint8[] places,uint64 deadline)");
    bytes32 private constant SUCCEED_KEEPER_TYPEHASH = keccak256(
        "SucceedKeeper(bytes32 lot,bytes32 head,bytes32 keeper,uint64 keeperSince,bytes32[] receipts,bytes32[] witnesses,uint8[] roles,uint8 quorum,bytes32 judgment,uint64 deadline)"
    );

    /// @notice The contract of the lots.
    ILots public immutable LOTS;
    /// @notice The slots that lots lie in.
    ISites public immutable SITES;

    mapping(bytes32 lot => Panel) private _panels;

    /// @param registry The registry of parties on the same chain.
    /// @param lots The contract of the lots.
    /// @param sites The slots.
    constructor(Organisations registry, ILots lots, ISites sites)
        Signed(registry)
        EIP712("Tallystick Attestations", "1")
    {
        if (address(lots).code.length == 0 || address(sites).code.length == 0) revert LotsZeroId();
        (LOTS, SITES) = (lots, sites);
    }

    /// @notice Says what is there, and so whether the lot is short. Object: the lot.
    function attest(Attest calldata op, bytes[] calldata signatures) external {
        ILots.Lot memory lot = _opened(op.lot);
        uint64 time = ChainTime.secondsNow();
        if (op.asOf <= lot.attestedAt || op.asOf < lot.movedAt || op.asOf > time) {
            revert LotsAttestedAt(op.asOf, lot.attestedAt < lot.movedAt ? lot.movedAt : lot.attestedAt, time);
        }
        if (op.lower > op.estimate || op.estimate > op.upper) revert LotsBounds(op.estimate, op.lower, op.upper);
        if (op.evidenceRoot == bytes32(0) || op.policy == bytes32(0)) revert LotsZeroId();
        _mustBeAt(op.lot, lot.head, op.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, op.places.length);
        _quorum(op.lot, op.places, digest, signatures, 0, true);
        _operated(op.lot, ATTEST_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        ILots.Figures memory figures =
            ILots.Figures(op.estimate, op.lower, op.upper, op.asOf, op.short, op.evidenceRoot, op.policy);
        LOTS.attested(op.lot, digest, figures);
    }

    /// @notice Shares a shortage (按比例分担). Object: the lot.
    /// @dev Fungible goods that were stored together are owned together, and a loss is borne pro rata. The figures are of all
    ///      that is there: what came in since the last attestation would be written off.
    function apportion(Apportion calldata op, bytes[] calldata signatures) external {
        ILots.Lot memory lot = _opened(op.lot);
        if (!lot.short) revert LotsNotShort(op.lot);
        uint64 from = lot.noticedAt + NOTICE_SECONDS;
        if (ChainTime.secondsNow() < from) revert LotsTooEarly(op.lot, from);
        if (!LOTS.isFresh(op.lot) || lot.attestedAt < lot.movedAt) revert LotsStale(op.lot, lot.attestedAt);
        if (op.reason == bytes32(0)) revert LotsZeroId();
        _mustBeAt(op.lot, lot.head, op.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        uint256 first = 1 + op.places.length;
        bytes32[] memory lenders = LOTS.lendersOf(op.lot);
        _count(signatures, first + lenders.length);
        _mustSign(digest, signatures, 0, lot.keeper);
        mustWitness(op.lot, true, op.places, digest, signatures, 1);
        bytes32 court = bytes32(0);
        for (uint256 i = 0; i < lenders.length; ++i) {
            (, uint48 since) = LOTS.stakeOf(op.lot, lenders[i]);
            Party memory lender = Party(lenders[i], since, Organisations.Role.Lender);
            court = _orCourt(digest, signatures, first + i, lender, lot.openedBlock, court);
        }
        _mustBeNeutral(court, lot.keeper.organisation, lenders);
        _operated(op.lot, APPORTION_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        LOTS.shared(op.lot, digest, op.receipts, op.depositors, court);
    }

    /// @notice Ends a lot that has no receipts (注销批次). Object: the lot.
    /// @dev What lies there in no receipt is somebody's still: each depositor signs that it is not, or a court in its place.
    function closeLot(CloseLot calldata op, bytes[] calldata signatures) external {
        ILots.Lot memory lot = _opened(op.lot);
        if (lot.face != 0 || lot.receipts != 0) revert LotsReceipted(op.lot, lot.face);
        if (op.depositors.length != lot.depositors) revert LotsNotAllDepositors(op.depositors.length, lot.depositors);
        _mustBeAt(op.lot, lot.head, op.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        uint256 first = 1 + op.places.length;
        _count(signatures, first + op.depositors.length);
        _mustSign(digest, signatures, 0, lot.keeper);
        mustWitness(op.lot, lot.weighed != 0 || lot.deposited != 0, op.places, digest, signatures, 1);
        bytes32 court = bytes32(0);
        for (uint256 i = 0; i < op.depositors.length; ++i) {
            bytes32 depositor = op.depositors[i];
            if (i > 0 && depositor <= op.depositors[i - 1]) revert LotsNotAscending(depositor);
            (uint128 quantity, uint48 since) = LOTS.depositOf(op.lot, depositor);
            if (quantity == 0) revert LotsNotDeposited(op.lot, depositor, 0);
            Party memory party = Party(depositor, since, Organisations.Role.Holder);
            court = _orCourt(digest, signatures, first + i, party, lot.openedBlock, court);
        }
        _mustBeNeutral(court, lot.keeper.organisation, op.depositors);
        _operated(op.lot, CLOSE_LOT_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        LOTS.closed(op.lot, digest);
    }

    /// @notice Gives a lot whose keeper is gone to another (法院裁定更换保管人), and its slot with it where that was the same keeper's.
    ///         Object: the lot.
    /// @dev The court is no party, and its key acts since before the lot was opened, so nobody binds one for it. The owner of
    ///      the site is not asked: it may be the keeper that is gone. Nobody keeps what is its own or pledged to it. Receipts
    ///      that were surrendered to the keeper before stay with it.
    function succeedKeeper(SucceedKeeper calldata op, bytes[] calldata signatures) external {
        ILots.Lot memory lot = _opened(op.lot);
        if (op.judgment == bytes32(0)) revert LotsZeroId();
        _mustBeAt(op.lot, lot.head, op.head);
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 2);
        bytes32 owner = SITES.ownerOf(lot.slot).organisation;
        bytes32 court =
            _courtBefore(digest, signatures, 0, lot.openedBlock, [op.keeper, lot.keeper.organisation, owner]);
        Party memory keeper = _joins(digest, signatures, 1, Organisations.Role.Keeper, op.keeper, op.keeperSince);
        _mustBeStrangers(op, lot.receipts, court);
        delete _panels[op.lot];
        _appoint(op.lot, op.keeper, op.witnesses, op.roles, op.quorum);
        _operated(op.lot, SUCCEED_KEEPER_TYPEHASH, digest, lot.head, abi.encode(op), signatures);
        LOTS.succeeded(op.lot, digest, keeper);
    }

    /// @dev Neither the new keeper nor the court holds a receipt of the lot, lends on one, or has goods there in none.
    function _mustBeStrangers(SucceedKeeper calldata op, uint256 receipts, bytes32 court) private view {
        if (op.receipts.length != receipts) revert LotsNotAllReceipts(op.receipts.length, receipts);
        IReceiptsOfLots all = IReceiptsOfLots(LOTS.RECEIPTS());
        for (uint256 i = 0; i < receipts; ++i) {
            bytes32 receipt = op.receipts[i];
            if (i > 0 && receipt <= op.receipts[i - 1]) revert LotsNotAscending(receipt);
            (bytes32 lot, bool live, bytes32 holder) = all.holderOf(receipt);
            if (lot != op.lot || !live) revert LotsNotItsReceipt(op.lot, receipt);
            _mustBeNeither(op.lot, holder, op.keeper, court);
        }
        bytes32[] memory lenders = LOTS.lendersOf(op.lot);
        for (uint256 i = 0; i < lenders.length; ++i) {
            _mustBeNeither(op.lot, lenders[i], op.keeper, court);
        }
        (uint128 keepers,) = LOTS.depositOf(op.lot, op.keeper);
        (uint128 courts,) = LOTS.depositOf(op.lot, court);
        if (keepers != 0) revert LotsKeeperIsAParty(op.lot, op.keeper);
        if (courts != 0) revert SignedByAParty(court);
    }

    function _mustBeNeither(bytes32 lot, bytes32 party, bytes32 keeper, bytes32 court) private pure {
        if (party == keeper) revert LotsKeeperIsAParty(lot, keeper);
        if (party == court) revert SignedByAParty(court);
    }

    /// @inheritdoc IAttestations
    function appoint(
        bytes32 lot,
        bytes32 keeper,
        bytes32[] calldata witnesses,
        uint8[] calldata roles,
        uint8 quorum
    ) external {
        if (msg.sender != address(LOTS)) revert LotsNotLots(msg.sender);
        _appoint(lot, keeper, witnesses, roles, quorum);
    }

    /// @notice Who attests, by place, how many of them, and the last block since when their keys may act.
    function witnessesOf(bytes32 lot)
        external
        view
        returns (bytes32[] memory organisations, Organisations.Role[] memory roles, uint8 quorum, uint48 since)
    {
        Panel storage panel = _panels[lot];
        (quorum, since) = (panel.quorum, panel.since);
        uint256 count = panel.witnesses.length;
        (organisations, roles) = (new bytes32[](count), new Organisations.Role[](count));
        for (uint256 i = 0; i < count; ++i) {
            (organisations[i], roles[i]) = (panel.witnesses[i].organisation, panel.witnesses[i].role);
        }
    }

    /// @inheritdoc IAttestations
    function isWitness(bytes32 lot, Party calldata party) external view returns (bool) {
        Panel storage panel = _panels[lot];
        if (party.since > panel.since) return false;
        for (uint256 i = 0; i < panel.witnesses.length; ++i) {
            Witness storage witness = panel.witnesses[i];
            if (witness.organisation == party.organisation) return witness.role == party.role;
        }
        return false;
    }

    /// @inheritdoc IAttestations
    function mustWitness(
        bytes32 lot,
        bool needed,
        uint8[] calldata places,
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 first
    ) public view {
        if (needed) _quorum(lot, places, digest, signatures, first, false);
        else if (places.length != 0) revert LotsQuorum(places.length, 0);
    }

    /// @dev Enough witnesses of the lot; what only the quorum sees, its keeper says as keeper and not as one of them.
    function _quorum(
        bytes32 lot,
        uint8[] calldata places,
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 first,
        bool keeperToo
    ) private view {
        Panel storage panel = _panels[lot];
        if (places.length < panel.quorum) revert LotsQuorum(places.length, panel.quorum);
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 place = places[i];
            if (place >= panel.witnesses.length || (i > 0 && place <= places[i - 1])) revert LotsPlace(place);
            Witness storage witness = panel.witnesses[place];
            if (!keeperToo && witness.organisation == panel.keeper) revert LotsKeepersPlace(place);
            _mustSign(digest, signatures, first + i, Party(witness.organisation, panel.since, witness.role));
        }
    }

    /// @dev Witnesses are different organisations, so a quorum is as many organisations. One that verifies and one that inspects
    ///      are not the keeper: without them nothing comes in, is receipted, or leaves.
    function _appoint(
        bytes32 lot,
        bytes32 keeper,
        bytes32[] calldata witnesses,
        uint8[] calldata roles,
        uint8 quorum
    ) private {
        uint256 count = witnesses.length;
        if (count > MOST_WITNESSES || roles.length != count) revert LotsTooManyOrFew(count, MOST_WITNESSES);
        Panel storage panel = _panels[lot];
        (panel.keeper, panel.since, panel.quorum) = (keeper, uint48(block.number) - 1, quorum);
        uint256 others = count;
        (bool verifies, bool inspects) = (false, false);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 organisation = witnesses[i];
            if (organisation == keeper) --others;
            else if (roles[i] == uint8(Organisations.Role.Verifier)) verifies = true;
            else if (roles[i] == uint8(Organisations.Role.Inspector)) inspects = true;
            bool may =
                roles[i] >= uint8(Organisations.Role.Keeper) && roles[i] <= uint8(Organisations.Role.Verifier);
            if (!may || ORGANISATIONS.commitmentOf(organisation) == bytes32(0)) revert LotsNoWitness(i);
            for (uint256 k = 0; k < i; ++k) {
                if (witnesses[k] == organisation) revert LotsNoWitness(i);
            }
            panel.witnesses.push(Witness(organisation, Organisations.Role(roles[i])));
        }
        if (quorum < LEAST_QUORUM || quorum > others) revert LotsQuorum(quorum, LEAST_QUORUM);
        if (!verifies || !inspects) revert LotsPanel(verifies, inspects);
    }

    /// @dev A party with a key as old as its own; or a court, for one that is silent, which is one court for all that are.
    function _orCourt(
        bytes32 digest,
        bytes[] calldata signatures,
        uint256 place,
        Party memory party,
        uint64 openedBlock,
        bytes32 court
    ) private view returns (bytes32) {
        Party memory found =
            _signerOfEither(digest, signatures, place, party.role, Organisations.Role.CourtLiaison);
        if (found.role != Organisations.Role.CourtLiaison) {
            _mustSign(digest, signatures, place, party);
            return court;
        }
        _signerSince(digest, signatures, place, Organisations.Role.CourtLiaison, openedBlock - 1);
        if (court != bytes32(0) && court != found.organisation) {
            revert SignedByAnother(place, found.organisation, court);
        }
        return found.organisation;
    }

    /// @dev A court that signed for others keeps nothing there and is none of the parties.
    function _mustBeNeutral(bytes32 court, bytes32 keeper, bytes32[] memory parties) private pure {
        if (court == keeper) revert SignedByAParty(court);
        for (uint256 i = 0; i < parties.length; ++i) {
            if (court == parties[i]) revert SignedByAParty(court);
        }
    }

    function _opened(bytes32 id) private view returns (ILots.Lot memory lot) {
        lot = LOTS.lotOf(id);
        if (!lot.open) revert LotsClosed(id);
    }

    // EIP-712: an array of words is the hash of the words one after the other, which is how `encodePacked` writes arrays.

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
                keccak256(abi.encodePacked(op.depositors)),
                op.reason,
                keccak256(abi.encodePacked(op.places)),
                op.deadline
            )
        );
    }

    function _hashOf(CloseLot calldata op) private pure returns (bytes32) {
        bytes32 depositors = keccak256(abi.encodePacked(op.depositors));
        bytes32 places = keccak256(abi.encodePacked(op.places));
        return keccak256(abi.encode(CLOSE_LOT_TYPEHASH, op.lot, op.head, depositors, places, op.deadline));
    }

    function _hashOf(SucceedKeeper calldata op) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                SUCCEED_KEEPER_TYPEHASH,
                op.lot,
                op.head,
                op.keeper,
                op.keeperSince,
                _hashOf(op.receipts),
                keccak256(abi.encodePacked(op.witnesses)),
                keccak256(abi.encodePacked(op.roles)),
                op.quorum,
                op.judgment,
                op.deadline
            )
        );
    }
}
