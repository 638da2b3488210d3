"""The sheet of a store of pieces (件货库房档案) as TOML: what a reader knows beside its evidence. No IO.

name = "Halls A and B"

[pieces]
witnesses = 2                            # so many kinds of witness must have seen a piece: scale, gate, reader, counter
fresh_hours = 24                         # for so long what they saw counts
read_rate = 0.98                         # how many of the tags that are there one look over a hall reads
chance = 0.001                           # with less than this an honest store has a piece called missing
opening_u_kg = 1                         # standard uncertainty of every mass of the openings

[[hall]]                                 # each with all that watches it
gate = "urn:dev:org:32473-metal:gate_a"
reader = "urn:dev:org:32473-metal:shelf_a"
counter = "urn:dev:org:32473-metal:camera_a"   # counts pieces and reads no tags (optional)

[hall.scale]                             # as `[scale]` of a store of fungible goods
point = "urn:dev:org:32473-metal:door_a"
interval_kg = 1
repeatability_kg = 0.3

[hall.opening]                           # what lay there at the beginning: kg by serial (optional)
"AL-000017" = 1003.5

[rules]                                  # k and step_kg (optional)
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge.config_table import Table
from tally_finance.quantity import store_file
from tally_finance.quantity.store import Hall, Pieces

HOUR_S: Final = 3_600
MAX_FRESH_HOURS: Final = 24 * 30
MOST_WITNESSES: Final = 4


def parse(text: str, file: Path) -> Pieces:
    """The store of a sheet. Raises ConfigError naming file and key."""
    root = store_file.opened(text, file)
    name, table, rules = root.text("name"), root.table("pieces", needed=True), root.table("rules")
    store = Pieces(
        name=name,
        halls=tuple(_hall(each) for each in root.tables("hall")),
        opening_u_kg=table.amount("opening_u_kg", Decimal(0)),
        fresh_s=HOUR_S * table.integer("fresh_hours", 1, MAX_FRESH_HOURS),
        witnesses=table.integer("witnesses", 2, MOST_WITNESSES),
        read_rate=table.share("read_rate"),
        chance=table.share("chance"),
        rules=store_file.rules_of(rules),
    )
    for key, value in (("read_rate", store.read_rate), ("chance", store.chance)):
        if value == 0:
            raise table.fault(key, "is not above zero")
    if not store.halls:
        raise root.fault("hall", "is missing")
    if len(set(store.points)) < len(store.points):
        raise root.fault("hall", "a metering point stands twice")
    serials = [serial for hall in store.halls for serial in hall.opening]
    if len(set(serials)) < len(serials):
        raise root.fault("hall", "a serial lay in two halls")
    for each in (table, rules, root):
        each.done()
    return store


def _hall(table: Table) -> Hall:
    scale = table.table("scale", needed=True)
    hall = Hall(
        scale=store_file.bridge_of(scale),
        gate=table.text("gate"),
        reader=table.text("reader"),
        counter=table.optional_text("counter"),
        opening=table.amounts("opening"),
    )
    scale.done()
    table.done()
    return hall
