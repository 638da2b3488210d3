"""`tallystick finance review`, from a report's folder to what is signed, checked, scored, kept and answered."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tally_edge import passphrase, signer
from tally_edge.command import main
from tally_finance.review import opinions
from tally_finance.review.opinions import Conclusion, Decision
from tests.finance.review.a_report import figure, folder, line, meter

SECRET = "a passphrase of a test"
SOON = datetime.fromtimestamp(int(time.time()) + 30 * 86_400, UTC).isoformat()

CONCLUSION = f"""[conclusion]
bank = "Bank of the Yangtze 长江银行"
reviewer = "Li Na 李娜"
borrower = "Rolling Mill Ltd"
loan = "GL-1"
use_of_proceeds = "an electric furnace"
catalogue = "1.4.2"
decision = "eligible"
conditions = []
until = {SOON}
"""

VERIFICATION = f"""[verification]
verifier = "Verifier GmbH"
lead = "A. Muster"
borrower = "Rolling Mill Ltd"
standard = "ISO 14064-3:2019"
independence = "no tie to borrower or bank"
level = "limited"
type = "unmodified"
until = {SOON}
[verification.accreditation]
body = "CNAS"
number = "V-0017"
until = {SOON}
"""


def ledger(stated: str, more: str = "") -> str:
    return f"""figure = "total-location"
[[misstatement]]
text = "an invoice counts twice"
where = "invoice 2025-06"
stated_kg = {stated}
right_kg = 0
{more}"""


class Review:
    """A reviewer's folder."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path, self._capsys = path, capsys
        key = signer.generate()
        key.save(path / "key.pem", SECRET)
        self.kid = key.public_key.kid.hex()
        self.report = folder(path / "report")
        self.put("ledger.toml", ledger("5000"))

    def put(self, name: str, text: str) -> str:
        (self.path / name).write_text(text, "utf-8")
        return str(self.path / name)

    def run(self, *words: object) -> tuple[int, str]:
        """Exit code, and what it says."""
        code = main(["finance", "review", *map(str, words)])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def told(self, *words: object) -> Any:
        return json.loads(self.run(*words, "--json")[1])

    def sign(self, command: str, text: str, out: str, report: Path | None = None) -> tuple[int, str]:
        words = self.put(f"{out}.toml", text)
        return self.run(
            command, report or self.report, "--words", words, "--ledger", self.path / "ledger.toml",
            "--key", self.path / "key.pem", "--out", self.path / out,
        )  # fmt: skip


@pytest.fixture
def review(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setenv(passphrase.VARIABLE, SECRET)
    return Review(tmp_path, capsys)


def test_a_conclusion_is_signed_and_stands(review: Review) -> None:
    code, _ = review.sign("conclude", CONCLUSION, "c.opinion")
    assert code == 0
    said = opinions.decode((review.path / "c.opinion").read_bytes()).said
    assert isinstance(said, Conclusion)
    assert (said.decision, said.materiality_ppm, said.misstatements) == (Decision.ELIGIBLE, 50_000, 1)
    check = ("check", review.path / "c.opinion", review.report)
    assert review.run(*check, "--signer", review.kid)[0] == 0
    code, said_against = review.run(*check)
    assert (code, "unknown-key" in said_against) == (1, True)
    code, said_against = review.run(*check, "--signer", review.kid, "--bank", "Bank of the Yangtze 长江银行")
    assert (code, "no-verification" in said_against) == (1, True)
    code, said_against = review.run(*check, "--signer", review.kid, "--at", int(time.time()) + 60 * 86_400)
    assert (code, "expired" in said_against) == (1, True)


def test_an_opinion_says_nothing_of_another_report(review: Review) -> None:
    review.sign("conclude", CONCLUSION, "c.opinion")
    other = folder(review.path / "other", site="Another mill")
    code, said = review.run("check", review.path / "c.opinion", other, "--signer", review.kid)
    assert (code, "another-report" in said) == (1, True)


@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("conclude", CONCLUSION, "no loan is eligible"),
        ("verification", VERIFICATION, "not unmodified"),
    ],
)
def test_what_is_material_is_not_signed_away(review: Review, command: str, text: str, says: str) -> None:
    review.put("ledger.toml", ledger("5000.01"))
    code, said = review.sign(command, text, "o.opinion")
    assert (code != 0, says in said) == (True, True)
    assert not (review.path / "o.opinion").exists()


