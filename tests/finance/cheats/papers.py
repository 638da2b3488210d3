"""Reports, opinions and versions: what is signed, edited and restated."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from tally_chain import bundle as bundles
from tally_chain import policy_text
from tally_edge.command import main
from tally_finance.errors import ReviewError
from tally_finance.footprint.trace import canonical
from tally_finance.report import folder
from tally_finance.report.making import Report
from tally_finance.review import opinions, reported
from tally_finance.review.kept import VERSIONS, Kept, line_of
from tally_finance.review.opinions import Accreditation, Level, Type, Verification
from tally_finance.review.versions import Reason
from tests.finance.cheats import injections
from tests.finance.cheats.case import MEE, Case, Guard, nothing
from tests.finance.cheats.sheets import Sheets
from tests.finance.cheats.stage import REPORT, VERIFY, Said, honest, played, report, told
from tests.finance.migrated import migrated
from tests.world import ed

REVIEW = "review check, score"
AGAIN = "footprint verify"
LOSS = "footprint report, rounding"
VERSIONS_OF = "review keep, versions"
NOW = 1_780_000_000
YEAR_S = 366 * 86_400
LEAD, PASSENGER = ed("lead verifier"), ed("somebody else")
BANK = "Bank of the Yangtze"


def _verification(about: Report, **changes: object) -> Verification:
    """That of an accredited third party which was at the site."""
    said = Verification(
        bound=about.bound,
        verifier="Verifier Ltd",
        lead="Wang Fang 王芳",
        borrower="Example Works",
        standard="ISO 14064-3:2019",
        accreditation=Accreditation("CNAS", "V-0017", NOW + YEAR_S),
        independence="no tie to borrower or bank",
        level=Level.REASONABLE,
        type=Type.UNMODIFIED,
        materiality_ppm=50_000,
        until=NOW + YEAR_S,
        visited_at=NOW - 5 * 86_400,
    )
    return replace(said, **changes)  # type: ignore[arg-type]


def _objections(said: Verification, about: Report, signer: object = LEAD) -> frozenset[Said]:
    """What a reviewer is told of a verification who knows the lead's key."""
    signed = opinions.decode(opinions.encode(opinions.sign(said, signer, NOW)))  # type: ignore[arg-type]
    found = opinions.for_score(signed, about.bound, NOW + 60, {LEAD.public_key.kid}, parties=(BANK,))
    return frozenset(Said(REVIEW, one.name.value) for one in found)


def walk_through() -> frozenset[Said]:
    """Signed without a visit, by somebody else, by the bank itself, and for the report of before."""
    made, before = report(played()), report(played(), Sheets().inventory_with("year = 2023", "year = 2022"))
    return (
        _objections(_verification(made, visited_at=None), made)
        | _objections(_verification(made), made, PASSENGER)
        | _objections(_verification(made, verifier=BANK), made)
        | _objections(_verification(before), made)
    )


def seen() -> frozenset[Said]:
    made = report(played())
    return _objections(_verification(made), made)


def edited() -> frozenset[Said]:
    """A kilogram less in the report's total, which is then verified; and a table that rounds each interval."""
    differ = _verified(lambda kg: kg - 1)
    coarse = report(played(), Sheets().inventory_with("step_t = 0.01", "step_t = 0.1"))
    return frozenset(differ | _lost(coarse))


def _verified(change: Callable[[int], int]) -> set[Said]:
    """What `footprint verify` says of the report's folder after a change of its total."""
    with tempfile.TemporaryDirectory() as made:
        where, policy = Path(made) / "report", Path(made) / "policy.toml"
        policy.write_text(policy_text.write(played().played.policy), "utf-8")
        folder.write(where, report(played()), [bundles.encode(played().played.bundle)])
        document = json.loads((where / folder.REPORT).read_bytes())
        total = document["figures"]["total-location"]
        total["kg"] = str(change(int(total["kg"])))
        (where / folder.REPORT).write_bytes(canonical(document))
        words = [
            "finance",
            "footprint",
            "verify",
            str(where),
            "--policy",
            str(policy),
            "--at",
            str(played().played.now),
        ]
        with redirect_stdout(StringIO()) as told_so, redirect_stderr(told_so):
            code = main(words)
    lines = told_so.getvalue().splitlines()
    said = {Said(AGAIN, f"differs {line.split()[1].rstrip(':')}") for line in lines if line.startswith("differs")}
    said |= {Said(AGAIN, "another one") for line in lines if line.startswith("the report is another one")}
    assert (code == 0) is not bool(said), lines
    return said


def _lost(made: Report) -> set[Said]:
    """Where a table of rounded intervals loses more than a tenth of a per cent."""
    rows = json.loads(made.encode())["rounded"]
    return {Said(LOSS, "lost_percent") for one in rows if abs(Fraction(one["lost_percent"])) > Fraction(1, 10)}


def the_same() -> frozenset[Said]:
    """The report as it was made."""
    return honest() | _verified(lambda kg: kg) | _lost(report(played()))


@contextmanager
def _books() -> Iterator[Kept]:
    """A database of versions, migrated."""
    with tempfile.TemporaryDirectory() as folder:
        engine = migrated(Path(folder) / "books.db")
        try:
            yield Kept(engine)
        finally:
            engine.dispose()


