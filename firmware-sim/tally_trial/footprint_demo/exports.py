"""What is made of a report for others to read (导出): one line for each, a file and the command that makes it.

`{product}`, `{created}` and `{verifier}` stand for the product's name, the time of the demo and the id of the
verifier's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHEET: Final = "sheets/product.toml"


@dataclass(frozen=True, slots=True)
class Export:
    """A file or folder in `exports`, and the words of `tallystick finance export` that make it of a report."""

    file: str
    words: tuple[str, ...]

    @property
    def stands_for(self) -> str:
        """The file by which a checklist names it: of a folder of tables the one that describes them."""
        return self.file if "." in self.file else f"{self.file}/tables.json"


_PRODUCT: Final = (
    "--product", "{product}", "--sheet", SHEET, "--created", "{created}",
    "--verification", "review/verification.opinion", "--signer", "{verifier}",
)  # fmt: skip

EXPORTS: Final = (
    Export("report.html", ("html",)),
    Export("report.pdf", ("pdf",)),
    Export("pact.json", ("pact", *_PRODUCT)),
    Export("catenax.json", ("catenax", *_PRODUCT)),
    Export("csv", ("csv", "--no-intervals")),
    Export("report.xlsx", ("excel",)),
)