BLOCKS = {"name": "missing", "blocks": True, "touches": "grid", "text": "an hour"}


@pytest.mark.parametrize(
    "changes", [{"integrity": {"holds": False, "findings": []}}, {"integrity": None}, {"remarks": [BLOCKS]}]
)
@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("conclude", CONCLUSION, "no loan is eligible"),
        ("verification", VERIFICATION, "not unmodified"),
    ],
)
def test_evidence_that_does_not_hold_is_not_signed_away(
    review: Review, changes: dict[str, Any], command: str, text: str, says: str
) -> None:
    shutil.rmtree(review.report)
    folder(review.report, **changes)
    code, said = review.sign(command, text, "o.opinion")
    assert (code, says in said) == (1, True)
    assert not (review.path / "o.opinion").exists()


def test_a_checklist_tells_the_period_on_the_sites_clock(review: Review) -> None:
    shutil.rmtree(review.report)
    folder(review.report, timezone="Asia/Shanghai")
    assert "2025-01-01 00:00 – 2026-01-01 00:00 Asia/Shanghai" in review.run("checklist", review.report)[1]
    shutil.rmtree(review.report)
    folder(review.report, timezone="Asia/../Nowhere")
    code, said = review.run("checklist", review.report)
    assert (code != 0, "timezone 'Asia/../Nowhere'" in said) == (True, True)


def test_who_signs_or_believes_reads_that_the_evidence_is_simulated(review: Review) -> None:
    simulated = {"code": "601", "name": "SIMULATED", "severity": "warning", "text": "simulated", "touches": "device 1"}
    shutil.rmtree(review.report)
    folder(review.report, integrity={"holds": True, "findings": [simulated]})
    code, said = review.sign("conclude", CONCLUSION, "c.opinion")
    assert (code, "simulated 模拟数据" in said) == (0, True)
    code, said = review.run("check", review.path / "c.opinion", review.report, "--signer", review.kid)
    assert (code, "simulated 模拟数据" in said) == (0, True)


@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("conclude", CONCLUSION.replace('loan = "GL-1"\n', ""), "conclusion.loan: is missing"),
        ("conclude", CONCLUSION.replace("eligible", "fine"), "conclusion.decision"),
        ("conclude", CONCLUSION + "materiality = 1\n", "materiality"),
        ("conclude", VERIFICATION, "conclusion"),
        ("verification", VERIFICATION.replace("limited", "absolute"), "verification.level"),
        ("verification", VERIFICATION.replace("unmodified", "qualified"), "says what for"),
        ("verification", VERIFICATION.replace('number = "V-0017"\n', ""), "accreditation.number: is missing"),
    ],
)
def test_words_that_are_refused(review: Review, command: str, text: str, says: str) -> None:
    code, said = review.sign(command, text, "o.opinion")
    assert code != 0
    assert says in said
    assert not (review.path / "o.opinion").exists()


