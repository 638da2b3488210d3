"""Certificates, factors, boundaries and output: what is claimed beside the meters."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path

from tally_chain.errors import AnchorRefusedError
from tally_chain.registry.identifiers import Scheme, identifier
from tally_chain.registry.nullifier import Namespace, claim_digest, namespace_id, nullifier
from tally_chain.registry.operations import open_namespace
from tally_chain.registry.roles import KeyRole
from tally_finance.factors import own_file
from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.report import marking
from tally_sim.plant.interface import Instrument
from tests.chain.contracts.stage import embedded_stage
from tests.chain.registry.parties import LENDER_A, LENDER_B, Parties, parties_on
from tests.finance.cheats.case import Case, Guard, nothing
from tests.finance.cheats.instruments import inflated
from tests.finance.cheats.sheets import CERTIFICATES, SECOND_VERSION, Sheets
from tests.finance.cheats.stage import CHECK, FEBRUARY, REPORT, Said, honest, played, report, told
from tests.finance.factors.examples import factor
from tests.world import ed

REGISTRY = "registry claim"
MARK = "footprint report, mark"
OWN_FACTOR = Said(MARK, "own factor of Example Works")
INSTRUMENTS = Said(CHECK, "instruments")
FACTOR_YEAR = Said(CHECK, "factor-year")
ISSUER = identifier(Scheme.USCC, "91350100M000100Y43")
KEY = bytes(range(32))
ROW = "2026-03-01T00:00:00+08:00,"
OWN = ed("the works' own key")


@contextmanager
def registry() -> Iterator[Parties]:
    """The registry of claims on an embedded chain, with two banks."""
    with tempfile.TemporaryDirectory() as folder, embedded_stage(Path(folder) / "chain") as stage:
        yield parties_on(stage)


def _claims(*things: tuple[Namespace, str]) -> list[str]:
    """The banks claim things by turns: what the contract says against each, empty where it takes it."""
    said: list[str] = []
    with registry() as parties:
        opened: dict[bytes, None] = {}
        for number, (rules, name) in enumerate(things):
            space = namespace_id(rules, KEY)
            if space not in opened:
                opened[space] = None
                parties.decide(
                    open_namespace(
                        parties.at.claims,
                        space,
                        parties.registrar,
                        KeyRole.LENDER,
                        releasable=False,
                        transferable=False,
                    )
                )
            bank, organisation = ((LENDER_A, parties.bank_a), (LENDER_B, parties.bank_b))[number % 2]
            digest = claim_digest(f"bank {number}".encode(), bytes([number]) * 32)
            thing = nullifier(rules, KEY, ISSUER, name)
            arguments = parties.claim_arguments(space, thing, organisation, digest)
            try:
                parties.transact(bank, parties.at.claims, "Claims", "claim", *arguments)
                said.append("")
            except AnchorRefusedError as error:
                said.append(str(error).partition("(")[0])
    return said


CERTIFICATE = Namespace("green-certificates-2026", "certificate", Scheme.USCC)
GENERATION = Namespace("green-generation-2026", "generation", Scheme.USCC)


@cache
def two_banks() -> frozenset[Said]:
    """One certificate in the reports of two banks, written in two ways; and the generation of one hour, once as a
    certificate and once as a credit."""
    slot = "PV-7/2026-01-05T12"
    said = _claims((CERTIFICATE, "GEC-1"), (CERTIFICATE, " gec－1 "), (GENERATION, slot), (GENERATION, slot))
    assert [bool(one) for one in said] == [False, True, False, True], said
    return frozenset(Said(REGISTRY, one) for one in said if one)


@cache
def two_things() -> frozenset[Said]:
    """Two certificates of two banks."""
    return frozenset(Said(REGISTRY, one) for one in _claims((CERTIFICATE, "GEC-1"), (CERTIFICATE, "GEC-2")) if one)


def _certificates(*rows: str) -> Sheets:
    return Sheets(certificates=CERTIFICATES + "".join(f"{row}\n" for row in rows))


WRONG = {
    "of another bank's report": _certificates(
        f"GEC-2,2026-01-05T00:00:00+08:00,2026-01-06T00:00:00+08:00,CN,Example Works,{ROW}"
    ).inventory_with(
        'certificates = "certificates.csv"',
        'certificates = "certificates.csv"\n[[market.taken]]\nnumber = "GEC-2"\nby = "Bank of the Yangtze"',
    ),
    "twice": _certificates(CERTIFICATES.splitlines()[1]),
    "older": _certificates(f"GEC-3,2024-01-05T00:00:00+08:00,2024-01-06T00:00:00+08:00,CN,Example Works,{ROW}"),
    "of another market": _certificates(
        f"I-REC-4,2026-01-05T00:00:00+08:00,2026-01-06T00:00:00+08:00,VN,Example Works,{ROW}"
    ),
    "for another firm": _certificates(
        f"GEC-5,2026-01-05T00:00:00+08:00,2026-01-06T00:00:00+08:00,CN,Other Works,{ROW}"
    ),
}


def certificates_of_others() -> frozenset[Said]:
    """Those of them that stand once."""
    return frozenset().union(*(told(played(), sheets) for name, sheets in WRONG.items() if name != "twice"))


def no_reason(*_: object) -> str:
    """Everything fits."""
    return ""


def certificates() -> frozenset[Said]:
    """Each of them in a report, and none counts."""
    said = set(two_banks())
    for sheets in WRONG.values():
        assert json.loads(report(played(), sheets).encode())["instruments"]["refused"]
        said |= told(played(), sheets)
    return frozenset(said)


def _new_marks(sheets: Sheets) -> frozenset[Said]:
    """What is written beside the figures of the factors' year and owner, and is not where the rule chose."""
    usual, found = (marking.marks(report(played(), one)) for one in (Sheets(), sheets))
    new = (mark.partition(":")[0].partition(" (")[0] for mark in found if mark not in usual)
    return frozenset(Said(MARK, mark) for mark in new if "own factor" in mark or "for an activity of" in mark)


