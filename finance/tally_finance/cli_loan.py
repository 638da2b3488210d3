"""The command `tallystick finance loan`: the lender's book, and the position that follows from it."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import add_passphrase, bytes32, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds
from tally_finance.cli_desk import Actions, action, add_chain, add_desk, add_once, add_times, amount

_RUN = "tally_finance.cli_loan_run"
NOTES = (
    "search", "ownership", "filing", "fee", "reserve", "disposal", "extension", "limit", "rate", "refund", "cap",
    "place", "sale-bound", "turnover", "insurance-required", "insurance", "lock", "lock-ended", "claim",
)  # fmt: skip
"""What only the lender knows, beside draws and payments."""
CORRECTIONS = ("draw", "repayment", *NOTES)


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("loan", help="loans against receipts: open, draw, repay, position (贷款)")
    actions = parser.add_subparsers(dest="loan_command", metavar="COMMAND", title="commands", required=True)
    _register_money(actions)
    _register_inputs(actions)
    _register_correction(actions)
    _register_positions(actions)


def _register_money(actions: Actions[argparse.ArgumentParser]) -> None:
    opened = action(
        actions,
        "open",
        "open a facility by its terms (授信)",
        "Writes a facility's terms into the book and prints their digest, which `Offer.terms` names on the chain.",
        run_in(_RUN, "open"),
    )
    opened.add_argument("terms", metavar="FILE", type=Path, help="the facility's terms (TOML, docs/lender-book.md)")
    add_once(opened)
    add_desk(opened)
    draw = action(
        actions,
        "draw",
        "pay out principal, where the position after it is covered (放款)",
        "Reads the chain into the book, tests the draw on the position after it, and writes it. Exit code 1: it may "
        "not be paid out, and why.",
        run_in(_RUN, "draw"),
    )
    draw.add_argument("--facility", metavar="NAME", required=True, help="whose")
    draw.add_argument("--amount", metavar="YUAN", type=amount, required=True, help="at most two decimals")
    draw.add_argument("--ask", action="store_true", help="test only, write nothing")
    add_once(draw)
    add_desk(draw)
    add_chain(draw)
    repay = action(
        actions,
        "repay",
        "take a payment: costs, then interest, then principal (还款)",
        "Writes a payment into the book, and prints what it paid (Civil Code Art. 561).",
        run_in(_RUN, "repay"),
    )
    repay.add_argument("--facility", metavar="NAME", required=True, help="whose")
    repay.add_argument("--amount", metavar="YUAN", type=amount, required=True, help="at most two decimals")
    repay.add_argument("--payment", metavar="HEX", type=bytes32, required=True, help="digest of the bank's advice")
    repay.add_argument(
        "--at", metavar="TIME", type=instant_or_seconds, required=True, help=f"when it came: {TIME_HELP}"
    )
    add_once(repay)
    add_desk(repay)


def _register_inputs(actions: Actions[argparse.ArgumentParser]) -> None:
    _register_note(actions)
    _register_paper(actions)
    _register_sync(actions)
    _register_evidence(actions)
    _register_quote(actions)


def _register_note(actions: Actions[argparse.ArgumentParser]) -> None:
    note = action(
        actions,
        "note",
        "write down what only the lender knows: papers, a filing, a fee, insurance, a cap, … (手工入账)",
        "Writes an event into the book, or all of a file. Without fields: lists them. Draws, prices and quantities "
        "come by their own commands, tested.",
        run_in(_RUN, "note"),
    )
    note.add_argument("event", metavar="EVENT", nargs="?", choices=NOTES, help=f"one of {', '.join(NOTES)}")
    note.add_argument("values", metavar="FIELD=VALUE", nargs="*", help="ids in hexadecimal, sums in yuan, yes or no")
    note.add_argument(
        "--at",
        metavar="TIME",
        type=instant_or_seconds,
        help=f"when it took effect, for a search when the registry was asked: {TIME_HELP} (now, but for a search)",
    )
    note.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        type=Path,
        help="lines of EVENT FIELD=VALUE …, with at=TIME where it took effect before; needs --once: what was written "
        "under it already is not written again, and a line that says something else now is refused",
    )
    add_once(note)
    add_desk(note)
    add_chain(note, required=False)


def _register_paper(actions: Actions[argparse.ArgumentParser]) -> None:
    paper = action(
        actions,
        "paper",
        "keep a paper that an operation will name: of an ownership pack, a search, a filing",
        "Keeps a file as it is, and prints the digest by which `pledge accept` and `pledge substitute` name it.",
        run_in(_RUN, "paper"),
    )
    paper.add_argument("paper", metavar="FILE", type=Path, help="what `finance ownership --paper` wrote, a certificate")
    add_desk(paper)
    add_chain(paper)


def _register_sync(actions: Actions[argparse.ArgumentParser]) -> None:
    sync = action(
        actions,
        "sync",
        "read the chain into the book",
        "Writes what happened on the chain and concerns this lender, each operation once. Exit code 1: a pledge's "
        "facility or goods are not known here.",
        run_in(_RUN, "sync"),
    )
    add_desk(sync)
    add_chain(sync)


def _register_evidence(actions: Actions[argparse.ArgumentParser]) -> None:
    evidence = action(
        actions,
        "evidence",
        "take a lot's quantity from a bundle (见证量)",
        "Verifies a bundle under the policy, works out the attested quantity by the lot's store sheet, and writes it.",
        run_in(_RUN, "evidence"),
    )
    evidence.add_argument("bundle", metavar="BUNDLE", type=Path, help="bundle of the lot's store")
    evidence.add_argument("--lot", metavar="ID", type=bytes32, required=True, help="the lot (批次)")
    evidence.add_argument("--policy", metavar="FILE", type=Path, required=True, help="the reader's policy (TOML)")
    add_desk(evidence)
    add_chain(evidence)


def _register_quote(actions: Actions[argparse.ArgumentParser]) -> None:
    quote = action(
        actions,
        "quote",
        "take a signed price (盯市价)",
        "Checks whose key signed a quote, and writes the price that the quotes make together. Exit code 1: none yet.",
        run_in(_RUN, "quote"),
    )
    quote.add_argument("quote", metavar="FILE", type=Path, help="a quote, from `tallystick finance quote sign`")
    add_desk(quote)
    add_chain(quote)


def _register_correction(actions: Actions[argparse.ArgumentParser]) -> None:
    correct = action(
        actions,
        "correct",
        "void an entry of one's own, and say what counts instead (更正)",
        "Writes one entry that voids another by its number and has its replacement in it, and prints the position "
        "without and with it. What comes from chain, evidence or quotes is not corrected here. Exit code 1: it may not "
        "be, and why.",
        run_in(_RUN, "correct"),
    )
    correct.add_argument("entry", metavar="ENTRY", type=int, help="number of the entry that is wrong")
    correct.add_argument(
        "event", metavar="EVENT", nargs="?", choices=CORRECTIONS, help="what counts instead (default: nothing)"
    )
    correct.add_argument("values", metavar="FIELD=VALUE", nargs="*", help="as of `loan note`")
    correct.add_argument("--reason", metavar="TEXT", required=True, help="why it is wrong")
    correct.add_argument(
        "--at", metavar="TIME", type=instant_or_seconds, help=f"when it took effect: {TIME_HELP} (as the wrong one)"
    )
    correct.add_argument("--ask", action="store_true", help="test only, write nothing")
    add_once(correct)
    add_desk(correct)


def _register_positions(actions: Actions[argparse.ArgumentParser]) -> None:
    described = (
        "What is owed, what secures it, what may be drawn, and what speaks against it, from the book's entries alone. "
        "Exit code 1: not covered, or a line is reached."
    )
    position = action(actions, "position", "the position of a facility (授信头寸)", described, run_in(_RUN, "position"))
    position.add_argument("facility", metavar="FACILITY", nargs="?", help="which (default: all)")
    add_times(position)
    add_desk(position)
    at = action(
        actions,
        "at",
        "all positions as they were known at a time",
        f"The same as `position --known-at TIME`. {described}",
        run_in(_RUN, "position"),
    )
    at.add_argument("known_at", metavar="TIME", type=instant_or_seconds, help=TIME_HELP)
    at.set_defaults(facility=None, as_of=None)
    add_desk(at)
    alerts = action(
        actions,
        "alerts",
        "what stands against the loans now, by book and chain (预警)",
        "Reads the chain into the book, and prints the alerts that stand (docs/alerts.md), gravest first. Trucks and "
        "meters speak through `finance watch`. Exit code 1: an alert allows no new credit.",
        run_in(_RUN, "alerts"),
    )
    add_desk(alerts)
    add_chain(alerts)
    journal = action(
        actions,
        "journal",
        "write the whole journal into a file (流水账)",
        "Writes all entries with their hashes, signed by the lender's key (docs/formats/book.md), for whoever verifies "
        "a close or a computation.",
        run_in(_RUN, "journal"),
    )
    journal.add_argument("--key", metavar="FILE", type=Path, required=True, help="the lender's key, from `close key`")
    add_passphrase(journal)
    journal.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    add_desk(journal)
