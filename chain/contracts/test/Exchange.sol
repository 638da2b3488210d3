// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Organisations} from "../Organisations.sol";
import {Trades} from "../Trades.sol";
import {Vouchers} from "../Vouchers.sol";
import {Committee, Harness} from "./Harness.sol";

/// @dev Stands where Pledges would.
contract PledgesStandIn {
    function lock(Trades trades, bytes32 trade, bytes32 lender, bytes32 object) external {
        trades.lock(trade, lender, object);
    }

    function unlock(Trades trades, bytes32 trade, bytes32 lender, bytes32 object) external {
        trades.unlock(trade, lender, object);
    }
}

/// @dev Trades and Vouchers name each other; the second's address follows from the first's. Contracts count from one.
contract Opening {
    Trades public immutable TRADES;
    Vouchers public immutable VOUCHERS;

    constructor(Organisations registry, address pledges) {
        address next = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"02")))));
        TRADES = new Trades(registry, pledges, next);
        VOUCHERS = new Vouchers(registry, TRADES);
        require(address(VOUCHERS) == next, "elsewhere");
    }
}

/// @dev The parties of trades and vouchers, and what each operation is by EIP-712, computed here and not in the contracts.
abstract contract Exchange is Harness {
    uint64 internal constant NOW = 1_790_000_000;
    uint64 internal constant DUE = NOW + 180 days;
    uint64 internal constant NEVER = type(uint64).max;
    /// @dev Private keys; an organisation is the hash of its key, see `firm`.
    uint256 internal constant SELLER = 0x91;
    uint256 internal constant BUYER = 0x92;
    uint256 internal constant NEXT = 0x93;
    uint256 internal constant LAST = 0x94;
    uint256 internal constant LENDER = 0x81;
    uint256 internal constant OTHER_LENDER = 0x82;
    uint256 internal constant LENDER_TWO = 0x83;
    uint256 internal constant OTHER_LENDER_TWO = 0x84;
    uint256 internal constant COURT = 0x71;
    uint256 internal constant OTHER_COURT = 0x72;
    uint256 internal constant REGISTRAR = 0xA1;
    uint8 internal constant AS_LENDER = 4;
    uint8 internal constant AS_COURT = 8;
    uint8 internal constant AS_HOLDER = 10;
    bytes32 internal constant TRADE = keccak256("trade");
    bytes32 internal constant ROOT = keccak256("voucher");
    bytes32 internal constant PAPER = keccak256("paper");

    address internal admin;
    Organisations internal registry;
    Trades internal trades;
    Vouchers internal vouchers;
    PledgesStandIn internal pledges;
    bytes32 private _ofTrades;
    bytes32 private _ofVouchers;

    function establish() internal {
        VM.warp(NOW);
        admin = address(new Committee());
        registry = new Organisations(admin, new address[](0));
        enlist(SELLER, Organisations.Role.Holder);
        enlist(BUYER, Organisations.Role.Holder);
        enlist(NEXT, Organisations.Role.Holder);
        enlist(LAST, Organisations.Role.Holder);
        enlist(LENDER, Organisations.Role.Lender);
        enlist(OTHER_LENDER, Organisations.Role.Lender);
        bind(firm(LENDER), LENDER_TWO, Organisations.Role.Lender);
        bind(firm(OTHER_LENDER), OTHER_LENDER_TWO, Organisations.Role.Lender);
        enlist(COURT, Organisations.Role.CourtLiaison);
        enlist(OTHER_COURT, Organisations.Role.CourtLiaison);
        enlist(REGISTRAR, Organisations.Role.RegistryAdmin);
        VM.roll(block.number + 10);
        pledges = new PledgesStandIn();
        Opening made = new Opening(registry, address(pledges));
        (trades, vouchers) = (made.TRADES(), made.VOUCHERS());
        (_ofTrades, _ofVouchers) = (trades.domainSeparator(), vouchers.domainSeparator());
    }

    function enlist(uint256 key, Organisations.Role role) internal {
        VM.prank(admin);
        registry.registerOrganisation(firm(key), keccak256("commitment"));
        bind(firm(key), key, role);
    }

    /// @dev The administration binds a key; it acts since this block.
    function bind(bytes32 organisation, uint256 key, Organisations.Role role) internal {
        VM.prank(admin);
        registry.bindKey(organisation, keyId(VM.addr(key)), role, 0, NEVER);
    }

    function firm(uint256 key) internal pure returns (bytes32) {
        return keccak256(abi.encode("firm", key));
    }

    /// @dev A block that all keys so far act since, and none that comes now.
    function before() internal view returns (uint64) {
        return uint64(block.number) - 1;
    }

    function by(uint256 one) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](1);
        keys[0] = one;
    }

    function by(uint256 one, uint256 two) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](2);
        (keys[0], keys[1]) = (one, two);
    }

    function by(uint256 one, uint256 two, uint256 three) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](3);
        (keys[0], keys[1], keys[2]) = (one, two, three);
    }

    function by(uint256 one, uint256 two, uint256 three, uint256 four) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](4);
        (keys[0], keys[1], keys[2], keys[3]) = (one, two, three, four);
    }

    /// @dev Both keys of a lender.
    function both(uint256 lender) internal pure returns (uint256[] memory) {
        return by(lender, secondOf(lender));
    }

    function secondOf(uint256 lender) internal pure returns (uint256) {
        return lender == LENDER ? LENDER_TWO : OTHER_LENDER_TWO;
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32[] memory words) {
        words = new bytes32[](2);
        (words[0], words[1]) = (a, b);
    }

    function pair(uint128 a, uint128 b) internal pure returns (uint128[] memory numbers) {
        numbers = new uint128[](2);
        (numbers[0], numbers[1]) = (a, b);
    }

    function single(bytes32 a) internal pure returns (bytes32[] memory words) {
        words = new bytes32[](1);
        words[0] = a;
    }

    function no(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function no(bytes4 selector, bytes32 word) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word);
    }

    function no(bytes4 selector, bytes32 word, bytes32 other) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, word, other);
    }

    function digestOf(bytes32 domain, string memory kind, bytes memory fields) private pure returns (bytes32) {
        bytes32 structHash = keccak256(bytes.concat(keccak256(bytes(kind)), fields));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function signed(bytes32 digest, uint256[] memory keys) private pure returns (bytes[] memory signatures) {
        signatures = new bytes[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            (uint8 v, bytes32 r, bytes32 s) = VM.sign(keys[i], digest);
            signatures[i] = abi.encodePacked(r, s, v);
        }
    }

    function trading(string memory kind, bytes memory fields, uint256[] memory keys)
        private
        view
        returns (bytes[] memory)
    {
        return signed(digestOf(_ofTrades, kind, fields), keys);
    }

    function vouching(string memory kind, bytes memory fields, uint256[] memory keys)
        private
        view
        returns (bytes[] memory)
    {
        return signed(digestOf(_ofVouchers, kind, fields), keys);
    }

    function expect(bytes memory reason) private {
        if (reason.length > 0) VM.expectRevert(reason);
    }

    // Every operation: signed by these keys, and refused with that reason unless it is empty.

    function act(Trades.OpenTrade memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = trading(
            "OpenTrade(bytes32 trade,bytes32 seller,uint64 sellerSince,bytes32 buyer,uint64 buyerSince,bytes32 terms,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        trades.openTrade(op, signatures);
    }

    function act(Trades.FinanceOrder memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = trading(
            "FinanceOrder(bytes32 trade,bytes32 head,bytes32 borrower,bytes32 lender,uint64 lenderSince,bytes32 terms,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        trades.financeOrder(op, signatures);
    }

    function act(Trades.RepayOrder memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = trading(
            "RepayOrder(bytes32 trade,bytes32 head,bytes32 discharge,uint64 deadline)", abi.encode(op), keys
        );
        expect(reason);
        trades.repayOrder(op, signatures);
    }

    function act(Trades.DischargeOrder memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = trading(
            "DischargeOrder(bytes32 trade,bytes32 head,bytes32 judgment,uint64 deadline)", abi.encode(op), keys
        );
        expect(reason);
        trades.dischargeOrder(op, signatures);
    }

    function act(Vouchers.CreateVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes memory fields = bytes.concat(
            abi.encode(op.number, keccak256(abi.encodePacked(op.invoices)), op.supplier, op.supplierSince),
            abi.encode(op.obligor, op.obligorSince, op.face, op.dueAt, op.trade, op.deadline)
        );
        bytes[] memory signatures = vouching(
            "CreateVoucher(bytes32 number,bytes32[] invoices,bytes32 supplier,uint64 supplierSince,bytes32 obligor,uint64 obligorSince,uint128 face,uint64 dueAt,bytes32 trade,uint64 deadline)",
            fields,
            keys
        );
        expect(reason);
        vouchers.createVoucher(op, signatures);
    }

    function act(Vouchers.SplitVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes memory fields = abi.encode(
            op.number,
            op.head,
            keccak256(abi.encodePacked(op.numbers)),
            keccak256(abi.encodePacked(op.faces)),
            op.deadline
        );
        bytes[] memory signatures = vouching(
            "SplitVoucher(bytes32 number,bytes32 head,bytes32[] numbers,uint128[] faces,uint64 deadline)", fields, keys
        );
        expect(reason);
        vouchers.splitVoucher(op, signatures);
    }

    function act(Vouchers.TransferVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "TransferVoucher(bytes32 number,bytes32 head,bytes32 to,uint64 toSince,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        vouchers.transferVoucher(op, signatures);
    }

    function act(Vouchers.OfferVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "OfferVoucher(bytes32 number,bytes32 head,bytes32 lender,uint64 lenderSince,bytes32 terms,uint64 until,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        vouchers.offerVoucher(op, signatures);
    }

    function act(Vouchers.WithdrawVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures =
            vouching("WithdrawVoucher(bytes32 number,bytes32 head,uint8 role,uint64 deadline)", abi.encode(op), keys);
        expect(reason);
        vouchers.withdrawVoucher(op, signatures);
    }

    function act(Vouchers.AcceptVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "AcceptVoucher(bytes32 number,bytes32 head,bytes32 filing,bytes32 search,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        vouchers.acceptVoucher(op, signatures);
    }

    function act(Vouchers.ReleaseVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "ReleaseVoucher(bytes32 number,bytes32 head,bytes32 discharge,uint64 deadline)", abi.encode(op), keys
        );
        expect(reason);
        vouchers.releaseVoucher(op, signatures);
    }

    function act(Vouchers.DischargeVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "DischargeVoucher(bytes32 number,bytes32 head,bytes32 judgment,uint64 deadline)", abi.encode(op), keys
        );
        expect(reason);
        vouchers.dischargeVoucher(op, signatures);
    }

    function act(Vouchers.DisputeVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "DisputeVoucher(bytes32 root,bytes32 head,bytes32 leaf,uint8 role,bytes32 reason,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        vouchers.disputeVoucher(op, signatures);
    }

    function act(Vouchers.SettleDispute memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "SettleDispute(bytes32 root,bytes32 head,bytes32 dispute,uint8 role,bytes32 reason,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        vouchers.settleDispute(op, signatures);
    }

    function act(Vouchers.RedeemVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "RedeemVoucher(bytes32 number,bytes32 head,uint8 role,uint128 amount,bytes32 payment,uint64 deadline)",
            abi.encode(op),
            keys
        );
        expect(reason);
        vouchers.redeemVoucher(op, signatures);
    }

    function act(Vouchers.DishonourVoucher memory op, uint256[] memory keys, bytes memory reason) internal {
        bytes[] memory signatures = vouching(
            "DishonourVoucher(bytes32 number,bytes32 head,bytes32 reason,uint64 deadline)", abi.encode(op), keys
        );
        expect(reason);
        vouchers.dishonourVoucher(op, signatures);
    }

    /// @dev The id of a dispute is its digest.
    function idOf(Vouchers.DisputeVoucher memory op) internal view returns (bytes32) {
        return digestOf(
            _ofVouchers,
            "DisputeVoucher(bytes32 root,bytes32 head,bytes32 leaf,uint8 role,bytes32 reason,uint64 deadline)",
            abi.encode(op)
        );
    }

    // Operations as they are when nothing is wrong with them.

    function opening(bytes32 trade) internal view returns (Trades.OpenTrade memory) {
        return Trades.OpenTrade(trade, firm(SELLER), before(), firm(BUYER), before(), PAPER, NEVER);
    }

    function financing(bytes32 trade, uint256 borrower, uint256 lender)
        internal
        view
        returns (Trades.FinanceOrder memory)
    {
        return Trades.FinanceOrder(
            trade, trades.tradeOf(trade).head, firm(borrower), firm(lender), before(), PAPER, NEVER
        );
    }

    function repaying(bytes32 trade) internal view returns (Trades.RepayOrder memory) {
        return Trades.RepayOrder(trade, trades.tradeOf(trade).head, PAPER, NEVER);
    }

    function dischargingOrder(bytes32 trade) internal view returns (Trades.DischargeOrder memory) {
        return Trades.DischargeOrder(trade, trades.tradeOf(trade).head, PAPER, NEVER);
    }

    function creating(bytes32 number, uint128 face, bytes32 trade)
        internal
        view
        returns (Vouchers.CreateVoucher memory)
    {
        bytes32[] memory invoices = single(keccak256(abi.encode("invoice", number)));
        return Vouchers.CreateVoucher(
            number, invoices, firm(SELLER), before(), firm(BUYER), before(), face, DUE, trade, NEVER
        );
    }

    function headOf(bytes32 number) internal view returns (bytes32) {
        return vouchers.voucherOf(number).head;
    }

    function splitting(bytes32 number, bytes32[] memory numbers, uint128[] memory faces)
        internal
        view
        returns (Vouchers.SplitVoucher memory)
    {
        return Vouchers.SplitVoucher(number, headOf(number), numbers, faces, NEVER);
    }

    function passing(bytes32 number, uint256 to) internal view returns (Vouchers.TransferVoucher memory) {
        return Vouchers.TransferVoucher(number, headOf(number), firm(to), before(), NEVER);
    }

    function offering(bytes32 number, uint256 lender) internal view returns (Vouchers.OfferVoucher memory) {
        return Vouchers.OfferVoucher(number, headOf(number), firm(lender), before(), PAPER, DUE, NEVER);
    }

    function withdrawing(bytes32 number, uint8 role) internal view returns (Vouchers.WithdrawVoucher memory) {
        return Vouchers.WithdrawVoucher(number, headOf(number), role, NEVER);
    }

    function accepting(bytes32 number) internal view returns (Vouchers.AcceptVoucher memory) {
        return Vouchers.AcceptVoucher(number, headOf(number), PAPER, PAPER, NEVER);
    }

    function releasing(bytes32 number) internal view returns (Vouchers.ReleaseVoucher memory) {
        return Vouchers.ReleaseVoucher(number, headOf(number), PAPER, NEVER);
    }

    function discharging(bytes32 number) internal view returns (Vouchers.DischargeVoucher memory) {
        return Vouchers.DischargeVoucher(number, headOf(number), PAPER, NEVER);
    }

    function disputing(bytes32 root, bytes32 leaf, uint8 role)
        internal
        view
        returns (Vouchers.DisputeVoucher memory)
    {
        return Vouchers.DisputeVoucher(root, headOf(root), leaf, role, PAPER, NEVER);
    }

    function settling(bytes32 root, bytes32 dispute, uint8 role)
        internal
        view
        returns (Vouchers.SettleDispute memory)
    {
        return Vouchers.SettleDispute(root, headOf(root), dispute, role, PAPER, NEVER);
    }

    function redeeming(bytes32 number, uint8 role) internal view returns (Vouchers.RedeemVoucher memory) {
        Vouchers.Voucher memory found = vouchers.voucherOf(number);
        return Vouchers.RedeemVoucher(number, found.head, role, found.face, PAPER, NEVER);
    }

    function dishonouring(bytes32 number) internal view returns (Vouchers.DishonourVoucher memory) {
        return Vouchers.DishonourVoucher(number, headOf(number), PAPER, NEVER);
    }

    /// @dev A pledge, from offer to acceptance.
    function pledge(bytes32 number, uint256 holder, uint256 lender) internal {
        act(offering(number, lender), by(holder), "");
        act(accepting(number), by(lender), "");
    }
}
