"""Two reports held against each other, and a report's lines scored: what a reviewer reads out of documents. No IO."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal, localcontext

from tally_finance.errors import ReviewError
from tally_finance.estimate import EXACT, Estimate
from tally_finance.review.opinions import Name, Opinion, Verification, for_score, standing
from tally_finance.review.reduction import COVERAGE, Reduction, Year, reduction
from tally_finance.review.reported import Reported


def words(said: Verification) -> str:
    """Why a line that a verification stands for is verified."""
    return f"verified by {said.verifier}, {said.level.name.lower()} assurance"


def verified(those: Iterable[Opinion], about: Reported, now: int, known: Collection[bytes], *, bank: str) -> str | None:
    """Why the lines of a report are verified, or None. `known`: ids of keys of third parties.

    Of each key the newest verification that stands counts. One that is not unmodified is in the way of all others: who
    signs again has thought better of it, and where two verifiers differ nobody can say that the report was verified.
    """
    if about.unsound:
        return None
    newest: dict[bytes, Opinion] = {}
    for one in sorted(those, key=lambda one: (one.signed_at, one.statement.id)):
        if isinstance(one.said, Verification) and not standing(one, about.bound, now, known):
            newest[one.key.kid] = one
    parties = {bank, about.entity} - {""}
    found = []
    for one in newest.values():
        against = for_score(one, about.bound, now, known, parties=parties)
        if any(each.name is Name.NOT_UNMODIFIED for each in against):
            return None
        if not against and isinstance(one.said, Verification):
            found.append(words(one.said))
    return found[0] if found else None


def avoided(baseline: Reported, now: Reported, figure: str, product: str, output_u95: Decimal | None) -> Reduction:
    """What was avoided against the base year, by a product that both have.

    `output_u95`: U95 of what was made, as a share of it, where a report does not state it. Raises ReviewError for years
    that are not compared.
    """
    if (baseline.entity, baseline.site) != (now.entity, now.site):
        raise ReviewError(
            f"the baseline is of {baseline.entity}, {baseline.site}: another than {now.entity}, {now.site}"
        )
    if baseline.from_at > now.from_at:
        raise ReviewError("the baseline begins after the period that is held against it")
    if baseline.bound.method != now.bound.method:
        raise ReviewError("the two reports follow different methods: compute the baseline again by today's")
    if baseline.product(product).unit != now.product(product).unit:
        raise ReviewError(f"{product} is told in two units")
    return reduction(_year(baseline, figure, product, output_u95), _year(now, figure, product, output_u95))


def _year(about: Reported, figure: str, product: str, output_u95: Decimal | None) -> Year:
    """What two years share would cancel; taken as each one's own, it makes the sure part smaller and never larger."""
    told, made = about.counted(figure), about.product(product)
    u95 = made.amount_u95
    if u95 is None:
        if output_u95 is None:
            raise ReviewError(f"nobody states how uncertain the output of {made.name} is: say so by --output-u95")
        with localcontext(EXACT):
            u95 = made.amount * output_u95
    return Year(_estimate(told.amount, told.u95), _estimate(made.amount, u95), about.days)


def _estimate(value: Decimal, u95: Decimal) -> Estimate:
    with localcontext(EXACT):
        u = u95 / COVERAGE
        return Estimate(value, {}, u * u)
