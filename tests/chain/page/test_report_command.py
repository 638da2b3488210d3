"""The commands: a report is written, taken apart and verified; a page that this program does not write is named."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text
from tally_chain.anchoring import contract
from tally_chain.errors import ReportPageError
from tally_chain.page import report_file, skeleton
from tally_edge import command
from tests.chain.contracts.stage import Stage
from tests.chain.page.tricks import exchanged
from tests.chain.test_at_hand import _BARE, pinned, stage, world
from tests.world import HOUR, START, World

__all__ = ["stage", "world"]

NOW = str(START + 60 * 24 * HOUR)
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a policy, a bundle that holds, one that does not, and the report of the first."""
    folder = tmp_path_factory.mktemp("report")
    world = World()
    world.open()
    world.day(6)
    (folder / "policy.toml").write_text(policy_text.write(world.policy()), "utf-8")
    (folder / "good.tally").write_bytes(bundle.encode(world.bundle(hours=6)))
    (folder / "bad.tally").write_bytes(bundle.encode(world.bundle(hours=6, drop=frozenset({8}))))
    assert run("report", folder, "good.tally", "-o", str(folder / "report.html"), "--title", "一月 <b>Mill</b>") == 0
    return folder


def run(name: str, folder: Path, file: str, *more: str) -> int:
    """A command on a file under the folder's policy."""
    return command.main([name, str(folder / file), "--policy", str(folder / "policy.toml"), "--at", NOW, *more])


