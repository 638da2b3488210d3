"""`tallystick edge`: set a device up, run its agent, look at it, and mend it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tally_edge.errors import ConfigError

if TYPE_CHECKING:
    from tally_edge.agent.order_files import Orders

_PLACES: Final = ("in-meter", "polled-bus", "by-hand", "simulated")
_ALGORITHMS: Final = ("ES256", "EdDSA")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `edge` and its sub-commands."""
    text = "a device's agent: init, run, status, resend, release, settle, recover"
    edge = subparsers.add_parser("edge", help=text, description=text)
    commands = edge.add_subparsers(dest="edge_command", metavar="COMMAND", required=True)
    _add_init(commands)
    run = _add(commands, "run", "read the meters, sign, and deliver until stopped")
    run.set_defaults(run=run_agent)
    status = _add(commands, "status", "how many statements wait, what was refused, how the clock stands")
    status.add_argument("--json", action="store_true", help="for scripts")
    status.set_defaults(run=show_status)
    resend = _add(commands, "resend", "send the dead letters again, once the cause of their refusal is mended")
    resend.set_defaults(run=resend_dead)
    release = _add(commands, "release", "let go of confirmed statements that are anchored and copied off the gateway")
    release.add_argument("through", type=int, metavar="SEQ", help="up to this number")
    release.set_defaults(run=release_confirmed)
    settle = _add(commands, "settle", "read every meter once more, sign the closing settlements, and say no more")
    settle.set_defaults(run=settle_closing)
    recover = _add(commands, "recover", "after lost state: a new key, whose enrolment names where the old stream ends")
    recover.add_argument("--last", type=Path, metavar="FILE", help="the old stream's last logged statement")
    recover.set_defaults(run=start_over)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--config", type=Path, default=Path("edge.toml"), metavar="FILE", help="default: edge.toml")
    return parser


def _add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "make a key on this device, settings to fill in, and a request to be enrolled"
    parser = commands.add_parser("init", help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--dir", type=Path, default=Path(), metavar="DIR", help="where; default: here")
    parser.add_argument("--device", required=True, metavar="URI", help="such as urn:dev:org:32473-steel:gw1")
    parser.add_argument("--point", required=True, action="append", metavar="URI", help="a metering point; repeat it")
    parser.add_argument("--model", default="tallystick edge agent", help="what kind of device this is")
    parser.add_argument("--place", choices=_PLACES, default="polled-bus", help="where a reading becomes a statement")
    parser.add_argument("--algorithm", choices=_ALGORITHMS, default="ES256", help="ES256 is what secure elements have")
    parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="of the site, such as Asia/Shanghai")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="mode 0600; else TALLYSTICK_PASSPHRASE")
    parser.set_defaults(run=initialise)


def initialise(arguments: argparse.Namespace) -> int:
    """`edge init`."""
    from tally_edge import passphrase  # noqa: PLC0415 - only where it runs
    from tally_edge.agent import config, provisioning  # noqa: PLC0415 - only where it runs

    new = provisioning.NewDevice(
        device=arguments.device,
        model=arguments.model,
        place=config.PLACES[arguments.place],
        algorithm=config.ALGORITHMS[arguments.algorithm],
        timezone=arguments.timezone,
        points=tuple(arguments.point),
        passphrase_file=arguments.passphrase_file,
    )
    made = provisioning.initialise(arguments.dir, new, passphrase.read(arguments.passphrase_file), int(time.time()))
    print(f"key id    {made.public_key.kid.hex()}")
    print(f"settings  {arguments.dir / provisioning.SETTINGS_FILE}")
    print(f"request   {arguments.dir / provisioning.REQUEST_FILE}  (give it to the authority: tallystick meter enrol)")
    return 0


def run_agent(arguments: argparse.Namespace) -> int:
    """`edge run`."""
    import logging  # noqa: PLC0415

    from tally_edge.agent import config, running  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    running.run(config.load(arguments.config))
    return 0