def test_a_ledger_against_a_figure(review: Review) -> None:
    assert review.run("ledger", review.report, "--ledger", review.path / "ledger.toml")[0] == 0
    more = '[[misstatement]]\ntext = "b"\nwhere = "m1"\nstated_kg = 0\nright_kg = 1\n'
    review.put("ledger.toml", ledger("5000", more))
    assert review.run("ledger", review.report, "--ledger", review.path / "ledger.toml")[0] == 0, "no sum across signs"
    more = more.replace("stated_kg = 0\nright_kg = 1", "stated_kg = 1\nright_kg = 0")
    review.put("ledger.toml", ledger("5000", more))
    code, said = review.run("ledger", review.report, "--ledger", review.path / "ledger.toml")
    assert (code, "limit 5000 kg of total-location: material" in said) == (1, True)
    review.put("ledger.toml", ledger("5000", more + "corrected = true\n"))
    assert review.run("ledger", review.report, "--ledger", review.path / "ledger.toml")[0] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("level = 0.05\n", "figure: is missing"),
        ('figure = "scope-9"\n', "no figure scope-9"),
        ('figure = "total-location"\nlevel = 0.0000001\n', "six places"),
        (ledger("0"), "no misstatement"),
        (ledger("-1"), "stated_kg"),
        (ledger("1", 'sort = "felt"\n'), "sort"),
        (ledger("1", "error = 3\n"), "error"),
    ],
)
def test_ledgers_that_are_refused(review: Review, text: str, says: str) -> None:
    review.put("ledger.toml", text)
    code, said = review.run("ledger", review.report, "--ledger", review.path / "ledger.toml")
    assert code > 0
    assert says in said


def test_a_score_needs_a_third_party(review: Review) -> None:
    assert review.told("score", review.report)["weighted"] == "2"
    assert review.sign("conclude", CONCLUSION, "c.opinion")[0] == 0
    assert review.sign("verification", VERIFICATION, "v.opinion")[0] == 0
    known = ("--signer", review.kid, "--bank", "Bank of the Yangtze")
    code, said = review.run("score", review.report, "--verification", review.path / "c.opinion", *known)
    assert (code > 0, "no-verification" in said) == (True, True)
    code, said = review.run("score", review.report, "--verification", review.path / "v.opinion", "--bank", "B")
    assert (code > 0, "unknown-key" in said) == (True, True)
    code, said = review.run(
        "score", review.report, "--verification", review.path / "v.opinion", "--signer", review.kid,
        "--bank", "Verifier GmbH",
    )  # fmt: skip
    assert (code > 0, "not-independent" in said) == (True, True)
    told = review.told("score", review.report, "--verification", review.path / "v.opinion", *known)
    assert told["weighted"] == "1"


def test_what_rests_on_ceilings_is_no_better_for_a_verification(review: Review) -> None:
    lines = [line("grid", "2 location-based", 50), line("gap", "2 location-based", 50, "ceilings")]
    other = folder(review.path / "other", lines=lines)
    assert review.told("score", other)["weighted"] == "5/2"


def test_visits(review: Review) -> None:
    meters = [meter(f"m{number}") for number in range(9)] + [meter("x", exchanges="1")]
    told = review.told("sample", folder(review.path / "other", meters=meters), "--seed", "00" * 16)
    assert (told["others"], told["drawn"]) == (9, 9)
    assert [one["meter"]["point"] for one in told["visits"] if one["reasons"]] == ["x"]
    with pytest.raises(SystemExit):
        review.run("sample", review.report, "--seed", "dice")
    code, said = review.run("sample", review.report, "--seed", "00")
    assert (code > 0, "16 bytes" in said) == (True, True)


def product(amount: int, **changes: str) -> list[dict[str, str]]:
    return [{"name": "coil", "amount": str(amount), "unit": "t", "kg": "1", "amount_u95": "0"} | changes]


def test_a_reduction_at_equal_production(review: Review) -> None:
    """200 kg a tonne before, 160 now on 500 t: 20,000 avoided; U95 of 1,000 and 800 leave ±√(1,000² + 800²)."""
    now = folder(review.path / "now", figures={"total-location": figure(80_000, 800)}, products=product(500))
    base = folder(review.path / "base", figures={"total-location": figure(100_000, 1_000)}, products=product(500))
    told = review.told("reduction", base, now, "--product", "coil")
    assert (told["avoided_kg"], told["percent"]) == ("20000", "20")
    assert told["sure_kg"].startswith("18719.375")  # 20,000 - √1,640,000
    assert review.run("reduction", base, now, "--product", "coil")[0] == 0


