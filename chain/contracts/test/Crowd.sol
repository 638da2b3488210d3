// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {Enforcement} from "../Enforcement.sol";
import {Holds} from "../Holds.sol";
import {ILots} from "../ILots.sol";
import {IReceipts} from "../IReceipts.sol";
import {Organisations} from "../Organisations.sol";
import {Outbound} from "../Outbound.sol";
import {Pledges} from "../Pledges.sol";
import {Receipts} from "../Receipts.sol";
import {Deeds} from "./Deeds.sol";

/// @dev Anybody tries anything, mostly what could be. Around every try it looks whether what must not change has changed.
contract Crowd is Deeds {
    enum Deed {
        Bring,
        AttestWell,
        AttestShort,
        Apportion,
        Issue,
        Endorse,
        Split,
        Merge,
        Amend,
        Replace,
        ReplaceLost,
        Surrender,
        Cancel,
        Deliver,
        Hold,
        Lift,
        Offer,
        Withdraw,
        Accept,
        Register,
        Release,
        Order,
        CancelOrder,
        Execute,
        SetFloor,
        ExecuteDynamic,
        Substitute,
        CallMargin,
        Cure,
        DeclareDefault,
        Enforce,
        Settle,
        Sell,
        TakeOver,
        Discharge,
        SucceedKeeper
    }

    uint256 private constant OTHER_LENDER_TWO = 0x85;
    uint256 private constant OTHER_LENDER_HOLDS = 0x86;
    uint256 private constant SUCCESSOR = 0x63;
    uint256 private constant NEXT_SUCCESSOR = 0x64;
    uint256 private constant DEEDS = uint256(Deed.SucceedKeeper) + 1;
    uint256 private constant MOST = 12;
    IReceipts.Encumbrance private constant FREE = IReceipts.Encumbrance.Free;

    mapping(Deed deed => uint256) public done;
    mapping(bytes32 number => bool) public takenOver;
    string public broken;
    bytes32[] internal numbers;
    bytes32[] internal orders;
    bytes32[] internal holdIds;
    uint64 private _known;
    uint256 private _random;
    bytes32 private _newest;
    mapping(uint256 key => uint256) private _lateKeys;

    constructor() {
        establish();
        bind(OTHER_LENDER, OTHER_LENDER_TWO, Organisations.Role.Lender);
        bind(OTHER_LENDER, OTHER_LENDER_HOLDS, Organisations.Role.Holder);
        join(SUCCESSOR, Organisations.Role.Keeper);
        join(NEXT_SUCCESSOR, Organisations.Role.Keeper);
        VM.roll(block.number + 2);
        _known = uint64(block.number) - 1;
        late(HOLDER, Organisations.Role.Holder);
        late(BUYER, Organisations.Role.Holder);
        late(KEEPER, Organisations.Role.Keeper);
        late(OTHER_KEEPER, Organisations.Role.Keeper);
        late(LENDER, Organisations.Role.Lender);
        late(OTHER_LENDER, Organisations.Role.Lender);
        VM.roll(block.number + 5);
        openTrade(TRADE);
        bring(lot, 200 * TONNE);
        bring(otherLot, 100 * TONNE);
        attestWell(lot);
        attestWell(otherLot);
    }

    /// @dev The administration binds a key of its own beside one that was there; it must count nowhere.
    function late(uint256 key, Organisations.Role role) private {
        _lateKeys[key] = 0xBAD00 + key;
        bind(key, _lateKeys[key], role);
    }

    /// @dev The block that everybody names: before the administration's own keys.
    function before() internal view override returns (uint64) {
        return _known == 0 ? super.before() : _known;
    }

    function attempt(uint256 seed) external {
        _random = seed;
        VM.roll(block.number + 1);
        VM.warp(block.timestamp + some(3) * 1 hours + (some(24) == 0 ? some(12) * 1 days : 0));
        bytes32 number = picked();
        Deed deed = some(5) == 0 ? Deed(some(DEEDS)) : sensible(number, receipts.receiptOf(number));
        if (uint8(deed) < uint8(Deed.Apportion)) return stock(deed, some(3) == 0 ? otherLot : lot);
        if (number == 0) deed = Deed.Issue;
        (Act memory op, uint256[] memory keys) = prepared(deed, number);
        if (op.to == address(0)) return;
        bool wrong = some(4) == 0;
        if (wrong) {
            uint256 place = some(keys.length);
            keys[place] = some(2) == 0 || _lateKeys[keys[place]] == 0 ? 0xDEAD : _lateKeys[keys[place]];
        }
        watched(deed, op, keys, wrong);
    }

    /// @dev Tries it, and compares everything before and after.
    function watched(Deed deed, Act memory op, uint256[] memory keys, bool wrong) private {
        IReceipts.Receipt[] memory was = all();
        bool[] memory stopped = new bool[](was.length);
        for (uint256 i = 0; i < was.length; i++) {
            stopped[i] = was[i].state == IReceipts.State.Issued && holdings.isHeld(numbers[i]);
        }
        if (!tried(op, keys)) return;
        note(!wrong, "counted without its signers");
        note(!tried(op, keys), "counted twice");
        done[deed]++;
        if (deed == Deed.Order) orders.push(op.digest);
        if (deed == Deed.Hold) holdIds.push(op.digest);
        bool taken = false;
        for (uint256 i = 0; i < was.length; i++) {
            IReceipts.Receipt memory is_ = receipts.receiptOf(numbers[i]);
            compared(deed, was[i], is_, stopped[i]);
            taken = taken || (was[i].head != is_.head && takenOver[numbers[i]]);
        }
        for (uint256 i = 0; i < was.length; i++) {
            bool born = was[i].state == IReceipts.State.None && receipts.receiptOf(numbers[i]).head != 0;
            if (born && taken) takenOver[numbers[i]] = true;
        }
        if (deed == Deed.TakeOver) takenOver[op.object] = true;
    }

    /// @dev I4 terminal is terminal; I6 what is pledged or held does not move; I12, I15 axes do not mix.
    function compared(Deed deed, IReceipts.Receipt memory was, IReceipts.Receipt memory now_, bool stopped)
        private
    {
        if (was.state == IReceipts.State.None) return;
        bool same_ = keccak256(abi.encode(was)) == keccak256(abi.encode(now_));
        if (same_) return;
        bool ends = deed == Deed.Settle || deed == Deed.Discharge;
        bool mark = ends && was.state == IReceipts.State.Cancelled;
        note(was.state == IReceipts.State.Issued || mark, "what was terminal changed");
        note(was.head != now_.head, "changed without its head");
        if (deed == Deed.Hold || deed == Deed.Lift) {
            now_.head = was.head;
            note(keccak256(abi.encode(was)) == keccak256(abi.encode(now_)), "a hold changed more than holds");
            return;
        }
        bool sold = deed == Deed.Sell || deed == Deed.TakeOver;
        bool moved = was.holder.organisation != now_.holder.organisation;
        note(!moved || !stopped, "what is held changed hands");
        note(!moved || was.encumbrance == FREE || sold, "what is pledged changed hands");
        bool gone = now_.quantity < was.quantity;
        bool shared = deed == Deed.Apportion;
        bool left = deed == Deed.Execute || deed == Deed.ExecuteDynamic || deed == Deed.Amend || sold;
        note(!gone || was.encumbrance == FREE || shared || left, "pledged goods left by another way");
        bool title = now_.state != was.state && now_.state != IReceipts.State.Replaced && !shared && !mark;
        note(!title || !stopped, "what is held ended");
        note(now_.until == was.until && now_.lot == was.lot && (sold || now_.trade == was.trade || (deed == Deed.Endorse && now_.trade == 0)), "lot, term or trade changed");
    }

    /// @dev A revert would undo what it tells of.
    function note(bool right, string memory what) private {
        if (!right) broken = what;
    }

    function all() public view returns (IReceipts.Receipt[] memory found) {
        found = new IReceipts.Receipt[](numbers.length);
        for (uint256 i = 0; i < numbers.length; i++) {
            found[i] = receipts.receiptOf(numbers[i]);
        }
    }

    function numberAt(uint256 i) external view returns (bytes32) {
        return numbers[i];
    }

    function books() external view returns (ILots.Lot memory first, ILots.Lot memory second) {
        return (lots.lotOf(lot), lots.lotOf(otherLot));
    }

    function lotIds() external view returns (bytes32, bytes32) {
        return (lot, otherLot);
    }

    function outstanding(bytes32 pledge) external view returns (uint128) {
        return receipts.outstandingOf(pledge);
    }

    function ordered(bytes32 number) external view returns (uint128) {
        (,, Pledges.Allowed memory allowed) = pledges.pledgeOf(number);
        return allowed.ordered;
    }

    function financier() external view returns (bytes32 lender) {
        (lender,) = trades.financedBy(TRADE);
    }

    function pledgedTo(bytes32 id, bytes32 lender) external view returns (uint128) {
        (uint128 pledged,) = lots.stakeOf(id, lender);
        return pledged;
    }

    function lenders() external pure returns (bytes32, bytes32) {
        return (firm(LENDER), firm(OTHER_LENDER));
    }

    // What to try

    function some(uint256 most) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % most;
    }

    /// @dev Any receipt, mostly one that lives.
    function picked() private returns (bytes32 number) {
        if (numbers.length == 0) return 0;
        uint256 place = some(numbers.length);
        uint256 tries = some(8) == 0 ? 1 : numbers.length;
        for (uint256 i = 0; i < tries; i++) {
            number = numbers[(place + i) % numbers.length];
            if (receipts.receiptOf(number).state == IReceipts.State.Issued) return number;
        }
    }

    /// @dev Born when the deed that names it counts; until then it is a number that nobody used.
    function next() private returns (bytes32 number) {
        number = fresh();
        if (numbers.length < MOST) {
            numbers.push(number);
        } else {
            uint256 i = 0;
            while (i < MOST && !isOver(numbers[i])) i++;
            if (i == MOST) return bytes32(0);
            numbers[i] = number;
        }
        _newest = number;
    }

    /// @dev Nothing can become of it any more, and nobody has just thought of it.
    function isOver(bytes32 number) private view returns (bool) {
        IReceipts.Receipt memory r = receipts.receiptOf(number);
        return r.state != IReceipts.State.Issued && r.pledge == 0 && number != _newest;
    }

    function sensible(bytes32 number, IReceipts.Receipt memory r) private returns (Deed) {
        if (r.state != IReceipts.State.Issued) {
            bool mark = r.state == IReceipts.State.Cancelled && r.pledge != 0;
            return mark ? ended() : Deed.Issue;
        }
        if (lots.isShort(r.lot)) {
            bool contested = holdings.holdsOf(number).length > 0; // then nothing is shared
            if (contested && some(2) == 0) return Deed.Lift;
            return some(2) == 0 ? Deed.Apportion : Deed.AttestWell;
        }
        if (some(64) == 0) return Deed.SucceedKeeper;
        if (some(10) == 0) return Deed.Issue;
        if (!lots.isFresh(r.lot)) return Deed.AttestWell;
        if (some(16) == 0) return Deed(some(2));
        Holds.Held[] memory found = holdings.holdsOf(number);
        bool lost = found.length == 1 && found[0].kind == Holds.Kind.Lost;
        if (lost && some(4) == 0) {
            VM.warp(block.timestamp + 61 days);
            return Deed.ReplaceLost;
        }
        if (found.length > 0 && some(4) > 0) return Deed.Lift;
        if (some(16) == 0) return Deed(uint8(Deed.Hold) + some(2));
        IReceipts.Encumbrance at = r.encumbrance;
        if (r.holder.role == Organisations.Role.Keeper) return Deed.Cancel;
        if (at == FREE) return some(4) == 0 ? Deed(uint8(Deed.Endorse) + some(9)) : Deed.Offer;
        if (at == IReceipts.Encumbrance.Offered) return some(4) == 0 ? Deed.Withdraw : Deed.Accept;
        if (at == IReceipts.Encumbrance.Accepted) return some(6) == 0 ? Deed.Withdraw : Deed.Register;
        (,, Pledges.Allowed memory allowed) = pledges.pledgeOf(number);
        bool dynamic = at == IReceipts.Encumbrance.Registered && allowed.floors.length > 0;
        if (dynamic && some(4) == 0) return Deed.ExecuteDynamic;
        if (at == IReceipts.Encumbrance.Registered) return Deed(some(5) == 0 ? 6 + some(4) : 20 + some(10));
        if (at == IReceipts.Encumbrance.MarginCall) return Deed(28 + some(2));
        if (at == IReceipts.Encumbrance.Default) return some(4) == 0 ? disposed() : Deed.Enforce;
        return disposed();
    }

    function ended() private returns (Deed) {
        return some(2) == 0 ? Deed.Settle : Deed.Discharge;
    }

    function disposed() private returns (Deed) {
        uint256 which = some(8);
        return which == 0 ? ended() : which < 4 ? Deed.TakeOver : Deed.Sell;
    }

    function stock(Deed deed, bytes32 id) private {
        uint128 weighed = lots.lotOf(id).weighed;
        done[deed]++;
        if (deed == Deed.Bring) bring(id, uint128(1 + some(20)) * TONNE);
        else if (deed == Deed.AttestWell) attestWell(id);
        else attest(id, weighed / 2, weighed / 2 + 1, weighed / 2 + 1, some(2) == 0);
    }

    function prepared(Deed deed, bytes32 number) private returns (Act memory op, uint256[] memory keys) {
        IReceipts.Receipt memory r = receipts.receiptOf(number);
        bytes32 id = r.lot == 0 ? lot : r.lot;
        if (deed == Deed.Apportion) {
            if (lots.isShort(id)) {
                VM.warp(block.timestamp + 7 days);
                ILots.Lot memory found = lots.lotOf(id);
                attest(id, found.lower, found.estimate, found.upper, found.saidShort);
            }
            return (apportioning(id, living(id)), sharers(id, lendersIn(id)));
        }
        if (deed == Deed.Issue) {
            id = some(3) == 0 ? otherLot : lot;
            uint128 quantity = uint128(1 + some(40)) * TONNE;
            bytes32 trade = some(2) == 0 ? TRADE : bytes32(0);
            return (issuing(next(), id, quantity, trade, term()), by(keeperOf(id), HOLDER, INSPECTOR));
        }
        if (deed == Deed.SucceedKeeper) {
            uint256 keeper = keeperOf(id) == SUCCESSOR ? NEXT_SUCCESSOR : SUCCESSOR;
            return (succeeding(id, keeper), by(COURT, keeper));
        }
        if (uint8(deed) < uint8(Deed.Hold)) return ofTitle(deed, number, r);
        if (deed == Deed.Hold || deed == Deed.Lift) return ofHolds(deed, number);
        if (uint8(deed) < uint8(Deed.CallMargin)) return ofPledge(deed, number, r);
        return ofEnforcement(deed, number, r);
    }

    function ofTitle(Deed deed, bytes32 number, IReceipts.Receipt memory r)
        private
        returns (Act memory, uint256[] memory)
    {
        (uint256 holder, uint256 keeper) = (holderOf(r), keeperOf(r.lot));
        uint256[] memory consent = r.pledge == 0 ? by(holder, keeper) : by(holder, keeper, lenderOf(r));
        uint128 part = uint128(some(r.quantity + 2));
        if (deed == Deed.Endorse) {
            uint256 to = some(2) == 0 ? BUYER : HOLDER;
            return (endorsing(number, to), by(holder, keeper, to));
        }
        if (deed == Deed.Split) {
            uint128 pledgedPart = uint128(some(r.pledged + 1));
            return (splitting(number, next(), next(), part, pledgedPart), consent);
        }
        if (deed == Deed.Merge) return (merging(number, partner(r, number), next()), consent);
        if (deed == Deed.Amend) return (amending(number, r.quantity - uint128(some(r.quantity / 8 + 1)), PAPER), consent);
        if (deed == Deed.Replace) return (replacing(number, next()), consent);
        if (deed == Deed.ReplaceLost) {
            return (replacingLost(number, next(), firm(BUYER)), by(keeper, COURT, BUYER));
        }
        if (deed == Deed.Surrender) return (surrendering(number), by(holder, keeper));
        if (deed == Deed.Cancel) return (cancelling(number), by(holder));
        return (delivering(number, part, fresh(), some(3) == 0), by(holder, keeper, VERIFIER));
    }

    function ofHolds(Deed deed, bytes32 number) private returns (Act memory op, uint256[] memory keys) {
        Organisations.Role court = Organisations.Role.CourtLiaison;
        Holds.Kind kind = some(2) == 0 ? Holds.Kind.Court : Holds.Kind.Lost;
        uint128 part = some(2) == 0 ? 0 : uint128(some(20)) * TONNE;
        if (deed == Deed.Hold) return (holding(number, kind, court, part), by(COURT));
        Holds.Held[] memory found = holdings.holdsOf(number);
        if (found.length == 0) return (op, keys);
        return (lifting(number, found[0].id, court), by(COURT));
    }

    function ofPledge(Deed deed, bytes32 number, IReceipts.Receipt memory r)
        private
        returns (Act memory op, uint256[] memory keys)
    {
        (uint256 holder, uint256 keeper, uint256 lender) = (holderOf(r), keeperOf(r.lot), lenderOf(r));
        uint128 part = uint128(some(r.pledged + 2));
        if (deed == Deed.Offer) {
            uint64 time = uint64(block.timestamp);
            uint256 to = some(3) == 0 ? OTHER_LENDER : LENDER;
            uint128 quantity = uint128(some(r.quantity + 2));
            return (
                offering(
                    Pledges.Offer(
                        number, r.head, firm(to), before(), quantity, PAPER, time + 3 days, time + 20 days, NEVER
                    )
                ),
                by(holder, keeper)
            );
        }
        if (deed == Deed.Withdraw) return (withdrawing(number, Organisations.Role.Lender), by(lender));
        if (deed == Deed.Accept) return (accepting(number), by(lender));
        if (deed == Deed.Register) return (registering(number, PAPER, PAPER), by(lender));
        if (deed == Deed.Release) return (releasing(number, part, PAPER), by(lender, secondOf(lender)));
        if (deed == Deed.Order) {
            uint64 time = uint64(block.timestamp);
            return (
                ordering(Outbound.Order(number, r.head, part / 2, PICKER, time, time + 30 days, PAPER, NEVER)),
                by(lender, secondOf(lender), holder)
            );
        }
        if (deed == Deed.SetFloor) {
            (,, Pledges.Allowed memory allowed) = pledges.pledgeOf(number);
            uint256 count = allowed.floors.length;
            uint128 stands = count == 0 ? 0 : allowed.floors[count - 1].floor;
            bool less = part == 0 || (stands != 0 && part >= stands);
            uint256 second = secondOf(lender);
            return (settingFloor(number, part, NEVER), less ? by(lender, second) : by(lender, second, holder));
        }
        if (deed == Deed.ExecuteDynamic) {
            return (executingDynamic(number, uint128(some(r.quantity / 4 + 2)), fresh()), by(keeper, VERIFIER));
        }
        if (deed == Deed.Substitute) {
            bytes32 with = another(number, r.holder.organisation);
            uint128 quantity = uint128(some(faceOf(with) + 2));
            uint256 other = keeperOf(receipts.receiptOf(with).lot);
            return (substituting(number, with, quantity), by(holder, keeper, lender, secondOf(lender), other));
        }
        if (orders.length == 0) return (op, keys);
        bytes32 id = orders[orders.length - 1 - some(orders.length < 3 ? orders.length : 3)];
        number = pledges.orderOf(id).receipt;
        r = receipts.receiptOf(number);
        if (r.state != IReceipts.State.Issued) return (op, keys);
        if (deed == Deed.CancelOrder) return (cancellingOrder(id, number), by(lenderOf(r)));
        uint128 went = uint128(some(pledges.orderOf(id).quantity + pledges.orderOf(id).quantity / 4 + 1));
        Outbound.Execute memory execution = leaving(id, number, went, fresh(), uint64(block.timestamp));
        if (went <= pledges.orderOf(id).quantity && went <= r.quantity) {
            return (executing(execution), by(keeperOf(r.lot), VERIFIER));
        }
        execution.places = new uint8[](2);
        (execution.places[0], execution.places[1]) = (1, 2);
        return (executing(execution), by(keeperOf(r.lot), VERIFIER, INSPECTOR, VERIFIER));
    }

    function ofEnforcement(Deed deed, bytes32 number, IReceipts.Receipt memory r)
        private
        returns (Act memory op, uint256[] memory)
    {
        (uint256 holder, uint256 keeper, uint256 lender) = (holderOf(r), keeperOf(r.lot), lenderOf(r));
        uint64 time = uint64(block.timestamp);
        if (deed == Deed.CallMargin) return (calling(number, time + 1 days, PAPER), by(lender));
        if (deed == Deed.Cure) return (curing(number, PAPER), by(lender));
        if (deed == Deed.DeclareDefault) {
            if (some(2) == 0) VM.warp(block.timestamp + 2 days);
            return (defaulting(number, PAPER), by(lender));
        }
        if (deed == Deed.Enforce) return (enforcing(number, time + 5 days, PAPER, PAPER), by(lender));
        if (deed == Deed.Settle) return (settling(number, PAPER), by(lender, secondOf(lender)));
        if (deed == Deed.Discharge) return (discharging(number, PAPER), by(COURT, keeper));
        Enforcement.Sell memory op_ = sale(number, BUYER, r.pledged < r.quantity ? next() : bytes32(0));
        if (deed == Deed.Sell) {
            if (some(4) > 0) VM.warp(block.timestamp + 6 days);
            return (selling(op_), by(lender, secondOf(lender), AUCTIONEER, keeper, BUYER));
        }
        op_.buyer = r.lender.organisation;
        uint256 holds_ = lender == LENDER ? LENDER_HOLDS : OTHER_LENDER_HOLDS;
        return (takingOver(op_), by(lender, secondOf(lender), holder, AUCTIONEER, keeper, holds_));
    }

    /// @dev Who keeps the lot now.
    function keeperOf(bytes32 id) internal view override returns (uint256) {
        if (id == 0) return KEEPER;
        bytes32 keeper = lots.lotOf(id).keeper.organisation;
        if (keeper == firm(SUCCESSOR)) return SUCCESSOR;
        return keeper == firm(NEXT_SUCCESSOR) ? NEXT_SUCCESSOR : super.keeperOf(id);
    }

    /// @dev A day of the crowd is years long; receipts of one year are alike.
    function term() private view returns (uint64) {
        return (uint64(block.timestamp) / 365 days + 2) * 365 days;
    }

    /// @dev The same witnesses, but the keeper's place, which goes with the lot. No key was bound late for a successor.
    function succeeding(bytes32 id, uint256 keeper) private view returns (Act memory) {
        (bytes32[] memory witnesses, Organisations.Role[] memory roles, uint8 quorum,) = attestations.witnessesOf(id);
        Attestations.SucceedKeeper memory op;
        (op.lot, op.head, op.keeper, op.keeperSince) = (id, lotHead(id), firm(keeper), before());
        (op.witnesses, op.roles, op.quorum) = (witnesses, new uint8[](roles.length), quorum);
        (op.receipts, op.judgment, op.deadline) = (inLot(id), PAPER, NEVER);
        op.witnesses[0] = op.keeper;
        for (uint256 i = 0; i < roles.length; i++) {
            op.roles[i] = uint8(roles[i]);
        }
        return succeeding(op);
    }

    function lendersIn(bytes32 id) private view returns (uint256[] memory keys) {
        bytes32[] memory lenders = lots.lendersOf(id);
        keys = new uint256[](lenders.length);
        for (uint256 i = 0; i < lenders.length; i++) {
            keys[i] = lenders[i] == firm(LENDER) ? LENDER : OTHER_LENDER;
        }
    }

    function living(bytes32 id) private view returns (bytes32[] memory found) {
        ILots.Lot memory state = lots.lotOf(id);
        uint256 claims = uint256(state.face) + state.deposited;
        return state.estimate >= claims ? found : inLot(id);
    }

    function inLot(bytes32 id) private view returns (bytes32[] memory found) {
        found = new bytes32[](lots.lotOf(id).receipts);
        uint256 count = 0;
        for (uint256 i = 0; i < numbers.length; i++) {
            IReceipts.Receipt memory r = receipts.receiptOf(numbers[i]);
            if (r.lot != id || r.state != IReceipts.State.Issued) continue;
            uint256 place = count++;
            for (; place > 0 && found[place - 1] > numbers[i]; place--) found[place] = found[place - 1];
            found[place] = numbers[i];
        }
    }

    /// @dev Another receipt that could be merged with this one, where there is one.
    function partner(IReceipts.Receipt memory r, bytes32 number) private returns (bytes32) {
        for (uint256 i = 0; i < numbers.length; i++) {
            IReceipts.Receipt memory other = receipts.receiptOf(numbers[i]);
            bool like = other.lot == r.lot && other.pledge == r.pledge && other.trade == r.trade;
            bool lives = other.state == IReceipts.State.Issued && numbers[i] != number;
            if (lives && like && other.holder.organisation == r.holder.organisation) return numbers[i];
        }
        return numbers[some(numbers.length)];
    }

    function another(bytes32 number, bytes32 holder) private returns (bytes32) {
        for (uint256 i = 0; i < numbers.length; i++) {
            IReceipts.Receipt memory r = receipts.receiptOf(numbers[i]);
            bool free = r.state == IReceipts.State.Issued && r.encumbrance == FREE;
            if (free && r.holder.organisation == holder && numbers[i] != number) return numbers[i];
        }
        return numbers[some(numbers.length)];
    }

    function holderOf(IReceipts.Receipt memory r) private pure returns (uint256) {
        bytes32 holder = r.holder.organisation;
        if (holder == firm(BUYER)) return BUYER;
        if (holder == firm(KEEPER)) return KEEPER;
        if (holder == firm(OTHER_KEEPER)) return OTHER_KEEPER;
        if (holder == firm(SUCCESSOR)) return SUCCESSOR;
        if (holder == firm(NEXT_SUCCESSOR)) return NEXT_SUCCESSOR;
        if (holder == firm(LENDER)) return LENDER_HOLDS;
        if (holder == firm(OTHER_LENDER)) return OTHER_LENDER_HOLDS;
        return HOLDER;
    }

    function lenderOf(IReceipts.Receipt memory r) private pure returns (uint256) {
        return r.lender.organisation == firm(OTHER_LENDER) ? OTHER_LENDER : LENDER;
    }

    function secondOf(uint256 lender) private pure returns (uint256) {
        return lender == LENDER ? LENDER_TWO : OTHER_LENDER_TWO;
    }
}
