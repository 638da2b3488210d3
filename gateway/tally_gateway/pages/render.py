"""Templates of several packages, rendered in one language. A name that a template misspells is an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tally_gateway.pages import shown
from tally_gateway.pages.static_files import StaticFiles
from tally_gateway.pages.words import Language, Words, other_language

KIT: Final = "tally_gateway.pages"
_NO_NAMES: Final[Mapping[str, Words]] = {}


class _Environment(Environment):
    """What a dictionary holds under a name comes before what dictionaries can do: pages show what interfaces tell."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """See the base class, which tries the other first, and pays for an exception at nearly every name."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class Templates:
    """Those of the kit and of every room; names are paths below a package's folder `templates`.

    `day(at)` and `moment(at)` are in `zone`, or in that of a site whose name they are given (Asia/Seoul).
    """

    def __init__(self, packages: Iterable[str], static: StaticFiles, zone: tzinfo = shown.CHINA) -> None:
        roots = [resources.files(package).joinpath("templates") for package in (KIT, *packages)]

        def load(name: str) -> str | None:
            for root in roots:
                found = root.joinpath(name)
                if found.is_file():
                    return found.read_text("utf-8")
            return None

        self._environment = _Environment(
            loader=FunctionLoader(load),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.static = static
        self._environment.globals.update(
            number=shown.number,
            moment=lambda at, of=None: shown.moment(at, shown.zone_of(of, zone)),
            day=lambda at, of=None: shown.day(at, shown.zone_of(of, zone)),
            in_zone=lambda sentence: shown.in_zone(sentence, zone),
            short=shown.short,
        )

    def render(self, name: str, language: Language, root: str = "", /, **context: Any) -> str:
        """A page. `t(english, chinese)` and `say(words)` are in its language; `lang(text)` is the attribute of a
        text of others that is not; `at(path)` is below `root`.
        """

        def t(english: str, chinese: str) -> str:
            return chinese if language is Language.CHINESE else english

        def say(words: Words | str) -> str:
            return words.within(language) if isinstance(words, Words) else words

        def opened(sentence: str, ids: Mapping[str, str], names: Mapping[str, Words] = _NO_NAMES) -> Markup:
            return shown.opened(sentence, ids, {id_: words.within(language) for id_, words in names.items()})

        def lang(text: str) -> Markup:
            other = other_language(text, language)
            return Markup("") if other is None else Markup(' lang="{}"').format(other)

        return self._environment.get_template(name).render(
            t=t,
            lang=lang,
            say=say,
            language=language,
            opened=opened,
            lasting=lambda seconds: shown.lasting(seconds, language),
            at=lambda path: f"{root}{path}",
            static=lambda file: self.static.address(file, root),
            **context,
        )