def show_status(arguments: argparse.Namespace) -> int:
    """`edge status`: exit code 1 where dead letters wait for a person."""
    from tally_edge.agent import config, outbox  # noqa: PLC0415
    from tally_edge.agent.clock import SystemClock  # noqa: PLC0415

    settings = config.load(arguments.config)
    status = outbox.look(settings.outbox_folder)
    clock = SystemClock().state().name.lower()
    if arguments.json:
        print(json.dumps({**dataclasses.asdict(status), "clock": clock, "max_bytes": settings.outbox_bytes}))
        return 1 if status.dead else 0
    print(f"key                {status.kid}")
    print(f"last statement     {status.last_seq}   starts: {status.boot_count}")
    print(f"confirmed through  {status.confirmed_through}")
    print(f"waiting            {status.waiting}   unsigned: {status.held}")
    print(f"bytes              {status.pending_bytes} of {settings.outbox_bytes}")
    print(f"confirmed, kept    {status.confirmed_kept}")
    print(f"clock              {clock}")
    for name, count in status.counters.items():
        print(f"{name:<18} {count}")
    print(f"dead letters       {len(status.dead)}")
    for letter in status.dead:
        print(f"  {letter.seq}  {letter.kind}  {letter.refusal}")
    return 1 if status.dead else 0


def resend_dead(arguments: argparse.Namespace) -> int:
    """`edge resend`: orders a running agent, which one that starts later takes too."""
    from tally_edge.agent.order_files import Orders  # noqa: PLC0415

    return _order(arguments, Orders(resend=True), "the dead letters are sent again as soon as the agent runs")


def release_confirmed(arguments: argparse.Namespace) -> int:
    """`edge release`."""
    from tally_edge.agent import config, outbox  # noqa: PLC0415
    from tally_edge.agent.order_files import Orders  # noqa: PLC0415

    status = outbox.look(config.load(arguments.config).outbox_folder)
    if not 0 <= arguments.through <= status.last_seq:
        raise ConfigError(
            f"there is no statement {arguments.through}: this stream ends at {status.last_seq}, "
            f"and is confirmed through {status.confirmed_through}"
        )
    text = f"confirmed statements up to {arguments.through} are let go as soon as the agent runs"
    return _order(arguments, Orders(release_through=arguments.through), text)


def settle_closing(arguments: argparse.Namespace) -> int:
    """`edge settle`."""
    from tally_edge.agent.order_files import Orders  # noqa: PLC0415

    return _order(arguments, Orders(close=True), "the closing settlements are signed as soon as the agent runs")


def _order(arguments: argparse.Namespace, orders: Orders, text: str) -> int:
    from tally_edge.agent import config, order_files  # noqa: PLC0415
    from tally_edge.errors import OutboxError  # noqa: PLC0415

    settings = config.load(arguments.config)
    if not settings.outbox_folder.is_dir():
        raise OutboxError(f"{settings.outbox_folder} does not exist: the agent has not run yet")
    order_files.give(settings.outbox_folder, orders)
    print(text)
    return 0


def start_over(arguments: argparse.Namespace) -> int:
    """`edge recover`."""
    from tally_edge import passphrase  # noqa: PLC0415
    from tally_edge.agent import config, provisioning  # noqa: PLC0415

    settings = config.load(arguments.config)
    secret = passphrase.read(settings.device.passphrase_file)
    done = provisioning.recover(settings, arguments.last, secret, int(time.time()))
    print(f"new key id   {done.signer.public_key.kid.hex()}")
    print(f"predecessor  {done.predecessor.kid.hex()} at {done.predecessor.seq}")
    for path in done.kept:
        print(f"kept         {path}")
    print(f"request      {settings.file.parent / provisioning.REQUEST_FILE}")
    print(f"Enter in [device]: lost_since = {done.lost_since}   and register the new key with the gateway.")
    return 0
