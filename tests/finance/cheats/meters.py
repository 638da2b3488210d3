"""Meters: silence, exchanges, copies, clocks, hands and magnets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tally_sim.plant.attacks import Bypass, Magnet, Swap
from tally_sim.plant.faults import Dropout, MeterExchange, WrongRatio
from tally_sim.plant.interface import Instrument
from tests.finance.cheats import injections
from tests.finance.cheats.case import MEE, Case, Guard, nothing
from tests.finance.cheats.instruments import repeating
from tests.finance.cheats.stage import (
    CHECK,
    DAY_S,
    ENDS,
    FEBRUARY,
    GATEWAY,
    REPORT,
    VERIFY,
    Said,
    honest,
    played,
    report,
    told,
)

DAY = injections.DAY
HOUR_S = 3_600
MOST = FEBRUARY + 20 * DAY_S
UNSEEN, NO_REPORT = Said(REPORT, "unseen"), Said(REPORT, "FootprintError")
SUBS_EXCEED, SUB_METERS = Said(REPORT, "subs-exceed"), Said(CHECK, "sub-meters")
COMPARED = Said(CHECK, "comparison")
UNUSUAL = Said(REPORT, "ratio-unusual")
NO_COMPARISON = Guard("tally_finance.activity.comparing.Compared.unusual", property(nothing), COMPARED)
NO_BALANCE = Guard("tally_finance.activity.sub_meters.remarks", nothing, SUBS_EXCEED)


def magnet(where: str) -> Magnet:
    return Magnet(where=where, begins=DAY, ends=MOST)


def less_power() -> frozenset[Said]:
    """A magnet at the incomer: its sub-meters and the utility's own meter count on."""
    return told(played(magnet("incomer")))


def silence() -> frozenset[Said]:
    """The meter does not answer for a day; its register counts on, and the total stays what it was."""
    gone = played(Dropout(where="incomer", begins=DAY + HOUR_S, ends=DAY + DAY_S - HOUR_S))
    cheated, whole = report(gone), report(played())
    assert cheated.activity.media[1].total.bought == whole.activity.media[1].total.bought
    return told(gone) | told(played(injected=injections.known("withheld-day"))) | _withheld_meter()


def _withheld_meter() -> frozenset[Said]:
    return told(played(injected=injections.known("withheld-meter", "furnace")))


def swap() -> frozenset[Said]:
    """Another meter hangs there for ten days, and nobody is told."""
    return told(played(Swap(where="furnace", begins=DAY, ends=DAY + 10 * DAY_S)))


def exchange() -> frozenset[Said]:
    """Closing and opening registers are read and stated by two persons: the total is that of both meters."""
    exchanged = played(MeterExchange(where="furnace", begins=DAY, ends=ENDS))
    found = report(exchanged).activity.site.terms[0].meters["furnace"].load.by_state()
    assert len(found) == 1, found
    return told(exchanged)


def ratio() -> frozenset[Said]:
    """Transformers of twice the ratio are built in before the incomer: it counts half."""
    return told(played(WrongRatio(where="incomer", begins=DAY, ends=MOST)))


def copying(instruments: Mapping[str, Instrument]) -> Sequence[Instrument]:
    """Whoever holds the incomer's key signs a quiet day again as a busy one's, and all that follows to fit."""
    return (repeating(instruments["incomer"], "energy_import", DAY, DAY + 5 * DAY_S),)


def copies() -> frozenset[Said]:
    replayed = told(played(injected=injections.known("replay")))
    return replayed | told(played(injected=injections.known("cloned-key"))) | told(played(cover=copying))


def clocks() -> frozenset[Said]:
    """A clock that is fast by four hours, one that is slow by twenty, and a day that is written anew a fortnight on."""
    late = injections.signed_late("incomer", DAY, DAY + DAY_S, DAY + 14 * DAY_S)
    fast, slow = (told(played(injected=injections.clock(by * HOUR_S))) for by in (4, -20))
    return fast | slow | told(played(injected=late))


