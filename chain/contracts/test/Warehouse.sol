// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Attestations} from "../Attestations.sol";
import {Holds} from "../Holds.sol";
import {ILots} from "../ILots.sol";
import {IReceipts} from "../IReceipts.sol";
import {Lots} from "../Lots.sol";
import {Organisations} from "../Organisations.sol";
import {Pledges} from "../Pledges.sol";
import {Receipts} from "../Receipts.sol";
import {Signed} from "../Signed.sol";
import {Sites} from "../Sites.sol";
import {Trades} from "../Trades.sol";
import {Polygon} from "../Polygon.sol";
import {Committee, Harness} from "./Harness.sol";
import {Shapes} from "./Shapes.sol";
import {Recorder} from "./Yard.sol";

/// @dev All contracts, each at the address that the others were told. Contracts count from one.
contract Builder {
    Sites public immutable SITES;
    Lots public immutable LOTS;
    Attestations public immutable ATTESTATIONS;
    Receipts public immutable RECEIPTS;
    Holds public immutable HOLDS;
    Trades public immutable TRADES;
    Pledges public immutable PLEDGES;

    constructor(address admin, Organisations registry) {
        SITES = new Sites(admin, registry, numbered(2));
        LOTS = new Lots(registry, SITES, Attestations(numbered(3)), numbered(4));
        ATTESTATIONS = new Attestations(registry, LOTS, SITES);
        RECEIPTS = new Receipts(registry, LOTS, Holds(numbered(5)), numbered(7), Trades(numbered(6)));
        HOLDS = new Holds(registry, RECEIPTS, LOTS);
        TRADES = new Trades(registry, numbered(7), numbered(8));
        PLEDGES = new Pledges(registry, RECEIPTS, LOTS, HOLDS, TRADES);
        require(address(PLEDGES) == numbered(7), "elsewhere");
    }

    function numbered(uint8 nonce) private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), nonce)))));
    }
}

