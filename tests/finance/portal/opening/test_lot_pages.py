"""From a lot's attested quantity down to the anchor, page by page, over the real contracts' state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tally_chain import bundle
from tally_chain.verify.verifier import examine
from tally_finance.api.forms import written
from tally_finance.api.openings import Openings
from tally_finance.portal.app import make_pages
from tally_finance.portal.site import Site
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.tickets import Ticket, weighed
from tally_finance.release.order import grams
from tally_finance.release.picker import Picker, SeenPlate, encode_picker, encode_plate, plate_of
from tally_gateway.pages.words import Words
from tally_trial import plants
from tests.chain.receipts.yard import TONNE
from tests.chain.registry.parties import fresh
from tests.finance.api.conftest import consortium, embedded, parties, solo, stage
from tests.finance.api.counter import Counter
from tests.finance.api.test_evidence import made as evidence
from tests.finance.portal.signed_in import COOKIE, Cookies
from tests.in_process import InProcess, asked

__all__ = ["consortium", "embedded", "evidence", "parties", "solo", "stage"]
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def made(evidence: tuple[Counter, bytes]) -> Iterator[tuple[InProcess, str]]:
    """Pages over the desk, visited by its lender; and the lot's page."""
    counter, _ = evidence
    sessions = Cookies()
    lender = counter.office.yard.whose("lender")
    sessions.add("lender", lender, "lender")
    sessions.add("other", fresh("another bank"), "lender")
    sessions.add("keeper", counter.office.yard.whose("keeper"), "keeper")
    sessions.add("other-keeper", fresh("another keeper"), "keeper")
    words, engine = Words("Bank", "银行"), counter.office.desk.engine
    site = Site(words, "http://127.0.0.1", lender, engine, sessions, counter.service, counter.app)
    with asked(make_pages(site)) as client:
        client.cookies.set(COOKIE, "lender")
        yield client, f"/open/lot/{written(counter.office.lot)}"


def test_a_lot_opens_down_to_a_statement_in_every_step(
    made: tuple[InProcess, str], evidence: tuple[Counter, bytes]
) -> None:
    """Each page is reached by a link of the one before; the bundle's bytes come as they were taken."""
    client, path = made
    listed = client.get(path, headers=HTML)
    at = re.findall(rf'href="({path}/0x[0-9a-f]{{64}})"', listed.text)[0]
    page = client.get(at, headers=HTML).text
    assert "The evidence holds" in page
    assert "Attested quantity, kg" in page
    subject = re.findall(rf'href="({at}\?subject=[^"#]+)#statements"', page)[0]
    link = re.findall(rf'href="({at}/statements/[0-9a-f]{{64}})"', client.get(subject, headers=HTML).text)[1]
    steps = re.findall(r'class="step (\w+)" id="step-', client.get(link, headers=HTML).text)
    assert steps == ["good"] * 9
    assert client.get(f"{link}/steps.json").json()["holds"]
    assert client.get(f"{at}/bundle").content == evidence[1]
    of_statements = (link, f"{link}/statement")
    for who, status in (("other", 403), ("keeper", 403), ("nobody", 401)):
        client.cookies.set(COOKIE, who)
        for one in (path, at, f"{at}/bundle", *of_statements):
            opens = who == "keeper" and one in of_statements  # its own scale's: release orders lead there
            assert client.get(one).status_code == (200 if opens else status), (who, one)
    client.cookies.set(COOKIE, "lender")
    assert client.get(f"/open/lot/{written(fresh())}").status_code == 404
    assert "Lot 0x" in client.get(path, headers=HTML).text


@dataclass
class Gate:
    """A pledge of the lot, and what two trucks took out by the silo's scale."""

    counter: Counter
    client: InProcess
    receipt: bytes
    loads: list[Ticket]
    folder: Path
    plates: dict[bytes, SeenPlate]

    def picker(self, load: Ticket, *, opened: bool = True) -> Picker:
        """Who picks a load up; `opened`: its file and the plate's lie in the desk's folder."""
        assert load.plate is not None
        seen = self.plates[load.plate]
        made = Picker(plate_of(seen.plate), "licence 0001", fresh()[:16])
        if opened:
            (self.folder / f"{made.digest.hex()}.json").write_text(encode_picker(made))
            (self.folder / f"{load.number}.json").write_text(encode_plate(seen))
        return made

    def ordered(self, grams: int, picker: Picker, since: int) -> bytes:
        yard = self.counter.office.yard
        made = yard.did(
            "Order", "lender", "lender 2", "holder", receipt=self.receipt, quantity=grams, picker=picker.digest,
            computation=fresh("computation"), until=yard.deadline, **{"from": since},
        )  # fmt: skip
        self.counter.office.sync()
        return made.digest

    def page(self, who: str, order: bytes, language: str = "en") -> str:
        self.client.cookies.set(COOKIE, who)
        place = "lender" if who == "lender" else "keeper"
        headers = {**HTML, "accept-language": language}
        answer = self.client.get(f"/{place}/orders/{written(order)}", headers=headers)
        self.client.cookies.set(COOKIE, "lender")
        assert answer.status_code == 200, answer.text[-500:]
        return answer.text


