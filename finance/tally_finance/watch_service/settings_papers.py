"""What a watch is told on paper: packs and searches behind pledges, filings, who stands behind whom, what runs out.

In the settings of the watch (`settings`), all of it optional:

[[pledge]]                                # papers behind a pledge, looked at again at all times (optional)
receipt = "64 hexadecimal digits"
pack = "pack.toml"                        # ownership pack
search = "search.toml"                    # search of the registry, with delivered_at and max_age_s below
delivered_at = 2026-02-01T00:00:00+08:00
max_age_s = 864000
keeper_max_age_s = 864000

[[keeping]]                               # who stands behind keeper and depositor of a lot (optional)
lot = "64 hexadecimal digits"
keeper = "9131..."
depositor = "9131..."
behind_keeper = ["9131..."]
behind_depositor = ["9132..."]
evidence = "64 hexadecimal digits"        # digest of the record that says so

[[ends]]                                  # what runs out and no other source tells (optional)
what = "quality"                          # quality, insurance, filing, calibration
of = "lot 64 hexadecimal digits"
at = 2026-09-01T00:00:00+08:00
evidence = "64 hexadecimal digits"

[[filing]]                                # what was filed of a receipt, held against the chain at all times
receipt = "64 hexadecimal digits"
filed = "filing.toml"                     # filing/filing_file.py

[[group]]                                 # organisations under one control (一致行动人、同一实际控制人)
name = "Chen family"                      # how alerts call it
members = ["9131...", "9132..."]          # USCC or LEI
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tally_chain.errors import IdentifierError
from tally_chain.registry.identifiers import Identifier
from tally_edge.config_table import Table
from tally_finance.filing import filing_file
from tally_finance.filing.registered import Registered
from tally_finance.ownership import pack_file, search_file
from tally_finance.ownership.matching import Known
from tally_finance.ownership.papers import party
from tally_finance.ownership.search import Asked
from tally_finance.watch.of_papers import Papers
from tally_finance.watch.seen_papers import Ends, Keeping, Term

_ENDS: Final = {one.name.lower(): one for one in (Ends.QUALITY, Ends.INSURANCE, Ends.FILING, Ends.CALIBRATION)}
_YEAR_S: Final = 366 * 86_400
_ID_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class OnPaper:
    """All of it. `known` is what packs are held against; `filings` by the receipts' numbers."""

    pledges: tuple[Papers, ...] = ()
    filings: tuple[tuple[bytes, Registered], ...] = ()
    keepings: tuple[Keeping, ...] = ()
    terms: tuple[Term, ...] = ()
    known: Known = field(default_factory=Known)


@dataclass(frozen=True, slots=True)
class _Group:
    """Organisations under one control."""

    name: str
    members: frozenset[Identifier]


def take(root: Table) -> OnPaper:
    """Take it out of the settings. Raises ConfigError naming file and key, also for what a file that it names holds."""
    groups = tuple(_group(one) for one in root.tables("group"))
    return OnPaper(
        pledges=tuple(_papers(one) for one in root.tables("pledge")),
        filings=_filings(root.tables("filing")),
        keepings=tuple(_keeping(one, groups) for one in root.tables("keeping")),
        terms=tuple(_term(one) for one in root.tables("ends")),
        known=Known(groups=tuple(one.members for one in groups)),
    )


def _group(table: Table) -> _Group:
    try:
        members = frozenset(party(one) for one in table.texts("members"))
    except IdentifierError as error:
        raise table.fault("members", str(error)) from None
    if len(members) < 2:
        raise table.fault("members", "names two organisations at least")
    found = _Group(table.text("name"), members)
    table.done()
    return found


def _filings(tables: Sequence[Table]) -> tuple[tuple[bytes, Registered], ...]:
    found: dict[bytes, Registered] = {}
    for table in tables:
        receipt = table.octets("receipt", _ID_BYTES)
        if receipt in found:
            raise table.fault("receipt", "has a filing already: what is filed now stands there once")
        found[receipt] = filing_file.load(table.file_path("filed"))
        table.done()
    return tuple(found.items())


def _papers(table: Table) -> Papers:
    receipt = table.octets("receipt", _ID_BYTES).hex()
    pack, record = table.optional_path("pack"), table.optional_path("search")
    loaded = None if pack is None else pack_file.load(pack)
    asked = None
    if record is not None:
        if loaded is None:
            raise table.fault("pack", "is missing: it says who pledges and who keeps")
        asked = Asked(
            loaded.pledgor,
            loaded.keeper,
            table.instant("delivered_at"),
            None,
            table.integer("max_age_s", 1, _YEAR_S),
            table.integer("keeper_max_age_s", 1, _YEAR_S),
        )
    found = Papers(receipt, loaded, None if record is None else search_file.load(record), asked)
    table.done()
    return found


def _keeping(table: Table, groups: Sequence[_Group]) -> Keeping:
    """Who is in a group has it behind it, as its owners are."""
    keeper, depositor = table.text("keeper"), table.text("depositor")
    found = Keeping(
        table.octets("lot", _ID_BYTES).hex(),
        keeper,
        depositor,
        _behind((keeper, *table.texts("behind_keeper")), groups),
        _behind((depositor, *table.texts("behind_depositor")), groups),
        table.octets("evidence", _ID_BYTES),
    )
    table.done()
    return found


def _behind(names: Sequence[str], groups: Sequence[_Group]) -> frozenset[str]:
    """Themselves, codes in their one spelling, and the groups that any of them is in."""
    found: set[str] = set()
    for name in names:
        try:
            code = party(name)
        except IdentifierError:  # a person, or a firm without a code
            found.add(name)
        else:
            found.add(code.text)
            found |= {group.name for group in groups if code in group.members}
    return frozenset(found)


def _term(table: Table) -> Term:
    found = Term(
        table.one_of("what", _ENDS), table.text("of"), table.instant("at"), table.octets("evidence", _ID_BYTES)
    )
    table.done()
    return found