def restated() -> frozenset[Said]:
    """A better figure before the covenant's test: over the old version, in its place, and without a reason."""
    about, better = _two_reports()
    line, said = line_of(about, "total-location"), set[Said]()
    with _books() as kept:
        first = kept.keep(about, "total-location", (Reason.FIRST, "first report"), "Li Na", NOW)
        for change in (update(VERSIONS).values(known_at=1), delete(VERSIONS)):
            with pytest.raises(DatabaseError) as refused, kept._engine.begin() as connection:
                connection.execute(change)
            said.add(Said(VERSIONS_OF, type(refused.value).__name__))
        with pytest.raises(ReviewError):
            kept.keep(better, "total-location", (Reason.CORRECTION, " "), "Li Na", NOW + 60)
        said.add(Said(VERSIONS_OF, ReviewError.__name__))
        kept.keep(better, "total-location", (Reason.CORRECTION, "a better figure"), "Li Na", NOW + 120)
        stood = kept.versions(line).as_known_at(NOW + 100)
        assert stood == first
        assert kept.report(first).raw == about.raw
        said |= {Said(VERSIONS_OF, "significant") for one in kept.versions(line).changes() if one.is_significant}
    return frozenset(said) | told(played(injected=injections.known("rewritten-log")))


def _two_reports() -> tuple[reported.Reported, reported.Reported]:
    about = reported.decode(report(played()).encode())
    changed = json.loads(report(played()).encode())
    changed["figures"]["total-location"]["kg"] = str(about.figure("total-location").kg * 9 // 10)
    return about, reported.decode(canonical(changed))


def corrected() -> frozenset[Said]:
    """A small correction with its reason is another version, and nobody objects."""
    about, _ = _two_reports()
    slight = json.loads(report(played()).encode())
    slight["figures"]["total-location"]["kg"] = str(about.figure("total-location").kg + 1)
    with _books() as kept:
        kept.keep(about, "total-location", (Reason.FIRST, "first report"), "Li Na", NOW)
        kept.keep(
            reported.decode(canonical(slight)), "total-location", (Reason.CORRECTION, "an invoice"), "Li Na", NOW + 9
        )
        changes = kept.versions(line_of(about, "total-location")).changes()
    return frozenset(Said(VERSIONS_OF, "significant") for one in changes if one.is_significant)


CASES = (
    Case(
        name="name-lending",
        title="Verifiers that were never there",
        chinese="核查走过场、挂名",
        done=f"Reports were signed by people who had not been at the site, or who lent their names ({MEE}).",
        played=(
            "A verification of reasonable assurance without a visit; one by a key that the reviewer did not "
            "name; one by the bank itself; and one that was signed for an earlier report."
        ),
        says=(
            Said(REVIEW, "not-visited"),
            Said(REVIEW, "unknown-key"),
            Said(REVIEW, "not-independent"),
            Said(REVIEW, "another-report"),
        ),
        remains=(
            "A visit that is stated and was not made, by who risks key and accreditation. The reviewer "
            "computes everything again whoever signed, and draws the meters to visit itself (`review "
            "sample`). No second reviewer is drawn by lot."
        ),
        fraud=walk_through,
        honest=seen,
        guards=(Guard("tally_finance.review.opinions._same", nothing, Said(REVIEW, "not-independent")),),
    ),
    Case(
        name="rounding",
        title="Rounding and edited figures",
        chinese="舍入与改数",
        done="Each row is rounded down a little, or a total is retyped.",
        played=(
            "A kilogram less in the report's total; and the plant's own table, which rounds every hour to a "
            "tenth of a tonne."
        ),
        says=(Said(AGAIN, "differs figures.total-location.kg"), Said(AGAIN, "another one"), Said(LOSS, "lost_percent")),
        remains=("Nothing that we know of: figures are exact, and who verifies gets the same bytes or another report."),
        fraud=edited,
        honest=the_same,
        guards=(
            Guard(
                "tally_finance.report.differing.differences", nothing, Said(AGAIN, "differs figures.total-location.kg")
            ),
        ),
    ),
    Case(
        name="restatement",
        title="Restatements before a covenant's test",
        chinese="考核前悄悄重述",
        done="The figure is edited before the covenant is tested.",
        played=(
            "A better figure over the old version, a version that is deleted, one without a reason, and one "
            "that is kept properly: the version of the test's day is the old one, and the change is told. "
            "Then the gateway's owner rewrites the log."
        ),
        says=(
            Said(VERSIONS_OF, "IntegrityError"),
            Said(VERSIONS_OF, "ReviewError"),
            Said(VERSIONS_OF, "significant"),
            Said(VERIFY, "LOG_REWRITTEN"),
            Said("anchor", "not-consistent"),
        ),
        also=(
            Said(VERIFY, "NOT_CONSISTENT"),
            Said(VERIFY, "UNANCHORED_HEAD"),
            Said(VERIFY, "SIGNATURE_WRONG"),
            Said(VERIFY, "MISSING_STATEMENT"),
            Said(VERIFY, "UNCOVERED_INTERVAL"),
            Said(REPORT, "FootprintError"),
        ),
        remains=("A bank that tests on the newest version: it has to ask for the one that was known (`--known-at`)."),
        fraud=restated,
        honest=corrected,
        guards=(
            Guard(
                "tally_finance.review.versions.Change.is_significant",
                property(nothing),
                Said(VERSIONS_OF, "significant"),
            ),
        ),
    ),
)
