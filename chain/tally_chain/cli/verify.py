"""The command `tallystick verify`: a bundle against a reader's policy, offline or with a chain at hand."""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tally_chain import at_hand, bundle, policy_text
from tally_chain.errors import BundleError, PolicyError
from tally_chain.findings import printable
from tally_chain.policy import Policy
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.verifier import Examined, examine
from tally_edge.cli_time import TIME_HELP, instant_or_seconds

if TYPE_CHECKING:
    from tally_chain.page.report_file import ReadReport

EXIT_HOLDS = 0
EXIT_DOES_NOT_HOLD = 1
EXIT_WRONG_USE = 2
EXIT_UNREADABLE = 3


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "verify",
        help="check a bundle, or a report, against a reader's policy",
        description=(
            "Check a bundle: every statement, key, head and figure in it, trusting only whom the policy names. "
            "Of a report (report.html) the bundle in it is checked; its own program and its own policy are ignored. "
            "Works without a network. Exit code 0: the evidence holds; 1: it does not, or the report's page is none "
            "that this program writes; 2: the policy or the call is wrong; 3: the file is neither a bundle nor a "
            "report; 4: the chain can not be reached."
        ),
    )
    add_reading(parser)
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.set_defaults(run=run)


def add_reading(parser: argparse.ArgumentParser) -> None:
    """What every command takes that reads a bundle: the file, the policy, the reader's key, the chain at hand."""
    parser.add_argument("bundle", type=Path, help="the bundle file, sealed or not")
    add_trust(parser)


