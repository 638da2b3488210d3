"""Modules in one script: what is understood, and what is refused."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tally_chain.errors import ReportPageError
from tally_chain.page.joining import join

MODULES = {
    "a/main.js": """import { one, two as zwei } from "./parts.js";
import * as all from "../b/deep.js";

print(one + zwei() + all.three + new all.Four().five);
""",
    "a/parts.js": """import {
  three,
} from "../b/deep.js";

export const one = 1;
const hidden = 10;
function inner() {
  return hidden + three;
}
export { inner as two };
""",
    "b/deep.js": """const hidden = 100;
export const three = hidden;
export class Four {
  five = 1000;
}
export async function six() {}
""",
}


def test_the_joined_script_runs_as_the_modules_do() -> None:
    script = join(MODULES, "a/main.js")
    assert script.startswith('"use strict";\n')
    assert script.count("const m_b_s_deep =") == 1
    node = shutil.which("node")
    if node is not None:  # a second opinion where there is one; the pages' own tests run it in a browser
        done = subprocess.run(
            [node, "-e", script.replace("print(", "console.log(")], capture_output=True, text=True, check=True
        )
        assert done.stdout == "1211\n"


def test_the_same_modules_make_the_same_script() -> None:
    assert join(dict(reversed(MODULES.items())), "a/main.js") == join(MODULES, "a/main.js")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('import thing from "./deep.js";\n', "in a form that is not joined"),
        ('import "./deep.js";\n', "in a form that is not joined"),
        ("export default 1;\n", "in a form that is not joined"),
        ("export let a = 1;\n", "in a form that is not joined"),
        ('export * from "./deep.js";\n', "in a form that is not joined"),
        ('const a = await import("./deep.js");\n', "in a form that is not joined"),
        ('import { nothing } from "./deep.js";\n', "does not export"),
        ('import { three } from "./elsewhere.js";\n', "which there is not"),
        ('import { a } from "./main.js";\n', "in a circle"),
        ('const a = "</script>";\n', "may not stand in a script"),
        ('const a = "<!--";\n', "may not stand in a script"),
        ('const a = "<SCRIPT";\n', "may not stand in a script"),
        ('import { three - four } from "./deep.js";\n', "no name"),
    ],
)
def test_what_would_be_guessed_at_is_refused(text: str, told: str) -> None:
    with pytest.raises(ReportPageError, match=told):
        join({"b/main.js": text, "b/deep.js": MODULES["b/deep.js"]}, "b/main.js")


def test_a_comment_may_name_the_type_of_another_module() -> None:
    text = '/**\n * @typedef {import("./deep.js").Four} Four\n */\n// import("./x.js")\nprint(1);\n'
    assert "print(1)" in join({"b/main.js": text}, "b/main.js")