@cache
def _own(signers: str, *, supersedes: bool = True) -> Sheets:
    """A factor of the works' own, half of the province's, in a file that it signed."""
    usual = choose(shipped(), "electricity.grid", ("CN-JS",), 2023, Basis.LOCATION).factor.digest
    low = factor(value=Decimal("0.2500"), supersedes=usual if supersedes else None)
    data = own_file.encode("Example Works", [low], OWN, 1_760_000_000)
    sheets = Sheets(more=(("own.factors", data),))
    return sheets.inventory_with("year = 2023", f'own_factors = ["own.factors"]\nsigners = ["{signers}"]\nyear = 2023')


def factors() -> frozenset[Said]:
    """An older year; the works' own factor beside the shipped one, in place of it, and signed by a key nobody named."""
    older = Sheets().inventory_with("year = 2023", "year = 2022")
    its_own = OWN.public_key.kid.hex()
    said = set(_new_marks(older)) | _new_marks(_own(its_own)) | told(played(), older)
    return frozenset(said | told(played(), _own(its_own, supersedes=False)) | told(played(), _own("ab" * 32)))


def boundary() -> frozenset[Said]:
    """From February on the auxiliaries are nobody's; and shares of products that add up to nine tenths."""
    sheets = Sheets()
    second = Sheets(sheets.boundary.replace("\n[[comparison]]", f"{SECOND_VERSION}\n[[comparison]]", 1))
    products = (
        'reason = "machine hours"\n[[products.product]]\nname = "scale"\nmade = ["bars"]\nshare = "1/10"\n'
        '[[products.product]]\nname = "bar"\nmade = ["bars"]\nshare = "8/10"'
    )
    shares = sheets.inventory_with('[[products.product]]\nname = "bar"\nmade = ["bars"]', products)
    return told(played(), second) | told(played(), shares)


