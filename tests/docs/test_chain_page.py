"""docs/operating-chains.md says of every profile and every alarm what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_chain.anchoring.alarms import MEANING, Alarm
from tally_chain.anchoring.profile import EARLIER_NAMES, GWEI, PROFILES, ChainProfile
from tally_chain.engine.interface import BlockTag
from tally_gateway.config import AnchorSection
from tests.docs.pages import DOCS

PAGE = DOCS / "operating-chains.md"


def profile_row(profile: ChainProfile) -> str:
    """A profile as the page's table has it."""
    if isinstance(profile.finality, BlockTag):
        final = f"`{profile.finality.value}` block"
    else:
        final = "at once" if profile.finality == 0 else f"{profile.finality} blocks later"
    cap = f"≤ {profile.fee_cap_wei // GWEI} gwei" if profile.fee_cap_wei else "0"
    fees = f"{'EIP-1559' if profile.dynamic_fees else 'gas price'}, {cap}"
    again = f"{profile.rebroadcast_after_seconds} s"
    outbid = f"{profile.replace_after_seconds} s, +{profile.replace_percent} %" if profile.replace_percent else "never"
    cells = [f"`{profile.name}`", final, fees, again, outbid, str(profile.event_page_blocks)]
    cells += ["s or ms" if profile.milliseconds else "s", f"{profile.alarm_after_seconds} s"]
    return f"| {' | '.join(cells)} |"


def alarm_row(alarm: Alarm) -> str:
    """An alarm as the page's table has it."""
    said, to_do = MEANING[alarm]
    return f"| `{alarm.value}` | {said} | {to_do} |"


def rows() -> list[str]:
    return [*map(profile_row, PROFILES.values()), *map(alarm_row, Alarm)]


@pytest.mark.parametrize("row", rows())
def test_each_profile_and_alarm_stands_on_the_page(row: str) -> None:
    assert row in PAGE.read_text("utf-8").splitlines()


def test_nothing_else_stands_in_the_tables() -> None:
    named = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert sorted(named) == sorted(rows())


def test_earlier_names_and_settings_are_named() -> None:
    text = Path(PAGE).read_text("utf-8")
    for name in EARLIER_NAMES:
        assert f"`{name}`" in text
    for name in ("url", "agree", "profile", "chain_id", "genesis", "contract", "signer_url", "signer_address"):
        assert name in AnchorSection.__dataclass_fields__
        assert f"`anchor.{name}`" in text
