"""What `tallystick finance factor` does."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from tally_edge import durable, passphrase, signer
from tally_edge.errors import ConfigError
from tally_finance.errors import FactorError
from tally_finance.exact_json import plain
from tally_finance.factors import own_file, sheet
from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis, Factor
from tally_finance.factors.registry import Registry
from tally_finance.factors.shipping import with_own

OK, NONE_FITS = 0, 1

_DRAFT = """licence = ""                                # under which these values may be used

[[table]]
activity = "electricity.grid"
basis = "supplier"                          # {bases}
unit = "kgCO2/kWh"
data_year = 2025
rows = [
  {{ region = "supplier:NAME", value = 0.0000, at = "page 1" }},   # at: the page, the cell, the line
]

[[table.source]]
title = ""                                  # who says it
locator = ""                                # where it stands
read = "primary"                            # primary, copy or transcription
"""


def run_list(options: argparse.Namespace) -> int:
    """The factors that fit."""
    registry = with_own(options.own, options.signer)
    found = [
        one
        for one in registry
        if (options.activity is None or f"{one.activity}.".startswith(f"{options.activity}."))
        and options.region in (None, one.region)
        and options.year in (None, one.data_year)
    ]
    if options.json:
        told = {"registry": registry.digest.hex(), "factors": [_told(one, registry) for one in found]}
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return OK
    for one in found:
        print(_line(one, registry))
    print(f"{len(found)} factors; registry {registry.digest.hex()}")
    return OK


def run_show(options: argparse.Namespace) -> int:
    """One factor."""
    registry = with_own(options.own, options.signer)
    factor = registry.found(options.digest)
    if options.json:
        print(json.dumps(_told(factor, registry), ensure_ascii=False, indent=1))
        return OK
    print(_line(factor, registry))
    if factor.reporting_year is not None:
        print(f"  reporting year {factor.reporting_year}")
    u_percent = "not stated" if factor.u_percent is None else f"{factor.u_percent:f} %"
    print(f"  standard uncertainty {u_percent}")
    print(f"  licence: {factor.licence}")
    if factor.note:
        print(f"  note: {factor.note}")
    for source in factor.sources:
        print(f"  {source.read.value}: {source.title}\n    {source.locator}")
    print(f"  digest {factor.digest.hex()}")
    return OK


def run_choose(options: argparse.Namespace) -> int:
    """The factor that counts, and those that do not."""
    try:
        basis = Basis(options.basis)
    except ValueError:
        raise ConfigError(f"{options.basis!r} is not one of {', '.join(one.value for one in Basis)}") from None
    registry = with_own(options.own, options.signer)
    try:
        choice = choose(registry, options.activity, tuple(options.region), options.year, basis, per=options.per)
    except FactorError as error:
        print(json.dumps({"chosen": None, "why": str(error)}, ensure_ascii=False) if options.json else str(error))
        return NONE_FITS
    if options.json:
        others = [{"why_not": one.why_not, **_told(one.factor, registry)} for one in choice.alternatives]
        told = {
            "chosen": _told(choice.factor, registry),
            "rule": choice.rule,
            "fallback": choice.fallback,
            "registry": registry.digest.hex(),
            "alternatives": others,
        }
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return OK
    print(_line(choice.factor, registry))
    print(f"  by the rule: {choice.rule}")
    for one in choice.alternatives:
        print(f"not {_line(one.factor, registry)}: {one.why_not}")
    return OK


def run_new(options: argparse.Namespace) -> int:
    """A table to fill in."""
    text = _DRAFT.format(bases=", ".join(basis.value for basis in Basis))
    _make(options.out, text.encode())
    print(f"{options.out}: fill it in, then sign it")
    return OK


def run_sign(options: argparse.Namespace) -> int:
    """A signed file of a table."""
    try:
        text = options.file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {options.file}: {error}") from None
    factors = sheet.parse(text, options.file)
    key = signer.load(options.key, passphrase.read(options.passphrase_file))
    data = own_file.encode(options.organisation, factors, key, int(time.time()))
    _make(options.out, data)
    kid = key.public_key.kid.hex()
    if options.json:
        told = {"file": str(options.out), "key_id": kid, "factors": [one.digest.hex() for one in factors]}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print(f"{options.out}: {len(factors)} factors of {options.organisation}, signed by key {kid}")
    return OK


def _make(path: Path, data: bytes) -> None:
    if path.exists():
        raise ConfigError(f"{path} exists already")
    durable.write_file(path, data)


def _line(factor: Factor, registry: Registry) -> str:
    where = f"{factor.activity} {factor.region} {factor.data_year} {factor.basis.value}"
    newer = registry.superseded_by(factor)
    marks = [factor.mark, registry.owners.get(factor.digest, ""), "" if newer is None else "superseded (已被替代)"]
    said = "; ".join(mark for mark in marks if mark)
    return f"{factor.digest.hex()[:12]} {where}: {factor.value:f} {factor.unit}{f' [{said}]' if said else ''}"


def _told(factor: Factor, registry: Registry) -> dict[str, Any]:
    newer = registry.superseded_by(factor)
    fields: dict[str, Any] = plain(factor)
    return {
        "digest": factor.digest.hex(),
        **fields,
        "unit": str(factor.unit),
        "admitted": factor.admitted,
        "owner": registry.owners.get(factor.digest),
        "superseded_by": None if newer is None else newer.digest.hex(),
    }
