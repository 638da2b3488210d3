"""What a report says of instruments: what counts, hour by hour, and in the registry of claims. Plain data, no IO."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from tally_chain.verify.figures import EXACT
from tally_finance.footprint.claiming import Claimed
from tally_finance.footprint.matching import PLACES, STEP, Hour, Matching, Stretch
from tally_finance.footprint.trace import Node, written
from tally_finance.report.certifying import Hourly
from tally_finance.report.inventory import Market

if TYPE_CHECKING:
    from tally_finance.report.emitting import Emitted

HOURLY: Final = "hourly"


def instruments(emitted: Emitted, bought: Market, loads: Mapping[bytes, str]) -> dict[str, Any]:
    """Of the electricity that was bought. `loads`: ids by digest."""
    market, found = emitted.market, emitted.certified
    if market is None or found is None:
        return {}
    named = {"covered": market.covered, "supplied": market.supplied, "remainder": market.remainder}
    told: dict[str, Any] = {
        **{f"{name}_kwh": written(node.number) for name, node in {**named, "unused": market.unused}.items()},
        "remainder_basis": market.basis.value,
        "certificates": [one.number for one in found.admitted.certificates],
        "contracts": [one.number for one in found.admitted.contracts],
        "refused": [{"number": one.number, "why": one.why} for one in found.admitted.refused],
    }
    if emitted.hourly is not None:
        told[HOURLY] = _hourly(emitted.hourly, loads)
    if bought.registry is not None and found.claimed is not None:
        told["registry"] = {
            "policy": bought.registry.policy.value,
            "chain_id": str(bought.registry.chain_id),
            "contract": bought.registry.contract,
            "namespace": bought.registry.namespace.hex(),
            "organisation": bought.registry.organisation.hex(),
            "block": str(bought.registry.block),
            "claims": [_claim(found.claimed, number) for number in bought.claimable],
        }
    return told


def nodes(found: Matching) -> dict[str, Node]:
    """The results of a trace that stand in a report, by name."""
    every = {
        "cfe": found.cfe,
        "told": found.told,
        "load": found.load,
        "matched": found.matched,
        "unmatched": found.unmatched,
        "surplus": found.surplus,
    }
    for number, month in enumerate(found.months, 1):
        if month.cfe is not None:
            every[f"month-{number}.cfe"] = month.cfe
    return {f"{HOURLY}.{name}": node for name, node in every.items()}


def _hourly(hourly: Hourly, loads: Mapping[bytes, str]) -> dict[str, Any]:
    found = hourly.matching
    return {
        "id": HOURLY,
        "grid": hourly.grid,
        "load_kwh": written(found.load.number),
        "matched_kwh": written(found.matched.number),
        "unmatched_kwh": written(found.unmatched.number),
        "surplus_kwh": written(found.surplus.number),
        "cfe": written(found.cfe.number),
        "cfe_percent": _percent(found.cfe.number),
        "hours": str(found.hours),
        "unknown_hours": str(found.unknown),
        "months": [_month(one) for one in found.months],
        "worst": [_hour(one) for one in found.worst],
        "certificates": [
            {
                "number": one.bundle.number,
                "from": str(one.bundle.from_at),
                "to": str(one.bundle.to_at),
                "kwh": written(Fraction(one.bundle.kwh)),
                "not_annual": one.not_annual,
                "not_hourly": why,
            }
            for one, why in hourly.bundles
        ],
        "opens": list(dict.fromkeys(loads[digest] for digest in hourly.loads)),
    }


def _month(month: Stretch) -> dict[str, str]:
    return {
        "from": str(month.from_at),
        "to": str(month.to_at),
        "load_kwh": written(month.load.number),
        "matched_kwh": written(month.matched.number),
        "surplus_kwh": written(month.surplus.number),
        "cfe_percent": "" if month.cfe is None else _percent(month.cfe.number),
        "unknown_hours": str(month.unknown),
    }


def _hour(hour: Hour) -> dict[str, Any]:
    return {
        "from": str(hour.from_at),
        "load_kwh": written(hour.load),
        "matched_kwh": written(hour.matched),
        "unmatched_kwh": written(hour.load - hour.matched),
        "known": hour.known,
    }


def _percent(share: Fraction) -> str:
    """A share in percent, to a thousandth, rounded down."""
    return f"{EXACT.scaleb(Decimal(int(share / Fraction(STEP))), 2 - PLACES):f}"


def _claim(claimed: Claimed, number: str) -> dict[str, str]:
    entry = claimed.entry(number)
    known = ("nullifier", "holder", "digest")
    said = {name: "" if entry is None else (getattr(entry, name) or b"").hex() for name in known}
    return {"number": number, "state": claimed.standing(number).value, **said}
