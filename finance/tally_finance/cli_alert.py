"""The commands `tallystick finance alert`: the alerts that a watch keeps, and what people say of them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tally_finance.watch.record import Kept, Word
    from tally_finance.watch_service.alert_store import AlertStore


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("alert", help="the alerts that a watch keeps: list, acknowledge, end (预警处置)")
    commands = parser.add_subparsers(dest="alert_command", metavar="COMMAND", title="commands", required=True)
    listed = commands.add_parser(
        "list",
        help="those that stand, gravest first",
        description="List the alerts that stand, gravest first. With --at: those that stood then, as known then.",
    )
    _config(listed)
    listed.add_argument("--at", type=int, metavar="SECONDS", help="as known at this time, Unix seconds")
    listed.add_argument("--all", action="store_true", help="also those that are over, by number")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    listed.set_defaults(run=run_list)
    for name, text, told in (
        ("acknowledge", "say that it was seen, and what is done (确认)", "It stands as before."),
        ("end", "end one that stands until a person ends it (解除)", "What ends by itself can only be acknowledged."),
    ):
        said = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}. {told}")
        _config(said)
        said.add_argument("number", type=int, help="the alert's number")
        said.add_argument("--by", required=True, metavar="NAME", help="who says so")
        said.add_argument("--reason", required=True, metavar="TEXT", help="what was found, or is done")
        said.set_defaults(run=run_acknowledge if name == "acknowledge" else run_end)


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the watch's settings (TOML)")


def _store(options: argparse.Namespace) -> AlertStore:
    from tally_finance.cli_watch_run import opened  # noqa: PLC0415
    from tally_finance.watch_service import settings  # noqa: PLC0415
    from tally_finance.watch_service.alert_store import AlertStore  # noqa: PLC0415

    found = settings.load(options.config)
    return AlertStore(opened(found.database), found.sheet.book)


def run_list(options: argparse.Namespace) -> int:
    """Print them; returns the exit code."""
    store = _store(options)
    known = store.standing() if options.at is None and not options.all else store.as_known_at(options.at or 2**40)
    for kept in known if options.all else (one for one in known if one.stands):
        print(json.dumps(plain(kept), ensure_ascii=False) if options.json else _line(kept))
    return 0


def run_acknowledge(options: argparse.Namespace) -> int:
    """Acknowledge one."""
    import time  # noqa: PLC0415

    store = _store(options)
    print(_line(store.acknowledge(options.number, by=options.by, reason=options.reason, at=int(time.time()))))
    return 0


def run_end(options: argparse.Namespace) -> int:
    """End one."""
    import time  # noqa: PLC0415

    store = _store(options)
    print(_line(store.end(options.number, by=options.by, reason=options.reason, at=int(time.time()))))
    return 0


def plain(kept: Kept) -> dict[str, Any]:
    """An alert as it is kept, for programs. Times are Unix seconds."""
    from tally_finance import cli_watch  # noqa: PLC0415

    return {
        "number": kept.number,
        **cli_watch.plain("stands" if kept.stands else "over", kept.alert),
        "raised_at": kept.raised_at,
        "ceased_at": kept.ceased_at,
        "acknowledged": [_word(one) for one in kept.acknowledged],
        "ended": None if kept.ended is None else _word(kept.ended),
        "until_ended": kept.alert.code.until_ended,
    }


def _word(word: Word) -> dict[str, Any]:
    return {"at": word.at, "by": word.by, "reason": word.reason}


def _line(kept: Kept) -> str:
    from tally_chain.verify.verdict import time_text  # noqa: PLC0415
    from tally_finance import cli_watch  # noqa: PLC0415

    became = "stands" if kept.stands else "over"
    words = [f"raised {time_text(kept.raised_at)}"]
    words += [] if kept.ceased_at is None else [f"its cause is gone since {time_text(kept.ceased_at)}"]
    words += [f"acknowledged {time_text(one.at)} by {one.by}: {one.reason}" for one in kept.acknowledged]
    words += [] if kept.ended is None else [f"ended {time_text(kept.ended.at)} by {kept.ended.by}: {kept.ended.reason}"]
    return f"{kept.number} {cli_watch.line(became, kept.alert)} ({'; '.join(words)})"
