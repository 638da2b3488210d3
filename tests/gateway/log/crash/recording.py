"""What the writer asked of the file system, recorded with strace: changes of data and names, syncs, and marks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CALLS = (
    "openat,creat,write,pwrite64,writev,pwritev,lseek,fsync,fdatasync,rename,renameat,renameat2,ftruncate,truncate,"
    "fallocate,sync_file_range,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink"
)
UNKNOWN = {"creat", "writev", "pwritev", "truncate", "fallocate", "sync_file_range", "link", "linkat", "symlink"}
"""Calls that would change files and that the model does not know. None may be used, or the model would be wrong."""

_LINE = re.compile(r"\d+ +(\w+)\((.*)\) = (\S+?)(?:<(.*)>)?$")
_DESCRIPTOR = re.compile(r"(-?\w+)(?:<(.*)>)?$")


@dataclass(frozen=True, slots=True)
class Event:
    """One call. `what`: create, write, truncate, sync, rename, unlink, mkdir, rmdir, mark. Paths are below the root."""

    what: str
    path: str = ""
    target: str = ""
    offset: int = 0
    data: bytes = b""


def strace() -> str | None:
    """The recorder, if it is installed and may trace here."""
    found = shutil.which("strace")
    if found is None or subprocess.run([found, "-o", os.devnull, "true"], check=False, capture_output=True).returncode:
        return None
    return found


def record(tool: str, root: Path, first: int, rounds: int) -> list[Event]:
    """Run the writer on `root`/gateway from round `first` on; return what it did below `root`, marks among it."""
    marks, trace = root.parent / "marks", root.parent / "trace"
    command = [
        tool,
        "-f",
        "-y",
        "-xx",
        "-s",
        "100000000",
        "-e",
        f"trace={CALLS}",
        "-o",
        str(trace),
        sys.executable,
        "-B",
    ]
    module = ["-m", "tests.gateway.log.crash.writing", str(root / "gateway"), str(marks), str(first), str(rounds)]
    subprocess.run([*command, *module], check=True, capture_output=True)
    return parse(trace.read_text("ascii"), str(root.resolve()), str(marks.resolve()))


def parse(trace: str, root: str, marks: str) -> list[Event]:
    """The events below `root` in a trace."""
    events: list[Event] = []
    positions: dict[str, int] = {}
    seen: set[str] = set()
    for line in trace.splitlines():
        match = _LINE.match(line)
        if match is None or match[3].startswith("-1"):
            continue
        arguments = [_argument(each) for each in match[2].split(", ")]
        event = _event(match[1], arguments, _path(match[4]), positions, seen)
        for path in (event.path, event.target) if event else ():
            assert "(deleted)" not in path, line[:200]
        if event is not None and event.path == marks:
            events.append(Event("mark", data=event.data)) if event.what == "write" else None
        elif event is not None and f"{event.path}/".startswith(root + "/"):
            assert match[1] not in UNKNOWN, f"the model does not know {match[1]}"
            events.append(_below(event, root))
    return events


def _below(event: Event, root: str) -> Event:
    cut = len(root) + 1
    return Event(event.what, event.path[cut:], event.target[cut:], event.offset, event.data)


def _event(call: str, arguments: list[str], opened: str, positions: dict[str, int], seen: set[str]) -> Event | None:
    if call == "openat":
        flags = arguments[2]
        positions[opened] = 0
        fresh = "O_CREAT" in flags and opened not in seen
        seen.add(opened)
        return Event("create", opened) if fresh else Event("truncate", opened) if "O_TRUNC" in flags else None
    if call in ("rename", "renameat", "renameat2"):
        names = [each for each in arguments if each.startswith("/")]
        seen.add(names[1])
        seen.discard(names[0])
        return Event("rename", names[0], names[1])
    if call in ("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat"):
        path = next(each for each in arguments if each.startswith("/"))
        seen.discard(path)
        return Event({"unlinkat": "unlink", "mkdirat": "mkdir"}.get(call, call), path)
    path = _file(arguments[0])
    if call == "lseek":
        positions[path] = int(arguments[1])
    elif call == "pwrite64":
        return Event("write", path, offset=int(arguments[3]), data=arguments[1].encode("latin-1"))
    elif call == "write":
        data = arguments[1].encode("latin-1")
        start = positions.get(path, 0)
        positions[path] = start + len(data)
        return Event("write", path, offset=start, data=data)
    elif call in ("fsync", "fdatasync"):
        return Event("sync", path)
    elif call == "ftruncate":
        return Event("truncate", path, offset=int(arguments[1]))
    elif call in UNKNOWN:
        return Event(call, path)
    return None


def _argument(text: str) -> str:
    """A string argument decoded (one character per byte), anything else as it stands."""
    if text.startswith('"'):
        return bytes.fromhex(text[1 : text.rindex('"')].replace("\\x", "")).decode("latin-1")
    return text


def _path(text: str | None) -> str:
    return bytes.fromhex((text or "").replace("\\x", "")).decode() if text and text.startswith("\\x") else text or ""


def _file(text: str) -> str:
    match = _DESCRIPTOR.match(text)
    return _path(match[2]) if match else ""
