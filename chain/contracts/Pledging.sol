// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ChainTime} from "./ChainTime.sol";
import {IHolds} from "./IHolds.sol";
import {ILots} from "./ILots.sol";
import {IReceipts} from "./IReceipts.sol";
import {ITrades} from "./ITrades.sol";
import {Parties} from "./Parties.sol";

/// @title Pledging: what all operations on a pledge (质押) stand on
/// @notice The stage of a pledge, its lender and its quantity stand in the receipt; the rest of it stands here. A receipt has
///         one pledge or none, so a gram has one first rank and nobody a second.
abstract contract Pledging is Parties {
    /// @notice What was offered; `maturity` is the last second in which the debt may be paid without default. `offeredBlock` is
    ///         when the pledge began, `stagedBlock` when its stage last changed on any of its receipts.
    struct Terms {
        bytes32 terms;
        uint128 quantity;
        uint64 maturity;
        uint64 offeredBlock;
        uint64 stagedBlock;
    }

    /// @notice A floor (最低控货值): what stays of a pledge while goods leave from `since` on, until `until` or the next floor;
    ///         none while it is 0.
    struct Floor {
        uint128 floor;
        uint64 since;
        uint64 until;
    }

    /// @notice What a lender lets go out of one receipt under one pledge: open orders (放货指令) and floors (最低控货值), the newest
    ///         last: what left is judged by the floor that stood then.
    struct Allowed {
        uint128 ordered;
        uint8 orders;
        Floor[] floors;
    }

    error PledgesNoContract(address account);
    error PledgesTaken(bytes32 receipt, bytes32 lender);
    error PledgesNotInThatStage(bytes32 receipt, IReceipts.Encumbrance encumbrance);
    error PledgesExpired(bytes32 receipt, uint64 until);
    error PledgesNotYet(bytes32 receipt, uint64 until);
    error PledgesTooShort(bytes32 receipt, uint64 until, uint64 atLeast);
    error PledgesStale(bytes32 receipt, bytes32 lot);
    error PledgesNotIndependent(bytes32 organisation);
    error PledgesNoPartyOfTheTrade(bytes32 trade, bytes32 organisation);
    error PledgesNotAWitness(bytes32 lot, bytes32 organisation);
    error PledgesNotThatMuch(bytes32 receipt, uint128 quantity, uint128 most);
    error PledgesZero();
    error PledgesSameBlock(bytes32 receipt);

    uint256 internal constant FREE = 1 << uint256(IReceipts.Encumbrance.Free);
    uint256 internal constant OFFERED = 1 << uint256(IReceipts.Encumbrance.Offered);
    uint256 internal constant ACCEPTED = 1 << uint256(IReceipts.Encumbrance.Accepted);
    uint256 internal constant REGISTERED = 1 << uint256(IReceipts.Encumbrance.Registered);
    uint256 internal constant MARGIN_CALL = 1 << uint256(IReceipts.Encumbrance.MarginCall);
    uint256 internal constant DEFAULT = 1 << uint256(IReceipts.Encumbrance.Default);
    uint256 internal constant ENFORCING = 1 << uint256(IReceipts.Encumbrance.Enforcing);
    uint256 internal constant PLEDGED = REGISTERED | MARGIN_CALL | DEFAULT | ENFORCING;

    /// @notice The contract of the receipts.
    IReceipts public immutable RECEIPTS;
    /// @notice The contract of the lots.
    ILots public immutable LOTS;
    /// @notice The contract of the holds.
    IHolds public immutable HOLDS;
    /// @notice The contract of the trades.
    ITrades public immutable TRADES;

    mapping(bytes32 pledge => Terms) internal _terms;
    mapping(bytes32 pledge => mapping(bytes32 receipt => Allowed)) internal _allowed;

    constructor(IReceipts receipts, ILots lots, IHolds holds, ITrades trades) {
        _mustHaveCode(address(holds));
        _mustHaveCode(address(receipts));
        _mustHaveCode(address(lots));
        _mustHaveCode(address(trades));
        (RECEIPTS, LOTS, HOLDS, TRADES) = (receipts, lots, holds, trades);
    }

    /// @dev A living receipt in one of the stages (a bit each), at that head. The stage comes first: who loses a race is told
    ///      so, and not that the head is another.
    function _in(bytes32 number, bytes32 head, uint256 stages)
        internal
        view
        returns (IReceipts.Receipt memory receipt)
    {
        receipt = _living(number);
        if ((1 << uint256(receipt.encumbrance)) & stages == 0) {
            if (stages == FREE) revert PledgesTaken(number, receipt.lender.organisation);
            revert PledgesNotInThatStage(number, receipt.encumbrance);
        }
        _mustBeAt(number, receipt.head, head);
    }

    /// @dev A copy, made in one place, as below: the compiler would write the call out wherever it is made.
    function _living(bytes32 number) internal view returns (IReceipts.Receipt memory) {
        return RECEIPTS.livingOf(number);
    }

    function _charge(bytes32 number, bytes32 digest, IReceipts.Charge memory charge) internal {
        RECEIPTS.encumber(number, digest, charge);
    }

    /// @dev For operations that the lender alone signs.
    function _lenderSigns(
        bytes32 typehash,
        uint256 words,
        bytes32 number,
        uint64 deadline,
        bytes[] calldata signatures,
        IReceipts.Receipt memory receipt
    ) internal returns (bytes32 digest) {
        bytes memory fields = _fields(words);
        digest = _digest(typehash, fields, deadline);
        _count(signatures, 1);
        _mustSign(digest, signatures, 0, receipt.lender);
        _operated(number, typehash, digest, receipt.head, fields, signatures);
    }

    /// @dev For operations that free goods: two keys of the lender (四眼原则), and the holder where that lets goods go later
    ///      without it.
    function _lenderSignsTwice(
        bytes32 typehash,
        uint256 words,
        bytes32 number,
        uint64 deadline,
        bytes[] calldata signatures,
        IReceipts.Receipt memory receipt,
        bool holder
    ) internal returns (bytes32 digest) {
        bytes memory fields = _fields(words);
        digest = _digest(typehash, fields, deadline);
        _count(signatures, holder ? 3 : 2);
        _mustSignTwice(digest, signatures, 0, receipt.lender);
        if (holder) _mustSign(digest, signatures, 2, receipt.holder);
        _operated(number, typehash, digest, receipt.head, fields, signatures);
    }

    /// @dev The same pledge in another stage.
    function _stage(
        bytes32 number,
        bytes32 digest,
        IReceipts.Receipt memory receipt,
        IReceipts.Encumbrance encumbrance,
        uint64 due
    ) internal {
        _terms[receipt.pledge].stagedBlock = uint64(block.number);
        _charge(
            number, digest, IReceipts.Charge(receipt.pledge, receipt.lender, receipt.pledged, due, encumbrance)
        );
    }

    /// @dev A block lies between this stage of a pledge and the next: nobody who is asked for the next one's signature together
    ///      with this stage's can know the head that it is over.
    function _notInOneBlock(bytes32 number, bytes32 pledge) internal view {
        if (_terms[pledge].stagedBlock == block.number) revert PledgesSameBlock(number);
    }

    /// @dev The same pledge with so much in it; none when that is nothing.
    function _with(IReceipts.Receipt memory receipt, uint128 pledged)
        internal
        pure
        returns (IReceipts.Charge memory charge)
    {
        if (pledged == 0) return charge;
        return IReceipts.Charge(receipt.pledge, receipt.lender, pledged, receipt.due, receipt.encumbrance);
    }

    /// @dev Ends the pledge on this receipt.
    function _free(bytes32 number, bytes32 digest, IReceipts.Receipt memory receipt) internal {
        _charge(number, digest, _with(receipt, 0));
        _unlock(receipt);
    }

    /// @dev The trade is free of a pledge when nothing of that pledge is left on any receipt. A shortage may have left nothing
    ///      of several; the first of them that is settled frees it.
    function _unlock(IReceipts.Receipt memory receipt) internal {
        bytes32 pledge = receipt.pledge;
        if (receipt.trade == 0 || RECEIPTS.outstandingOf(pledge) > 0) return;
        if (TRADES.isLocked(receipt.trade, address(this), pledge)) {
            TRADES.unlock(receipt.trade, receipt.lender.organisation, pledge);
        }
    }

    /// @dev Only who buys or sells in a trade has it financed: nobody else's receipt locks the parties out.
    function _lock(IReceipts.Receipt memory receipt, bytes32 lender, bytes32 pledge) internal {
        if (receipt.trade == 0) return;
        (bytes32 seller, bytes32 buyer) = TRADES.partiesOf(receipt.trade);
        bytes32 holder = receipt.holder.organisation;
        if (holder != seller && holder != buyer) revert PledgesNoPartyOfTheTrade(receipt.trade, holder);
        TRADES.lock(receipt.trade, lender, pledge);
    }

    /// @dev No hold and no shortage, now.
    function _unheld(bytes32 number, bytes32 lot) internal view {
        _unheldAt(number, lot, ChainTime.secondsNow());
    }

    function _unheldAt(bytes32 number, bytes32 lot, uint64 moment) internal view {
        HOLDS.mustBeUnheld(number, lot, moment);
    }

    function _keeperOf(bytes32 lot) internal view returns (Party memory keeper) {
        (keeper,) = LOTS.keeperOf(lot);
    }

    /// @dev New credit needs young evidence; what was given stays.
    function _fresh(bytes32 number, bytes32 lot) internal view {
        if (!LOTS.isFresh(lot)) revert PledgesStale(number, lot);
    }

    /// @dev `until` is the last second.
    function _notOver(bytes32 number, uint64 until) internal view {
        if (ChainTime.secondsNow() > until) revert PledgesExpired(number, until);
    }

    function _over(bytes32 number, uint64 until) internal view {
        if (ChainTime.secondsNow() <= until) revert PledgesNotYet(number, until);
    }

    function _some(bytes32 number, uint128 quantity, uint128 most) internal pure {
        if (quantity == 0 || quantity > most) revert PledgesNotThatMuch(number, quantity, most);
    }

    function _given(bytes32 digest) internal pure {
        if (digest == 0) revert PledgesZero();
    }

    function _independent(bytes32 organisation, bytes32 other) internal pure {
        if (organisation == other) revert PledgesNotIndependent(organisation);
    }

    function _lesser(uint128 one, uint128 other) internal pure returns (uint128) {
        return one < other ? one : other;
    }

    function _mustHaveCode(address account) private view {
        if (account.code.length == 0) revert PledgesNoContract(account);
    }
}
