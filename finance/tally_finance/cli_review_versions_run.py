"""What `tallystick finance review keep` and `versions` do."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tally_edge.errors import ConfigError
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_desk_run import DOES_NOT_HOLD, OK, say, write_new
from tally_finance.exact_json import plain
from tally_finance.review import reported
from tally_finance.review.kept import Kept
from tally_finance.review.told import decimals
from tally_finance.review.versions import Change, Reason, Version


def run_keep(options: argparse.Namespace) -> int:
    """Another version."""
    about = reported.load(options.report)
    with _kept(options.books) as kept:
        reason = Reason[options.reason.upper()]
        made = kept.keep(about, options.figure, (reason, options.why), options.by, int(time.time()))
    say(
        options,
        _told(made),
        [f"version {made.number} of: {made.line}", f"this version's own digest {made.digest.hex()}"],
    )
    return OK


def run_versions(options: argparse.Namespace) -> int:
    """Lines, versions, or the one that stood at a time."""
    if options.line is None and (options.known_at is not None or options.out is not None):
        raise ConfigError("name the line by --line")
    with _kept(options.books) as kept:
        if options.line is None:
            say(options, {"lines": kept.lines()}, list(kept.lines()))
            return OK
        versions = kept.versions(options.line)
        if options.known_at is None and options.out is None:
            changes = {one.after.number: one for one in versions.changes()}
            told = [_told(one) | _changed(changes.get(one.number)) for one in versions.all]
            say(options, {"versions": told}, [_line(one, changes.get(one.number)) for one in versions.all])
            return OK if versions.all else DOES_NOT_HOLD
        at = int(time.time()) if options.known_at is None else options.known_at
        stood = versions.as_known_at(at)
        if stood is None:
            say(options, {"version": None}, ["nothing was known then"])
            return DOES_NOT_HOLD
        if options.out is not None:
            write_new(options.out, kept.report(stood).raw)
    say(options, {"version": _told(stood)}, [_line(stood, None)])
    return OK


@contextmanager
def _kept(url: str) -> Iterator[Kept]:
    engine = engine_for(url)
    try:
        migrate(engine)
        yield Kept(engine)
    finally:
        engine.dispose()


def _told(version: Version) -> dict[str, object]:
    return {"digest": version.digest.hex(), **plain(version)}


def _changed(change: Change | None) -> dict[str, object]:
    if change is None:
        return {}
    return {"by_kg": plain(change.by_kg), "is_significant": change.is_significant}


def _line(version: Version, change: Change | None) -> str:
    at = datetime.fromtimestamp(version.known_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{version.number}. {at} {version.made_by}: {decimals(version.total_kg)} kgCO2e, "
    text += f"{version.reason.name.lower()}: {version.explanation}; report {version.report.hex()}"
    if change is None:
        return text
    return f"{text}; {decimals(change.by_kg)} kg{', significant' if change.is_significant else ''}"
