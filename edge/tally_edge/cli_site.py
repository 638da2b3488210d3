"""`tallystick site import`: from the list of meters that a site keeps to drafts. Light until it runs."""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tally_edge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tally_edge.site_import.draft import SiteFacts
    from tally_edge.site_import.rows import ListedMeter

DAY_S = 86_400
_PERSON = re.compile(r"([0-9a-f]{64})=(.{1,128})")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `site` with its sub-commands."""
    site = subparsers.add_parser("site", help="bring the list of a site's meters in 场所")
    actions = site.add_subparsers(dest="site_command", metavar="ACTION", required=True)
    text = (
        "Check a list of meters (xlsx or csv), and write drafts of the site plan, the facts and the agent's settings."
    )
    parser = actions.add_parser("import", help="check a list of meters, and write drafts from it", description=text)
    parser.add_argument("file", type=Path, metavar="FILE", help="the list, .xlsx or .csv; one row per register")
    parser.add_argument("--read", action="store_true", help="read every register once, beside what its display showed")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the drafts there (without it: a dry run)")
    parser.add_argument("--site", metavar="URI", help="the site, such as urn:dev:org:32473-steel")
    parser.add_argument("--owner", metavar="NAME", help="whose site it is")
    parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="the site's time zone (default UTC)")
    parser.add_argument("--origin", metavar="ORIGIN", help="the log that its streams go to")
    parser.add_argument("--person", action="append", default=[], metavar="KID=NAME", help="a second person's key id")
    parser.add_argument("--days", type=int, default=90, help="the plan is renewed before so many days (default 90)")
    parser.set_defaults(run=run_import)


def run_import(arguments: argparse.Namespace) -> int:
    """Check, show, try, write. 1 where the list has faults or a register does not fit its display."""
    from tally_edge.site_import import rows, sheet  # noqa: PLC0415  light until it runs

    meters, faults = rows.read(sheet.read(arguments.file))
    if faults:
        for fault in faults:
            print(fault)
        print(f"{arguments.file}: {len(faults)} faults 处错误; nothing was written")
        return 1
    _show(meters)
    facts = _site_facts(arguments)
    if arguments.read and not _try(meters, facts):
        print("nothing was written")
        return 1
    if arguments.write is None:
        print("dry run 试运行: nothing was written; write with --write DIR")
        return 0
    _write(arguments, meters, facts)
    return 0


def _show(meters: Sequence[ListedMeter]) -> None:
    registers = sum(len(meter.registers) for meter in meters)
    print(f"{len(meters)} metering points 计量点, {registers} registers 寄存器")
    for meter in meters:
        below = f", sub-meter of 上级 {meter.parent}" if meter.parent else ""
        print(f"  {meter.point}  {meter.serial}  class {meter.accuracy_class}  x{meter.multiplier}{below}")


def _site_facts(arguments: argparse.Namespace) -> SiteFacts:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    from tally_edge.site_import.draft import SiteFacts  # noqa: PLC0415

    try:
        ZoneInfo(arguments.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"{arguments.timezone!r} is not a time zone of the IANA database") from None
    persons = []
    for text in arguments.person:
        match = _PERSON.fullmatch(text)
        if match is None:
            raise ConfigError(f"{text!r} is not KID=NAME: 64 hexadecimal digits and an organisation")
        persons.append((match[1], match[2]))
    now = int(time.time())
    site = arguments.site or "urn:example:site"
    return SiteFacts(
        site=site,
        owner=arguments.owner or "owner",
        timezone=arguments.timezone,
        origin=arguments.origin or "origin",
        device=f"{site}:gateway-pc",
        effective_at=now,
        renew_by=now + arguments.days * DAY_S,
        persons=tuple(persons),
    )


def _try(meters: Sequence[ListedMeter], facts: SiteFacts) -> bool:
    from tally_edge.site_import import draft, trial  # noqa: PLC0415

    good = True
    for meter in meters:
        for found in trial.run(meter, facts, int(time.time())):
            where = f"{meter.point}/{found.register.register}"
            if found.error is not None:
                verdict = f"no reading: {found.error}"
            elif found.fits is None:
                verdict = f"reads {draft.number(found.value)} {found.register.unit}; no display value to compare"
            else:
                verdict = f"reads {draft.number(found.value)}, display 表显 {draft.number(found.register.display)}"
                verdict += ": agrees 一致" if found.fits else ": DOES NOT AGREE 不一致"
                verdict += f"; {found.hint}" if found.hint else ""
            good &= found.error is None and found.fits is not False
            print(f"  row {found.register.row}  {where}  {verdict}")
    return good


def _write(arguments: argparse.Namespace, meters: Sequence[ListedMeter], facts: SiteFacts) -> None:
    from tally_edge import durable  # noqa: PLC0415
    from tally_edge.site_import import draft  # noqa: PLC0415

    missing = [name for name in ("site", "owner", "origin", "person") if not getattr(arguments, name)]
    if missing:
        raise ConfigError(f"to write drafts, give {', '.join(f'--{name}' for name in missing)}")
    folder: Path = arguments.write
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty")
    durable.make_folder(folder / "facts")
    texts = draft.drafts(meters, facts)
    for name, text in texts.items():
        durable.write_file(folder / name, text.encode())
    print(f"wrote {len(texts)} drafts to {folder}; next:")
    for step in draft.next_steps(str(folder), meters, facts):
        print(f"  {step}")