def add_trust(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The same without the file: for commands that read several. `required`: whether a policy has to be named."""
    parser.add_argument("--policy", type=Path, required=required, help="the reader's policy (TOML)")
    parser.add_argument(
        "--at", type=instant_or_seconds, metavar="TIME", help=f"verify as of a time, not now: {TIME_HELP}"
    )
    parser.add_argument("--key", type=Path, help="the reader's key file: opens a sealed bundle, and shows who reads")
    parser.add_argument("--passphrase-file", type=Path, help="holds the key's passphrase (else TALLYSTICK_PASSPHRASE)")
    add_chain_at_hand(parser)


def add_chain_at_hand(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """The options that name the node, or nodes, that a reader asks."""
    chain = parser.add_mutually_exclusive_group(required=required)
    chain.add_argument(
        "--endpoint",
        metavar="URL",
        action="append",
        help="read heads and keys from this node (policy: [chain], [registry]); of several, more than half must agree",
    )
    chain.add_argument("--embedded", metavar="DIR", type=Path, help="read heads and keys from an embedded chain")
    parser.add_argument("--agree", metavar="K", type=int, help="so many of the nodes must agree")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code. What is wrong with a key or a chain is raised."""
    try:
        page = page_of(arguments.bundle)
        verdict = examined(arguments).verdict if page is None else _in_page(arguments, page)
    except PolicyError as error:
        print(f"tallystick verify: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    except BundleError as error:
        print(f"tallystick verify: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    show_everything()
    known = page is None or is_known(page)
    if arguments.json:
        told = verdicts.to_json(verdict) | ({} if page is None else {"page": _page_json(page)})
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print(verdicts.to_text(verdict) + ("" if page is None else _page_text(page)), end="")
    return EXIT_HOLDS if verdict.holds and known else EXIT_DOES_NOT_HOLD


def page_of(file: Path) -> ReadReport | None:
    """The report in a file, taken apart; None where the file is no page. Raises ReportPageError, naming the file."""
    from tally_chain.errors import ReportPageError  # noqa: PLC0415
    from tally_chain.page import report_file  # noqa: PLC0415  bundles need no pages

    try:
        data = file.read_bytes()
        return report_file.decode(data) if report_file.is_page(data) else None
    except OSError as error:
        raise BundleError(f"{file}: cannot be read: {error.strerror}") from None
    except ReportPageError as error:
        raise ReportPageError(f"{file}: {error}") from None


def is_known(page: ReadReport) -> bool:
    """Whether the page around the data is one that this program writes."""
    from tally_chain.page import skeleton  # noqa: PLC0415

    return page.shell.digest in skeleton.known_shells()


def _in_page(arguments: argparse.Namespace, page: ReadReport) -> verdicts.Verdict:
    """The verdict on the bundle that a report carries, under the reader's own policy."""
    now = now_of(arguments)
    trusted = policy_of(arguments, now)
    try:
        data, reader_key = open_if_sealed(page.data.bundle, arguments.key, arguments.passphrase_file)
        evidence = bundle.decode(data)
    except BundleError as error:
        raise BundleError(f"{arguments.bundle}: the bundle in it {why_unreadable(error)}") from None
    return examine(evidence, trusted, now=now, reader_key=reader_key).verdict


def _page_json(page: ReadReport) -> dict[str, Any]:
    return {
        "known": is_known(page),
        "shell": page.shell.digest.hex(),
        "data": page.digest.hex(),
        "title": printable(page.data.title),
        "made_at": page.data.made_at,
    }


def _page_text(page: ReadReport) -> str:
    lines = ["", f"report {printable(page.data.title) or '(no title)'}, made {verdicts.time_text(page.data.made_at)}"]
    lines += [f"fingerprint of its data 数据指纹  {page.digest.hex()}"]
    if is_known(page):
        lines += [
            "its page is one that this program writes; the verdict above is of the bundle in it, under your policy"
        ]
    else:
        lines += [
            "ITS PAGE IS NONE THAT THIS PROGRAM WRITES. What it shows may be anything: go by the lines above alone.",
            "该页面不是本程序生成的页面, 页面上显示的内容可能是任意的: 只以上述结论为准。",
        ]
    return "\n".join(lines) + "\n"


def show_everything() -> None:
    """A terminal without Chinese still shows what is printed."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def examined(arguments: argparse.Namespace) -> Examined:
    """What the arguments of `add_reading` name, verified. Raises PolicyError, BundleError, and errors of a chain."""
    now = now_of(arguments)
    trusted = policy_of(arguments, now)
    evidence, reader_key = read_bundle(arguments, arguments.bundle)
    return examine(evidence, trusted, now=now, reader_key=reader_key)


def now_of(arguments: argparse.Namespace) -> int:
    """The time as of which is verified, Unix seconds."""
    return int(time.time()) if arguments.at is None else int(arguments.at)


def read_bundle(arguments: argparse.Namespace, file: Path) -> tuple[bundle.Bundle, bytes | None]:
    """A bundle, opened where it is sealed, and the id of the reader's key, if one is named. Raises BundleError."""
    try:
        data, reader_key = open_if_sealed(file.read_bytes(), arguments.key, arguments.passphrase_file)
        return bundle.decode(data), reader_key
    except (OSError, BundleError) as error:
        raise BundleError(f"{file}: {why_unreadable(error)}") from None


def policy_of(arguments: argparse.Namespace, now: int) -> Policy:
    """The reader's policy, with the heads and the registered keys of the chain at hand where one is named."""
    trusted = read_policy(arguments.policy)
    if arguments.endpoint is None and arguments.embedded is None:
        return trusted
    if trusted.chain is None:
        raise PolicyError(f"{arguments.policy}: a chain can only be asked where [chain] pins it")
    engine = at_hand.open_engine(arguments.endpoint, arguments.embedded, arguments.agree)
    try:
        return at_hand.with_registered_keys(at_hand.with_anchored_roots(trusted, engine), engine, now)
    finally:
        engine.close()


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises PolicyError, naming the file, for one that can not be read too."""
    try:
        return policy_text.parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path}: is not a policy: not UTF-8 text") from None


def why_unreadable(error: OSError | BundleError) -> str:
    """One sentence on a bundle that could not be read, to stand behind its name."""
    from tally_chain.errors import ReportPageError, SealError  # noqa: PLC0415

    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    return str(error) if isinstance(error, SealError | ReportPageError) else f"is not a bundle, or is damaged: {error}"


def open_if_sealed(data: bytes, key: Path | None, passphrase_file: Path | None) -> tuple[bytes, bytes | None]:
    """The encoded bundle, and the id of the reader's key, where one is named.

    Raises SealError, KeyStoreError; ReportPageError for a page, which is no bundle and may hold one.
    """
    from tally_chain import reader_key, sealing  # noqa: PLC0415  plain bundles need neither
    from tally_chain.errors import ReportPageError, SealError  # noqa: PLC0415
    from tally_chain.page import report_file  # noqa: PLC0415
    from tally_edge import passphrase  # noqa: PLC0415

    if report_file.is_page(data):
        raise ReportPageError("is a page; the bundle in a report is taken out with `tallystick bundle take`")
    sealed = sealing.is_sealed(data)
    if key is None:
        if sealed:
            raise SealError("is sealed: name the reader's key with --key")
        return data, None
    held = reader_key.load(key, passphrase.read(passphrase_file))
    return sealing.open_sealed(data, held) if sealed else data, held.public_key.kid