def inflating(instruments: Mapping[str, Instrument]) -> Sequence[Instrument]:
    """The scale's sum of what left is driven up by a third from February on."""
    return (inflated(instruments["weighbridge"], "kg_out", Decimal("1.33"), FEBRUARY),)


CASES = (
    Case(
        name="double-claims",
        title="Certificates that are claimed twice",
        chinese="绿证重复主张、与 CCER 重复",
        done=(
            "One certificate, or the certificate and the credit (CCER) of one kilowatt hour, in several "
            "registries and reports; certificates older than the use, or of another region."
        ),
        played=(
            "Two banks claim one number on the registry's contract, spelt in two ways, and one hour's "
            "generation as certificate and as credit; five certificates in reports: claimed elsewhere, "
            "listed twice, of 2024, of another market, cancelled for another firm."
        ),
        says=(Said(REGISTRY, "ClaimsTaken"), INSTRUMENTS),
        remains=(
            "A claim outside this registry, and a registrar that names one thing in two ways. Certificate "
            "and credit meet only where the registrar names the generation, not the paper."
        ),
        fraud=certificates,
        honest=lambda: honest() | two_things(),
        guards=(Guard("tally_finance.footprint.certificates._unfit", no_reason, INSTRUMENTS, certificates_of_others),),
    ),
    Case(
        name="factors",
        title="Factor shopping",
        chinese="挑选排放因子",
        done="Province, nation or life cycle, this year or an older one: the lowest is taken.",
        played=(
            "Factors of an older year; the works' own factor of 0.25 beside the published one, in place of "
            "it, and in a file whose key the reader did not name."
        ),
        says=(
            Said(MARK, "factors of 2022 for an activity of 2026"),
            FACTOR_YEAR,
            OWN_FACTOR,
            Said(REPORT, "FactorError"),
            Said(REPORT, "SignatureError"),
        ),
        remains=(
            "A sheet that names the wrong province: where the site stands is for the reviewer to know, and "
            "the regions stand in the report."
        ),
        fraud=factors,
        honest=lambda: honest() | _new_marks(Sheets()),
        guards=(
            Guard(
                "tally_finance.factors.choice.Choice.marks",
                property(nothing),
                OWN_FACTOR,
            ),
            Guard("tally_finance.report.checking_factors._against", no_reason, FACTOR_YEAR),
        ),
    ),
    Case(
        name="boundary",
        title="Boundaries and allocations that drift",
        chinese="边界转移、分配漂移",
        done="Load moves into a building without a meter, or to a product that nobody looks at.",
        played=(
            "From February on the hall with the auxiliaries is no part of the sheet; and the shares of two "
            "products add up to nine tenths."
        ),
        says=(
            Said(REPORT, "left-out"),
            Said(CHECK, "boundary"),
            Said(REPORT, "unmetered"),
            Said(CHECK, "sub-meters"),
            Said(REPORT, "ConfigError"),
        ),
        remains=(
            "Shares that add up and were chosen to please: reason and change stand in the sheets, whose "
            "digests are the report's."
        ),
        fraud=boundary,
        honest=honest,
        guards=(Guard("tally_finance.activity.site._of_plans", nothing, Said(REPORT, "left-out")),),
    ),
    Case(
        name="output",
        title="Output that is inflated",
        chinese="虚增产量",
        done="More is said to be made, and the intensity falls.",
        played="The scale's sum of what left is a third too high in February.",
        says=(Said(REPORT, "ratio-unusual"), Said(CHECK, "comparison")),
        remains=("What stays within the range of energy for output; and lots that were driven out and back in."),
        fraud=lambda: told(played(cover=inflating)),
        honest=honest,
        guards=(
            Guard("tally_finance.activity.comparing.Compared.unusual", property(nothing), Said(CHECK, "comparison")),
        ),
    ),
)
