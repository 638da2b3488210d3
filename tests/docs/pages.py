"""The pages that follow from the tree alone: commands, findings, metrics, lists of pages. `make pages` writes them."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tally_chain.finding_help import HELP
from tally_chain.findings import Code
from tally_chain.page.skeleton import viewer_digest
from tally_chain.receipts.kinds.kind import Kind, Signer
from tally_chain.receipts.operations import CONTRACTS, KINDS
from tally_chain.receipts.sentences import SENTENCES
from tally_edge import command
from tally_finance.watch.codes import Code as Alert
from tally_finance.watch.row import Severity as AlertSeverity
from tally_gateway import config
from tally_gateway.metrics import METRICS
from tests.finance.cheats import page as cheats
from tests.finance.cheats.catalogue import CASES

DOCS = Path(__file__).parents[2] / "docs"

GROUPS = {
    1: "The file",
    2: "The log",
    3: "The authority and its keys",
    4: "Statements and streams",
    5: "Registers and coverage",
    6: "Marks of the evidence",
    7: "Grants and attachments",
}

ALERT_GROUPS = {
    1: "The goods 货物",
    2: "Trucks and weighings 车辆与过磅",
    3: "Price and cover 价格与担保",
    4: "Dates 到期",
    5: "The parties 主体",
    6: "The evidence and its devices 证据与设备",
    7: "The chain 链上",
}

EXIT_CODES = """| exit code | what it says |
|---|---|
| 0 | done, and nothing to object to |
| 1 | done, and something does not hold: findings, a failed check, a signature that does not verify |
| 2 | wrong usage; or a setting, policy, key, secret or folder of one's own is missing or wrong: nothing was done |
| 3 | what there was to look at (a bundle, list, request, recording, copy, chain) is missing or not what it should be; or a file could not be written |
| 4 | a service or a meter could not be reached |
"""  # noqa: E501  a row of a table is a line


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, with its full name, in the order of the help."""
    yield from _leaves("tallystick", command.build().parser)