def outage() -> frozenset[Said]:
    """The way to the gateway is cut for three days: the outbox keeps everything."""
    return told(played(injected=injections.known("delay")))


def held_back() -> frozenset[Said]:
    """A day is written anew four days later, without a beacon, by who holds the key."""
    return told(played(injected=injections.signed_late("incomer", DAY, DAY + DAY_S, DAY + 4 * DAY_S)))


def entered() -> frozenset[Said]:
    """A form in place of a meter: nothing is believed; and where the reader accepts it, it is no device's word."""
    form = played(injected=injections.by_hand)
    accepted = report(form, by_hand=True)
    rests = {part.rests for part in accepted.emitted.parts if part.use.medium == "electricity"}
    assert rests == {"stated"}, rests
    return told(form)


def magnets() -> frozenset[Said]:
    """A magnet at a sub-meter; and a cable round furnace and incomer."""
    return told(played(magnet("furnace"))) | told(played(Bypass(where="furnace", begins=DAY, ends=MOST)))


def small() -> frozenset[Said]:
    """A hundredth of the furnace's load goes round all meters for ten days."""
    return told(played(Bypass(where="furnace", begins=DAY, ends=DAY + 10 * DAY_S, past_ppm=10_000)))


CASES = (
    Case(
        name="less-power",
        title="Purchased electricity that was left out",
        chinese="少报外购电力",
        done=f"Purchased electricity, heat and fuel were left out or added up wrongly ({MEE}).",
        played="A magnet at the main meter for a month: sub-meters and the utility's invoice say more.",
        says=(SUBS_EXCEED, SUB_METERS, Said(REPORT, "invoice-differs"), Said(CHECK, "invoice"), UNUSUAL, COMPARED),
        remains=(
            "A works with one meter, no invoice and no output that is counted has nothing that it could be "
            "held against: these checks are told as not made."
        ),
        fraud=less_power,
        honest=honest,
        guards=(
            NO_BALANCE,
            Guard("tally_finance.activity.invoices.remarks", nothing, Said(REPORT, "invoice-differs")),
        ),
    ),
    Case(
        name="silence",
        title="Bad days are missing",
        chinese="选择性缺数",
        done="Batteries are empty and meters off whenever it would be a bad day.",
        played=(
            "The main meter does not answer for a day: the gap is declared, its register bridges it, and the "
            "total is what it was. Then a day, and then a whole meter, is left out of what the bank gets."
        ),
        says=(
            Said(VERIFY, "DECLARED_GAP"),
            Said(VERIFY, "MISSING_STATEMENT"),
            Said(VERIFY, "SILENT_METER"),
        ),
        also=(Said(VERIFY, "UNCOVERED_INTERVAL"), Said(VERIFY, "SETTLEMENT_LINK"), UNSEEN, NO_REPORT),
        remains=(
            "The course of the hours without readings: they are matched by no certificate of the hour, and "
            "the total loses nothing."
        ),
        fraud=silence,
        honest=honest,
        guards=(Guard("tally_chain.verify.stream_check._check_step", nothing, Said(VERIFY, "MISSING_STATEMENT")),),
    ),
    Case(
        name="meter-swap",
        title="A meter is swapped",
        chinese="私自换表",
        done="Another meter hangs there between two readings, and the first is put back.",
        played=(
            "Ten days on another meter that nobody states. The honest exchange is stated by two persons with "
            "closing and opening registers, and counts both meters."
        ),
        says=(Said(VERIFY, "RESET"),),
        also=(UNSEEN,),
        remains=("A register that was set to what the first one showed: the parent's balance and the output are left."),
        fraud=swap,
        honest=exchange,
        guards=(),
    ),
    Case(
        name="ratio",
        title="Transformers of another ratio",
        chinese="私改互感器变比",
        done="Current transformers of a higher ratio are built in, and the multiplier stays.",
        played="The main meter counts half for a month.",
        says=(SUBS_EXCEED, SUB_METERS, Said(REPORT, "invoice-differs"), Said(CHECK, "invoice"), UNUSUAL, COMPARED),
        remains=(
            "A ratio that was wrong from the first day on where nothing is metered below: whether the plate "
            "says the truth is for a visit (`review sample`)."
        ),
        fraud=ratio,
        honest=honest,
        guards=(NO_BALANCE, NO_COMPARISON),
    ),
    Case(
        name="copies",
        title="Copied readings and cloned keys",
        chinese="复制读数、克隆密钥",
        done="The same data come twice, or a quiet day is sent again as another one.",
        played=(
            "Statements of a day are sent again; a copy of the key signs beside the meter; and the key signs "
            "a quiet day again as a busy one's, register, number and link in order."
        ),
        says=(Said(GATEWAY, "counted-once"), Said(VERIFY, "FORK"), Said(REPORT, "copied")),
        also=(NO_REPORT,),
        remains=("Made-up readings that repeat nothing, by who holds the key: parent, invoice and output are left."),
        fraud=copies,
        honest=honest,
        guards=(Guard("tally_finance.activity.copied.remarks", nothing, Said(REPORT, "copied")),),
    ),
    Case(
        name="clocks",
        title="Clocks are shifted",
        chinese="拨动时钟",
        done="Kilowatt hours are moved into a green hour, or into another year.",
        played=(
            "A clock that is four hours fast, one that is twenty hours slow, and a day that is written anew "
            "a fortnight later by the meter's own key."
        ),
        says=(Said(VERIFY, "AFTER_ANCHOR"), Said(VERIFY, "BEFORE_BEACON"), Said(REPORT, "late")),
        also=(
            Said(VERIFY, "UNCOVERED_INTERVAL"),
            Said(VERIFY, "SHORT_OF_PERIOD"),
            Said(REPORT, "estimated"),
            NO_REPORT,
        ),
        remains=(
            "Between two heads a clock is known to the time between them. A day that is written anew within "
            "a week and names no beacon is told by nobody (played): its course may be false, its total is "
            "the register's."
        ),
        fraud=clocks,
        honest=outage,
        guards=(Guard("tally_finance.activity.site.late", nothing, Said(REPORT, "late")),),
        possible=held_back,
    ),
    Case(
        name="by-hand",
        title="Estimates entered as measured",
        chinese="估算值冒充实测",
        done="Somebody types what a meter should have said.",
        played=(
            "The main meter's key is enrolled as one of a form (人工录入). The default policy believes nothing "
            "of it; where a reader accepts it, its line rests on `stated`, never on `devices`."
        ),
        says=(Said(VERIFY, "BY_HAND"),),
        also=(NO_REPORT,),
        remains="An office and a second person that enrol a form as a meter.",
        fraud=entered,
        honest=honest,
        guards=(Guard("tally_chain.verify.stream_check.DeviceCheck._check_marks", nothing, Said(VERIFY, "BY_HAND")),),
    ),
    Case(
        name="magnets",
        title="Magnets and bypasses",
        chinese="磁铁干扰、绕表接线",
        done="A magnet saturates a transformer, or a cable goes round the meter.",
        played=(
            "A magnet at a sub-meter, whose parent then has an un-metered share; and a cable round the "
            "furnace and every meter above it, which output and invoice tell."
        ),
        says=(
            Said(REPORT, "unmetered"),
            SUB_METERS,
            UNUSUAL,
            COMPARED,
            Said(REPORT, "invoice-differs"),
            Said(CHECK, "invoice"),
        ),
        remains=(
            "What is small: a hundredth of the furnace for ten days goes through (played). What meters say of a "
            "magnet or an open cover themselves is not read."
        ),
        fraud=magnets,
        honest=honest,
        guards=(NO_COMPARISON,),
        possible=small,
    ),
)
