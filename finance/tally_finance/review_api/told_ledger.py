"""What a desk tells of ledgers of misstatements: what they come to, what they open to, who saved what. No IO."""

from __future__ import annotations

from tally_finance.api.forms import Told


class PlaceTold(Told):
    """What a misstatement's `where` names: an item of the report with its kgCO2e, or evidence, sheet or statement.

    `digest`: of a load or of what the digits are of; `opens`: one step down.
    """

    id: str
    of: str
    name: str
    kg: str | None
    digest: str | None
    opens: list[str]


class MisstatementTold(Told):
    """`error_kg`: stated less what is right, in kgCO2e; above 0 is stated too high. `counts`: it is not corrected."""

    number: int
    text: str
    where: str
    error_kg: str
    sort: str
    counts: bool
    is_material_alone: bool
    places: list[PlaceTold]


class MaterialityTold(Told):
    """Sums in kgCO2e, each direction by itself. `level_ppm`: in millionths of the figure."""

    figure: str
    total_kg: str
    too_high_kg: str
    too_low_kg: str
    limit_kg: str
    level_ppm: int
    entries: int
    alone: list[int]
    is_material: bool
    digest: str
    misstatements: list[MisstatementTold]


class MovedTold(Told):
    """An item that a misstatement names, in the report before and in this one; null: this one has none of the name."""

    id: str
    name: str
    then_kg: str
    now_id: str | None
    now_kg: str | None


class CarriedTold(Told):
    """Whose ledger this began as: the report, the figure then and now, and named items that are others now."""

    report: str
    figure: str
    then_kg: str | None
    now_kg: str | None
    moved: list[MovedTold]


class DraftLedgerTold(Told):
    """A ledger as it is kept. `revision` 0: nobody saved one; `newest`: the one to save over. `digest`: of the text.

    `opinion`: the statement that was signed on it: it is archived. `carried`: see there; also of one not saved yet.
    """

    revision: int
    newest: int
    ledger: str
    digest: str
    saved_by: str | None
    saved_at: int | None
    opinion: str | None
    carried: CarriedTold | None


class EntryTold(Told):
    """A misstatement as it was typed; numbers may be none yet."""

    text: str
    where: str
    stated_kg: str
    right_kg: str
    sort: str
    corrected: bool


class EntryChangedTold(Told):
    """A misstatement before and after; null where it was not there, or was taken out."""

    was: EntryTold | None
    now: EntryTold | None


class RevisionTold(Told):
    """Who saved a ledger when, and what of it changed. `entries`: how many it has."""

    revision: int
    saved_by: str
    saved_at: int
    opinion: str | None
    figure: str
    level: str
    entries: int
    changes: list[EntryChangedTold]


class RevisionsTold(Told):
    """The newest first; `next_before`: where earlier ones begin."""

    items: list[RevisionTold]
    next_before: int | None
