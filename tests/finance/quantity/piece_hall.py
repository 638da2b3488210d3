"""The simulated metal warehouse with a floor scale at each door, and the sheet that a reader has of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_sim.plant import profile_file
from tally_sim.plant.opening import SimulatedPlant
from tally_trial import plants
from tally_trial.scene import point_of

SCALES: Final = """
[[meter]]
name = "door_a"
kind = "piece-scale"
measures = ["hall_a"]
interval_kg = 1

[[meter]]
name = "door_b"
kind = "piece-scale"
measures = ["hall_b"]
interval_kg = 1
"""
WATCHED: Final = ("door_a", "door_b", "gate_a", "gate_b", "shelf_a", "shelf_b")


def warehouse(folder: Path, seed: int, days: int, *physical: str, unread_ppm: int = 0) -> SimulatedPlant:
    """The shipped profile and its scales for pieces, with what is played on it; hall readers miss some tags."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "metal-warehouse.toml"
    shipped = Path(profile_file.__file__).with_name("profiles") / "metal-warehouse.toml"
    missing = f'kind = "rfid-hall"\nunread_ppm = {unread_ppm}'
    path.write_text(shipped.read_text("utf-8").replace('kind = "rfid-hall"', missing) + SCALES, "utf-8")
    return plants.opened(str(path), seed, days, physical)


def sheet_of(plant: SimulatedPlant, read_rate: str = "0.999") -> str:
    """What lay there at the beginning is listed to the kilogram, as a keeper's list has it."""
    parts = [
        'name = "Halls A and B"\n\n[pieces]\nwitnesses = 2\nfresh_hours = 24\n'
        f"read_rate = {read_rate}\nchance = 0.001\nopening_u_kg = 0.3\n"
    ]
    for hall in ("a", "b"):
        parts.append(f'\n[[hall]]\ngate = "{point_of(f"gate_{hall}")}"\nreader = "{point_of(f"shelf_{hall}")}"\n')
        parts.append(f'[hall.scale]\npoint = "{point_of(f"door_{hall}")}"\ninterval_kg = 1\nrepeatability_kg = 0.3\n')
        there = [one for one in plant.course.halls[f"hall_{hall}"].bundles if one.came < 0]
        parts.append("[hall.opening]\n")
        parts += [f'"{one.tag}" = {(Decimal(one.mass_g) / 1000).quantize(Decimal(1))}\n' for one in there]
    return "".join(parts)
