"""docs/formats/report-page.md: its example is a report, and its limits are the code's."""

from __future__ import annotations

from pathlib import Path

from tally_chain.page import report_file

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "report-page.md").read_text("utf-8")


def test_the_example_is_a_report() -> None:
    example = PAGE.partition("```html\n")[2].partition("```")[0]
    read = report_file.decode(example.encode())
    assert (read.data.title, read.data.policy, read.data.made_at, read.data.bundle) == (
        "Mill",
        "",
        1767225600,
        b"\1\2\3",
    )
    assert report_file.encode(read.data, read.shell) == example.encode()


def test_limits_are_those_of_the_code() -> None:
    for name in ("MAX_TITLE_BYTES", "MAX_POLICY_BYTES", "MAX_BUNDLE_BYTES", "MAX_SHELL_BYTES"):
        assert f"| `{name}` | {getattr(report_file, name)} |" in PAGE, name
