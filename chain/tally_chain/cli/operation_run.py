"""What `tallystick operation` does with files: show them, sign them, gather their signatures."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from tally_chain.anchoring.external_signer import ExternalSigner
from tally_chain.anchoring.keys import open_keystore
from tally_chain.cli.operation_values import read_names
from tally_chain.cli.where_run import open_engine
from tally_chain.errors import OperationError
from tally_chain.receipts import operation_file
from tally_chain.receipts.checking import Checked, check
from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.pins import read_receipt_pins
from tally_chain.receipts.plain import hexed
from tally_chain.receipts.signing import sign
from tally_chain.receipts.words import Told, short_id, tell
from tally_edge import durable, passphrase
from tally_edge.errors import ConfigError

OK = 0
DOES_NOT_HOLD = 1
NOT_ASKED = "No chain was asked: name one (--embedded or --endpoint, with --pins) to see whether it would count."


def read_file(path: Path) -> OperationFile:
    """An operation's file. Raises OperationError, and OSError."""
    with path.open("rb") as file:
        return operation_file.decode(file.read(operation_file.MAX_FILE_BYTES + 1))


def write_new(path: Path, file: OperationFile) -> None:
    """Writes a file that is not there. Raises ConfigError where one is."""
    if path.exists():
        raise ConfigError(f"{path} exists already")
    durable.write_file(path, operation_file.encode(file).encode("utf-8"))


def run_show(options: argparse.Namespace) -> int:
    """The operation in words; exit code 1 where anything is wrong with it."""
    file, names = read_file(options.file), read_names(options.names)
    if options.typed_data:
        print(json.dumps(file.operation.typed_data(file.chain_id, file.contract), indent=1, ensure_ascii=False))
        return OK
    told = tell(file.operation, names=names, now_seconds=int(time.time()))
    checked = _checked(options, file)
    problems = list(told.warnings) + ([] if checked is None else list(checked.problems))
    report = _report(file, told, checked, problems)
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
    else:
        _print(report, told, asked=checked is not None, names=names)
    return DOES_NOT_HOLD if problems else OK


def _checked(options: argparse.Namespace, file: OperationFile) -> Checked | None:
    if options.embedded is None and options.endpoint is None:
        return None
    if options.pins is None:
        raise ConfigError("with a chain, name the contracts by --pins")
    pins = read_receipt_pins(options.pins)
    with open_engine(options) as engine:
        pins.check(engine)
        return check(engine, file, pins.contracts.places(), pins.organisations)


def _report(file: OperationFile, told: Told, checked: Checked | None, problems: list[str]) -> dict[str, Any]:
    keys = (None,) * len(file.places) if checked is None else checked.keys
    expected = tuple(place.organisation for place in file.places) if checked is None else checked.expected
    return {
        "kind": file.operation.kind,
        "chinese": file.operation.about.chinese,
        "words": told.english,
        "chinese_words": told.chinese,
        "digest": hexed(file.digest),
        "chain_id": file.chain_id,
        "contract": file.contract,
        "contract_name": file.operation.about.contract,
        "object": hexed(file.operation.object),
        "fields": {field.name: shown for field, shown in told.fields},
        "signers": [
            {
                "who": place.who,
                "roles": [role.word for role in file.signer_at(number).roles],
                "expected": None if wanted is None else hexed(wanted),
                "address": place.address,
                "organisation": None if key is None else hexed(key.organisation),
            }
            for number, (place, key, wanted) in enumerate(zip(file.places, keys, expected, strict=True))
        ],
        "problems": problems,
        "would_count": None if checked is None or not checked.complete else not problems,
        "block": None if checked is None else checked.block.number,
    }


