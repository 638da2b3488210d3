"""The long form: `python -m tests.fuzz --seconds N`. Guided by coverage (atheris) where that can be had.

atheris is no dependency: it is installed into an environment of its own under build/ when a wheel of it fits here.
Without it the vectors are mutated blindly, which is slower to get anywhere but needs nothing.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
import venv
from pathlib import Path

from tests.fuzz.decoders import TARGETS
from tests.fuzz.seeds import seeds

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
MAX_BYTES = 4_096
PIPED = "PYTHONPATH"


def main() -> int:
    """Run every decoder; 0 when nothing was found, 1 with the bytes of a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3_600)
    parser.add_argument("--seed", type=int, default=None, help="repeat a plain run")
    parser.add_argument("--plain", action="store_true", help="do not look for atheris")
    options = parser.parse_args()
    python = None if options.plain else _with_atheris()
    if python is None:
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
        print(f"seed {seed}", flush=True)
        return _plain(options.seconds, random.Random(seed))
    return _guided(python, options.seconds)


def _plain(seconds: int, chance: random.Random) -> int:
    pool = seeds()
    names = list(TARGETS)
    stop, runs = time.monotonic() + seconds, 0
    while time.monotonic() < stop:
        data = _changed(chance.choice(pool), pool, chance)
        for name in names:
            try:
                TARGETS[name](data)
            except Exception as error:  # noqa: BLE001  # every one is what is looked for
                print(f"{name}: {type(error).__name__}: {error}\n{data.hex()}", file=sys.stderr)
                return 1
        runs += 1
    print(f"{runs} inputs through {len(names)} decoders: no fault")
    return 0


def _changed(data: bytes, pool: list[bytes], chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(0, 6)):
        at = chance.randint(0, len(out))
        match chance.randrange(5):
            case 0 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(out):
                out[at] = chance.choice((0, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x38, 0x58, 0x78, 0x9F, 0xC4, 0xF9, 0xFF))
            case 2:
                del out[at : at + chance.randint(1, 8)]
            case 3:
                out[at:at] = chance.randbytes(chance.randint(1, 8))
            case _:
                other = chance.choice(pool)
                begin = chance.randint(0, len(other))
                out[at : at + chance.randint(0, 40)] = other[begin : begin + chance.randint(1, 40)]
    return bytes(out[:MAX_BYTES])


def _with_atheris() -> str | None:
    """An interpreter that has atheris and what the decoders need, or None."""
    python = FOLDER / "venv" / "bin" / "python"
    if not python.exists():
        print("looking for atheris (once)", flush=True)
        try:
            venv.create(FOLDER / "venv", with_pip=True)
        except (OSError, subprocess.SubprocessError):
            return None
        packages = ["atheris", "cbor2>=6.2.1,<7", "cryptography>=50.0.2,<51"]
        command = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *packages]
        subprocess.run(command, capture_output=True, check=False)
    there = subprocess.run([python, "-c", "import atheris, cbor2, cryptography"], capture_output=True, check=False)
    if there.returncode:
        print("atheris does not install here: mutating blindly instead", flush=True)
        return None
    return str(python)


def _guided(python: str, seconds: int) -> int:
    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds()):
        (corpus / f"seed-{number:04}").write_bytes(data)
    each = max(1, seconds // len(TARGETS))
    root = Path(__file__).parents[2]
    path = ":".join(str(root / part) for part in ("", "edge", "chain"))
    for name in TARGETS:
        print(f"{name}: {each} s", flush=True)
        command = [
            python, "-m", "tests.fuzz.guided", name, f"-max_total_time={each}", f"-max_len={MAX_BYTES}",
            f"-artifact_prefix={FOLDER}/fault-{name}-", "-verbosity=0", str(corpus),
        ]  # fmt: skip
        done = subprocess.run(command, env={PIPED: path, "PATH": ""}, cwd=root, check=False)
        if done.returncode:
            print(f"{name}: a fault, kept beside {FOLDER}", file=sys.stderr)
            return 1
    print(f"{len(TARGETS)} decoders, {each} s each: no fault")
    return 0


if __name__ == "__main__":
    sys.exit(main())
