"""RFID readers: at the gate, what passes; over the hall, what lies there. Serials, never a mass. No IO."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Final

from tally_sim.plant.fitting import Fitting
from tally_sim.plant.hall import Bundle, Hall
from tally_sim.plant.interface import Facts, Record

INVENTORY_S: Final = 12 * 3_600
"""How often the readers over a hall report every serial: by day and by night."""
_COUNT_DIGITS: Final = 9


class Gate:
    """A portal at the door. Registers: passed_in, passed_out (tags read); events: serial_in, serial_out, slot.

    `slot` is where the forklift's terminal says that the bundle goes, or comes from.
    """

    def __init__(self, fitting: Fitting, hall: Hall) -> None:
        """The gate of `hall`."""
        self.name = fitting.meter.name
        self._fitting = fitting
        self._course = fitting.course
        passed = [(bundle.came, True, bundle) for bundle in hall.bundles if bundle.came >= 0]
        passed += [(each.left, False, each) for each in hall.bundles if each.left is not None and not each.unseen]
        passed.sort(key=lambda passage: (passage[0], passage[1], passage[2].number))
        self._passed = [
            passage
            for number, passage in enumerate(passed)
            if passage[2].tag and not fitting.draws.happens(fitting.meter.unread_ppm, f"unread/{self.name}", number)
        ]
        self._seconds = [second for second, _, _ in self._passed]
        self._into = [0, *accumulate(int(inbound) for _, inbound, _ in self._passed)]

    def facts(self, at: int) -> Facts:
        """See `Instrument`."""
        del at
        modulus = Decimal(10**_COUNT_DIGITS)
        registers = ("passed_in", "passed_out")
        return _facts(self._fitting, dict.fromkeys(registers, modulus))

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        begins = self._course.begins
        if at < begins:
            return ()
        done = bisect_right(self._seconds, at - begins)
        told = done if since is None else bisect_right(self._seconds, since - begins)
        records: list[Record] = []
        for second, inbound, bundle in self._passed[told:done]:
            records.append(Record("serial_in" if inbound else "serial_out", bundle.tag, "", begins + second))
            records.append(Record("slot", bundle.slot, "", begins + second))
        into = self._into[done]
        return (
            *records,
            Record("passed_in", into, "count", at),
            Record("passed_out", done - into, "count", at),
        )


class HallReader:
    """Antennas over a hall. Register: present (tags that answer); twice a day every serial is reported."""

    def __init__(self, fitting: Fitting, hall: Hall) -> None:
        """Over `hall`."""
        self.name = fitting.meter.name
        self._fitting = fitting
        self._hall = hall
        self._course = fitting.course
        self._changes, self._present = _answering(hall)

    def facts(self, at: int) -> Facts:
        """See `Instrument`. A level is not cumulative: no modulus."""
        del at
        return _facts(self._fitting, {}, ("present",))

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        begins = self._course.begins
        if at < begins:
            return ()
        present = self._answer(at)
        records = [Record("present", present, "count", at)]
        if since is None:
            return records
        first = max(0, -(-(since + 1 - begins) // INVENTORY_S)) * INVENTORY_S + begins
        reports = [
            Record("serial", tag, "", report)
            for report in range(first, at + 1, INVENTORY_S)
            for tag in sorted(self._seen(report))
        ]
        return (*reports, *records)

    def _answer(self, at: int) -> int:
        if self._fitting.meter.unread_ppm:
            return len(self._seen(at))
        return self._present[bisect_right(self._changes, at - self._course.begins)]

    def _seen(self, at: int) -> set[str]:
        """The tags that answer: two that say the same are one."""
        there: list[Bundle] = self._hall.present(at - self._course.begins)
        unread, draws = self._fitting.meter.unread_ppm, self._fitting.draws
        return {
            bundle.tag
            for bundle in there
            if bundle.tag and not draws.happens(unread, f"unread/{self.name}/{bundle.number}", at)
        }


def _answering(hall: Hall) -> tuple[list[int], list[int]]:
    """When bundles came and went, and how many different tags answer from before the first of those times on."""
    moves = [(bundle.came, 1, bundle.tag) for bundle in hall.bundles if bundle.tag]
    moves += [(bundle.left, -1, bundle.tag) for bundle in hall.bundles if bundle.tag and bundle.left is not None]
    copies: Counter[str] = Counter()
    present, seconds, answering = [0], [], 0
    for second, change, tag in sorted(moves):
        answering -= copies[tag] > 0
        copies[tag] += change
        answering += copies[tag] > 0
        seconds.append(second)
        present.append(answering)
    return seconds, present


def _facts(fitting: Fitting, modulus: dict[str, Decimal], registers: tuple[str, ...] = ()) -> Facts:
    return Facts(
        serial=fitting.serial,
        kind=fitting.meter.kind,
        registers=registers or tuple(modulus),
        cadence_s=fitting.meter.cadence_s,
        modulus=modulus,
        calibrated_until=fitting.calibrated_until,
    )
