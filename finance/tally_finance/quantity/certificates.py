"""Whether somebody vouches for an instrument (检定证书, 校准证书), as the authority states it. No IO.

After its certificate has run out an instrument is held to EXPIRED times its limits, and allows no new credit; so is one
whose certificate nobody stated. What it read before counts as it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.remark import Name, Remark
from tally_finance.quantity.scale import EXPIRED
from tally_finance.quantity.tickets import Ticket


def certified_until(evidence: Evidence, point: str, at: int) -> int | None:
    """Until when (Unix seconds) the instrument that was in use at `at` is certified; None where nobody stated it."""
    stated = evidence.facts.facts_at(point, at)
    return None if stated is None else stated.facts.certificate_expires_at


def widening(evidence: Evidence, point: str, at: int) -> int:
    """By how much the limits of the instrument at a point are wider at a time: 1 where its certificate is good."""
    until = certified_until(evidence, point, at)
    return EXPIRED if until is None or at > until else 1


def of_scale(evidence: Evidence, point: str, tickets: Sequence[Ticket]) -> Iterator[Remark]:
    """Whether somebody vouches for a scale, now and at every weighing."""
    until = certified_until(evidence, point, evidence.to_at)
    if until is None:
        yield Remark(Name.CERTIFICATE_UNKNOWN, point, "nobody states until when it is certified")
        return
    late = [one for one in tickets if widening(evidence, point, one.at) > 1]
    if late:
        yield Remark(Name.CERTIFICATE_EXPIRED, point, f"{len(late)} weighings had none, the first at {late[0].at}")
    elif until < evidence.to_at:
        yield Remark(Name.CERTIFICATE_EXPIRED, point, f"since {until}")


def of_gauges(evidence: Evidence, points: Iterable[str]) -> Iterator[Remark]:
    """Whether somebody vouches for each gauge at both ends of the period, where it is read."""
    for point in points:
        ends = [(at, certified_until(evidence, point, at)) for at in (evidence.from_at, evidence.to_at)]
        if any(until is None for _, until in ends):
            yield Remark(Name.CERTIFICATE_UNKNOWN, point, "nobody states until when it is certified")
            continue
        late = [until for at, until in ends if until is not None and until < at]
        if late:
            yield Remark(Name.CERTIFICATE_EXPIRED, point, f"since {late[-1]}")
