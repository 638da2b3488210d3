"""One service over a lender's book, a chain and a gateway's log: what happens in any of them is a stored alert."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.registry.identifiers import commitment
from tally_chain.registry.roles import KeyRole
from tally_finance.desk.asked import PartRelease
from tally_finance.errors import NotAllowedError
from tally_finance.filing.description import filing_digest
from tally_finance.filing.registered import Registered, described
from tally_finance.watch.codes import Code
from tally_finance.watch.follow import Follower, Pace
from tally_finance.watch.limits import Limits
from tally_finance.watch.record import Became, Kept
from tally_finance.watch.watching import Watch, empty_book
from tally_finance.watch_service import log_memory
from tally_finance.watch_service.alert_store import AlertStore
from tally_finance.watch_service.book_watch import BookWatch
from tally_finance.watch_service.chain_watch import ChainWatch
from tally_finance.watch_service.metrics import METRICS
from tally_finance.watch_service.service import FollowedLog, Sources, WatchService, recalled
from tally_finance.watch_service.settings import ChainSettings, Settings
from tally_finance.watch_service.settings_papers import OnPaper
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import Parties, fresh
from tests.finance.desk.office import Office, office
from tests.finance.filing.pledge import BANK, HOLDER, HOUSE
from tests.finance.watch.test_follow import Published
from tests.finance.watch.yard import Yard
from tests.world import POINT

FAST = Pace(0.01, 0.05)


@dataclass
class Scene:
    """What there is to watch, and where its alerts are kept."""

    office: Office
    log: Yard = field(default_factory=Yard)
    told: list[tuple[Became, Kept]] = field(default_factory=list)
    services: list[WatchService] = field(default_factory=list)
    papers: OnPaper = field(default_factory=OnPaper)

    def __post_init__(self) -> None:
        self.source = Published(self.log)
        self.alerts = AlertStore(self.office.desk.engine, self.office.desk.sheet.book)

    def now(self) -> int:
        return self.office.now()

    def service(self) -> WatchService:
        """A service that goes on from what the one before remembered."""
        desk = self.office.desk
        yard, sheet = self.office.yard, desk.sheet
        watch = Watch(self.log.world.origin, self.log.policy(), empty_book, Limits(), begun_at=self.now())
        follower = Follower(self.source, self.log.vkey, watch, self.now, lambda _: None)
        self.recalled = recalled(follower, log_memory.find(desk.engine, sheet.book, self.log.world.origin))
        chain = ChainWatch(
            yard.parties.stage.engine, yard.places, yard.parties.at.organisations, sheet.lender, self.now
        )
        settings = Settings(
            "",
            sheet,
            Path(),
            chain=ChainSettings(Path(), (), None, 0.02),
            yards={POINT: self.office.lot},
            papers=self.papers,
            book_every_s=1,
        )
        sources = Sources(
            BookWatch(desk.engine, sheet, self.log.policy()),
            (FollowedLog(self.log.world.origin, follower, watch),),
            chain,
        )

        def remember(origin: str, state: bytes, at: int) -> None:
            log_memory.keep(desk.engine, sheet.book, origin, state, at)

        made = WatchService(
            settings, AlertStore(desk.engine, sheet.book), sources, clock=self.now, remember=remember,
            told=self.told.extend, pace=FAST,
        )  # fmt: skip
        self.services.append(made)
        return made

    def standing(self, code: Code) -> list[Kept]:
        return [one for one in self.alerts.standing() if one.alert.code is code]

    def left(self) -> bytes:
        """A truck leaves now."""
        return self.log.world.log(self.log.weigh(self.now(), 14_000, 44_000)).id

    def hold(self, receipt: bytes) -> None:
        self.office.yard.did(
            "Hold", "court", receipt=receipt, kind=int(HoldKind.COURT), role=int(KeyRole.COURT_LIAISON), quantity=0,
            reason=fresh("case"),
        )  # fmt: skip


@asynccontextmanager
async def running(scene: Scene) -> AsyncIterator[WatchService]:
    service, stop = scene.service(), asyncio.Event()
    task = asyncio.create_task(service.run(stop))
    yield service
    stop.set()
    await asyncio.wait_for(task, 20)


async def until(found: Callable[[], object], seconds: float = 20) -> float:
    began = time.monotonic()
    while not found():
        assert time.monotonic() - began < seconds, "it took too long"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def scene(parties: Parties, tmp_path: Path) -> Scene:
    return Scene(office(yard_on(parties), tmp_path))


async def test_what_happens_anywhere_is_stored_and_told(scene: Scene) -> None:
    receipt = scene.office.pledged(5)
    async with running(scene) as service:
        await until(lambda: service.meters.registry.get_sample_value("tallystick_watch_chain_entries"))
        assert scene.standing(Code.OUTBOUND_WITHOUT_ORDER) == []
        left = scene.left()
        await until(lambda: scene.standing(Code.OUTBOUND_WITHOUT_ORDER))
        (out,) = scene.standing(Code.OUTBOUND_WITHOUT_ORDER)
        assert out.alert.evidence == (left,)
        await asyncio.to_thread(scene.hold, receipt)
        await until(lambda: scene.standing(Code.HELD))
        (changed,) = await _changed(scene)
        scene.alerts.acknowledge(changed.number, by="Li Na", reason="the court's letter came", at=scene.now())
        await until(lambda: not scene.standing(Code.RECEIPT_CHANGED))
        scene.alerts.end(out.number, by="Li Na", reason="the sampler's own goods", at=scene.now())
        scene.office.priced(7_000)
        await until(lambda: scene.standing(Code.IN_DOUBT) or True)
    assert {(became.name, kept.alert.code) for became, kept in scene.told} >= {
        ("RAISED", Code.OUTBOUND_WITHOUT_ORDER),
        ("RAISED", Code.HELD),
        ("RAISED", Code.RECEIPT_CHANGED),
        ("CEASED", Code.RECEIPT_CHANGED),
    }
    assert scene.standing(Code.OUTBOUND_WITHOUT_ORDER) == [], "what a person ended is not raised again by the same"


async def _changed(scene: Scene) -> list[Kept]:
    await until(lambda: scene.standing(Code.RECEIPT_CHANGED))
    return scene.standing(Code.RECEIPT_CHANGED)


async def test_a_service_that_starts_again_reads_on_and_knows_its_alerts(scene: Scene) -> None:
    scene.office.pledged(5)
    async with running(scene):
        scene.left()
        await until(lambda: scene.standing(Code.OUTBOUND_WITHOUT_ORDER))
    (before,) = scene.standing(Code.OUTBOUND_WITHOUT_ORDER)
    scene.source.asked.clear()
    scene.told.clear()
    async with running(scene) as service:
        assert scene.recalled
        await until(lambda: service.meters.registry.get_sample_value("tallystick_watch_entries"))
        await until(lambda: service.meters.registry.get_sample_value("tallystick_watch_chain_entries"))
        await asyncio.sleep(0.2)
        assert scene.standing(Code.OUTBOUND_WITHOUT_ORDER) == [before]
    assert not [path for path in scene.source.asked if path.startswith("tile")], "nothing is read that was read"
    assert [
        kept for became, kept in scene.told if became is Became.RAISED and kept.alert.code is before.alert.code
    ] == []


async def test_what_one_look_finds_is_stored(scene: Scene) -> None:
    scene.office.pledged(5)
    scene.left()
    service = scene.service()
    await service.look_once()
    assert scene.standing(Code.OUTBOUND_WITHOUT_ORDER)
    again = scene.service()
    await again.look_once()
    assert len(scene.standing(Code.OUTBOUND_WITHOUT_ORDER)) == 1


async def test_what_was_filed_is_held_against_the_chain(parties: Parties, tmp_path: Path) -> None:
    """The filed text fits until a part of the pledge is freed; then an amendment is due, until it is filed."""
    firms = {"trader": HOLDER, "bank": BANK, "warehouse": HOUSE}
    yard = yard_on(parties, commitments={word: commitment(one.identifier, one.salt) for word, one in firms.items()})
    scene = Scene(office(yard, tmp_path))
    receipt = scene.office.pledged(40)
    pledgor, pledgee, keeper = (replace(one, organisation=yard.organisations[word]) for word, one in firms.items())
    filed = Registered("ZD-1", "", pledgor, pledgee, keeper, "洋山 1 号库", "阴极铜", "A级", "DK-1", 1_400_000_000)

    def text() -> str:
        pledged = described(filed, receipt, scene.office.desk.view.book)
        assert pledged is not None
        return pledged.description().chinese

    async def differing(**changes: object) -> list[Kept]:
        scene.papers = OnPaper(filings=((receipt, replace(filed, **changes)),))
        await scene.service().look_once()
        return scene.standing(Code.FILING_DIFFERS)

    first = text()
    assert await differing(text=first) == []
    (wrong,) = await differing(text=first, keeper=replace(keeper, name="别的仓储有限公司", salt=bytes(32)))
    assert wrong.alert.said["items"] == "keeper"
    assert await differing(text=first) == []
    scene.office.prepared(PartRelease(receipt, 10_000_000))
    (less,) = await differing(text=first)
    assert less.alert.said["items"] == "pledged"
    assert less.alert.evidence == (filing_digest("ZD-1", first),)
    assert await differing(text=text()) == []
    assert await differing(text=text().replace("A级", "B级")) != []
    with pytest.raises(NotAllowedError, match="505"):
        scene.office.prepared(PartRelease(receipt, 30_000_000))
    assert await differing(text=text()) == []
    scene.office.prepared(PartRelease(receipt, 30_000_000))
    assert await differing(text=first) == [], "what is not pledged needs no filing"


async def test_where_the_database_fails_the_service_ends_with_its_error(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = scene.service()

    def fail(*_: object) -> None:
        raise OperationalError("SELECT 1", None, Exception("the disk is full"))

    monkeypatch.setattr(AlertStore, "take", fail)
    with pytest.raises((OperationalError, ExceptionGroup)):
        await asyncio.wait_for(service.run(asyncio.Event()), 20)


async def test_every_metric_is_shown(scene: Scene) -> None:
    scene.office.pledged(5)
    scene.left()
    service = scene.service()
    await service.look_once()
    shown = {metric.name for metric in service.meters.registry.collect()}
    assert shown == {name.removesuffix("_total") for name in METRICS}
    assert service.meters.registry.get_sample_value("tallystick_watch_alerts", {"severity": "urgent"})
