"""The silo: its plant is played day by day, devices sign, the gateway logs, and a reader verifies what it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Final

from tally_chain import bundle as bundles
from tally_chain import policy_text
from tally_chain.policy import Policy
from tally_chain.verify.verifier import Examined, examine
from tally_finance.quantity import store_file
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.position import Position, position
from tally_finance.quantity.tickets import Ticket, Weighed, weighed
from tally_finance.release.picker import SeenPlate
from tally_sim.plant.trucks import Weighing
from tally_trial import plants
from tally_trial.errors import TrialError
from tally_trial.log_keeping import FolderLog
from tally_trial.parties import ORIGIN, Parties
from tally_trial.play import PREPARED_S, Playing
from tally_trial.receipts_demo.files import leave
from tally_trial.scene import DAY_S, look_at, point_of

SEED: Final = 5
DAYS: Final = 54
BEGINS: Final = plants.BEGINS
SCALE: Final = point_of("weighbridge")
G_PER_KG: Final = 1_000
LOOKED_S: Final = 10 * 3_600
"""After midnight: when readers look."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a verified bundle says: the statements behind it, the weighings, the attested quantity. Masses in kg."""

    file: Path
    examined: Examined
    policy: Policy
    weighed: Weighed
    position: Position

    @property
    def at(self) -> int:
        """The end of its period, Unix seconds."""
        return self.position.at

    @property
    def root(self) -> bytes:
        """What an attestation names as its evidence: the digest of the bundle's file."""
        return sha256(self.file.read_bytes()).digest()

    @property
    def came(self) -> list[Ticket]:
        """The loads that came in, in the order of their alibi numbers."""
        return [one for one in self.weighed.tickets if one.came]

    @property
    def went(self) -> list[Ticket]:
        """The loads that went out."""
        return [one for one in self.weighed.tickets if not one.came]


def grams(kg: object) -> int:
    """Kilograms of a scale as whole grams. Raises TrialError."""
    exact = kg * G_PER_KG  # type: ignore[operator]  # what a scale weighs is a number
    if int(exact) != exact:
        raise TrialError(f"{kg} kg are no whole grams")
    return int(exact)


class Works:
    """The plant and its gateway, in `folder`: bundles, policies and the store's sheet are left there."""

    def __init__(self, folder: Path) -> None:
        """Nothing has happened yet."""
        here = resources.files(__package__)
        self.folder = folder
        with resources.as_file(here / "silo.toml") as profile:
            self._plant = plants.opened(str(profile), SEED, DAYS)
        parties = Parties(SEED)
        self._log = FolderLog(folder / "gateway", ORIGIN, parties.checkpoint, parties.proof, BEGINS - PREPARED_S)
        self._playing = Playing(look_at(self._plant, SEED), (), self._log)
        self._seen: dict[int, Seen] = {}
        self.sheet = folder / "silo.toml"
        leave(self.sheet, (here / "sheet.toml").read_bytes())

    @property
    def trucks(self) -> list[Weighing]:
        """The trucks that come and went, as the forwarder announces them: for release orders and plates' openings."""
        return list(self._plant.course.weighings)

    @property
    def plates(self) -> tuple[SeenPlate, ...]:
        """The keeper's openings of every plate that the scale signed."""
        return tuple(SeenPlate(one.plate, one.salt) for one in self.trucks)

    @property
    def policy(self) -> Policy:
        """The newest reader's policy: it knows every head that was anchored so far."""
        return self._playing.shown().policy

    def seen(self, day: int) -> Seen:
        """What a reader gets in the morning of `day` of all up to midnight before it; verified. Raises TrialError.

        The plant only goes on: an earlier day than the last is shown where it was asked for before.
        """
        if day not in self._seen:
            self._seen[day] = self._verified(day)
        return self._seen[day]

    def _verified(self, day: int) -> Seen:
        if self._playing.stage.shown_until > BEGINS + day * DAY_S:
            raise TrialError(f"day {day} is over, and nobody looked at it")
        while self._playing.stage.shown_until < BEGINS + day * DAY_S:
            self._playing.day()
        played = self._playing.shown()
        name = f"day-{day:02d}"
        file = self.folder / "bundles" / f"{name}.tally"
        leave(file, bundles.encode(played.bundle))
        leave(file.with_suffix(".policy.toml"), policy_text.write(played.policy).encode())
        examined = examine(bundles.decode(file.read_bytes()), played.policy, now=BEGINS + day * DAY_S + LOOKED_S)
        if not examined.verdict.holds:
            raise TrialError(f"{file}: the evidence does not hold")
        evidence = evidence_of(examined)
        store = store_file.load(self.sheet, evidence.to_at)
        return Seen(file, examined, played.policy, weighed(evidence, SCALE), position(evidence, store))

    def close(self) -> None:
        """Let go of the gateway's folder."""
        self._log.close()
