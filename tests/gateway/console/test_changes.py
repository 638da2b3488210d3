"""Changes that an operator prepares in the console, with a real authority that signs them."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from tally_edge import enrolment_request, signer
from tally_edge.authority import FactsEvent, PlannedPoint, RegisterFacts, SigningPlace, StreamPlace
from tally_edge.enrolment_request import EnrolmentRequest
from tally_edge.office import authority_files
from tally_edge.site_import.columns import COLUMNS
from tally_gateway.config import AuthorityKey
from tally_gateway.console.replacing import guide
from tally_gateway.http.tokens import Scope
from tests.gateway.console.test_pages import HTML, Browser, browsing
from tests.gateway.console.test_state import SITE, meter, plan, stated
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import POINT, START, Stream, World, device, make_world

ROW = {
    "serial": "11223344", "point": POINT, "accuracy_class": "0.5S", "cadence_s": "900", "register": "energy_import",
    "unit": "kWh", "host": "192.0.2.7", "address": "0", "type": "u32",
}  # fmt: skip


def sheet(*rows: dict[str, str]) -> bytes:
    """A list of meters as CSV."""
    keys = list(ROW)
    headings = {column.key: column.headings[0] for column in COLUMNS}
    lines = [",".join(headings[key] for key in keys)]
    lines += [",".join({**ROW, **row}[key] for key in keys) for row in rows]
    return "\n".join(lines).encode()


async def send(
    by: Browser, path: str, values: dict[str, str], files: list[Any] | None = None, status: int = 200
) -> str:
    """Send a form as a page has it, and follow where it leads."""
    whole = {"csrf": await by.csrf("/console/operations"), "once": "0" * 16, **values}
    answer = await by.client.post(f"/console{path}", data=whole, files=files, headers=HTML, follow_redirects=True)
    assert answer.status_code == status, html.unescape(re.sub("<[^>]+>", " ", answer.text))
    return html.unescape(answer.text)


async def begin(by: Browser, world: World, stream: Stream) -> None:
    """A site with one meter, one device, and some readings."""
    await by.at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream))
    await by.at.take(*(stream.readings() for _ in range(3)))
    await by.at.state()


async def test_a_list_of_meters_becomes_drafts_or_says_which_cell_to_mend(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    kid = world.person.public_key.kid.hex()
    form = {
        "site": SITE,
        "owner": "Example Steel",
        "timezone": "Asia/Shanghai",
        "persons": f"{kid} = 示例银行",
        "days": "90",
    }
    async with browsing(world, device()) as by:
        bad = sheet({"unit": "kilowatts"}, {"address": "x", "point": f"{SITE}:m2", "serial": "2"})
        told = await send(by, "/onboarding", form, [("list", ("meters.csv", bad))])
        assert "Such as kWh, m3, kg." in told
        assert "40001 in a manual is 0" in told
        told = await send(by, "/onboarding", form, [("list", ("meters.pdf", b"%PDF"))])
        assert "is neither .xlsx nor .csv" in told
        assert "/tmp" not in told
        told = await send(by, "/onboarding", {**form, "persons": "nobody"}, [("list", ("m.csv", sheet({})))], 422)
        assert "One line each" in told
        told = await send(by, "/onboarding", form, [("list", ("meters.csv", sheet({})))])
        found = re.search(r'/console(/onboarding/[^"]+/drafts\.zip)', told)
        assert found is not None
        archive = await by.client.get(f"/console{found[1]}")
        with zipfile.ZipFile(io.BytesIO(archive.content)) as zipped:
            zipped.extractall(tmp_path)
        drafted = authority_files.read_plan(tmp_path / "drafts" / "plan.toml")
        assert (drafted.site, drafted.persons[0].organisation) == (SITE, "示例银行")
        assert drafted.logs[0].origin == world.config.gateway.origin
        assert "tallystick meter install" in (tmp_path / "drafts" / "next.txt").read_text()


async def test_an_exchange_is_checked_against_the_log_and_signed_elsewhere(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with browsing(world, stream) as by:
        await begin(by, world, stream)
        page = await by.page(f"/console/operations/exchange?point={POINT}")
        assert "Last in the log: 0.02 kWh" in page
        size = (await by.at.state())["log"]["size"]
        form = {
            "point": POINT, "at": "2026-02-10T00:00:00+08:00", "serial": "55667788", "accuracy_class": "0.2S",
            "multiplier": "120", "closing-energy_import": "0.01", "opening-energy_import": "0",
        }  # fmt: skip
        told = await send(by, "/operations/exchange", form)
        assert "below the last reading in the log, 0.02 kWh" in told
        assert "tallystick meter exchange facts.toml --closing energy_import=0.01 --opening energy_import=0" in told
        assert "表号: 55667788" in told
        found = re.search(r'/console(/operations/files/[^"]+)', told)
        assert found is not None
        (tmp_path / "facts.toml").write_bytes((await by.client.get(f"/console{found[1]}")).content)
        facts = authority_files.read_facts(tmp_path / "facts.toml", meter().event)
        assert (facts.serial, facts.accuracy_class, facts.registers) == ("55667788", "0.2S", meter().registers)
        told = await send(by, "/operations/exchange", {**form, "closing-energy_import": "1,5"}, status=422)
        assert "not a plain decimal number" in told
        told = await send(by, "/operations/exchange", {**form, "at": "2026-02-10T00:00:00"}, status=422)
        assert "offset" in told
        assert (await by.at.state())["log"]["size"] == size


NEW = "urn:dev:org:32473-steel:m7"
INSTALLED = {
    "point": NEW, "cadence_s": "60", "parent": POINT, "at": "2026-02-10T00:00:00+08:00", "serial": "99887766",
    "accuracy_class": "1", "multiplier": "1.5", "certificate": "C-9", "expires": "2031-03-01T00:00:00+08:00",
    "registers": "volume m3 1000000\n\nlevel m level\nnet kg event",
}  # fmt: skip


async def test_one_meter_at_a_new_point_takes_the_plan_then_its_facts(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with browsing(world, stream) as by:
        await begin(by, world, stream)
        assert "operations/install" in await by.page("/console/points")
        await by.page("/console/operations/install")
        told = await send(by, "/operations/install", INSTALLED)
        assert f"+ metering point 计量点 {NEW}" in told
        commands = re.findall(r'<pre lang="en">([^<]+)</pre>', told)
        assert [command.split()[1:3] for command in commands] == [
            ["authority", "plan"], ["authority", "countersign"], ["authority", "finish"],
            ["meter", "install"], ["authority", "countersign"], ["authority", "finish"], ["authority", "export"],
        ]  # fmt: skip
        assert commands[3].endswith("--propose proposal-2.cbor")
        for name in ("plan", "facts"):
            found = re.search(rf'/console(/operations/files/[^"]+)" download>{name}.toml', told)
            assert found is not None
            (tmp_path / name).write_bytes((await by.client.get(f"/console{found[1]}")).content)
        planned = authority_files.read_plan(tmp_path / "plan")
        before = plan(world)
        assert planned == replace(before, points=(*before.points, PlannedPoint(NEW, 60, POINT)))
        facts = authority_files.read_facts(tmp_path / "facts", FactsEvent.INSTALL)
        assert facts.registers == (
            RegisterFacts("volume", "m3", cumulative=True, modulus=1_000_000),
            RegisterFacts("level", "m", cumulative=False),
            RegisterFacts("net", "kg", cumulative=False, per_event=True),
        )
        await by.at.take(stated(world, planned))
        state = await by.at.state()
        assert [step["page"] for step in state["steps"] if step["code"] == "no-meter"] == [
            "operations/install?point=urn%3Adev%3Aorg%3A32473-steel%3Am7"
        ]
        form = await by.page("/console/operations/install?point=urn%3Adev%3Aorg%3A32473-steel%3Am7")
        assert "cadence_s" not in form
        told = await send(by, "/operations/install", {**INSTALLED, "cadence_s": "900", "serial": "11223344"})
        assert "tallystick authority plan" not in told
        assert "A meter of this serial number stands at" in told
        assert "every 60 s, and that stands" in told
        await by.at.take(stated(world, facts))
        point = next(one for one in (await by.at.state())["points"] if one["point"] == NEW)
        assert (point["serial"], point["multiplier"], point["parent"]) == ("99887766", "1.5", POINT)
        assert "a meter is installed already" in await send(by, "/operations/install", INSTALLED, status=422)


async def test_what_is_wrong_with_a_new_meter_is_said_in_both_languages(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    wrong = (
        ({"point": "m 7"}, "point: 'm 7' is not a URI", "point：'m 7' 不是有效 URI"),
        ({"parent": "urn:a:b"}, "is not a metering point of the plan", "不是方案中的计量点"),
        ({"cadence_s": "0"}, "cadence_s: '0' is not a whole number from 1", "cadence_s：'0' 不是"),
        ({"registers": "volume"}, "registers, line 1: a name and a unit", "寄存器第 1 行"),
        ({"registers": "volume m3\nVolume m3"}, "line 2: 'Volume' is no name", "寄存器第 2 行"),
        ({"registers": "source m3"}, "line 1: 'source' is no name", "不是有效名称"),
        ({"registers": "volume gallon"}, "line 1: 'gallon' is none of the units", "不是读数可用的单位"),
        ({"registers": "volume m3 0"}, "line 1: '0' is not above 0", "寄存器第 1 行：'0' 应大于 0"),
        ({"registers": "volume m3 x"}, "line 1: 'x' is not a plain decimal", "寄存器第 1 行：'x' 不是普通十进制数"),
        ({"registers": "volume m3\nvolume m3"}, "none twice", "不得重复"),
        ({"multiplier": "0"}, "a multiplier is above 0", "倍率须大于 0"),
        ({"serial": ""}, "serial is empty", "为空"),
    )
    async with browsing(world, stream) as by:
        await begin(by, world, stream)
        for change, english, chinese in wrong:
            assert english in await send(by, "/operations/install", {**INSTALLED, **change}, status=422)
            by.client.cookies.set("language", "zh-CN")
            assert chinese in await send(by, "/operations/install", {**INSTALLED, **change}, status=422)
            by.client.cookies.delete("language")


OTHER = "urn:example:other-authority"


async def test_of_several_sites_a_new_point_is_of_the_chosen_one_and_a_planned_one_of_its_own(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    other = replace(world, authority=Stream(signer.generate(), OTHER))
    key = AuthorityKey(OTHER, other.authority.key.public_key)
    world.change(authorities=(*world.config.authorities, key))
    async with browsing(world, stream) as by:
        await by.at.take(stated(world, plan(world)), world.enrolment(stream), stream.readings())
        theirs = replace(plan(other, f"{POINT}-theirs"), site="urn:dev:org:32473-theirs")
        await by.at.take(stated(other, theirs))
        await by.at.state()
        form = {**INSTALLED, "parent": "", "site": theirs.site}
        refused = await send(by, "/operations/install", {**form, "serial": ""}, status=422)
        assert f'<option value="{theirs.site}" selected>' in refused
        told = await send(by, "/operations/install", form)
        assert theirs.site in told
        spoke = {**INSTALLED, "point": POINT, "at": "2020-01-01T00:00:00+08:00"}
        assert "The log holds readings from after that time" in await send(by, "/operations/install", spoke)


AT = {"point": POINT, "at": "2026-03-01T00:00:00+08:00"}
EXPIRES = "2031-03-01T00:00:00+08:00"
CORRECTION = {
    "point": POINT, "register": "energy_import", "from": "2026-02-02T00:00:00+08:00", "to": "2026-02-03T00:00:00+08:00",
    "quantity": "12.5", "unit": "MWh", "reason": "meter-fault", "explanation": "表计故障",
}  # fmt: skip
FORMS = (
    ("calibrate", {**AT, "certificate": "C-2", "expires": EXPIRES}, f"--certificate C-2 --expires {EXPIRES}"),
    ("ratio", {**AT, "multiplier": "200"}, "--multiplier 200"),
    ("remove", {**AT, "closing-energy_import": "9"}, "--closing energy_import=9"),
    ("correct", CORRECTION, "The register counts in kWh, the correction in MWh."),
)


async def test_operations_give_the_exact_command(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with browsing(world, stream) as by:
        await begin(by, world, stream)
        for name, form, says in FORMS:
            await by.page(f"/console/operations/{name}")
            await by.page(f"/console/operations/{name}?point={POINT}")
            told = await send(by, f"/operations/{name}", form)
            assert says in told
            assert "--dir AUTHORITY --propose proposal.cbor" in told


async def test_keys_are_enrolled_rotated_and_revoked_by_what_devices_ask(tmp_path: Path) -> None:
    world, stream, fresh = make_world(tmp_path / "g"), device(), signer.generate()
    async with browsing(world, stream) as by:
        await begin(by, world, stream)
        last = StreamPlace(stream.kid, 0, stream.sent[0].id)
        asked = EnrolmentRequest(
            stream.issuer, fresh.public_key.encode(), (POINT,), SigningPlace.SIMULATED, "test", last
        )
        request = [("file", ("request.cose", enrolment_request.sign(asked, fresh, START).encoded))]
        told = await send(by, "/operations/rotate", {"kid": stream.kid.hex()}, request)
        assert "The log holds 2 statements of the old key after the one" in told
        assert "tallystick meter rotate request.cose" in told
        assert "rotate instead" in await send(by, "/operations/enrol", {}, request)
        broken = [("file", ("request.cose", b"\x00" * 40))]
        await send(by, "/operations/enrol", {}, broken, 422)
        await send(by, "/operations/enrol", {}, None, 422)
        form = {"kid": stream.kid.hex(), "reason": "compromised", "last_good_seq": "9"}
        assert "beyond what the log holds" in await send(by, "/operations/revoke", form)
        told = await send(by, "/operations/revoke", {**form, "last_good_seq": ""})
        assert "everything that this key ever signed becomes void" in told
        await send(by, "/operations/revoke", {**form, "kid": "0" * 64}, status=422)
        await send(by, "/operations/renew", {"days": "90"}, status=422)  # it runs for decades
        await send(by, "/operations/sell", {}, status=404)


async def test_finished_statements_are_shown_then_handed_over_then_followed(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g", engine="embedded")
    async with browsing(world, device()) as by:
        first, second = stated(world, plan(world)), stated(world, meter())
        files = [("statements", ("1.cose", second.encoded)), ("statements", ("0.cose", first.encoded))]
        files += [("statements", ("x.cose", b"none"))]
        told = await send(by, "/statements", {}, files)
        assert told.index("0.cose") < told.index("1.cose")
        assert told.count("New, and follows on what is in the log.") == 2
        assert "Not a statement" in told
        found = re.search(r'action="/console(/statements/[^"]+/submit)"', told)
        assert found is not None
        assert (await by.at.state())["log"]["size"] == 1
        told = await send(by, found[1], {})
        assert "Handed to the gateway." in told
        followed = "/console" + found[1].removesuffix("/submit")
        again = await send(by, found[1], {})
        assert "Handed to the gateway." in again
        assert (await by.at.state())["log"]["size"] == 3
        service = by.at.service
        assert service.parts.feed is not None
        await service.parts.seal()
        await service.parts.feed.anchor_now()
        await eventually(lambda: service.parts.standing().anchored_size == 3)
        by.at.service.desk._told = None
        told = await by.page(followed)
        assert told.count("proven, and anchored in block") == 2
        assert ">1<" in told
        assert ">2<" in told
        told = await send(by, "/statements", {}, [("statements", ("0.cose", first.encoded))])
        await by.at.state()
        assert "Stands in the log already" in await send(by, "/statements", {}, files[1:2])


async def test_who_may_only_look_hands_nothing_in(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    async with browsing(world, device(), frozenset({Scope.OPERATE})) as by:
        one = stated(world, plan(world))
        told = await send(by, "/statements", {}, [("statements", ("0.cose", one.encoded))])
        found = re.search(r'action="/console(/statements/[^"]+/submit)"', told)
        assert found is not None
        assert "does not open submit" in await send(by, found[1], {}, status=403)
        answer = await by.client.post("/console/statements", data={"csrf": "x", "once": "0" * 16})
        assert answer.status_code == 403
        await by.page("/console/statements/nothing", 404)
        await by.page("/console/onboarding/nothing", 404)


async def test_the_guide_to_another_gateway_follows_what_others_hold(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with browsing(world, stream) as by:
        await begin(by, world, stream)
        assert "tallystick gateway restore" in await by.page("/console/replace?backup=yes&chain=lives")
        told = html.unescape(await by.page("/console/replace?backup=no&chain=never"))
        assert "--successor-of" in told  # this log holds statements: it is not begun again
        assert "two logs of one name are a fork" in told
    never = guide(None, "a/b", "no", "never")
    assert never is not None
    assert never.way == "refill"
    lost = guide(None, "a/b", "no", "lost")
    assert lost is not None
    assert "--checkpoint CHECKPOINT" in lost.commands[0]
    assert guide(None, "a/b", "", "") is None
