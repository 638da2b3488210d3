// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ChainTime} from "./ChainTime.sol";
import {ITrades} from "./ITrades.sol";
import {Organisations} from "./Organisations.sol";
import {Parties} from "./Parties.sol";
import {Signed} from "./Signed.sol";

/// @title Vouchers: receivables that their obligor accepted, over many tiers
/// @notice A voucher (应收账款电子凭证) says that the obligor (the core enterprise, 核心企业) owes the holder so many fen on a
///         day. It is made over invoices that no other voucher was made over, and is split (拆分) into leaves and passed on
///         from tier to tier. The faces of all leaves that live or were paid are what the obligor accepted, always.
/// @dev Rules and where they come from:
///        - at most a year (银发〔2025〕77号, which also says six months in principle; that is for the parties);
///        - a pledge needs the digests of its filing at the movables registry and of the search before it (the same notice;
///          Civil Code Art. 445: the pledge of a receivable arises with registration), and what is pledged is passed on with
///          the lender's signature alone (Art. 445);
///        - nothing is passed on to the obligor, where claim and debt would end in one person (Art. 576): it redeems;
///        - a dispute of the obligor, of a holder or of a court freezes every leaf of the voucher. It takes nothing: what a
///          lender gives back, or a holder says of a day that went by, still counts.
///      Money moves elsewhere; a redemption says that the obligor and who was paid agree that it did. A default leaves
///      title where it is (Art. 428): after the due day the lender may be paid in the holder's stead, and owes it the rest.
///      Numbers and invoices count once for ever. There is no administration.
contract Vouchers is Parties {
    /// @notice What became of a voucher. Only Living changes; the others are final.
    enum State {
        None,
        Living,
        Split,
        Redeemed
    }

    /// @notice Whether a lender has it (质押).
    enum Encumbrance {
        Free,
        Offered,
        Pledged
    }

    /// @notice The obligor accepts (确权; signed by supplier and obligor, role Holder, and a registrar, role RegistryAdmin).
    /// @param number The voucher's number; never zero, never used before.
    /// @param invoices Nullifiers of its invoices; each in one voucher for ever.
    /// @param supplier Who is owed, its first holder.
    /// @param supplierSince Only keys of the supplier that act since this block or before may sign; a block that was.
    /// @param obligor Who owes; another organisation.
    /// @param obligorSince The same for the obligor.
    /// @param face Fen, more than none.
    /// @param dueAt Last second in which it is paid in time.
    /// @param trade The trade that the invoices are of, whose seller is the supplier and whose buyer the obligor; or zero.
    /// @param deadline Last second in which the signatures count.
    struct CreateVoucher {
        bytes32 number;
        bytes32[] invoices;
        bytes32 supplier;
        uint64 supplierSince;
        bytes32 obligor;
        uint64 obligorSince;
        uint128 face;
        uint64 dueAt;
        bytes32 trade;
        uint64 deadline;
    }

    /// @notice Splits into pieces whose faces sum up to it (拆分; holder, and the lender of a pledged one, whose pledge all
    ///         pieces inherit).
    struct SplitVoucher {
        bytes32 number;
        bytes32 head;
        bytes32[] numbers;
        uint128[] faces;
        uint64 deadline;
    }

    /// @notice Passes on (转让; holder, new holder in role Holder, and the lender of a pledged one, whose pledge stays).
    struct TransferVoucher {
        bytes32 number;
        bytes32 head;
        bytes32 to;
        uint64 toSince;
        uint64 deadline;
    }

    /// @notice Offers as a pledge (出质; holder). The lender may accept until `until`.
    struct OfferVoucher {
        bytes32 number;
        bytes32 head;
        bytes32 lender;
        uint64 lenderSince;
        bytes32 terms;
        uint64 until;
        uint64 deadline;
    }

    /// @notice Takes an offer back, or declines it (holder or lender, as `role` says).
    struct WithdrawVoucher {
        bytes32 number;
        bytes32 head;
        uint8 role;
        uint64 deadline;
    }

    /// @notice Accepts the pledge (lender), with the digests of its filing and of the search before it (中登网).
    struct AcceptVoucher {
        bytes32 number;
        bytes32 head;
        bytes32 filing;
        bytes32 search;
        uint64 deadline;
    }

    /// @notice Gives the pledge back (解除质押; lender with two keys).
    struct ReleaseVoucher {
        bytes32 number;
        bytes32 head;
        bytes32 discharge;
        uint64 deadline;
    }

    /// @notice A court found that nothing is owed to the lender, though it does not say so (判决解除质押; a court liaison that is no
    ///         party and acts since before the pledge, holder).
    struct DischargeVoucher {
        bytes32 number;
        bytes32 head;
        bytes32 judgment;
        uint64 deadline;
    }

    /// @notice Disputes the claim (role Holder: the holder of `leaf`, or the obligor where `leaf` is zero; role CourtLiaison:
    ///         a court). The dispute's id is the digest.
    struct DisputeVoucher {
        bytes32 root;
        bytes32 head;
        bytes32 leaf;
        uint8 role;
        bytes32 reason;
        uint64 deadline;
    }

    /// @notice Ends a dispute (role Holder: who disputed; role CourtLiaison: the court that did, or a court that is neither
    ///         obligor nor disputant nor holds the root).
    struct SettleDispute {
        bytes32 root;
        bytes32 head;
        bytes32 dispute;
        uint8 role;
        bytes32 reason;
        uint64 deadline;
    }

    /// @notice Was paid, the whole of it and at any time (兑付; role Holder: holder, obligor, and two keys of the lender of a
    ///         pledged one; role Lender, of a pledged one after its due day: lender, obligor, another key of the lender).
    struct RedeemVoucher {
        bytes32 number;
        bytes32 head;
        uint8 role;
        uint128 amount;
        bytes32 payment;
        uint64 deadline;
    }

    /// @notice Was not paid in time (拒付; holder). The claim stays as it is.
    struct DishonourVoucher {
        bytes32 number;
        bytes32 head;
        bytes32 reason;
        uint64 deadline;
    }

    /// @notice What a reader gets about what the obligor accepted. Living and redeemed faces sum up to `face`, always.
    /// @param obligor Who owes, as of the operation that made it.
    /// @param registrar Whose countersignature says that the invoices' names are right.
    /// @param trade The trade, or zero.
    /// @param face Fen that were accepted.
    /// @param living Fen of leaves that live.
    /// @param redeemed Fen of leaves that were paid.
    /// @param dueAt Last second in which it is paid in time.
    /// @param leaves How many leaves live.
    /// @param disputes How many disputes live; any freezes all leaves.
    struct Root {
        Party obligor;
        Party registrar;
        bytes32 trade;
        uint128 face;
        uint128 living;
        uint128 redeemed;
        uint64 dueAt;
        uint32 leaves;
        uint32 disputes;
    }

    /// @notice What a reader gets about one voucher.
    /// @param root The voucher that the obligor accepted; its own number for the first.
    /// @param parent What it was split from, or zero.
    /// @param head Hash over all operations on it; disputes move the root's.
    /// @param holder Who is owed.
    /// @param face Fen.
    /// @param tier How often it was passed on.
    /// @param state What became of it.
    /// @param encumbrance Whether a lender has it, or may.
    /// @param dishonoured Whether its holder said that it was not paid in time.
    /// @param offeredUntil Last second in which an offer may be accepted.
    /// @param lender Who has it or may; since which block its keys must act. Organisation zero while it is free.
    /// @param terms Digest of the loan's terms, or zero.
    /// @param pledgedBlock Block that made it a pledge; zero while it is none.
    struct Voucher {
        bytes32 root;
        bytes32 parent;
        bytes32 head;
        Party holder;
        uint128 face;
        uint8 tier;
        State state;
        Encumbrance encumbrance;
        bool dishonoured;
        uint64 offeredUntil;
        Party lender;
        bytes32 terms;
        uint64 pledgedBlock;
    }

    /// @notice A dispute that lives: over which voucher, whose, and since which block.
    struct Dispute {
        bytes32 root;
        Party by;
        uint64 openedBlock;
    }

    error VouchersTradesHasNoCode(address trades);
    error VouchersZeroId();
    error VouchersZeroFace();
    error VouchersKnown(bytes32 number);
    error VouchersUnknown(bytes32 number);
    error VouchersNotLiving(bytes32 number, State state);
    error VouchersInvoices(uint256 count);
    error VouchersInvoiceKnown(bytes32 invoice, bytes32 number);
    error VouchersNotIndependent(bytes32 number, bytes32 organisation);
    error VouchersNotOfTheTrade(bytes32 trade, bytes32 seller, bytes32 buyer);
    error VouchersDueAt(uint64 dueAt, uint64 latest);
    error VouchersDue(bytes32 number, uint64 dueAt);
    error VouchersNotDue(bytes32 number, uint64 dueAt);
    error VouchersPieces(uint256 numbers, uint256 faces);
    error VouchersUnbalanced(bytes32 root, uint256 sum, uint128 face);
    error VouchersTiers(bytes32 number);
    error VouchersOffered(bytes32 number, bytes32 lender);
    error VouchersPledged(bytes32 number, bytes32 lender);
    error VouchersNotOffered(bytes32 number);
    error VouchersNotPledged(bytes32 number);
    error VouchersOfferOver(bytes32 number, uint64 until);
    error VouchersDisputed(bytes32 root, uint32 disputes);
    error VouchersDisputedAlready(bytes32 root, bytes32 dispute);
    error VouchersNoDispute(bytes32 root, bytes32 dispute);
    error VouchersNotInRole(uint8 role);
    error VouchersNotWhole(bytes32 number, uint128 amount, uint128 face);
    error VouchersDishonoured(bytes32 number);

    /// @notice The longest term (银发〔2025〕77号).
    uint64 public constant MAX_TERM_SECONDS = 365 days;
    /// @notice How many invoices one voucher may be made over; all are written in one transaction.
    uint256 public constant MAX_INVOICES = 64;
    /// @notice How many pieces one split may make.
    uint256 public constant MAX_PIECES = 16;
    /// @notice How often a voucher may be passed on: what an obligor's chain of suppliers reaches.
    uint8 public constant MAX_TIERS = 32;

    bytes32 private constant CREATE = keccak256(
        "CreateVoucher(bytes32 number,bytes32[] invoices,bytes32 supplier,uint64 supplierSince,bytes32 obligor,uint64 obligorSince,uint128 face,uint64 dueAt,bytes32 trade,uint64 deadline)"
    );
    bytes32 private constant SPLIT =
        keccak256("SplitVoucher(bytes32 number,bytes32 head,bytes32[] numbers,uint128[] faces,uint64 deadline)");
    bytes32 private constant TRANSFER =
        keccak256("TransferVoucher(bytes32 number,bytes32 head,bytes32 to,uint64 toSince,uint64 deadline)");
    bytes32 private constant OFFER = keccak256(
        "OfferVoucher(bytes32 number,bytes32 head,bytes32 lender,uint64 lenderSince,bytes32 terms,uint64 until,uint64 deadline)"
    );
    bytes32 private constant WITHDRAW =
        keccak256("WithdrawVoucher(bytes32 number,bytes32 head,uint8 role,uint64 deadline)");
    bytes32 private constant ACCEPT =
        keccak256("AcceptVoucher(bytes32 number,bytes32 head,bytes32 filing,bytes32 search,uint64 deadline)");
    bytes32 private constant RELEASE =
        keccak256("ReleaseVoucher(bytes32 number,bytes32 head,bytes32 discharge,uint64 deadline)");
    bytes32 private constant DISCHARGE =
        keccak256("DischargeVoucher(bytes32 number,bytes32 head,bytes32 judgment,uint64 deadline)");
    bytes32 private constant DISPUTE = keccak256(
        "DisputeVoucher(bytes32 root,bytes32 head,bytes32 leaf,uint8 role,bytes32 reason,uint64 deadline)"
    );
    bytes32 private constant SETTLE = keccak256(
        "SettleDispute(bytes32 root,bytes32 head,bytes32 dispute,uint8 role,bytes32 reason,uint64 deadline)"
    );
    bytes32 private constant REDEEM = keccak256(
        "RedeemVoucher(bytes32 number,bytes32 head,uint8 role,uint128 amount,bytes32 payment,uint64 deadline)"
    );
    bytes32 private constant DISHONOUR =
        keccak256("DishonourVoucher(bytes32 number,bytes32 head,bytes32 reason,uint64 deadline)");

    uint8 private constant HOLDER = uint8(Organisations.Role.Holder);
    uint8 private constant LENDER = uint8(Organisations.Role.Lender);
    uint8 private constant COURT = uint8(Organisations.Role.CourtLiaison);

    /// @notice The contract that lets one lender finance a trade.
    ITrades public immutable TRADES;

    mapping(bytes32 number => Root) private _roots;
    mapping(bytes32 number => Voucher) private _vouchers;
    mapping(bytes32 invoice => bytes32 number) private _invoices;
    mapping(bytes32 id => Dispute) private _disputes;
    /// @dev The dispute of an organisation that is no court; it has one at a time, so a court never ends more than one each.
    mapping(bytes32 root => mapping(bytes32 organisation => bytes32 dispute)) private _disputeBy;
    /// @dev What an organisation has disputed a voucher for: the same is not disputed twice.
    mapping(bytes32 root => mapping(bytes32 organisation => mapping(bytes32 reason => bool))) private _disputedFor;

    /// @param organisations The registry of parties on the same chain.
    /// @param trades The contract of trades on the same chain.
    constructor(Organisations organisations, ITrades trades)
        EIP712("Tallystick Vouchers", "1")
        Signed(organisations)
    {
        if (address(trades).code.length == 0) revert VouchersTradesHasNoCode(address(trades));
        TRADES = trades;
    }

    /// @notice Makes a voucher that its obligor accepts.
    function createVoucher(CreateVoucher calldata op, bytes[] calldata signatures) external {
        bytes32 digest = _digestOf(_hashOf(op), op.deadline);
        _count(signatures, 3);
        if (op.face == 0) revert VouchersZeroFace();
        if (op.supplier == op.obligor) revert VouchersNotIndependent(op.number, op.obligor);
        uint64 time = ChainTime.secondsNow();
        if (op.dueAt <= time || op.dueAt > time + MAX_TERM_SECONDS) {
            revert VouchersDueAt(op.dueAt, time + MAX_TERM_SECONDS);
        }
        _spend(op.invoices, op.number);
        if (op.trade != bytes32(0)) {
            (bytes32 seller, bytes32 buyer) = TRADES.partiesOf(op.trade);
            if (seller != op.supplier || buyer != op.obligor) revert VouchersNotOfTheTrade(op.trade, seller, buyer);
        }
        Root storage root = _roots[op.number];
        Voucher storage voucher = _unused(op.number);
        voucher.holder = _joins(digest, signatures, 0, Organisations.Role.Holder, op.supplier, op.supplierSince);
        root.obligor = _joins(digest, signatures, 1, Organisations.Role.Holder, op.obligor, op.obligorSince);
        // As old as the parties' keys: none that was bound for this voucher.
        uint64 since = op.supplierSince < op.obligorSince ? op.supplierSince : op.obligorSince;
        root.registrar = _signerSince(digest, signatures, 2, Organisations.Role.RegistryAdmin, since);
        if (root.registrar.organisation == op.supplier || root.registrar.organisation == op.obligor) {
            revert VouchersNotIndependent(op.number, root.registrar.organisation);
        }
        root.trade = op.trade;
        root.face = op.face;
        root.living = op.face;
        root.dueAt = op.dueAt;
        root.leaves = 1;
        voucher.root = op.number;
        voucher.face = op.face;
        voucher.state = State.Living;
        voucher.head = _operated(op.number, CREATE, digest, bytes32(0), abi.encode(op), signatures);
    }

    /// @notice Splits a voucher.
    function splitVoucher(SplitVoucher calldata op, bytes[] calldata signatures) external {
        bytes32 digest = _digestOf(
            keccak256(
                abi.encode(
                    SPLIT,
                    op.number,
                    op.head,
                    keccak256(abi.encodePacked(op.numbers)),
                    keccak256(abi.encodePacked(op.faces)),
                    op.deadline
                )
            ),
            op.deadline
        );
        Voucher storage voucher = _movable(op.number);
        if (op.numbers.length < 2 || op.numbers.length > MAX_PIECES || op.faces.length != op.numbers.length) {
            revert VouchersPieces(op.numbers.length, op.faces.length);
        }
        _mustBeAt(op.number, voucher.head, op.head);
        _mustSignAsHolder(digest, signatures, voucher, 0);
        Voucher memory piece = voucher;
        piece.parent = op.number;
        piece.head = _moved(bytes32(0), digest);
        voucher.state = State.Split;
        _putPieces(op.numbers, op.faces, piece, voucher.face);
        if (piece.encumbrance == Encumbrance.Pledged) {
            // The pieces first, so that the trade is its lender's all the time.
            for (uint256 i = 0; i < op.numbers.length; i++) {
                _lockTrade(piece.root, piece.lender.organisation, op.numbers[i]);
            }
            _unlockTrade(piece.root, piece.lender.organisation, op.number);
        }
        voucher.head = _operated(op.number, SPLIT, digest, op.head, abi.encode(op), signatures);
    }

    /// @notice Passes a voucher on.
    function transferVoucher(TransferVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(TRANSFER, fields, op.deadline);
        Voucher storage voucher = _movable(op.number);
        _mustNotBeDue(op.number, voucher);
        bool known = op.to == _roots[voucher.root].obligor.organisation || op.to == voucher.holder.organisation;
        // The lender of a pledged voucher does not come into title by a signature that was given with the pledge (art. 428).
        if (known || op.to == voucher.lender.organisation) revert VouchersNotIndependent(op.number, op.to);
        if (voucher.tier == MAX_TIERS) revert VouchersTiers(op.number);
        _mustBeAt(op.number, voucher.head, op.head);
        _mustSignAsHolder(digest, signatures, voucher, 1);
        voucher.holder = _joins(digest, signatures, 1, Organisations.Role.Holder, op.to, op.toSince);
        voucher.tier += 1;
        voucher.head = _operated(op.number, TRANSFER, digest, op.head, fields, signatures);
    }

    /// @notice Offers a voucher to a lender.
    function offerVoucher(OfferVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(OFFER, fields, op.deadline);
        _count(signatures, 1);
        Voucher storage voucher = _movable(op.number);
        if (voucher.encumbrance == Encumbrance.Pledged) {
            revert VouchersPledged(op.number, voucher.lender.organisation);
        }
        _mustNotBeDue(op.number, voucher);
        if (op.lender == bytes32(0) || op.terms == bytes32(0)) revert VouchersZeroId();
        if (op.lender == voucher.holder.organisation || op.lender == _roots[voucher.root].obligor.organisation) {
            revert VouchersNotIndependent(op.number, op.lender);
        }
        _mustBeKnown(op.lenderSince);
        _mustBeAt(op.number, voucher.head, op.head);
        _mustSign(digest, signatures, 0, voucher.holder);
        voucher.encumbrance = Encumbrance.Offered;
        voucher.lender = Party(op.lender, uint48(op.lenderSince), Organisations.Role.Lender);
        voucher.terms = op.terms;
        voucher.offeredUntil = op.until;
        voucher.head = _operated(op.number, OFFER, digest, op.head, fields, signatures);
    }

    /// @notice Ends an offer that nobody has accepted.
    function withdrawVoucher(WithdrawVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(WITHDRAW, fields, op.deadline);
        _count(signatures, 1);
        Voucher storage voucher = _offered(op.number);
        if (op.role != HOLDER && op.role != LENDER) revert VouchersNotInRole(op.role);
        _mustBeAt(op.number, voucher.head, op.head);
        _mustSign(digest, signatures, 0, op.role == HOLDER ? voucher.holder : voucher.lender);
        _free(voucher);
        voucher.head = _operated(op.number, WITHDRAW, digest, op.head, fields, signatures);
    }

    /// @notice Makes an offer a pledge, and the trade its lender's.
    function acceptVoucher(AcceptVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(ACCEPT, fields, op.deadline);
        _count(signatures, 1);
        Voucher storage voucher = _offered(op.number);
        _mustNotBeDisputed(voucher.root);
        _mustNotBeDue(op.number, voucher);
        if (ChainTime.secondsNow() > voucher.offeredUntil) revert VouchersOfferOver(op.number, voucher.offeredUntil);
        if (op.filing == bytes32(0) || op.search == bytes32(0)) revert VouchersZeroId();
        _lockTrade(voucher.root, voucher.lender.organisation, op.number);
        _mustBeAt(op.number, voucher.head, op.head);
        Party memory lender = voucher.lender;
        voucher.lender =
            _joins(digest, signatures, 0, Organisations.Role.Lender, lender.organisation, lender.since);
        voucher.encumbrance = Encumbrance.Pledged;
        voucher.pledgedBlock = uint64(block.number);
        voucher.head = _operated(op.number, ACCEPT, digest, op.head, fields, signatures);
    }

    /// @notice Ends a pledge; disputes do not stop it.
    function releaseVoucher(ReleaseVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(RELEASE, fields, op.deadline);
        _count(signatures, 2);
        Voucher storage voucher = _pledged(op.number, op.head, op.discharge);
        _mustSignTwice(digest, signatures, 0, voucher.lender);
        _release(op.number, voucher);
        voucher.head = _operated(op.number, RELEASE, digest, op.head, fields, signatures);
    }

    /// @notice Ends a pledge by judgment; disputes do not stop it.
    function dischargeVoucher(DischargeVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(DISCHARGE, fields, op.deadline);
        _count(signatures, 2);
        Voucher storage voucher = _pledged(op.number, op.head, op.judgment);
        bytes32 obligor = _roots[voucher.root].obligor.organisation;
        bytes32[3] memory parties = [voucher.holder.organisation, voucher.lender.organisation, obligor];
        _courtBefore(digest, signatures, 0, voucher.pledgedBlock, parties);
        _mustSign(digest, signatures, 1, voucher.holder);
        _release(op.number, voucher);
        voucher.head = _operated(op.number, DISCHARGE, digest, op.head, fields, signatures);
    }

    /// @notice Freezes all leaves of a voucher.
    function disputeVoucher(DisputeVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(DISPUTE, fields, op.deadline);
        _count(signatures, 1);
        Root storage root = _root(op.root);
        if (root.living == 0) revert VouchersNotLiving(op.root, _vouchers[op.root].state);
        if (op.reason == bytes32(0)) revert VouchersZeroId();
        _mustBeAt(op.root, _vouchers[op.root].head, op.head);
        Party memory by = _disputant(op, digest, signatures);
        if (op.role != COURT) {
            bytes32 before = _disputeBy[op.root][by.organisation];
            bool again = _disputedFor[op.root][by.organisation][op.reason];
            if (before != bytes32(0) || again) revert VouchersDisputedAlready(op.root, before);
            _disputeBy[op.root][by.organisation] = digest;
            _disputedFor[op.root][by.organisation][op.reason] = true;
        }
        _disputes[digest] = Dispute(op.root, by, uint64(block.number));
        root.disputes += 1;
        _vouchers[op.root].head = _operated(op.root, DISPUTE, digest, op.head, fields, signatures);
    }

    /// @notice Ends one dispute; the leaves move again when none lives.
    function settleDispute(SettleDispute calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(SETTLE, fields, op.deadline);
        _count(signatures, 1);
        Dispute memory dispute = _disputes[op.dispute];
        if (dispute.root != op.root || op.root == bytes32(0)) revert VouchersNoDispute(op.root, op.dispute);
        if (op.reason == bytes32(0)) revert VouchersZeroId();
        _mustBeAt(op.root, _vouchers[op.root].head, op.head);
        if (op.role == COURT) {
            _courtEnds(digest, signatures, dispute.by, dispute.openedBlock);
            bytes32 court = _signer(digest, signatures, 0, Organisations.Role.CourtLiaison).organisation;
            bytes32 disputant = dispute.by.role == Organisations.Role.Holder ? dispute.by.organisation : bytes32(0);
            bytes32 obligor = _roots[op.root].obligor.organisation;
            _noParty(court, [obligor, disputant, _vouchers[op.root].holder.organisation]);
        } else if (op.role == uint8(dispute.by.role)) {
            _mustSign(digest, signatures, 0, dispute.by);
        } else {
            revert VouchersNotInRole(op.role);
        }
        // After a court's word the same party raises none again.
        if (op.role != COURT) delete _disputeBy[op.root][dispute.by.organisation];
        delete _disputes[op.dispute];
        _roots[op.root].disputes -= 1;
        _vouchers[op.root].head = _operated(op.root, SETTLE, digest, op.head, fields, signatures);
    }

    /// @notice Writes down that a voucher was paid. It touches that one and none beside it.
    function redeemVoucher(RedeemVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(REDEEM, fields, op.deadline);
        Voucher storage voucher = _movable(op.number);
        if (op.amount != voucher.face) revert VouchersNotWhole(op.number, op.amount, voucher.face);
        if (op.payment == bytes32(0)) revert VouchersZeroId();
        _mustBeAt(op.number, voucher.head, op.head);
        Root storage root = _roots[voucher.root];
        if (op.role == HOLDER) {
            bool pledged = voucher.encumbrance == Encumbrance.Pledged;
            _count(signatures, pledged ? 4 : 2);
            _mustSign(digest, signatures, 0, voucher.holder);
            if (pledged) _mustSignTwice(digest, signatures, 2, voucher.lender);
        } else {
            if (op.role != LENDER) revert VouchersNotInRole(op.role);
            if (voucher.encumbrance != Encumbrance.Pledged) revert VouchersNotPledged(op.number);
            if (!_isDue(voucher)) revert VouchersNotDue(op.number, root.dueAt);
            _count(signatures, 3);
            _mustSignAt(digest, signatures, 0, 2, voucher.lender);
        }
        _mustSign(digest, signatures, 1, root.obligor);
        if (voucher.encumbrance == Encumbrance.Pledged) _release(op.number, voucher);
        voucher.state = State.Redeemed;
        root.redeemed += voucher.face;
        root.leaves -= 1;
        _setLiving(voucher.root, uint256(root.living) - voucher.face);
        voucher.head = _operated(op.number, REDEEM, digest, op.head, fields, signatures);
    }

    /// @notice Writes down that a voucher was not paid in time; disputes do not stop it.
    function dishonourVoucher(DishonourVoucher calldata op, bytes[] calldata signatures) external {
        bytes memory fields = abi.encode(op);
        bytes32 digest = _digest(DISHONOUR, fields, op.deadline);
        _count(signatures, 1);
        Voucher storage voucher = _living(op.number);
        if (!_isDue(voucher)) revert VouchersNotDue(op.number, _roots[voucher.root].dueAt);
        if (voucher.dishonoured) revert VouchersDishonoured(op.number);
        if (op.reason == bytes32(0)) revert VouchersZeroId();
        _mustBeAt(op.number, voucher.head, op.head);
        _mustSign(digest, signatures, 0, voucher.holder);
        voucher.dishonoured = true;
        voucher.head = _operated(op.number, DISHONOUR, digest, op.head, fields, signatures);
    }

    /// @notice Everything that is known about a voucher; reverts for a number that was never used.
    function voucherOf(bytes32 number) external view returns (Voucher memory) {
        if (_vouchers[number].state == State.None) revert VouchersUnknown(number);
        return _vouchers[number];
    }

    /// @notice What the obligor accepted, and the sums over its leaves; reverts for what is no root.
    function rootOf(bytes32 root) external view returns (Root memory) {
        return _root(root);
    }

    /// @notice The voucher that was made over an invoice, or zero.
    function invoiceOf(bytes32 invoice) external view returns (bytes32 number) {
        return _invoices[invoice];
    }

    /// @notice A dispute that lives; zeros for one that was settled or never was.
    function disputeOf(bytes32 dispute) external view returns (Dispute memory) {
        return _disputes[dispute];
    }

    /// @dev EIP-712's struct hash; the array is the hash of its words.
    function _hashOf(CreateVoucher calldata op) private pure returns (bytes32) {
        bytes memory parties = abi.encode(op.supplier, op.supplierSince, op.obligor, op.obligorSince);
        bytes memory claim = abi.encode(op.face, op.dueAt, op.trade, op.deadline);
        return keccak256(
            bytes.concat(abi.encode(CREATE, op.number, keccak256(abi.encodePacked(op.invoices))), parties, claim)
        );
    }

    /// @dev Each invoice is in one voucher, for ever.
    function _spend(bytes32[] calldata invoices, bytes32 number) private {
        if (invoices.length == 0 || invoices.length > MAX_INVOICES) revert VouchersInvoices(invoices.length);
        for (uint256 i = 0; i < invoices.length; i++) {
            bytes32 invoice = invoices[i];
            if (invoice == bytes32(0)) revert VouchersZeroId();
            if (_invoices[invoice] != bytes32(0)) revert VouchersInvoiceKnown(invoice, _invoices[invoice]);
            _invoices[invoice] = number;
        }
    }

    /// @dev Writes the pieces of a split and the sum over all leaves.
    function _putPieces(bytes32[] calldata numbers, uint128[] calldata faces, Voucher memory piece, uint128 whole)
        private
    {
        uint256 sum = 0;
        for (uint256 i = 0; i < numbers.length; i++) {
            if (faces[i] == 0) revert VouchersZeroFace();
            piece.face = faces[i];
            _unused(numbers[i]);
            _vouchers[numbers[i]] = piece;
            sum += faces[i];
        }
        Root storage root = _roots[piece.root];
        root.leaves += uint32(numbers.length) - 1;
        _setLiving(piece.root, uint256(root.living) - whole + sum);
    }

    /// @dev The one place where the sum over leaves changes: living and redeemed make what the obligor accepted.
    function _setLiving(bytes32 number, uint256 living) private {
        Root storage root = _roots[number];
        uint256 sum = living + root.redeemed;
        if (sum != root.face) revert VouchersUnbalanced(number, sum, root.face);
        root.living = uint128(living);
    }

    function _free(Voucher storage voucher) private {
        voucher.encumbrance = Encumbrance.Free;
        delete voucher.lender;
        voucher.terms = bytes32(0);
        (voucher.offeredUntil, voucher.pledgedBlock) = (0, 0);
    }

    function _release(bytes32 number, Voucher storage voucher) private {
        _unlockTrade(voucher.root, voucher.lender.organisation, number);
        _free(voucher);
    }

    function _lockTrade(bytes32 root, bytes32 lender, bytes32 number) private {
        bytes32 trade = _roots[root].trade;
        if (trade != bytes32(0)) TRADES.lock(trade, lender, number);
    }

    function _unlockTrade(bytes32 root, bytes32 lender, bytes32 number) private {
        bytes32 trade = _roots[root].trade;
        if (trade != bytes32(0)) TRADES.unlock(trade, lender, number);
    }

    /// @dev Who disputes, and signed it: a court, the obligor, or the holder of a living leaf.
    function _disputant(DisputeVoucher calldata op, bytes32 digest, bytes[] calldata signatures)
        private
        view
        returns (Party memory by)
    {
        if (op.role == COURT) {
            if (op.leaf != bytes32(0)) revert VouchersNotInRole(op.role);
            return _signer(digest, signatures, 0, Organisations.Role.CourtLiaison);
        }
        if (op.role != HOLDER) revert VouchersNotInRole(op.role);
        if (op.leaf == bytes32(0)) {
            by = _roots[op.root].obligor;
        } else {
            Voucher storage leaf = _living(op.leaf);
            if (leaf.root != op.root) revert VouchersUnknown(op.leaf);
            by = leaf.holder;
        }
        _mustSign(digest, signatures, 0, by);
    }

    /// @dev The holder at place 0, `others` after it, and last the lender of what is pledged; so many and no more.
    function _mustSignAsHolder(bytes32 digest, bytes[] calldata signatures, Voucher storage voucher, uint256 others)
        private
        view
    {
        bool pledged = voucher.encumbrance == Encumbrance.Pledged;
        _count(signatures, others + (pledged ? 2 : 1));
        _mustSign(digest, signatures, 0, voucher.holder);
        if (pledged) _mustSign(digest, signatures, others + 1, voucher.lender);
    }

    function _root(bytes32 number) private view returns (Root storage root) {
        root = _roots[number];
        if (root.face == 0) revert VouchersUnknown(number);
    }

    function _unused(bytes32 number) private view returns (Voucher storage voucher) {
        if (number == bytes32(0)) revert VouchersZeroId();
        voucher = _vouchers[number];
        if (voucher.state != State.None) revert VouchersKnown(number);
    }

    function _living(bytes32 number) private view returns (Voucher storage voucher) {
        voucher = _vouchers[number];
        if (voucher.state == State.None) revert VouchersUnknown(number);
        if (voucher.state != State.Living) revert VouchersNotLiving(number, voucher.state);
    }

    /// @dev Living and pledged, at that head; `shown` is never zero.
    function _pledged(bytes32 number, bytes32 head, bytes32 shown) private view returns (Voucher storage voucher) {
        voucher = _living(number);
        if (voucher.encumbrance != Encumbrance.Pledged) revert VouchersNotPledged(number);
        if (shown == bytes32(0)) revert VouchersZeroId();
        _mustBeAt(number, voucher.head, head);
    }

    /// @dev Living, in no dispute, and not on offer.
    function _movable(bytes32 number) private view returns (Voucher storage voucher) {
        voucher = _living(number);
        _mustNotBeDisputed(voucher.root);
        if (voucher.encumbrance == Encumbrance.Offered) revert VouchersOffered(number, voucher.lender.organisation);
    }

    /// @dev Who comes second is told who has it.
    function _offered(bytes32 number) private view returns (Voucher storage voucher) {
        voucher = _living(number);
        if (voucher.encumbrance == Encumbrance.Pledged) {
            revert VouchersPledged(number, voucher.lender.organisation);
        }
        if (voucher.encumbrance == Encumbrance.Free) revert VouchersNotOffered(number);
    }

    function _mustNotBeDisputed(bytes32 root) private view {
        uint32 disputes = _roots[root].disputes;
        if (disputes != 0) revert VouchersDisputed(root, disputes);
    }

    function _mustNotBeDue(bytes32 number, Voucher storage voucher) private view {
        if (_isDue(voucher)) revert VouchersDue(number, _roots[voucher.root].dueAt);
    }

    function _isDue(Voucher storage voucher) private view returns (bool) {
        return ChainTime.secondsNow() > _roots[voucher.root].dueAt;
    }
}