@pytest.fixture(scope="module")
def silo(
    made: tuple[InProcess, str], evidence: tuple[Counter, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Gate:
    counter, data = evidence
    office, folder = counter.office, tmp_path_factory.mktemp("pickers")
    office.desk.sheet = replace(office.desk.sheet, pickers=folder)
    policy = office.desk.policy
    assert policy is not None
    found = evidence_of(examine(bundle.decode(data), policy, now=office.desk.now()))
    point = next(name for name in found.packs if name.endswith("weighbridge"))
    loads = [one for one in weighed(found, point).tickets if not one.came]
    seen = (SeenPlate(one.plate, one.salt) for one in plants.opened("grain-silo", 5, 2).course.weighings)
    return Gate(counter, made[0], office.pledged(90), loads, folder, {one.commitment: one for one in seen})


@pytest.fixture
def gate(silo: Gate) -> Gate:
    """The silo's, where nobody is opened yet: what another test laid into the folder is not there."""
    for file in silo.folder.iterdir():
        file.unlink()
    return silo


def test_an_order_is_held_against_what_left(gate: Gate) -> None:
    """Before anything is known of the vehicle, then loads that left for it and those that nothing allows, then done."""
    first, *others = gate.loads
    net_g = grams(first)
    unknown = gate.ordered(TONNE, gate.picker(first, opened=False), first.at - 60)
    assert "Nobody opened here who picks up" in gate.page("lender", unknown)
    picker = gate.picker(first)
    order = gate.ordered(net_g + TONNE, picker, first.at - 60)
    page, chinese = gate.page("lender", order), gate.page("keeper", order, "zh-CN")
    unordered = [one for one in others if one.at >= first.at - 60]
    assert "Loads left for it, within what was ordered" in page
    assert unordered
    assert f"{len(unordered)} loads of the lot left in vehicles that are not known here" in page
    assert f"另有 {len(unordered)} 车出库车辆未核实" in chinese
    assert "the vehicle is not known" in page
    for text in (page, chinese):
        link = re.findall(r'href="(/open/lot/[^"]+/statements/[0-9a-f]{64})"', text)[0]
        for who, status in (("lender", 200), ("keeper", 200), ("other-keeper", 404)):
            gate.client.cookies.set(COOKIE, who)
            assert gate.client.get(link, headers=HTML).status_code == status, (who, link)
        gate.client.cookies.set(COOKIE, "lender")
    strange = unordered[0]
    assert strange.plate is not None
    (gate.folder / "plate.json").write_text(encode_plate(gate.plates[strange.plate]))
    page = gate.page("lender", order)
    assert "1 load of the lot left that no order allows" in page
    assert "no order names the vehicle" in page
    yard, office = gate.counter.office.yard, gate.counter.office
    yard.did(
        "Execute", "keeper", "verifier", order=order, receipt=gate.receipt, quantity=net_g, picker=picker.digest,
        evidence=(first.evidence,), serials=(), leftAt=yard.parties.now(), places=(),
    )  # fmt: skip
    office.sync()
    page = gate.page("lender", order)
    assert "What left is what the scale weighed, and no more than was ordered. 1 load of the lot" in page
    assert '<p class="next bad">' in page  # whatever the order itself says
    assert (
        f"/keeper/orders/{written(order)}" in gate.client.get("/keeper/orders", headers={"cookie": "who=keeper"}).text
    )


def test_what_the_chain_accounts_for_and_no_scale_shows_is_said(gate: Gate) -> None:
    load = gate.loads[-1]
    picker, office = gate.picker(load), gate.counter.office
    order = gate.ordered(grams(load), picker, load.at - 60)
    office.yard.did(
        "Execute", "keeper", "verifier", order=order, receipt=gate.receipt, quantity=TONNE, picker=picker.digest,
        evidence=(fresh("weighing"),), serials=(), leftAt=office.yard.parties.now(), places=(),
    )  # fmt: skip
    office.sync()
    assert "no evidence here shows" in gate.page("lender", order)


def test_who_sees_what_left(gate: Gate) -> None:
    order = written(gate.ordered(TONNE, gate.picker(gate.loads[0]), gate.loads[0].at))
    for who, path, status in (
        ("keeper", f"/keeper/orders/{order}", 200), ("other-keeper", f"/keeper/orders/{order}", 404),
        ("other", f"/lender/orders/{order}", 403), ("lender", f"/lender/orders/{written(fresh())}", 404),
        ("lender", f"/depositor/orders/{order}", 404),
    ):  # fmt: skip
        gate.client.cookies.set(COOKIE, who)
        assert gate.client.get(path, headers=HTML).status_code == status, (who, path)
    gate.client.cookies.set(COOKIE, "lender")


def test_verifications_are_bounded_by_bytes(evidence: tuple[Counter, bytes]) -> None:
    """The newest stay; what was read an hour ago is read again."""
    counter, data = evidence
    policy = counter.office.desk.policy
    assert policy is not None
    read: list[int] = []
    openings = Openings(most_bytes=10)

    def ask(key: int, now: int) -> None:
        def make() -> tuple[object, int]:
            read.append(key)
            return bundle.decode, 6

        openings.of((key,), policy, now, make)  # type: ignore[arg-type]  # what is kept is never looked into

    for key, now in ((1, 0), (1, 3_600), (2, 3_600), (1, 3_600), (1, 7_201), (1, 7_000)):
        ask(key, now)
    assert read == [1, 2, 1, 1, 1]
    assert data
