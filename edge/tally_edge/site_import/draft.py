"""Writes what follows from a list of meters: the site plan, the facts of each meter, and the agent's settings. No IO.

The agent's settings are the draft of the enrolment too: `tallystick edge init` asks for a key for the points in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tally_edge.site_import.rows import ORDERS, ListedMeter, ListedRegister


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the list does not say. `effective_at`, `renew_by`: Unix seconds; `persons`: key id in hex, organisation."""

    site: str
    owner: str
    timezone: str
    origin: str
    device: str
    effective_at: int
    renew_by: int
    persons: tuple[tuple[str, str], ...]


def drafts(meters: Sequence[ListedMeter], facts: SiteFacts) -> dict[str, str]:
    """Every file by its name in the folder of drafts."""
    texts = {"plan.toml": plan_toml(meters, facts), "edge.toml": edge_toml(meters, facts)}
    return texts | {f"facts/{number:03}.toml": facts_toml(meter, facts) for number, meter in enumerate(meters, 1)}


def next_steps(folder: str, meters: Sequence[ListedMeter], facts: SiteFacts) -> list[str]:
    """What is done with the drafts in `folder`, in order."""
    points = " ".join(f"--point {meter.point}" for meter in meters)
    return [
        f"tallystick authority plan {folder}/plan.toml …",
        f"tallystick meter install {folder}/facts/*.toml …",
        f"tallystick edge init --device {facts.device} --timezone {facts.timezone} {points}",
        "tallystick meter enrol its request …",
        f"then {folder}/edge.toml replaces its settings: keep their [gateway], and enter each point's facts",
    ]


def plan_toml(meters: Sequence[ListedMeter], facts: SiteFacts) -> str:
    """The plan, as `tallystick authority plan` takes it."""
    lines = [
        f"site = {_text(facts.site)}",
        f"owner = {_text(facts.owner)}",
        f"timezone = {_text(facts.timezone)}",
        "reading_day = 1",
        f"renew_by = {_time(facts.renew_by, facts)}",
        "",
        "[[log]]",
        f"origin = {_text(facts.origin)}",
    ]
    for kid, organisation in facts.persons:
        lines += ["", "[[person]]", f"organisation = {_text(organisation)}", f"kid = {_text(kid)}"]
    for meter in meters:
        lines += ["", "[[point]]", f"point = {_text(meter.point)}", f"cadence_s = {meter.cadence_s}"]
        if meter.parent is not None:
            lines.append(f"parent = {_text(meter.parent)}")
    return "\n".join(lines) + "\n"


def facts_toml(meter: ListedMeter, facts: SiteFacts) -> str:
    """The facts about one meter, as `tallystick meter install` takes them."""
    lines = [
        f"point = {_text(meter.point)}",
        f"effective_at = {_time(facts.effective_at, facts)}",
        f"serial = {_text(meter.serial)}",
        f"accuracy_class = {_text(meter.accuracy_class)}",
        f"multiplier = {meter.multiplier}",
    ]
    if meter.certificate is not None:
        lines.append(f"certificate = {_text(meter.certificate)}")
    if meter.certificate_expires is not None:
        # "valid to the 31st" holds through that day, on the site's clock
        after = datetime.combine(meter.certificate_expires + timedelta(days=1), time(), ZoneInfo(facts.timezone))
        lines.append(f"certificate_expires_at = {after.isoformat()}")
    for register in meter.registers:
        lines += ["", "[[register]]", f"register = {_text(register.register)}", f"unit = {_text(register.unit)}"]
        if register.modulus is not None:
            lines.append(f"modulus = {register.modulus}")
    return "\n".join(lines) + "\n"


def edge_toml(meters: Sequence[ListedMeter], facts: SiteFacts) -> str:
    """The agent's settings, without a gateway: the key is made and enrolled first."""
    lines = [
        "[device]",
        f"uri = {_text(facts.device)}",
        'model = "tallystick agent"',
        'place = "polled-bus"',
        "",
        "# Copy [gateway] from the settings that `tallystick edge init` wrote, and fill it in.",
        "",
        "[site]",
        f"timezone = {_text(facts.timezone)}",
    ]
    for meter in meters:
        lines += ["", *_point_lines(meter)]
    return "\n".join(lines) + "\n"


def _point_lines(meter: ListedMeter) -> Iterator[str]:
    yield "[[point]]"
    yield f"uri = {_text(meter.point)}"
    yield 'driver = "modbus"'
    yield f"cadence_s = {meter.cadence_s}"
    yield f"serial = {_text(meter.serial)}"
    yield f"multiplier = {meter.multiplier}"
    yield '# facts = "…"  the id that `tallystick meter install` printed for this point'
    yield ""
    yield "[point.meter]"
    yield f"host = {_text(meter.host)}"
    yield f"port = {meter.port}"
    yield f"unit_id = {meter.unit_id}"
    for register in meter.registers:
        yield ""
        yield from _register_lines(register)


def _register_lines(register: ListedRegister) -> Iterator[str]:
    words, octets = ORDERS[register.order]
    yield "[[point.register]]"
    yield f"name = {_text(register.register)}"
    yield f"unit = {_text(register.unit)}"
    if register.modulus is not None:
        yield f"modulus = {register.modulus}"
    yield f"address = {register.address}"
    yield f"type = {_text(register.type)}"
    yield f"decimals = {register.decimals}"
    yield f"word_order = {_text(words)}"
    yield f"byte_order = {_text(octets)}"
    yield f"table = {_text(register.table)}"
    if register.type == "f32":
        yield "float_is_rounded = true"


def _text(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, and what can not be printed was refused on the way in."""
    return json.dumps(text, ensure_ascii=False)


def _time(at: int, facts: SiteFacts) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(facts.timezone)).isoformat()


def number(value: int | Decimal | None) -> str:
    """A number as it is shown to people."""
    return "-" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
