"""The contracts of trades and vouchers with one thing taken out, as in mutants.py."""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant

_PLEDGED_BEFORE = "if (voucher.encumbrance == Encumbrance.Pledged) {\n            revert VouchersPledged(op.number"

TRADES = (
    Mutant("Trades.sol", "if (trade.head != bytes32(0)) revert", "if (false) revert"),
    Mutant("Trades.sol", "if (op.seller == op.buyer)", "if (false)"),
    Mutant("Trades.sol", "registrar.organisation == op.seller || ", ""),
    Mutant("Trades.sol", " || registrar.organisation == op.buyer", ""),
    Mutant(
        "Trades.sol", "Organisations.Role.Holder, op.seller, op.sellerSince", "Organisations.Role.Holder, op.seller, 1"
    ),
    Mutant("Trades.sol", "op.borrower != seller && op.borrower != buyer", "false"),
    Mutant("Trades.sol", "op.lender == seller || op.lender == buyer", "op.lender == seller"),
    Mutant("Trades.sol", "op.lender == seller || op.lender == buyer", "op.lender == buyer"),
    Mutant("Trades.sol", "_lock(address(this), op.trade, op.lender, op.trade);", ""),
    Mutant(
        "Trades.sol",
        "_mustBeAt(op.trade, trade.head, op.head);\n        _mustSign(digest, signatures, 0, op.borrower",
        "_mustSign(digest, signatures, 0, op.borrower",
    ),
    Mutant("Trades.sol", "op.borrower == seller ? trade.seller : trade.buyer", "trade.seller"),
    Mutant("Trades.sol", "_mustSignTwice(digest, signatures, 0, trade.orderLender);", ""),
    Mutant(
        "Trades.sol",
        "_mustSignTwice(digest, signatures, 0, trade.orderLender);",
        "_mustSign(digest, signatures, 0, trade.orderLender);",
    ),
    Mutant("Trades.sol", "_unlock(address(this), id, trade.orderLender.organisation, id);", ""),
    Mutant("Trades.sol", "op.sellerSince < op.buyerSince ? op.sellerSince : op.buyerSince", "op.sellerSince"),
    Mutant("Trades.sol", "op.sellerSince < op.buyerSince ? op.sellerSince : op.buyerSince", "op.buyerSince"),
    Mutant("Trades.sol", "trade.orderBlock, [seller, buyer,", "type(uint48).max, [seller, buyer,"),
    Mutant("Trades.sol", "[seller, buyer, trade.orderLender.organisation]", "[buyer, buyer, buyer]"),
    Mutant(
        "Trades.sol", "_mustSign(digest, signatures, 1, trade.borrower == seller ? trade.seller : trade.buyer);", ""
    ),
    Mutant("Trades.sol", "delete trade.orderLender;", ""),
    Mutant("Trades.sol", "msg.sender != PLEDGES && msg.sender != VOUCHERS", "false"),
    Mutant("Trades.sol", "msg.sender != PLEDGES && msg.sender != VOUCHERS", "msg.sender != PLEDGES"),
    Mutant("Trades.sol", "if (found.pieces != 0 && found.lender != lender)", "if (false)"),
    Mutant("Trades.sol", "if (_locked[trade][by][object])", "if (false)"),
    Mutant("Trades.sol", "!_locked[trade][by][object] || ", ""),
    Mutant("Trades.sol", " || found.lender != lender) revert TradesNotLocked", ") revert TradesNotLocked"),
    Mutant("Trades.sol", "_locked[trade][by][object] = false;", ""),
    Mutant("Trades.sol", "if (found.pieces == 0) found.lender = bytes32(0);", "found.lender = bytes32(0);"),
    Mutant("Vouchers.sol", "op.dueAt <= time || ", ""),
    Mutant("Vouchers.sol", "op.dueAt > time + MAX_TERM_SECONDS", "op.dueAt >= time + MAX_TERM_SECONDS"),
    Mutant("Vouchers.sol", "if (op.supplier == op.obligor)", "if (false)"),
    Mutant("Vouchers.sol", "seller != op.supplier || ", ""),
    Mutant("Vouchers.sol", " || buyer != op.obligor", ""),
    Mutant("Vouchers.sol", "root.registrar.organisation == op.supplier || ", ""),
    Mutant("Vouchers.sol", " || root.registrar.organisation == op.obligor", ""),
    Mutant("Vouchers.sol", "if (_invoices[invoice] != bytes32(0))", "if (false)"),
    Mutant("Vouchers.sol", "_invoices[invoice] = number;", ""),
    Mutant("Vouchers.sol", "if (sum != root.face)", "if (sum > root.face)"),
    Mutant("Vouchers.sol", "if (sum != root.face)", "if (sum < root.face)"),
    Mutant("Vouchers.sol", "uint256(root.living) - voucher.face);", "uint256(root.living));"),
    Mutant("Vouchers.sol", "root.leaves -= 1;", ""),
    Mutant("Vouchers.sol", "root.leaves += uint32(numbers.length) - 1;", "root.leaves += uint32(numbers.length);"),
    Mutant("Vouchers.sol", "_unused(numbers[i]);", ""),
    Mutant("Vouchers.sol", "voucher.state = State.Split;", ""),
    Mutant("Vouchers.sol", "_lockTrade(piece.root, piece.lender.organisation, op.numbers[i]);", ""),
    Mutant("Vouchers.sol", "_unlockTrade(piece.root, piece.lender.organisation, op.number);", ""),
    Mutant("Vouchers.sol", "_mustNotBeDue(op.number, voucher);\n        bool known", "bool known"),
    Mutant("Vouchers.sol", "if (known || op.to == voucher.lender.organisation)", "if (known)"),
    Mutant("Vouchers.sol", "op.to == _roots[voucher.root].obligor.organisation || ", ""),
    Mutant("Vouchers.sol", "if (voucher.tier == MAX_TIERS)", "if (voucher.tier > MAX_TIERS)"),
    Mutant(
        "Vouchers.sol",
        "_mustBeAt(op.number, voucher.head, op.head);\n        _mustSignAsHolder(digest, signatures, voucher, 0)",
        "_mustSignAsHolder(digest, signatures, voucher, 0)",
    ),
    Mutant("Vouchers.sol", "if (pledged) _mustSign(digest, signatures, others + 1, voucher.lender);", ""),
    Mutant("Vouchers.sol", "_mustSign(digest, signatures, 0, voucher.holder);\n        if (pledged)", "if (pledged)"),
    Mutant(
        "Vouchers.sol", _PLEDGED_BEFORE, _PLEDGED_BEFORE.replace("voucher.encumbrance == Encumbrance.Pledged", "false")
    ),
    Mutant("Vouchers.sol", "op.lender == voucher.holder.organisation || ", ""),
    Mutant("Vouchers.sol", " || op.lender == _roots[voucher.root].obligor.organisation", ""),
    Mutant("Vouchers.sol", "_mustBeKnown(op.lenderSince);", ""),
    Mutant("Vouchers.sol", "op.role == HOLDER ? voucher.holder : voucher.lender", "voucher.holder"),
    Mutant("Vouchers.sol", "_mustNotBeDisputed(voucher.root);\n        _mustNotBeDue", "_mustNotBeDue"),
    Mutant("Vouchers.sol", "_mustNotBeDue(op.number, voucher);\n        if (ChainTime", "if (ChainTime"),
    Mutant("Vouchers.sol", "if (ChainTime.secondsNow() > voucher.offeredUntil)", "if (false)"),
    Mutant("Vouchers.sol", "op.filing == bytes32(0) || ", ""),
    Mutant("Vouchers.sol", " || op.search == bytes32(0)", ""),
    Mutant("Vouchers.sol", "_lockTrade(voucher.root, voucher.lender.organisation, op.number);", ""),
    Mutant("Vouchers.sol", "if (before != bytes32(0) || again)", "if (again)"),
    Mutant("Vouchers.sol", "if (before != bytes32(0) || again)", "if (before != bytes32(0))"),
    Mutant(
        "Vouchers.sol",
        "            _noParty(court, [obligor, disputant, _vouchers[op.root].holder.organisation]);\n",
        "",
    ),
    Mutant(
        "Vouchers.sol", "op.supplierSince < op.obligorSince ? op.supplierSince : op.obligorSince", "op.supplierSince"
    ),
    Mutant(
        "Vouchers.sol", "op.supplierSince < op.obligorSince ? op.supplierSince : op.obligorSince", "op.obligorSince"
    ),
    Mutant(
        "Vouchers.sol",
        "_mustSignTwice(digest, signatures, 0, voucher.lender);",
        "_mustSign(digest, signatures, 0, voucher.lender);",
    ),
    Mutant("Vouchers.sol", "if (pledged) _mustSignTwice(digest, signatures, 2, voucher.lender);", ""),
    Mutant("Vouchers.sol", "_mustSignAt(digest, signatures, 0, 2, voucher.lender);", ""),
    Mutant("Vouchers.sol", "voucher.pledgedBlock, parties);", "type(uint48).max, parties);"),
    Mutant(
        "Vouchers.sol",
        "[voucher.holder.organisation, voucher.lender.organisation, obligor]",
        "[obligor, obligor, obligor]",
    ),
    Mutant("Vouchers.sol", "_mustSign(digest, signatures, 1, voucher.holder);", ""),
    Mutant("Vouchers.sol", "root.disputes += 1;", ""),
    Mutant(
        "Vouchers.sol",
        "_courtEnds(digest, signatures, dispute.by, dispute.openedBlock);",
        "_signer(digest, signatures, 0, Organisations.Role.CourtLiaison);",
    ),
    Mutant("Vouchers.sol", "dispute.by, dispute.openedBlock)", "dispute.by, dispute.openedBlock + 1)"),
    Mutant("Vouchers.sol", "} else if (op.role == uint8(dispute.by.role)) {", "} else if (true) {"),
    Mutant("Vouchers.sol", "_mustSign(digest, signatures, 0, dispute.by);", ""),
    Mutant("Vouchers.sol", "if (op.role != COURT) delete _disputeBy", "delete _disputeBy"),
    Mutant("Vouchers.sol", "if (op.role != COURT) delete _disputeBy[op.root][dispute.by.organisation];", ""),
    Mutant("Vouchers.sol", "delete _disputes[op.dispute];", ""),
    Mutant("Vouchers.sol", "if (leaf.root != op.root)", "if (false)"),
    Mutant("Vouchers.sol", "if (op.amount != voucher.face)", "if (false)"),
    Mutant("Vouchers.sol", "if (!_isDue(voucher)) revert VouchersNotDue(op.number, root.dueAt);", ""),
    Mutant("Vouchers.sol", "_mustSign(digest, signatures, 1, root.obligor);", ""),
    Mutant("Vouchers.sol", "voucher.state = State.Redeemed;", ""),
    Mutant("Vouchers.sol", "if (voucher.dishonoured) revert", "if (false) revert"),
    Mutant("Vouchers.sol", "if (voucher.state != State.Living)", "if (false)"),
    Mutant("Vouchers.sol", "> _roots[voucher.root].dueAt;", ">= _roots[voucher.root].dueAt;"),
)