def _print(report: dict[str, Any], told: Told, *, asked: bool, names: dict[bytes, str]) -> None:
    for problem in report["problems"]:
        print(f"!!! {problem}")
    print(f"{report['kind']} {report['chinese']}")
    print(f"    {told.english}")
    print(f"    {told.chinese}")
    for field, shown in told.fields:
        first, *more = shown.split("\n")
        print(f"{field.name:<16}{first}")
        for line in more:
            print(f"{'':<16}{line}")
        print(f"{'':<16}  {field.meaning}")
    print(f"{'contract':<16}{report['contract_name']} {report['contract']} on chain {report['chain_id']}")
    print(f"{'object':<16}{report['object']}")
    for number, signer in enumerate(report["signers"]):
        print(f"{number}: {_signer_words(signer, names)}")
    print(f"{'digest':<16}{report['digest']}")
    if not asked:
        print(NOT_ASKED)
    elif report["would_count"] is not None:
        print(f"the contract would {'carry it out' if report['would_count'] else 'NOT carry it out'} now")


def _signer_words(signer: dict[str, Any], names: dict[bytes, str]) -> str:
    expected = "" if signer["expected"] is None else f", {short_id(bytes.fromhex(signer['expected'][2:]), names)}"
    who = f"{signer['who']}{expected} ({' or '.join(signer['roles'])})"
    if signer["address"] is None:
        return f"{who}: not signed"
    whose = ""
    if signer["organisation"] is not None:
        whose = f" of {short_id(bytes.fromhex(signer['organisation'][2:]), names)}"
    return f"{who}: signed by {signer['address']}{whose}"


def run_sign(options: argparse.Namespace) -> int:
    """The file with one signature more; refused where the digest is not the one that was seen."""
    file = read_file(options.file)
    if options.digest != file.digest:
        raise OperationError(f"NOT WHAT YOU SAW: the digest of {options.file} is {hexed(file.digest)}")
    number = _place(file, options.place)
    signed = operation_file.add(file, number, _signature(options, file))
    out = options.out or options.file
    durable.write_file(out, operation_file.encode(signed).encode("utf-8"))
    report = {
        "file": str(out),
        "digest": hexed(file.digest),
        "signed_as": signed.places[number].who,
        "address": signed.places[number].address,
        "missing": [signed.places[place].who for place in signed.missing],
    }
    return _say(options, report)


def _place(file: OperationFile, wanted: str | None) -> int:
    """Raises OperationError unless it is clear which place is meant."""
    if wanted is not None and wanted.isdigit():
        return int(wanted)
    open_places = [number for number in file.missing if wanted in (None, file.places[number].who)]
    if len(open_places) == 1:
        return open_places[0]
    left = ", ".join(f"{number}: {file.places[number].who}" for number in file.missing) or "none"
    raise OperationError(f"say by --as whose place it is; not signed yet are {left}")


def _signature(options: argparse.Namespace, file: OperationFile) -> bytes:
    if options.signature is not None:
        try:
            return bytes.fromhex(options.signature.removeprefix("0x"))
        except ValueError:
            raise OperationError("--signature is not hexadecimal") from None
    if options.signer is None:
        key = open_keystore(options.key, lambda: passphrase.read(options.passphrase_file))
        return sign(key, file.operation, file.chain_id, file.contract)
    if options.signer_address is None:
        raise ConfigError("--signer needs --signer-address")
    external = ExternalSigner(options.signer, options.signer_address)
    try:
        return sign(external, file.operation, file.chain_id, file.contract)
    finally:
        external.close()


def run_merge(options: argparse.Namespace) -> int:
    """One file with the signatures of all."""
    merged = operation_file.merge([read_file(path) for path in options.files])
    write_new(options.out, merged)
    missing = [merged.places[place].who for place in merged.missing]
    return _say(options, {"file": str(options.out), "digest": hexed(merged.digest), "missing": missing})


def _say(options: argparse.Namespace, report: dict[str, Any]) -> int:
    if options.json:
        print(json.dumps(report, indent=1))
        return OK
    for name, value in report.items():
        print(f"{name.replace('_', ' '):<16}{', '.join(value) or 'nobody' if isinstance(value, list) else value}")
    return OK