def test_a_policy_beside_the_bundle_is_the_makers(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = ["report", str(made / "good.tally"), "--at", NOW, "-o", str(tmp_path / "report.html")]
    assert command.main(short) == 0
    assert report_file.decode((tmp_path / "report.html").read_bytes()).data.policy == (made / "policy.toml").read_text()
    (tmp_path / "good.tally").write_bytes((made / "good.tally").read_bytes())
    capsys.readouterr()
    assert command.main(["report", str(tmp_path / "good.tally"), "-o", str(tmp_path / "other.html")]) == 2
    assert f"no --policy is given, and there is no {tmp_path / 'policy.toml'}" in capsys.readouterr().err


def test_a_bundle_that_is_not_there_is_what_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And not the policy that would have stood beside it."""
    assert command.main(["report", str(tmp_path / "no.tally"), "-o", str(tmp_path / "none.html")]) == 3
    said = capsys.readouterr().err
    assert f"{tmp_path / 'no.tally'}: cannot be read" in said
    assert "policy" not in said


def test_a_report_verifies_as_its_bundle_does(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", made, "good.tally", "--json") == 0
    of_bundle = json.loads(capsys.readouterr().out)
    assert run("verify", made, "report.html", "--json") == 0
    of_report = json.loads(capsys.readouterr().out)
    page = of_report.pop("page")
    assert of_report == of_bundle
    assert page["known"] is True
    assert page["title"] == "一月 <b>Mill</b>"
    assert bytes.fromhex(page["shell"]) == skeleton.report_shell().digest


def test_the_readers_policy_counts_and_not_the_one_inside(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = World(origin="tallystick.example/other/1")
    other.open()
    (made / "other.toml").write_text(policy_text.write(other.policy()), "utf-8")
    assert command.main(["verify", str(made / "report.html"), "--policy", str(made / "other.toml")]) == 1
    assert "does not know this log" in capsys.readouterr().out


def test_a_page_of_others_is_named_and_fails(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = (made / "report.html").read_bytes()
    (made / "forged.html").write_bytes(file.replace(b"<h1", b"<h2>All is well</h2><h1", 1))
    assert run("verify", made, "forged.html") == 1
    said = capsys.readouterr().out
    assert said.startswith("The evidence holds.")
    assert "ITS PAGE IS NONE THAT THIS PROGRAM WRITES" in said
    assert run("verify", made, "forged.html", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["holds"], told["page"]["known"]) == (True, False)


def test_other_data_do_not_hold(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = (made / "report.html").read_bytes()
    (made / "swapped.html").write_bytes(exchanged(file, "bundle", (made / "bad.tally").read_bytes()))
    assert run("verify", made, "swapped.html") == 1
    assert "statements of the stream are missing" in capsys.readouterr().out
    (made / "damaged.html").write_bytes(exchanged(file, "bundle", (made / "bad.tally").read_bytes(), digest=False))
    assert run("verify", made, "damaged.html") == 3
    assert "changed or damaged" in capsys.readouterr().err
    (made / "no bundle.html").write_bytes(exchanged(file, "bundle", b"x"))
    assert run("verify", made, "no bundle.html") == 3
    assert "the bundle in it is not a bundle" in capsys.readouterr().err


def test_what_does_not_hold_is_written_only_when_asked_for(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = made / "bad.html"
    assert run("report", made, "bad.tally", "-o", str(target)) == 1
    assert not target.exists()
    assert "is not written" in capsys.readouterr().err
    assert run("report", made, "bad.tally", "-o", str(target), "--anyway") == 1
    assert report_file.decode(target.read_bytes()).data.bundle == (made / "bad.tally").read_bytes()


def test_a_wrong_policy_or_bundle_ends_as_in_verify(made: Path) -> None:
    assert run("report", made, "policy.toml", "-o", str(made / "none.html")) == 3
    (made / "empty.toml").write_text("", "utf-8")
    words = ["report", str(made / "good.tally"), "--policy", str(made / "empty.toml"), "-o", str(made / "none.html")]
    assert command.main(words) == 2
    assert not (made / "none.html").exists()


def test_the_bundle_is_taken_out_again(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, policy = made / "out.tally", made / "out.toml"
    words = ["bundle", "take", str(made / "report.html"), "-o", str(out), "--policy-output", str(policy)]
    assert command.main(words) == 0
    assert out.read_bytes() == (made / "good.tally").read_bytes()
    assert policy.read_bytes() == (made / "policy.toml").read_bytes()
    assert command.main(["bundle", "take", str(made / "good.tally"), "-o", str(out)]) == 3
    assert "is not a report" in capsys.readouterr().err


def test_commands_that_take_bundles_alone_say_how_to_get_one(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["bundle", "show", str(made / "report.html")]) == 3
    assert "tallystick bundle take" in capsys.readouterr().err


def test_a_report_is_the_same_bytes_for_the_same_data(made: Path) -> None:
    read = report_file.decode((made / "report.html").read_bytes())
    assert report_file.encode(read.data, skeleton.report_shell()) == (made / "report.html").read_bytes()


def test_the_viewer_is_the_published_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["viewer", "--digest"]) == 0
    digest = capsys.readouterr().out.strip()
    assert command.main(["viewer", "-o", str(tmp_path / "viewer.html")]) == 0
    assert hashlib.sha256((tmp_path / "viewer.html").read_bytes()).hexdigest() == digest
    published = re.search(r"^    ([0-9a-f]{64})  viewer\.html$", (DOCS / "viewer.md").read_text("utf-8"), re.MULTILINE)
    assert published
    assert published[1] == digest, "run: make pages"


def test_what_a_page_knows_of_the_contract_is_computed() -> None:
    assert contract.call_data("head", bytes(32))[:4].hex() == skeleton.HEAD_SELECTOR
    assert contract.ANCHORED_TOPIC.hex() == skeleton.ANCHORED_TOPIC
    hashes = {contract.artefact().code_hash, *contract.EARLIER_CODE_HASHES}
    assert {bytes.fromhex(text) for text in skeleton.CODE_HASHES} == hashes


def test_pages_name_their_own_parts_and_nothing_else() -> None:
    for page in (skeleton.report_shell().head, skeleton.viewer()):
        policy = re.search(rb'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
        assert policy
        assert policy[1].startswith(b"default-src 'none'; script-src 'sha256-")
        assert b"unsafe" not in policy[1]
        assert not re.search(rb"\son[a-z]+=|style=", page.partition(b"<body>")[2].partition(b"<script>")[0])
    assert b"connect-src 'none'" in skeleton.report_shell().head


def test_a_chain_at_hand_is_noted_in_the_page(
    made: Path, world: World, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page reaches no network: what the chain showed when it was made stands in its policy."""
    words = ["--endpoint", "http://127.0.0.1:9", "-o", str(made / "none.html")]
    assert run("report", made, "good.tally", *words) == 2  # without [chain] there is nothing to ask
    (tmp_path / "policy.toml").write_text(policy_text.write(pinned(world, stage)), "utf-8")
    (tmp_path / "good.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    target = tmp_path / "report.html"
    assert run("report", tmp_path, "good.tally", "-o", str(target)) == 1
    assert run("report", tmp_path, "good.tally", "-o", str(target), "--embedded", str(tmp_path / "chain")) == 0
    capsys.readouterr()
    inside = policy_text.parse(report_file.decode(target.read_bytes()).data.policy)
    assert [(root.size, root.root) for root in inside.logs[0].roots] == [(len(world.entries), world.root)]


def test_the_bare_install_writes_reports_and_viewers(made: Path, tmp_path: Path) -> None:
    def bare(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", _BARE, *words]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)

    trust = ["--policy", str(made / "policy.toml"), "--at", NOW]
    done = bare("report", str(made / "good.tally"), *trust, "-o", str(tmp_path / "report.html"))
    assert (done.returncode, done.stderr) == (0, "")
    done = bare("viewer", "-o", str(tmp_path / "viewer.html"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "viewer.html").read_bytes() == skeleton.viewer()
    done = bare("verify", str(tmp_path / "report.html"), *trust)
    assert (done.returncode, done.stderr) == (0, "")


def test_titles_that_no_report_can_carry_are_refused(made: Path) -> None:
    data = report_file.decode((made / "report.html").read_bytes()).data
    with pytest.raises(ReportPageError, match="not text"):
        report_file.encode(dataclasses.replace(data, title="\ud800"), skeleton.report_shell())
