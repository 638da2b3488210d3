"""All that is worked out of a site: meters, totals, months, balances, invoices, comparisons, remarks. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tally_chain.verify.verifier import Examined
from tally_finance.activity import comparing, copied, invoices, sub_meters
from tally_finance.activity.boundary import Boundary
from tally_finance.activity.comparing import Compared
from tally_finance.activity.invoices import Held
from tally_finance.activity.reading import Reader
from tally_finance.activity.remark import Name, Remark
from tally_finance.activity.site import Site, site_of
from tally_finance.activity.sub_meters import Balance
from tally_finance.activity.totals import Totals, digest, monthly, totals


@dataclass(frozen=True, slots=True)
class Medium:
    """Of one medium: over the whole period, and by the month."""

    name: str
    total: Totals
    months: tuple[Totals, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A site's activity data. `digest` binds every figure to the sheet and the loads."""

    site: Site
    media: tuple[Medium, ...]
    balances: tuple[Balance, ...]
    invoices: tuple[Held, ...]
    compared: tuple[Compared, ...]
    remarks: tuple[Remark, ...]
    digest: bytes

    @property
    def is_bounded(self) -> bool:
        """Whether no remark leaves a sum open."""
        return not any(one.name.blocks for one in self.remarks)


def report_of(examined: Examined, boundary: Boundary, reader: Reader | None = None) -> Report:
    """The report of a verified bundle and a boundary sheet. Raises ActivityError, as `site_of` does."""
    site = site_of(examined, boundary, reader)
    media = tuple(Medium(name, totals(site, name), tuple(monthly(site, name))) for name in site.media)
    balanced, bills, against = sub_meters.balances(site), invoices.held(site), comparing.compared(site)
    remarks = (
        *site.remarks,
        *_negative(media),
        *sub_meters.remarks(site, balanced),
        *invoices.remarks(site, bills),
        *comparing.remarks(against),
        *copied.remarks(site),
    )
    return Report(site, media, balanced, bills, against, remarks, digest(site))


def _negative(media: tuple[Medium, ...]) -> Iterator[Remark]:
    for medium in media:
        for row in medium.months:
            if row.used < 0:
                text = f"from {row.from_at} to {row.to_at} it used {row.used:f} {row.unit}"
                yield Remark(Name.NEGATIVE, medium.name, text)
