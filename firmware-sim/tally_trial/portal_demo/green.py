"""A reviewers' desk with two versions of a works' footprint on its shelf, and a verifier's word on the second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.report import archive, folder
from tally_finance.review import opinions
from tally_finance.review_api import sheet_file
from tally_finance.review_api.arrivals import State
from tally_finance.review_api.computing import Reading
from tally_finance.review_api.opinions_kept import Brought
from tally_finance.review_api.service import Service, service_of
from tally_finance.review_api.shelf import Reader
from tally_gateway.demo.stage import Progress
from tally_trial.errors import TrialError
from tally_trial.footprint_demo import run
from tally_trial.footprint_demo.cast import BANK, LEAD, REVIEWER
from tally_trial.receipts_demo.cast import FIRMS, digest
from tally_trial.receipts_demo.world import Say

BANK_ID: Final = FIRMS["lender"].id
VERIFIER_ID: Final = digest("organisation footprint verifier")
WORKS_ID: Final = digest("organisation works")

VERIFIERS_PERSON: Final = "chen"

DAYS: Final = 61
_PATIENCE_S: Final = 180
_SHEET: Final = """desk = "green-desk"
organisation = "{bank}"
bank = "{name}"
policy = "{policy}"
reports = "reports"

[[signer]]
key = "{reviewer}"
organisation = "{bank}"
name = "{reviewer_name}"

[[signer]]
key = "{lead}"
organisation = "{verifier}"
name = "{lead_name}"
"""


@contextmanager
def played(place: Path, say: Say, progress: Progress, days: int = DAYS) -> Iterator[Service]:
    """Play a works' footprint in `place / "play"`, and open the desk that its reports were sent to."""
    durable.make_folder(place)
    story = place / "play"
    run.run(story, run.works(days), say, progress)
    sheet = _sheet(place, story)
    engine = engine_for(f"sqlite:///{place / 'reviews.db'}")
    try:
        migrate(engine)
        with service_of(engine, sheet, Reading(sheet.policy, None, None)) as service:
            for version in ("1", "2"):
                _sent(service, story / "reports" / version, WORKS_ID)
            _verified(service, story)
            yield service
    finally:
        engine.dispose()


def _sheet(place: Path, story: Path) -> sheet_file.Sheet:
    file = place / "reviews.toml"
    text = _SHEET.format(
        bank=BANK_ID.hex(),
        name=BANK,
        policy=story / "evidence" / "policy.toml",
        reviewer=REVIEWER.key_id(story),
        reviewer_name=REVIEWER.name,
        lead=LEAD.key_id(story),
        lead_name=LEAD.name,
        verifier=VERIFIER_ID.hex(),
    )
    durable.write_file(file, text.encode())
    durable.make_folder(place / "reports")
    return sheet_file.load(file)


def _verified(service: Service, story: Path) -> None:
    """The works lets the verification body read what it verified, and the body's word on it is here."""
    opinion, now = opinions.decode((story / "review" / "verification.opinion").read_bytes()), service.clock()
    service.shelf.let(opinion.said.bound.report, Reader(VERIFIER_ID, WORKS_ID, now))
    service.opinions.add(Brought(opinion, VERIFIERS_PERSON, now))


def _sent(service: Service, report: Path, by: bytes) -> None:
    """Send a report, and wait until it was computed again. Raises TrialError where the desk refuses it."""
    kept = folder.read(report)
    service.arrivals.take(archive.pack(kept), by)
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        found = service.arrivals.find(sha256(kept.data).digest(), by)
        if found is not None and found.state is State.KEPT:
            return
        if found is not None and found.state is State.REFUSED:
            raise TrialError(f"the reviewers' desk refused {report}: {found.said}")
        time.sleep(0.1)
    raise TrialError(f"the reviewers' desk did not compute {report} within {_PATIENCE_S} s")
