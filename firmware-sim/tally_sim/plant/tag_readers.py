"""RFID readers: at the gate, what passes; over the hall, what lies there. Serials, never a mass. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
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
        passed += [(b.left, False, b) for b in hall.bundles if b.left is not None and not b.unseen]
        self._passed = sorted(
            (second, inbound, bundle.number, bundle) for second, inbound, bundle in passed if bundle.tag
        )

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
        records: list[Record] = []
        counts = {True: 0, False: 0}
        for second, inbound, _, bundle in self._passed:
            if begins + second > at:
                break
            counts[inbound] += 1
            if since is not None and begins + second > since:
                records.append(Record("serial_in" if inbound else "serial_out", bundle.tag, "", begins + second))
                records.append(Record("slot", bundle.slot, "", begins + second))
        return (
            *records,
            Record("passed_in", counts[True], "count", at),
            Record("passed_out", counts[False], "count", at),
        )


class HallReader:
    """Antennas over a hall. Register: present (tags that answer); twice a day every serial is reported."""

    def __init__(self, fitting: Fitting, hall: Hall) -> None:
        """Over `hall`."""
        self.name = fitting.meter.name
        self._fitting = fitting
        self._hall = hall
        self._course = fitting.course

    def facts(self, at: int) -> Facts:
        """See `Instrument`. A level is not cumulative: no modulus."""
        del at
        return _facts(self._fitting, {}, ("present",))

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        begins = self._course.begins
        if at < begins:
            return ()
        records = [Record("present", len(self._seen(at)), "count", at)]
        if since is None:
            return records
        first = max(0, -(-(since + 1 - begins) // INVENTORY_S)) * INVENTORY_S + begins
        reports = [
            Record("serial", tag, "", report)
            for report in range(first, at + 1, INVENTORY_S)
            for tag in sorted(self._seen(report))
        ]
        return (*reports, *records)

    def _seen(self, at: int) -> set[str]:
        """The tags that answer: two that say the same are one."""
        there: list[Bundle] = self._hall.present(at - self._course.begins)
        return {bundle.tag for bundle in there if bundle.tag}


def _facts(fitting: Fitting, modulus: dict[str, Decimal], registers: tuple[str, ...] = ()) -> Facts:
    return Facts(
        serial=fitting.serial,
        kind=fitting.meter.kind,
        registers=registers or tuple(modulus),
        cadence_s=fitting.meter.cadence_s,
        modulus=modulus,
        calibrated_until=fitting.calibrated_until,
    )
