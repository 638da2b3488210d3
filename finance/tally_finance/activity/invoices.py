"""The utility's invoices (账单) against the meters: period, registers, quantity; every difference is told. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

import numpy as np

from tally_chain.verify.figures import EXACT
from tally_finance.activity.bins import Bins
from tally_finance.activity.boundary import Invoice
from tally_finance.activity.column import decimal_of, exact_sum, summed
from tally_finance.activity.remark import Name, Remark
from tally_finance.activity.site import Metered, Site, Term
from tally_finance.activity.state import State


@dataclass(frozen=True, slots=True)
class Held:
    """An invoice and what the meter says of its time; `metered` is None where the site's period does not hold it.

    `opening` and `closing`: what the register showed in the very seconds at its ends, None where it was not read then.
    `state`: the worst of anything in it.
    """

    invoice: Invoice
    unit: str
    metered: Decimal | None
    state: State
    opening: Decimal | None
    closing: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """What the invoice says more than the meter."""
        return None if self.metered is None else EXACT.subtract(self.invoice.quantity, self.metered)

    @property
    def is_held(self) -> bool:
        """Whether the meter was read throughout, so that it says anything of the invoice."""
        return self.metered is not None and self.state <= State.BRIDGED

    @property
    def agrees(self) -> bool:
        """Whether the two quantities are one, as far as the invoice's tolerance goes."""
        return self.is_held and self.difference is not None and abs(self.difference) <= self.invoice.tolerance


def held(site: Site) -> tuple[Held, ...]:
    """Every invoice of the sheet, by meter and time."""
    ordered = sorted(site.boundary.invoices, key=lambda one: (one.meter, one.from_at, one.number))
    return tuple(_held(site, one) for one in ordered)


def _held(site: Site, invoice: Invoice) -> Held:
    parts = _parts(site, invoice)
    if not parts or invoice.from_at < site.from_at or invoice.to_at > site.to_at or not _whole(parts, invoice):
        unit = next((term.meters[invoice.meter].line.unit for term in site.terms if invoice.meter in term.meters), "")
        return Held(invoice, unit, None, State.MISSING, None, None)
    found = [_between(meter, from_at, to_at) for meter, from_at, to_at in parts]
    metered = summed(decimal_of(exact_sum(bins.quantity), bins.places) for bins in found)
    return Held(
        invoice,
        parts[0][0].line.unit,
        metered,
        max(State(int(bins.worst.max())) for bins in found),
        _shown(parts[0][0], invoice.from_at),
        _shown(parts[-1][0], invoice.to_at),
    )


def _parts(site: Site, invoice: Invoice) -> list[tuple[Metered, int, int]]:
    """The invoice's time by the terms in which its meter stands."""
    return [
        (term.meters[invoice.meter], max(term.from_at, invoice.from_at), min(term.to_at, invoice.to_at))
        for term in site.terms
        if invoice.meter in term.meters and _touch(term, invoice)
    ]


def _touch(term: Term, invoice: Invoice) -> bool:
    return max(term.from_at, invoice.from_at) < min(term.to_at, invoice.to_at)


def _whole(parts: Sequence[tuple[Metered, int, int]], invoice: Invoice) -> bool:
    """Whether the meter is part of the site over the invoice's whole time."""
    ends = [invoice.from_at, *(end for _, _, end in parts)]
    return all(begin == end for (_, begin, _), end in zip(parts, ends, strict=False)) and ends[-1] == invoice.to_at


def _between(meter: Metered, from_at: int, to_at: int) -> Bins:
    return meter.load.between(np.array([from_at, to_at], dtype=np.int64))


def _shown(meter: Metered, at: int) -> Decimal | None:
    """What the register showed in a second."""
    number = int(np.searchsorted(meter.column.at, at))
    if number == meter.column.at.size or int(meter.column.at[number]) != at:
        return None
    return decimal_of(int(meter.column.value[number]), meter.column.places)


def remarks(site: Site, found: Sequence[Held]) -> Iterator[Remark]:
    """Everything in which invoices and meters differ, and what the invoices of a meter leave out or charge twice."""
    for one in found:
        touches = f"{one.invoice.meter}, invoice {one.invoice.number}"
        if one.metered is None:
            yield Remark(Name.INVOICE_UNHELD, touches, "the site's period or boundary does not hold all of its time")
            continue
        if not one.is_held:
            yield Remark(Name.INVOICE_UNHELD, touches, f"the meter was not read throughout: {one.state.word}")
        elif not one.agrees:
            text = f"it says {one.invoice.quantity:f} {one.unit}, the meter {one.metered:f}: {one.difference:+f}"
            yield Remark(Name.INVOICE_DIFFERS, touches, text)
        yield from _registers(one, touches)
        yield from _arithmetic(site, one, touches)
    for meter, group in groupby(found, key=lambda one: one.invoice.meter):
        for before, after in pairwise([one.invoice for one in group]):
            if before.to_at != after.from_at:
                what = "leave out" if before.to_at < after.from_at else "charge twice"
                begin, end = sorted((before.to_at, after.from_at))
                text = f"invoices {before.number} and {after.number} {what} from {begin} to {end}"
                yield Remark(Name.INVOICES_APART, meter, text)


def _registers(one: Held, touches: str) -> Iterator[Remark]:
    told = (("begins", one.invoice.opening, one.opening), ("ends", one.invoice.closing, one.closing))
    for word, stated, shown in told:
        if stated is not None and shown is not None and stated != shown:
            text = f"where it {word} it names {stated:f}, the register showed {shown:f}"
            yield Remark(Name.INVOICE_REGISTER, touches, text)


def _arithmetic(site: Site, one: Held, touches: str) -> Iterator[Remark]:
    """Registers of one meter under one ratio must make the quantity; after a rollover they do not by themselves."""
    opening, closing = one.invoice.opening, one.invoice.closing
    parts = _parts(site, one.invoice)
    if opening is None or closing is None or closing < opening or not parts or parts[0][0].line.interval_s is not None:
        return
    multipliers = {stretch.multiplier for meter, _, _ in parts for stretch in meter.meter.stretches}
    if len(multipliers) != 1 or any(meter.meter.turns for meter, _, _ in parts):
        return
    made = EXACT.multiply(EXACT.subtract(closing, opening), multipliers.pop())
    if abs(EXACT.subtract(made, one.invoice.quantity)) > one.invoice.tolerance:
        text = f"its registers make {made:f} {one.unit}, it says {one.invoice.quantity:f}"
        yield Remark(Name.INVOICE_ARITHMETIC, touches, text)
