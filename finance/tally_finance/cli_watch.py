"""The command `tallystick finance watch`: alerts from a gateway's log as it grows."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tally_chain.cli import verify
from tally_chain.findings import printable
from tally_edge.errors import ConfigError

if TYPE_CHECKING:
    from tally_finance.watch.alert import Alert, Changes

EXIT_BLOCKED = 1


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "watch",
        help="alerts from a gateway's log as it grows (预警)",
        description=(
            "Follow a gateway's log, prove that it is only appended to, verify every statement under the policy, and "
            "tell of what is silent, missing, forged, wrongly weighed or run out: alerts as they are raised and end. "
            "With --config: the lender's book, the chain and any number of logs at once, alerts kept with who "
            "acknowledged and ended them (finance alert). With --once: read everything, print what stands; exit code "
            "1: an alert allows no new credit."
        ),
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings of the whole watch (TOML): book, chain and logs; alerts are kept in the book's database",
    )
    parser.add_argument("--gateway", metavar="URL", help="the gateway's address")
    parser.add_argument("--policy", type=Path, help="the reader's policy (TOML)")
    parser.add_argument("--log", metavar="ORIGIN", help="which of the policy's logs (needed where it names several)")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="file with the token, scope entries (else TALLYSTICK_TOKEN)"
    )
    parser.add_argument("--ca", type=Path, metavar="FILE", help="certificate authority of the gateway, PEM")
    parser.add_argument(
        "--guard",
        action="append",
        default=[],
        metavar="POINT",
        help="a scale over which nothing may leave: every weighing out over it is an alert (may be given again)",
    )
    parser.add_argument("--once", action="store_true", help="read the log as it stands, print what stands, and end")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    import asyncio  # noqa: PLC0415

    verify.show_everything()
    if arguments.config is not None:
        if arguments.gateway is not None or arguments.policy is not None or arguments.guard:
            raise ConfigError("--config names everything itself: --gateway, --policy and --guard do not go with it")
        from tally_finance import cli_watch_run  # noqa: PLC0415

        return asyncio.run(cli_watch_run.serve(arguments.config, once=arguments.once, as_json=arguments.json))
    if arguments.gateway is None or arguments.policy is None:
        raise ConfigError("either --config is needed, or --gateway and --policy")
    return asyncio.run(_watch(arguments))


async def _watch(arguments: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415
    import signal  # noqa: PLC0415
    import time  # noqa: PLC0415

    import httpx  # noqa: PLC0415

    from tally_chain import note  # noqa: PLC0415
    from tally_chain.errors import PolicyError  # noqa: PLC0415
    from tally_edge import passphrase, pinned_tls  # noqa: PLC0415
    from tally_finance.errors import UnreachableError  # noqa: PLC0415
    from tally_finance.watch.follow import Follower, HttpLog  # noqa: PLC0415
    from tally_finance.watch.limits import Limits  # noqa: PLC0415
    from tally_finance.watch.seen import Seen  # noqa: PLC0415
    from tally_finance.watch.seen_goods import Yard  # noqa: PLC0415
    from tally_finance.watch.watching import Watch  # noqa: PLC0415

    policy = verify.read_policy(arguments.policy)
    logs = [log for log in policy.logs if arguments.log in (None, log.origin)]
    if len(logs) != 1:
        named = ", ".join(log.origin for log in policy.logs)
        raise PolicyError(f"{arguments.policy}: --log must name one of {named}")
    token = passphrase.read(arguments.token_file, passphrase.TOKEN_VARIABLE)
    tls = pinned_tls.client_context(arguments.ca) if arguments.ca else True
    yards = tuple(Yard(point, point, 0) for point in arguments.guard)
    watch = Watch(logs[0].origin, policy, lambda at: Seen(at, yards=yards), Limits(), begun_at=int(time.time()))
    key = note.decode_verifier_key(logs[0].checkpoint_key)
    async with httpx.AsyncClient(base_url=arguments.gateway, verify=tls, trust_env=False) as client:
        follower = Follower(
            HttpLog(client, token), key, watch, time.time, lambda changes: _tell(changes, as_json=arguments.json)
        )
        if arguments.once:
            await follower.look()
            if watch.trouble:
                raise UnreachableError(watch.trouble)
            follower.judge()
            return EXIT_BLOCKED if any(alert.code.blocks for alert in watch.alerts) else 0
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await follower.run(stop)
    return 0


def _tell(changes: Changes, *, as_json: bool) -> None:
    for became, alerts in (("raised", changes.raised), ("ended", changes.ended)):
        for alert in alerts:
            print(json.dumps(plain(became, alert), ensure_ascii=False) if as_json else line(became, alert), flush=True)


def line(became: str, alert: Alert) -> str:
    """An alert in one line for people."""
    row = alert.code.value
    return (
        f"{became} {row.severity.name.lower()} {row.number} {row.chinese}: {alert.sentence} {alert.sentence_zh}  "
        f"[{printable(alert.touches)}]"
    )


def plain(became: str, alert: Alert) -> dict[str, Any]:
    """An alert for programs."""
    row = alert.code.value
    return {
        "became": became,
        "code": row.number,
        "name": alert.code.name,
        "severity": row.severity.name.lower(),
        "blocks": row.blocks,
        "touches": printable(alert.touches),
        "sentence": alert.sentence,
        "sentence_zh": alert.sentence_zh,
        "evidence": [digest.hex() for digest in alert.evidence],
    }