def test_reductions_that_are_none(review: Review) -> None:
    base = folder(review.path / "base", products=product(500))
    grown = folder(review.path / "grown", figures={"total-location": figure(150_000)}, products=product(1000))
    assert review.run("reduction", base, grown, "--product", "coil")[0] == 1, "the intensity hides a growth"
    assert review.run("reduction", base, review.report, "--product", "coil")[0] == 1, "nothing was avoided"
    unsure = folder(review.path / "unsure", products=product(500, amount_u95=""))
    code, said = review.run("reduction", base, unsure, "--product", "coil")
    assert (code > 0, "--output-u95" in said) == (True, True)
    assert review.run("reduction", base, unsure, "--product", "coil", "--output-u95", "0.01")[0] == 1
    other = folder(review.path / "other", method="tallystick footprint method 2")
    assert "different methods" in review.run("reduction", base, other, "--product", "coil")[1]
    units = folder(review.path / "units", products=product(500, unit="kg"))
    assert "two units" in review.run("reduction", base, units, "--product", "coil")[1]


def test_a_portfolio_of_both_forms(review: Review) -> None:
    header = "loan,outstanding_cny,whole_cny,against,emissions_kg,score\n"
    table = review.put("loans.csv", f"{header}B,25.00,100.00,evic,1000,2\nA,50.5,101,equity_and_debt,10.5,4\n")
    told = review.told("portfolio", table)
    assert told["emissions"] == "1021/4"  # 250 + 5.25
    assert [one["position"]["loan"] for one in told["loans"]] == ["A", "B"]
    loan = (
        '[[loan]]\nloan = "GL-1"\noutstanding_cny = 20\nwhole_cny = 100\nagainst = "project_cost"\nreport = "report"\n'
    )
    told = review.told("portfolio", review.put("loans.toml", loan + 'figure = "market"\n'))
    assert (told["emissions"], told["score"]) == ("16000", "2")
    assert [one["position"]["days"] for one in told["loans"]] == [365]
    assert review.sign("verification", VERIFICATION, "v.opinion")[0] == 0
    file = review.put("loans.toml", loan + 'verification = "v.opinion"\n')
    code, said = review.run("portfolio", file)
    assert (code > 0, "name the bank" in said) == (True, True)
    code, said = review.run("portfolio", file, "--bank", "B")
    assert (code > 0, "unknown-key" in said) == (True, True)
    assert review.told("portfolio", file, "--signer", review.kid, "--bank", "B")["score"] == "1"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("A,1,2,evic,3\n", "line 2"),
        ("A,1,2,evic,3,2,9\n", "line 2"),
        ("A,1.001,2,evic,3,2\n", "whole fen"),
        ("A,-1,2,evic,3,2\n", "outstanding_cny"),
        ("A,1,2,shares,3,2\n", "against"),
        ("A,3,2,evic,3,2\n", "stale"),
        ("A,1,2,evic,3,6\n", "outside 1 to 5"),
        ("A,1,2,evic,3,1\n", "is not typed"),
        ("A,1,2,evic,3,2\nA,1,2,evic,3,2\n", "twice"),
    ],
)
def test_portfolios_that_are_refused(review: Review, rows: str, says: str) -> None:
    header = "loan,outstanding_cny,whole_cny,against,emissions_kg,score\n"
    code, said = review.run("portfolio", review.put("loans.csv", header + rows))
    assert code > 0
    assert says in said


def test_versions_are_kept_and_read_again(review: Review) -> None:
    books = ("--books", f"sqlite:///{review.path / 'books.db'}")
    by = ("--by", "Li Na", "--why", "as reported")
    first = review.told("keep", review.report, *books, *by)
    other = folder(review.path / "other", figures={"total-location": figure(90_000)})
    code, said = review.run("keep", other, *books, *by)
    assert (code > 0, "reason FIRST" in said) == (True, True)
    review.told("keep", other, *books, *by, "--reason", "correction")
    assert review.told("versions", *books)["lines"] == [first["line"]]
    told = review.told("versions", *books, "--line", first["line"])["versions"]
    assert [(one["number"], one.get("is_significant")) for one in told] == [(1, None), (2, True)]
    then = ("versions", *books, "--line", first["line"], "--known-at")
    assert review.run(*then, first["known_at"] - 1)[0] == 1
    out = review.path / "stood.json"
    assert review.run(*then, int(time.time()) + 1, "--out", out)[0] == 0
    assert out.read_bytes() == (other / "report.json").read_bytes()
    assert review.run("versions", *books, "--out", out)[0] > 1