def _leaves(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield name, parser
    for action in below:
        for word, sub in action.choices.items():
            yield from _leaves(f"{name} {word}", sub)


def commands_page() -> str:
    """docs/commands.md."""
    text = [
        "# Commands\n",
        "`tallystick` is one command; each part that is installed adds its own. An error is one line on standard",
        "error; `tallystick --debug …` shows the whole traceback.\n",
        EXIT_CODES,
        "Secrets are never arguments: a passphrase comes from `TALLYSTICK_PASSPHRASE` (the second person's from",
        "`TALLYSTICK_SECOND_PASSPHRASE`), a token from `TALLYSTICK_TOKEN`, or each from a file of mode 0600.\n",
        "This page is written by `make pages`.\n",
    ]
    for name, parser in parsers():
        text += [f"## {name}\n", "```", _help(parser), "```\n"]
    return "\n".join(text)


def _help(parser: argparse.ArgumentParser) -> str:
    """The help at a width of its own, not that of whoever's terminal."""
    made = parser.formatter_class
    parser.formatter_class = lambda prog: made(prog, width=100)  # type: ignore[assignment, call-arg]  # a formatter of argparse has one
    return parser.format_help().rstrip()


def findings_page() -> str:
    """docs/findings.md."""
    text = [
        "# Findings\n",
        "A verification ends in findings (核验结论). A code is never given another meaning. Only failures change the",
        "exit code; a reader's policy can make a finding weigh more or less, and the report says so.",
    ]
    for group, title in GROUPS.items():
        text += [
            f"\n## {group}xx: {title}\n",
            "| code | name | weighs | meaning | what to do |",
            "|---|---|---|---|---|",
        ]
        for code in sorted(Code, key=lambda code: code.number):
            if code.number // 100 == group:
                help_ = HELP[code]
                name, remedy = f"`{code.name}` {help_.name}", f"{help_.advice} {help_.advice_zh}"
                text.append(f"| {code.number} | {name} | {code.severity.name.lower()} | {code.meaning} | {remedy} |")
    return "\n".join([*text, "\nThis page is written by `make pages`.\n"])


def alerts_page() -> str:
    """docs/alerts.md."""
    text = [
        "# Alerts\n",
        "What a lender's [watch](watch.md) tells of (预警). A code is never given another meaning. *Blocks*: no new",
        "credit while it stands. Severities: "
        + ", ".join(f"{one.name.lower()} {one.chinese}" for one in AlertSeverity)
        + ". What stands in braces is filled in.",
    ]
    for group, title in ALERT_GROUPS.items():
        text += [
            f"\n## {group}xx: {title}\n",
            "| code | name | severity | blocks | sentence | what to do |",
            "|---|---|---|---|---|---|",
        ]
        for code in sorted(Alert, key=lambda code: code.number):
            if code.number // 100 == group:
                row = code.value
                cells = (
                    str(row.number),
                    f"`{code.name}` {row.chinese}",
                    row.severity.name.lower(),
                    "yes" if row.blocks else "no",
                    f"{row.sentence}<br>{row.sentence_zh}",
                    row.remedy,
                )
                text.append(f"| {' | '.join(cells)} |")
    return "\n".join([*text, "\nThis page is written by `make pages`.\n"])


def metrics_page() -> str:
    """docs/metrics.md."""
    text = [
        "# Metrics\n",
        "What a gateway tells Prometheus at `/metrics`.\n",
        "| metric | kind | label | meaning |",
        "|---|---|---|---|",
    ]
    for name, metric in METRICS.items():
        text.append(f"| `{name}` | {metric.kind} | {metric.label or '-'} | {metric.text} |")
    return "\n".join([*text, "\nThis page is written by `make pages`.\n"])


def settings_page() -> str:
    """docs/settings-gateway.md."""
    text = [
        "# Settings of a gateway\n",
        "`gateway.toml` in the gateway's folder. `tallystick gateway init` writes it, with these texts as comments. A",
        "key that is not listed here is refused by name.",
    ]
    for name, section in sections():
        text += [f"\n## [{name}]\n", f"{section.__doc__}\n", "| key | default | what it says |", "|---|---|---|"]
        for field in dataclasses.fields(section):
            default = json.dumps(field.default)
            text.append(f"| `{field.name}` | `{default}` | {field.metadata['text']} |")
    return "\n".join([*text, "\nThis page is written by `make pages`.\n"])


def sections() -> Iterator[tuple[str, type[Any]]]:
    """The tables of gateway.toml that have a fixed form."""
    for field in dataclasses.fields(config.GatewayConfig):
        section = vars(config).get(str(field.type).removeprefix("config."))
        if isinstance(section, type) and dataclasses.is_dataclass(section) and section.__name__.endswith("Section"):
            yield field.name, section


def operations_page() -> str:
    """docs/operations.md."""
    text = [
        "# Operations of warehouse receipts\n",
        "What can happen to sites, lots, receipts, pledges, trades and vouchers, from the tables that sign and read it",
        "([format](formats/operation.md)). Signatures are given in the order in which the signers stand. Every",
        "operation ends with `deadline`, the last second in which it counts. Quantities are grams, amounts fen, times",
        "seconds since 1970.",
    ]
    for contract in CONTRACTS:
        text.append(f"\n## {contract}")
        for kind in KINDS.values():
            if kind.contract == contract:
                text += _operation(kind)
    return "\n".join(text) + "\n"


def _operation(kind: Kind) -> Iterator[str]:
    english, chinese = (re.sub(r"\{(\w+)\}", r"*\1*", sentence) for sentence in SENTENCES[kind.name])
    yield f"\n### {kind.name} {kind.chinese}\n"
    yield f"{english}\n\n{chinese}\n"
    changed = "hash of `slot` and `head`: a new lot" if len(kind.object) > 1 else f"`{kind.object[0]}`"
    yield f"Object: {changed}. Signed by: {'; '.join(_signer(signer) for signer in kind.signers)}.\n"
    yield "| field | type | unit | what |\n|---|---|---|---|"
    for field in kind.fields[:-1]:
        yield f"| `{field.name}` | `{field.type}` | {field.measure.value} | {field.meaning} |"


def _signer(signer: Signer) -> str:
    roles = " or ".join(role.word for role in signer.roles)
    named = "" if signer.named_by is None else f", `{signer.named_by}`"
    return f"{signer.whose} ({roles}{named})" + ("" if signer.when is None else f", {signer.when}")


def viewer_page() -> str:
    """docs/viewer.md as it is, with the digest of the viewer that this tree writes."""
    text = (DOCS / "viewer.md").read_text("utf-8")
    return re.sub(r"^    [0-9a-f]{64}  viewer\.html$", f"    {viewer_digest()}  viewer.html", text, flags=re.MULTILINE)


def docs_index() -> str:
    """docs/README.md."""
    text = ["# Pages\n", "Start with [the README](../README.md).\n", *_listed(DOCS)]
    text += ["\n## Formats and kinds of statements\n", *_listed(DOCS / "formats")]
    text += ["\n## Decisions\n", "- [why things are as they are](decisions/README.md)"]
    return "\n".join([*text, "\nThis page is written by `make pages`.\n"])


def decisions_index() -> str:
    """docs/decisions/README.md."""
    text = ["# Decisions\n", "One page each: what was decided, why, and what would change it.\n"]
    listed = [line.replace("](decisions/", "](") for line in _listed(DOCS / "decisions")]
    return "\n".join([*text, *listed, "\nThis page is written by `make pages`.\n"])


def _listed(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.md")):
        titles = (line[2:] for line in path.read_text("utf-8").splitlines() if line.startswith("# "))
        title = next(titles, path.name)  # a page without one fails a test of its own
        if path.name != "README.md":
            yield f"- [{title}]({path.relative_to(DOCS)})"


PAGES = {
    "commands.md": commands_page,
    "findings.md": findings_page,
    "alerts.md": alerts_page,
    "metrics.md": metrics_page,
    "operations.md": operations_page,
    "settings-gateway.md": settings_page,
    "viewer.md": viewer_page,
    "README.md": docs_index,
    "decisions/README.md": decisions_index,
}


if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), "utf-8")
    cheats.PAGE.write_text(cheats.render(CASES), "utf-8")