/// @dev A warehouse with its parties; operations as they are signed and sent, encoded and hashed here by the standards and
///      not by the contracts.
abstract contract Warehouse is Harness {
    /// @dev An operation that is ready to be signed: where it goes, what is signed, and the ABI encoding of its fields.
    struct Act {
        address to;
        bytes4 selector;
        bytes32 typehash;
        bytes32 digest;
        bytes32 object;
        bytes fields;
        bool dynamic;
    }

    Recorder internal constant RECORDER = Recorder(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint64 internal constant NOW = 1_790_000_000;
    uint64 internal constant NEVER = type(uint64).max;
    uint64 internal constant TERM = NOW + 365 days;
    uint64 internal constant MATURITY = NOW + 100 days;
    uint128 internal constant TONNE = 1_000_000;

    /// @dev Private keys; an organisation is the hash of its first key.
    uint256 internal constant OWNER = 0x51;
    uint256 internal constant KEEPER = 0x61;
    uint256 internal constant OTHER_KEEPER = 0x62;
    uint256 internal constant INSPECTOR = 0x71;
    uint256 internal constant VERIFIER = 0x72;
    uint256 internal constant COURT = 0x73;
    uint256 internal constant OTHER_COURT = 0x74;
    uint256 internal constant AUCTIONEER = 0x75;
    uint256 internal constant REGISTRAR = 0x76;
    uint256 internal constant LENDER = 0x81;
    uint256 internal constant LENDER_TWO = 0x82;
    uint256 internal constant LENDER_HOLDS = 0x83;
    uint256 internal constant OTHER_LENDER = 0x84;
    uint256 internal constant HOLDER = 0x91;
    uint256 internal constant BUYER = 0x92;

    bytes32 internal constant ONE = keccak256("receipt 1");
    bytes32 internal constant TWO = keccak256("receipt 2");
    bytes32 internal constant THREE = keccak256("receipt 3");
    bytes32 internal constant FOUR = keccak256("receipt 4");
    bytes32 internal constant PAPER = keccak256("paper");
    bytes32 internal constant PICKER = keccak256("vehicle and driver");
    bytes32 internal constant TRADE = keccak256("trade");

    Organisations internal registry;
    Sites internal sites;
    Lots internal lots;
    Attestations internal attestations;
    Receipts internal receipts;
    Holds internal holdings;
    Trades internal trades;
    Pledges internal pledges;
    address internal admin;
    bytes32 internal lot;
    bytes32 internal otherLot;
    uint256 private _tickets;

    function establish() internal {
        VM.warp(NOW);
        admin = address(new Committee());
        registry = new Organisations(admin, new address[](0));
        Builder built = new Builder(admin, registry);
        (sites, lots, receipts) = (built.SITES(), built.LOTS(), built.RECEIPTS());
        (trades, pledges) = (built.TRADES(), built.PLEDGES());
        (attestations, holdings) = (built.ATTESTATIONS(), built.HOLDS());
        join(OTHER_COURT, Organisations.Role.CourtLiaison);
        VM.roll(block.number + 1);
        join(OWNER, Organisations.Role.SiteOwner);
        join(KEEPER, Organisations.Role.Keeper);
        join(OTHER_KEEPER, Organisations.Role.Keeper);
        join(INSPECTOR, Organisations.Role.Inspector);
        join(VERIFIER, Organisations.Role.Verifier);
        join(COURT, Organisations.Role.CourtLiaison);
        join(AUCTIONEER, Organisations.Role.Auctioneer);
        join(REGISTRAR, Organisations.Role.RegistryAdmin);
        join(LENDER, Organisations.Role.Lender);
        bind(LENDER, LENDER_TWO, Organisations.Role.Lender);
        bind(LENDER, LENDER_HOLDS, Organisations.Role.Holder);
        join(OTHER_LENDER, Organisations.Role.Lender);
        join(HOLDER, Organisations.Role.Holder);
        join(BUYER, Organisations.Role.Holder);
        VM.roll(block.number + 10);
        VM.prank(admin);
        sites.registerSite("site", firm(OWNER), Shapes.rectangle(0, 0, 10_000, 10_000));
        (lot, otherLot) = (openLot(0, KEEPER, false), openLot(1, OTHER_KEEPER, false));
    }

    // Parties

    function firm(uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encode("firm", key));
    }

    function join(uint256 key, Organisations.Role role) internal {
        VM.prank(admin);
        registry.registerOrganisation(firm(key), keccak256("commitment"));
        bind(key, key, role);
    }

    /// @dev The administration binds a key to the organisation that `first` is of; it acts since this block.
    function bind(uint256 first, uint256 key, Organisations.Role role) internal {
        VM.prank(admin);
        registry.bindKey(firm(first), keyId(VM.addr(key)), role, 0, NEVER);
    }

    /// @dev The newest block that keys can act since.
    function before() internal view virtual returns (uint64) {
        return uint64(block.number) - 1;
    }

    function by(uint256 a) internal pure returns (uint256[] memory all) {
        all = new uint256[](1);
        all[0] = a;
    }

    function by(uint256 a, uint256 b) internal pure returns (uint256[] memory all) {
        all = new uint256[](2);
        (all[0], all[1]) = (a, b);
    }

    function by(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory all) {
        all = new uint256[](3);
        (all[0], all[1], all[2]) = (a, b, c);
    }

    function by(uint256 a, uint256 b, uint256 c, uint256 d) internal pure returns (uint256[] memory all) {
        all = new uint256[](4);
        (all[0], all[1], all[2], all[3]) = (a, b, c, d);
    }

    function by(uint256 a, uint256 b, uint256 c, uint256 d, uint256 e, uint256 f)
        internal
        pure
        returns (uint256[] memory all)
    {
        all = new uint256[](6);
        (all[0], all[1], all[2], all[3], all[4], all[5]) = (a, b, c, d, e, f);
    }

    function by(uint256 a, uint256 b, uint256 c, uint256 d, uint256 e) internal pure returns (uint256[] memory all) {
        all = new uint256[](5);
        (all[0], all[1], all[2], all[3], all[4]) = (a, b, c, d, e);
    }

    // Operations in general

    /// @dev Sends it; it must count, be told word for word in one event of its contract, and not count again.
    function act(Act memory op, uint256[] memory keys) internal returns (bytes32) {
        bytes memory call = callOf(op, keys);
        RECORDER.recordLogs();
        (bool done, bytes memory reason) = op.to.call(call);
        if (!done) fail(reason);
        told(op);
        (done,) = op.to.call(call);
        holds(!done, "an operation counted twice");
        return op.digest;
    }

    /// @dev Sends it; it must be refused for that reason.
    function refused(Act memory op, uint256[] memory keys, bytes memory reason) internal {
        (bool done, bytes memory why) = op.to.call(callOf(op, keys));
        holds(!done, "was not refused");
        if (keccak256(why) != keccak256(reason)) fail(why);
    }

    function tried(Act memory op, uint256[] memory keys) internal returns (bool done) {
        (done,) = op.to.call(callOf(op, keys));
    }

    function fail(bytes memory reason) internal pure {
        assembly {
            revert(add(reason, 32), mload(reason))
        }
    }

    /// @dev ABI encoding of (op, signatures): a struct of words stands at the head itself, another behind its offset.
    function callOf(Act memory op, uint256[] memory keys) internal pure returns (bytes memory) {
        bytes[] memory made = new bytes[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            (uint8 v, bytes32 r, bytes32 s) = VM.sign(keys[i], op.digest);
            made[i] = abi.encodePacked(r, s, v);
        }
        bytes memory signatures = tail(abi.encode(made));
        if (!op.dynamic) {
            return bytes.concat(op.selector, op.fields, abi.encode(op.fields.length + 32), signatures);
        }
        bytes memory struct_ = tail(op.fields);
        return bytes.concat(op.selector, abi.encode(64, 64 + struct_.length), struct_, signatures);
    }

    function tail(bytes memory encoded) private pure returns (bytes memory rest) {
        rest = new bytes(encoded.length - 32);
        for (uint256 i = 0; i < rest.length; i += 32) {
            assembly {
                mstore(add(add(rest, 32), i), mload(add(add(encoded, 64), i)))
            }
        }
    }

    function told(Act memory op) private {
        Recorder.Log[] memory logs = RECORDER.getRecordedLogs();
        same(logs.length, 1, "events");
        holds(logs[0].emitter == op.to, "emitter");
        same(logs[0].topics[0], Signed.Operated.selector, "event");
        same(logs[0].topics[2], op.object, "object");
        same(logs[0].topics[3], op.typehash, "operation");
        (bytes32 digest, bytes32 head, bytes memory fields,,) =
            abi.decode(logs[0].data, (bytes32, bytes32, bytes, bytes[], uint64));
        same(digest, op.digest, "digest");
        same(keccak256(fields), keccak256(op.fields), "fields");
        bool ofReceipt = op.to == address(receipts) || op.to == address(pledges) || op.to == address(holdings);
        if (ofReceipt) same(receipts.receiptOf(op.object).head, head, "head");
    }

    /// @dev An operation whose fields are all of one word.
    function plain(address to, bytes4 selector, bytes32 typehash, bytes32 object, bytes memory fields)
        internal
        view
        returns (Act memory)
    {
        bytes32 digest = typed(to, keccak256(bytes.concat(typehash, fields)));
        return Act(to, selector, typehash, digest, object, fields, false);
    }

    /// @dev An operation with arrays: `words` are its fields by EIP-712, arrays hashed.
    function packed(
        address to,
        bytes4 selector,
        bytes32 typehash,
        bytes32 object,
        bytes memory words,
        bytes memory fields
    ) internal view returns (Act memory) {
        bytes32 digest = typed(to, keccak256(bytes.concat(typehash, words)));
        return Act(to, selector, typehash, digest, object, fields, true);
    }

    function typed(address to, bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", Signed(to).domainSeparator(), structHash));
    }

    function hashOf(bytes32[] memory words) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(words));
    }

    // Heads and state

    function headOf(bytes32 number) internal view returns (bytes32) {
        return receipts.receiptOf(number).head;
    }

    function lotHead(bytes32 id) internal view returns (bytes32) {
        return lots.lotOf(id).head;
    }

    function faceOf(bytes32 number) internal view returns (uint128) {
        return receipts.receiptOf(number).quantity;
    }

    function pledgedOf(bytes32 number) internal view returns (uint128) {
        return receipts.receiptOf(number).pledged;
    }

    function isIn(bytes32 number, IReceipts.Encumbrance encumbrance) internal view {
        same(uint256(receipts.receiptOf(number).encumbrance), uint256(encumbrance), "encumbrance");
    }

    function isNow(bytes32 number, IReceipts.State state) internal view {
        same(uint256(receipts.receiptOf(number).state), uint256(state), "state");
    }

    function isHeldBy(bytes32 number, uint256 key) internal view {
        same(receipts.receiptOf(number).holder.organisation, firm(key), "holder");
    }

    function pledgeOf(bytes32 number) internal view returns (bytes32) {
        return receipts.receiptOf(number).pledge;
    }

    /// @dev Evidence and ids that were never used.
    function fresh() internal returns (bytes32) {
        return keccak256(abi.encode("ticket", ++_tickets));
    }

    function one(bytes32 word) internal pure returns (bytes32[] memory words) {
        words = new bytes32[](1);
        words[0] = word;
    }

    function two(bytes32 a, bytes32 b) internal pure returns (bytes32[] memory words) {
        words = new bytes32[](2);
        (words[0], words[1]) = (a, b);
    }

    function two(uint128 a, uint128 b) internal pure returns (uint128[] memory numbers) {
        numbers = new uint128[](2);
        (numbers[0], numbers[1]) = (a, b);
    }

    // Sites and lots

    function openLot(int32 place, uint256 keeper, bool serialised) internal returns (bytes32) {
        bytes32 slot = slotFor(place, keeper);
        (,,,,, bytes32 head,,,) = sites.slotOf(slot);
        Lots.OpenLot memory op;
        (op.slot, op.head, op.goods, op.serialised) = (slot, head, keccak256("copper cathode"), serialised);
        (op.allowancePpm, op.maxAgeSeconds, op.quorum, op.deadline) = (2_000, 7 days, 2, NEVER);
        op.witnesses = new bytes32[](3);
        (op.witnesses[0], op.witnesses[1], op.witnesses[2]) = (firm(keeper), firm(INSPECTOR), firm(VERIFIER));
        op.roles = new uint8[](3);
        (op.roles[0], op.roles[1]) = (uint8(Organisations.Role.Keeper), uint8(Organisations.Role.Inspector));
        op.roles[2] = uint8(Organisations.Role.Verifier);
        bytes32 typehash = keccak256(
            "OpenLot(bytes32 slot,bytes32 head,bytes32 goods,bool serialised,uint32 allowancePpm,uint32 maxAgeSeconds,bytes32[] witnesses,uint8[] roles,uint8 quorum,uint64 deadline)"
        );
        bytes memory words = bytes.concat(
            abi.encode(op.slot, op.head, op.goods, op.serialised, op.allowancePpm, op.maxAgeSeconds),
            abi.encode(hashOf(op.witnesses), keccak256(abi.encodePacked(op.roles)), op.quorum, op.deadline)
        );
        bytes32 id = keccak256(abi.encode(slot, head));
        Act memory made = packed(address(lots), Lots.openLot.selector, typehash, id, words, abi.encode(op));
        act(made, by(keeper));
        return id;
    }

    function slotFor(int32 n, uint256 keeper) private returns (bytes32 slot) {
        Sites.AddSlot memory op;
        (op.site, op.outline) = ("site", Shapes.rectangle(n * 100, 0, n * 100 + 100, 100));
        (op.top, op.plan, op.deadline) = (6_000, PAPER, NEVER);
        (, op.head,,) = sites.siteOf("site");
        bytes32 point = keccak256("Point(int32 x,int32 y)");
        bytes memory corners;
        for (uint256 i = 0; i < op.outline.length; i++) {
            Polygon.Point memory p = op.outline[i];
            corners = bytes.concat(corners, keccak256(abi.encode(point, p.x, p.y)));
        }
        bytes memory words =
            abi.encode(op.site, op.head, keccak256(corners), op.bottom, op.top, op.plan, op.deadline);
        bytes32 typehash = keccak256(
            "AddSlot(bytes32 site,bytes32 head,Point[] outline,int32 bottom,int32 top,bytes32 plan,uint64 deadline)Point(int32 x,int32 y)"
        );
        act(packed(address(sites), Sites.addSlot.selector, typehash, "site", words, abi.encode(op)), by(OWNER));
        slot = keccak256(abi.encode(op.site, op.outline, op.bottom, op.top));
        (,,,,, bytes32 head,,,) = sites.slotOf(slot);
        typehash = keccak256("AssignKeeper(bytes32 slot,bytes32 head,bytes32 keeper,uint64 keeperSince,uint64 deadline)");
        bytes memory fields = abi.encode(slot, head, firm(keeper), before(), NEVER);
        act(plain(address(sites), Sites.assignKeeper.selector, typehash, slot, fields), by(OWNER, keeper));
    }

    function keeperOf(bytes32 id) internal view virtual returns (uint256) {
        return id == otherLot ? OTHER_KEEPER : KEEPER;
    }

    /// @dev So much is weighed in, in one weighing without a serial.
    function bring(bytes32 id, uint128 quantity) internal {
        Lots.RecordInbound memory op;
        (op.lot, op.head, op.depositor, op.deadline) = (id, lotHead(id), firm(HOLDER), NEVER);
        op.weighedAt = uint64(block.timestamp);
        op.weighings = new Lots.Weighing[](1);
        op.weighings[0] = Lots.Weighing(fresh(), quantity);
        bytes32 weighing = keccak256(
            abi.encode(keccak256("Weighing(bytes32 evidence,uint128 quantity)"), op.weighings[0])
        );
        bytes32 typehash = keccak256(
            "RecordInbound(bytes32 lot,bytes32 head,bytes32 depositor,Weighing[] weighings,bytes32[] serials,uint64 weighedAt,uint64 deadline)Weighing(bytes32 evidence,uint128 quantity)"
        );
        bytes memory words = bytes.concat(
            abi.encode(op.lot, op.head, op.depositor, keccak256(abi.encode(weighing)), hashOf(op.serials)),
            abi.encode(op.weighedAt, op.deadline)
        );
        Act memory made =
            packed(address(lots), Lots.recordInbound.selector, typehash, id, words, abi.encode(op));
        act(made, by(keeperOf(id), VERIFIER, HOLDER));
    }

    /// @dev Its witnesses attest what is there; a second later than they did before.
    function attest(bytes32 id, uint128 lower, uint128 estimate, uint128 upper, bool short) internal {
        VM.warp(block.timestamp + 1);
        Attestations.Attest memory op;
        (op.lot, op.head, op.lower, op.estimate, op.upper) = (id, lotHead(id), lower, estimate, upper);
        (op.asOf, op.short, op.evidenceRoot, op.policy) = (uint64(block.timestamp), short, PAPER, PAPER);
        (op.places, op.deadline) = (new uint8[](2), NEVER);
        op.places[1] = 1;
        bytes32 typehash = keccak256(
            "Attest(bytes32 lot,bytes32 head,uint128 estimate,uint128 lower,uint128 upper,uint64 asOf,bool short,bytes32 evidenceRoot,bytes32 policy,uint8[] places,uint64 deadline)"
        );
        bytes memory words = bytes.concat(
            abi.encode(op.lot, op.head, op.estimate, op.lower, op.upper, op.asOf, op.short),
            abi.encode(op.evidenceRoot, op.policy, keccak256(abi.encodePacked(op.places)), op.deadline)
        );
        Act memory made = packed(address(attestations), Attestations.attest.selector, typehash, id, words, abi.encode(op));
        act(made, by(keeperOf(id), INSPECTOR));
    }

    /// @dev What was weighed is there, within 1 %, and the evidence is young.
    function attestWell(bytes32 id) internal {
        uint128 weighed = lots.lotOf(id).weighed;
        attest(id, weighed - weighed / 100, weighed, weighed + weighed / 100, false);
    }

    function apportioning(bytes32 id, bytes32[] memory numbers) internal view returns (Act memory) {
        Attestations.Apportion memory op;
        (op.lot, op.head, op.receipts, op.reason, op.deadline) = (id, lotHead(id), numbers, PAPER, NEVER);
        (op.depositors, op.places) = (numbers.length == 0 ? numbers : depositorsOf(id), new uint8[](2));
        (op.places[0], op.places[1]) = (1, 2);
        bytes32 typehash = keccak256(
            "Apportion(bytes32 lot,bytes32 head,bytes32[] receipts,bytes32[] depositors,bytes32 reason,uint8[] places,uint64 deadline)"
        );
        bytes memory words = bytes.concat(
            abi.encode(op.lot, op.head, hashOf(op.receipts), hashOf(op.depositors), op.reason),
            abi.encode(keccak256(abi.encodePacked(op.places)), op.deadline)
        );
        return packed(address(attestations), Attestations.apportion.selector, typehash, id, words, abi.encode(op));
    }

    /// @dev A week after a shortage became known its witnesses find the same, and it is shared; lenders sign last.
    function share(bytes32 id, bytes32[] memory numbers, uint256[] memory lenders) internal {
        VM.warp(block.timestamp + 7 days);
        ILots.Lot memory found = lots.lotOf(id);
        attest(id, found.lower, found.estimate, found.upper, found.saidShort);
        act(apportioning(id, numbers), sharers(id, lenders));
    }

    function sharers(bytes32 id, uint256[] memory lenders) internal view returns (uint256[] memory keys) {
        keys = new uint256[](3 + lenders.length);
        (keys[0], keys[1], keys[2]) = (keeperOf(id), INSPECTOR, VERIFIER);
        for (uint256 i = 0; i < lenders.length; i++) {
            keys[3 + i] = lenders[i];
        }
    }

    function succeeding(Attestations.SucceedKeeper memory op) internal view returns (Act memory) {
        bytes32 typehash = keccak256(
            "SucceedKeeper(bytes32 lot,bytes32 head,bytes32 keeper,uint64 keeperSince,bytes32[] receipts,bytes32[] witnesses,uint8[] roles,uint8 quorum,bytes32 judgment,uint64 deadline)"
        );
        bytes memory words = bytes.concat(
            abi.encode(op.lot, op.head, op.keeper, op.keeperSince, hashOf(op.receipts), hashOf(op.witnesses)),
            abi.encode(keccak256(abi.encodePacked(op.roles)), op.quorum, op.judgment, op.deadline)
        );
        bytes4 selector = Attestations.succeedKeeper.selector;
        return packed(address(attestations), selector, typehash, op.lot, words, abi.encode(op));
    }

    function closing(bytes32 id) internal view returns (Act memory) {
        Attestations.CloseLot memory op;
        (op.lot, op.head, op.deadline) = (id, lotHead(id), NEVER);
        bytes32 typehash =
            keccak256("CloseLot(bytes32 lot,bytes32 head,bytes32[] depositors,uint8[] places,uint64 deadline)");
        bytes32 places = keccak256(abi.encodePacked(op.places));
        bytes memory words = abi.encode(op.lot, op.head, hashOf(op.depositors), places, op.deadline);
        return packed(address(attestations), Attestations.closeLot.selector, typehash, id, words, abi.encode(op));
    }

    /// @dev Who has goods there in no receipt, ascending: of the holders that these tests have.
    function depositorsOf(bytes32 id) internal view returns (bytes32[] memory all) {
        bytes32[4] memory maybe = [firm(HOLDER), firm(BUYER), firm(LENDER), firm(OTHER_LENDER)];
        all = new bytes32[](lots.lotOf(id).depositors);
        uint256 count = 0;
        for (uint256 i = 0; i < maybe.length; i++) {
            (uint128 quantity,) = lots.depositOf(id, maybe[i]);
            if (quantity == 0) continue;
            uint256 place = count++;
            for (; place > 0 && all[place - 1] > maybe[i]; place--) all[place] = all[place - 1];
            all[place] = maybe[i];
        }
    }

    function openTrade(bytes32 trade) internal {
        bytes32 typehash = keccak256(
            "OpenTrade(bytes32 trade,bytes32 seller,uint64 sellerSince,bytes32 buyer,uint64 buyerSince,bytes32 terms,uint64 deadline)"
        );
        bytes memory fields =
            abi.encode(trade, firm(HOLDER), before(), firm(BUYER), before(), PAPER, NEVER);
        act(
            plain(address(trades), Trades.openTrade.selector, typehash, trade, fields), by(HOLDER, BUYER, REGISTRAR)
        );
    }
}
