"""Write the vectors of bundles: tests/vectors/bundle/<case>[_fail]/.

bundle.tally    the bundle
policy.toml     the reader's policy
expected.json   {"at": as of when, "holds": …, "codes": every finding's number, ascending, "figures": …}
why.txt         what this case shows

python -m tests.vectors.generate_bundles           writes them all
python -m tests.vectors.generate_bundles --check   exit code 1 when a file is not what would be written
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tally_chain import bundle, policy_text
from tally_chain.verify.verdict import Verdict, to_json
from tally_chain.verify.verifier import verify
from tests.chain.verify.all_cases import ALL
from tests.chain.verify.case import Case

HERE = Path(__file__).parent / "bundle"


def expected(verdict: Verdict, at: int) -> dict[str, object]:
    """What `expected.json` holds of a verdict."""
    return {
        "at": at,
        "holds": verdict.holds,
        "codes": sorted({finding.code.number for finding in verdict.findings}),
        "figures": to_json(verdict)["figures"],
    }


def files(case: Case) -> dict[Path, bytes]:
    """The files of a case, by path."""
    given = case.make()
    encoded = bundle.encode(given.bundle)
    verdict = verify(bundle.decode(encoded), given.policy, now=given.now)
    text = json.dumps(expected(verdict, given.now), indent=1, ensure_ascii=False) + "\n"
    why = " ".join((case.make.__doc__ or "").split()) + "\n"
    folder = HERE / case.folder
    return {
        folder / "bundle.tally": encoded,
        folder / "policy.toml": policy_text.write(given.policy).encode(),
        folder / "expected.json": text.encode(),
        folder / "why.txt": why.encode(),
    }


def main(argv: list[str] | None = None) -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args(argv).check
    wanted = {path: data for case in ALL for path, data in files(case).items()}
    present = {path for path in HERE.rglob("*") if path.is_file()} if HERE.is_dir() else set()
    wrong = [path for path, data in wanted.items() if path not in present or path.read_bytes() != data]
    stray = sorted(present - wanted.keys())
    if check:
        for path in [*wrong, *stray]:
            sys.stdout.write(f"not as generated: {path.relative_to(HERE)}\n")
        return 1 if wrong or stray else 0
    for path in wrong:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path])
    for path in stray:
        path.unlink()
    for folder in HERE.iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main())