def test_the_checklist_says_what_is_not_shown(review: Review) -> None:
    out = review.path / "list.md"
    code, _ = review.run("checklist", review.report, "--out", out)
    page = out.read_text("utf-8")
    assert code == 1
    assert page.count("\n## ") == 17
    assert "- loan 贷款: not shown 未提供" in page
    assert "- type approval 型式批准: not shown 未提供" in page
    assert "- verification 核验: holds 成立" in page
    assert "- not made 未核对: sub-meters: no sub-meters" in page
    assert "- share without a sub-meter 未计入分表的份额: not shown 未提供" in page
    assert "- legal entity 法律主体: Rolling Mill Ltd" in page
    assert "- refused 不予计入: GEC-2: cancelled for another" in page
    assert "a notice, table 3" in page
    assert "- fallbacks 回退: electricity.grid CN-JS 2023" in page
    review.sign("conclude", CONCLUSION, "c.opinion")
    books = ("--books", f"sqlite:///{review.path / 'books.db'}")
    review.run("keep", review.report, *books, "--by", "Li Na", "--why", "first")
    loan = '[[loan]]\nloan = "GL-1"\noutstanding_cny = 20\nwhole_cny = 100\nagainst = "evic"\nreport = "report"\n'
    base = folder(review.path / "base", figures={"total-location": figure(200_000)})
    code, page = review.run(
        "checklist", review.report, "--opinion", review.path / "c.opinion", "--ledger", review.path / "ledger.toml",
        *books, "--portfolio", review.put("loans.toml", loan), "--loan", "GL-1", "--baseline", base,
        "--product", "coil", "--export", review.path / "ledger.toml",
    )  # fmt: skip
    assert "- loan 贷款: GL-1" in page
    assert "eligible 符合; key 密钥 " in page
    assert "DOES NOT STAND 无效 (unknown key 未知密钥: " in page
    assert "1; this is the newest 本报告为最新版本" in page
    assert "5000 kg too high, 0 kg too low 多报 5000 kg，少报 0 kg; limit 重要性限额 5000 kg, total-location: " in page
    assert "not material 不重大" in page
    assert "- financed emissions 融资排放: 20000 kgCO2e" in page
    assert "- reduction at equal production 同等产量下的减排量: 100000 kgCO2e (50 %); absolute 绝对量 100000" in page
    assert "- a third party's verification 第三方核查: not shown 未提供" in page
    assert "- data quality (PCAF) 数据质量（PCAF）: 2; worst 最差 2" in page
    review.sign("verification", VERIFICATION, "v.opinion")
    verified = ("checklist", review.report, "--opinion", review.path / "v.opinion", "--signer", review.kid)
    assert "- data quality (PCAF) 数据质量（PCAF）: 2; worst 最差 2" in review.run(*verified)[1], "no bank is named"
    assert "- data quality (PCAF) 数据质量（PCAF）: 1; worst 最差 1" in review.run(*verified, "--bank", "B")[1]


@pytest.mark.parametrize("document", ["conclusion", "verification", "ledger", "portfolio"])
def test_drafts_are_read_once_they_are_filled_in(review: Review, document: str) -> None:
    out = review.path / "draft.toml"
    assert review.run("new", document, "--out", out)[0] == 0
    assert review.run("new", document, "--out", out)[0] > 1, "never overwritten"
    if document == "ledger":
        assert review.run("ledger", review.report, "--ledger", out)[0] == 0
    elif document == "portfolio":
        assert review.run("portfolio", out)[0] > 1
    else:
        command = {"conclusion": "conclude"}.get(document, document)
        code, said = review.sign(command, out.read_text("utf-8"), "o.opinion")
        assert (code > 0, "conclusion.bank" in said or "verification.verifier" in said) == (True, True)
