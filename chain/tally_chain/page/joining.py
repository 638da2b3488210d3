"""ES modules joined into one classic script, so that a page's policy can name its program by one hash. No IO.

    module  = { import } body
    import  = "import {" names "} from \"./" path "\";"  |  "import * as " name " from \"./" path "\";"
    exports = "export" before a function, async function, class or const at the beginning of a line, or
              "export {" names "};"

Every module becomes a function of its own that runs once and hands out what it exports, so names of two modules never
meet. What these few forms do not cover (default exports, re-exports, `export let`, circles, dynamic imports) is refused
rather than guessed at. A `<` that could end or confuse a script element is refused too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tally_chain.errors import ReportPageError

_IMPORT: Final = re.compile(
    r'^import\s+(\{[^}]*\}|\*\s+as\s+(\w+))\s+from\s+"(\.{1,2}/[\w./-]+\.js)";[ \t]*\n', re.MULTILINE
)
_DECLARED: Final = re.compile(r"^export (?=(?:async function\*?|function\*?|class|const) ?(\w+))", re.MULTILINE)
_LISTED: Final = re.compile(r"^export \{([^}]*)\};[ \t]*\n?", re.MULTILINE)
_LEFT: Final = re.compile(
    r"^[ \t]*(?:import|export)\b(?!\s*[:=(.])|^(?![ \t]*(?:/?\*|//)).*\bimport\s*\(", re.MULTILINE
)
"""What is left of an import or an export; `import("./a.js")` in a comment names a type."""
_CONFUSING: Final = re.compile(r"<(?:/?script|!--)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Module:
    """A module taken apart: what it needs, by which names, its body without imports, and what it exports."""

    needs: tuple[tuple[str, str], ...]
    body: str
    exports: tuple[tuple[str, str], ...]


def join(modules: Mapping[str, str], entry: str) -> str:
    """One script that runs the module `entry` of `modules` (path to text). Raises ReportPageError.

    The same modules make the same text, whatever the order of `modules`.
    """
    order: list[str] = []
    taken: dict[str, _Module] = {}
    _visit(entry, modules, (), taken, order)
    parts = ['"use strict";\n(() => {\n']
    parts += [_written(path, taken[path]) for path in order]
    script = "".join([*parts, "})();\n"])
    if found := _CONFUSING.search(script):
        raise ReportPageError(f"{found[0]!r} may not stand in a script of a page")
    return script


def _visit(
    path: str, modules: Mapping[str, str], above: tuple[str, ...], taken: dict[str, _Module], order: list[str]
) -> None:
    if path in above:
        raise ReportPageError(f"modules need one another in a circle: {' → '.join([*above, path])}")
    if path in taken:
        return
    if path not in modules:
        raise ReportPageError(f"{above[-1] if above else 'nothing'} needs {path}, which there is not")
    module = _apart(path, modules[path])
    for needed, names in module.needs:
        _visit(needed, modules, (*above, path), taken, order)
        given = {alias for alias, _ in taken[needed].exports}
        if absent := {wanted for wanted in re.findall(r"(\w+): \w+", names) if wanted not in given}:
            raise ReportPageError(f"{path} wants {', '.join(sorted(absent))}, which {needed} does not export")
    taken[path] = module
    order.append(path)


def _apart(path: str, text: str) -> _Module:
    needs = []
    for found in _IMPORT.finditer(text):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[3]))
        if found[2]:
            names = found[2]
        else:
            names = "{ " + ", ".join(f"{name}: {alias}" for name, alias in _pairs(path, found[1][1:-1])) + " }"
        needs.append((target, names))
    body = _IMPORT.sub("", text)
    exports = [(name, name) for name in _DECLARED.findall(body)]
    body = _DECLARED.sub("", body)
    for listed in _LISTED.findall(body):
        exports += [(alias, name) for name, alias in _pairs(path, listed)]
    body = _LISTED.sub("", body)
    if left := _LEFT.search(body):
        line = body[left.start() :].lstrip().split("\n")[0]
        raise ReportPageError(f"{path}: {line[:80]!r} is an import or export in a form that is not joined")
    return _Module(tuple(needs), body, tuple(exports))


def _pairs(path: str, names: str) -> list[tuple[str, str]]:
    """`a, b as c` as pairs of name and other name."""
    pairs = []
    for part in filter(None, (part.strip() for part in names.split(","))):
        found = re.fullmatch(r"(\w+)(?:\s+as\s+(\w+))?", part)
        if found is None:
            raise ReportPageError(f"{path}: {part!r} is no name to import or export")
        pairs.append((found[1], found[2] or found[1]))
    return pairs


def _written(path: str, module: _Module) -> str:
    imports = "".join(f"const {names} = {_name(needed)};\n" for needed, names in module.needs)
    exports = ", ".join(f"{alias}: {name}" for alias, name in module.exports)
    return f"// {path}\nconst {_name(path)} = (() => {{\n{imports}{module.body}\nreturn {{ {exports} }};\n}})();\n"


def _name(path: str) -> str:
    """A module's own name; two paths never share one, since `_` of a path is doubled."""
    return "m_" + path.removesuffix(".js").replace("_", "__").replace("/", "_s_").replace("-", "_d_").replace(
        ".", "_p_"
    )
