"""The checklist says how far the load was met by the hour, and how certificates stand in the registry of claims."""

from __future__ import annotations

from pathlib import Path

from tally_finance.report import claims_file
from tally_finance.report.making import Report
from tally_finance.review import checklist, reported
from tally_finance.review.answer import Shown
from tests.finance.activity import works
from tests.finance.report import mill, sunny
from tests.finance.report.test_inventory_file import CLAIMS

REGISTRY = f"""
[market.registry]
file = "claims.json"
chain_id = {CLAIMS.chain_id}
contract = "{CLAIMS.contract}"
namespace = "{CLAIMS.namespace.hex()}"
organisation = "{"e2" * 32}"
policy = "told"
"""


def kept(report: Report, folder: Path) -> Path:
    folder.mkdir()
    (folder / "report.json").write_bytes(report.encode())
    (folder / "trace.json").write_bytes(report.trace.encode())
    return folder


def test_the_checklist_tells_of_hours_and_of_claims(tmp_path: Path) -> None:
    """What a report without granular certificates and without the registry does not show is told as that."""

    def asked(of: Path) -> dict[str, str | None]:
        (item,) = [one for one in checklist.checklist(Shown(reported.load(of))) if one.title.english == "Instruments"]
        return {one.question.english: None if one.said is None else str(one.said) for one in item.answers}

    bare = asked(kept(mill.made(works.run(works.opened(), mill.DAYS), tmp_path), tmp_path / "bare"))
    assert (bare["matched hour by hour"], bare["claims in the registry"]) == (None, None)
    (tmp_path / "claims.json").write_text(claims_file.encode(CLAIMS))
    report = sunny.made(sunny.world(), tmp_path, sunny.bundles(), sunny.INVENTORY + REGISTRY)
    found = asked(kept(report, tmp_path / "sunny"))
    # 12 hours of sun that met 10 kWh each, of 504 kWh
    assert found["matched hour by hour"] == (
        f"23.809 %, {sunny.GRID}, 120 kWh; 0 of 72 hours were not measured 72 小时中 0 小时未实测"
    )
    assert found["claims in the registry"] == "12 unread; told, read at block 读取区块 77"
