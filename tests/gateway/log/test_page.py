"""The page of the format shows a real log."""

from __future__ import annotations

from pathlib import Path

from tally_chain.tree import leaf_hash
from tally_gateway.log.records import Entry
from tests.gateway.log import kit
from tests.gateway.log.kit import kid

PAGE = Path(__file__).parents[3] / "docs" / "formats" / "log.md"


def test_the_example_is_what_the_log_writes(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    log.append([Entry(kid(1), 0, b"first"), Entry(kid(1), 1, b"second")])
    log.seal()
    log.close()
    page = PAGE.read_text("utf-8")
    assert (tmp_path / "log" / "checkpoint").read_text("utf-8") in page
    assert f"\n{kit.VERIFIER.encode()}\n" in page
    entries = (tmp_path / "log/tile/entries/000.p/3").read_bytes()
    assert entries.endswith(bytes.fromhex("0005 6669727374 0006 7365636f6e64"))
    for text in (b"first", b"second"):
        assert f'{leaf_hash(text).hex()}    SHA-256(0x00 || "{text.decode()}")' in page
    for path in (tmp_path / "log").rglob("*"):
        if path.is_file() and not path.match("000.p/1"):
            assert path.relative_to(tmp_path).as_posix() in page
