"""What goes wrong in one run: each seed takes some kinds of fault and leaves others out, each with a rate of its own.

A run with every fault at once finds less than many runs with a few each: some faults hide the damage of others.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Swarm:
    """Rates are probabilities of one message or one call; `..._every_s` are mean times between two, 0: never."""

    devices: int
    cadence_s: int
    pack_readings: int
    safety_s: int
    seal_every_ms: int
    anchor_every_minutes: int
    by_broker: bool
    """Statements come through a broker, which acknowledges what it may lose. Otherwise the gateway acknowledges."""
    final_after_blocks: int
    freezes: bool
    """Whether meters keep their registers of each midnight."""

    drop_rate: float
    duplicate_rate: float
    longest_delay_s: float
    reorders: bool
    lost_ack_rate: float
    reset_every_s: float
    partition_every_s: float
    broker_dies_every_s: float

    device_dies_every_s: float
    gateway_dies_every_s: float
    power_rate: float
    """How many deaths are power cuts; the others leave the files as they were."""
    gateway_stops_every_s: float
    """An ordered stop, and a start."""

    disk_full_every_s: float
    sync_error_rate: float

    clock_steps_every_s: float
    clock_drift_ppm: float
    gateway_clock_steps: bool
    clock_unset_every_s: float

    meter_silent_every_s: float
    chain_down_every_s: float
    chain_answer_lost_rate: float
    chain_drops_rate: float
    reorganisation_every_s: float

    def kinds(self) -> list[str]:
        """The kinds of fault that are on."""
        quiet = {"devices", "cadence_s", "pack_readings", "safety_s", "seal_every_ms", "anchor_every_minutes"}
        quiet |= {"final_after_blocks", "freezes", "power_rate"}
        return [item.name for item in fields(self) if item.name not in quiet and getattr(self, item.name)]


def swarm_of(seed: int) -> Swarm:
    """The faults of a seed."""
    chance = random.Random(f"{seed}/swarm")

    def on(share: float, low: float, high: float) -> float:
        """A rate, in that share of the seeds."""
        drawn, rate = chance.random(), chance.uniform(low, high)
        return rate if drawn < share else 0.0

    half_hour = 1_800.0
    by_broker = chance.random() < 0.4
    return Swarm(
        devices=chance.choice((1, 1, 2, 3)),
        cadence_s=chance.choice((10, 20, 30)),
        pack_readings=chance.choice((1, 2, 4)),
        safety_s=chance.choice((900, 1_200, 1_800)),
        seal_every_ms=chance.choice((1_000, 3_000, 10_000)),
        anchor_every_minutes=chance.choice((1, 2, 5)),
        by_broker=by_broker,
        final_after_blocks=chance.choice((0, 12)),
        freezes=chance.random() < 0.5,
        drop_rate=on(0.3, 0.01, 0.2),
        duplicate_rate=on(0.3, 0.01, 0.2),
        longest_delay_s=on(0.5, 1.0, 60.0),
        reorders=by_broker and chance.random() < 0.5,
        lost_ack_rate=on(0.3, 0.02, 0.3),
        reset_every_s=on(0.5, 60, half_hour),
        partition_every_s=on(0.4, 600, half_hour),
        broker_dies_every_s=on(0.5, 600, half_hour) if by_broker else 0.0,
        device_dies_every_s=on(0.6, 60, 900),
        gateway_dies_every_s=on(0.6, 60, 900),
        power_rate=chance.choice((0.0, 0.5, 0.5, 1.0)),
        gateway_stops_every_s=on(0.2, 600, half_hour),
        disk_full_every_s=on(0.2, 600, half_hour),
        sync_error_rate=on(0.1, 0.0002, 0.002),
        clock_steps_every_s=on(0.2, 600, half_hour),
        clock_drift_ppm=on(0.3, -20_000, 20_000),
        gateway_clock_steps=chance.random() < 0.2,
        clock_unset_every_s=on(0.1, 600, half_hour),
        meter_silent_every_s=on(0.3, 300, half_hour),
        chain_down_every_s=on(0.4, 300, half_hour),
        chain_answer_lost_rate=on(0.3, 0.01, 0.2),
        chain_drops_rate=on(0.3, 0.05, 0.5),
        reorganisation_every_s=on(0.3, 60, 900),
    )
