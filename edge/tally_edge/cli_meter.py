"""`tallystick meter`: what an authority says about meters and the keys that speak for them. Light until one runs."""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tally_edge import cli_signing, cli_time
from tally_edge.errors import ConfigError, DecodeError, StatementError

if TYPE_CHECKING:
    from tally_edge.authority import AuthorityPayload
    from tally_edge.enrolment_request import EnrolmentRequest
    from tally_edge.office.authority_rules import Standing

Build = Callable[["Standing"], "AuthorityPayload"]

_REASONS_TO_REVOKE = ("compromised", "device-lost", "retired", "forked")
_REASONS_TO_CORRECT = ("wrong-ratio", "meter-fault", "wrong-wiring", "gap-filled", "wrong-clock")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `meter` with its sub-commands."""
    meter = subparsers.add_parser("meter", help="state facts about meters, and whose keys speak for them 计量器具")
    actions = meter.add_subparsers(dest="meter_command", metavar="ACTION", required=True)
    _register_keys(actions)
    _register_facts(actions)
    _register_correction(actions)


def _add(actions: Any, name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _register_keys(actions: Any) -> None:
    enrol = _add(actions, "enrol", "a device's key speaks for metering points from now on 登记", run_enrol)
    rotate = _add(actions, "rotate", "a device's new key takes over from its old one 轮换", run_rotate)
    for parser in (enrol, rotate):
        parser.add_argument("request", type=Path, metavar="REQUEST", help="what `tallystick edge init` wrote")
        cli_signing.add_signing(parser)
    revoke = _add(actions, "revoke", "a key is not believed any more 吊销", run_revoke)
    revoke.add_argument("kid", metavar="KID", help="the key's id, 64 hexadecimal digits")
    revoke.add_argument("--reason", required=True, choices=_REASONS_TO_REVOKE, help="why")
    revoke.add_argument(
        "--last-good-seq", type=int, metavar="N", help="believed up to this number (default: none of it)"
    )
    cli_signing.add_signing(revoke)


def _register_facts(actions: Any) -> None:
    install = _add(actions, "install", "a meter is put in at a metering point 安装", run_install)
    install.add_argument("facts", type=Path, nargs="+", metavar="FACTS", help="facts about a meter, as TOML")
    cli_signing.add_signing(install)

    exchange = _add(actions, "exchange", "another meter takes the place of the one in force 换表", run_exchange)
    exchange.add_argument("facts", type=Path, metavar="FACTS", help="facts about the new meter, as TOML")
    exchange.add_argument(
        "--opening",
        action="append",
        type=cli_signing.named_value,
        default=[],
        metavar="REGISTER=VALUE",
        help="what the new meter showed first",
    )
    _add_closing(exchange)
    cli_signing.add_signing(exchange)

    calibrate = _add(actions, "calibrate", "the meter was calibrated 检定", run_calibrate)
    _add_point(calibrate)
    calibrate.add_argument("--certificate", required=True, help="number of the certificate")
    calibrate.add_argument("--expires", required=True, type=cli_time.instant, metavar="TIME", help="when it expires")
    calibrate.add_argument("--accuracy-class", metavar="CLASS", help="accuracy class, where it changed")
    cli_signing.add_signing(calibrate)

    ratio = _add(actions, "ratio", "the transformers' ratio changed 倍率变更", run_ratio)
    _add_point(ratio)
    ratio.add_argument("--multiplier", required=True, metavar="NUMBER", help="PT ratio times CT ratio, exact")
    cli_signing.add_signing(ratio)

    remove = _add(actions, "remove", "the meter is taken away 拆除", run_remove)
    _add_point(remove)
    _add_closing(remove)
    cli_signing.add_signing(remove)


def _register_correction(actions: Any) -> None:
    correct = _add(actions, "correct", "the quantity of a time that has passed is another 更正", run_correct)
    correct.add_argument("point", metavar="POINT", help="the metering point")
    correct.add_argument("--register", required=True, help="the register")
    correct.add_argument("--from", dest="from_at", required=True, type=cli_time.instant, metavar="TIME", help="from")
    correct.add_argument("--to", dest="to_at", required=True, type=cli_time.instant, metavar="TIME", help="to")
    correct.add_argument("--quantity", required=True, metavar="NUMBER", help="what it was, exact")
    correct.add_argument("--unit", required=True, help="its unit")
    correct.add_argument("--reason", required=True, choices=_REASONS_TO_CORRECT, help="why")
    correct.add_argument("--explanation", required=True, help="a sentence for whoever asks later")
    cli_signing.add_signing(correct)


def _add_point(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("point", metavar="POINT", help="the metering point")
    parser.add_argument("--at", required=True, type=cli_time.instant, metavar="TIME", help="from when on it holds")


def _add_closing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--closing",
        action="append",
        type=cli_signing.named_value,
        default=[],
        metavar="REGISTER=VALUE",
        help="what the old meter showed last",
    )


def _state(arguments: argparse.Namespace, build: Build) -> int:
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415  light until a command runs

    with AuthorityStream(arguments.dir) as stream:
        return cli_signing.state(arguments, stream, build(stream.standing))


def _request(path: Path) -> EnrolmentRequest:
    """The request in a file. Raises StatementError naming the file, SignatureError."""
    from tally_edge import enrolment_request  # noqa: PLC0415

    try:
        return enrolment_request.read(cli_signing.read_bytes(path))
    except DecodeError as error:
        raise StatementError(f"{path}: is not an enrolment request: {error}") from None


def run_enrol(arguments: argparse.Namespace) -> int:
    """State an enrolment."""
    from tally_edge.office import meter_statements  # noqa: PLC0415

    request = _request(arguments.request)
    return _state(arguments, lambda _: meter_statements.enrolment(request))


def run_rotate(arguments: argparse.Namespace) -> int:
    """State a rotation."""
    from tally_edge.office import meter_statements  # noqa: PLC0415

    request = _request(arguments.request)
    return _state(arguments, lambda _: meter_statements.rotation(request))


def run_revoke(arguments: argparse.Namespace) -> int:
    """State a revocation."""
    from tally_edge.authority import Revocation, RevocationReason  # noqa: PLC0415
    from tally_edge.office import meter_statements  # noqa: PLC0415

    try:
        kid = bytes.fromhex(arguments.kid)
    except ValueError:
        raise ConfigError(f"{arguments.kid!r} is not the id of a key: 64 hexadecimal digits") from None
    reason = RevocationReason[_member(arguments.reason)]
    return _state(
        arguments,
        lambda standing: Revocation(meter_statements.device_of(standing, kid), kid, reason, arguments.last_good_seq),
    )


def run_install(arguments: argparse.Namespace) -> int:
    """State the facts about each new meter. Stops at the first that is declined or refused."""
    from tally_edge.authority import FactsEvent  # noqa: PLC0415
    from tally_edge.office import authority_files  # noqa: PLC0415

    if arguments.propose is not None and len(arguments.facts) > 1:
        raise ConfigError("a proposal is of one statement: each one follows the one before it")
    every = [authority_files.read_facts(path, FactsEvent.INSTALL) for path in arguments.facts]
    for facts in every:
        code = _state(arguments, lambda _, facts=facts: facts)  # type: ignore[misc]  # mypy: lambda defaults
        if code:
            return code
    return 0


def run_exchange(arguments: argparse.Namespace) -> int:
    """State an exchange."""
    from tally_edge.authority import FactsEvent  # noqa: PLC0415
    from tally_edge.office import authority_files, meter_statements  # noqa: PLC0415

    after = authority_files.read_facts(arguments.facts, FactsEvent.EXCHANGE)
    closing, opening = _by_register(arguments.closing), _by_register(arguments.opening)
    return _state(
        arguments,
        lambda standing: meter_statements.exchange(
            meter_statements.in_force(standing, after.point), after, closing, opening
        ),
    )


def run_calibrate(arguments: argparse.Namespace) -> int:
    """State a calibration."""
    from tally_edge.authority import FactsEvent  # noqa: PLC0415
    from tally_edge.office import meter_statements  # noqa: PLC0415

    def build(standing: Standing) -> AuthorityPayload:
        before = meter_statements.in_force(standing, arguments.point)
        return dataclasses.replace(
            meter_statements.restated(before, FactsEvent.CALIBRATION, arguments.at),
            certificate=arguments.certificate,
            certificate_expires_at=arguments.expires,
            accuracy_class=arguments.accuracy_class or before.accuracy_class,
        )

    return _state(arguments, build)


def run_ratio(arguments: argparse.Namespace) -> int:
    """State a change of ratio."""
    from tally_edge.authority import FactsEvent  # noqa: PLC0415
    from tally_edge.office import meter_statements  # noqa: PLC0415

    multiplier = _number(arguments.multiplier)

    def build(standing: Standing) -> AuthorityPayload:
        before = meter_statements.in_force(standing, arguments.point)
        facts = meter_statements.restated(before, FactsEvent.RATIO, arguments.at)
        return dataclasses.replace(facts, multiplier=multiplier)

    return _state(arguments, build)


def run_remove(arguments: argparse.Namespace) -> int:
    """State a removal."""
    from tally_edge.office import meter_statements  # noqa: PLC0415

    closing = _by_register(arguments.closing)
    return _state(
        arguments,
        lambda standing: meter_statements.removal(
            meter_statements.in_force(standing, arguments.point), arguments.at, closing
        ),
    )


def run_correct(arguments: argparse.Namespace) -> int:
    """State a correction."""
    from tally_edge.authority import Correction, CorrectionReason  # noqa: PLC0415

    if arguments.to_at > time.time():
        raise ConfigError("a correction covers time that has passed")
    correction = Correction(
        arguments.point,
        arguments.register,
        arguments.from_at,
        arguments.to_at,
        _number(arguments.quantity),
        arguments.unit,
        CorrectionReason[_member(arguments.reason)],
        arguments.explanation,
    )
    return _state(arguments, lambda _: correction)


def _member(word: str) -> str:
    return word.upper().replace("-", "_")


def _number(text: str) -> Any:
    from tally_edge import exact_number  # noqa: PLC0415

    try:
        return exact_number.parse(text)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _by_register(values: list[cli_signing.NamedValue]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        if value.register in found:
            raise ConfigError(f"{value.register} is given twice")
        found[value.register] = value.text
    return found
