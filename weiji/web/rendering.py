"""The templates: `"orders/detail.html"` is weiji/orders/templates/detail.html. One environment for each locale."""

from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from markupsafe import Markup
from minijinja import Environment, pass_state
from minijinja._lowlevel import State

from weiji.kit.money import plain_yuan
from weiji.web import formats, locales, pictures
from weiji.web.assets import asset, icon

PACKAGE: Final = Path(__file__).parent.parent


def find(name: str) -> Path | None:
    """Find the file of a template; None where the name is not one of a module's."""
    *module, file = Path(name).parts
    if not module or ".." in module or file.startswith("."):
        return None
    path = PACKAGE.joinpath(*module, "templates", file)
    return path if path.is_file() else None


def source(name: str) -> str | None:
    """Read a template; None where there is none."""
    path = find(name)
    return path.read_text("utf-8") if path else None


@cache
def environment(locale: str) -> Environment:
    """Make the environment that renders in *locale*.

    What a template names must be there: a gap is an error, not a blank.
    """

    def translate(message: str, **values: Any) -> str:
        return locales.translate(locale, message, **values)

    def translate_in_context(context: str, message: str, **values: Any) -> str:
        return locales.translate(locale, message, context, **values)

    def translate_number(singular: str, plural: str, number: int, **values: Any) -> str:
        return locales.translate_number(locale, singular, plural, number, **values)

    return Environment(
        loader=source,
        undefined_behavior="strict",
        trim_blocks=True,
        lstrip_blocks=True,
        debug=False,
        filters={
            "money": formats.money,
            "brief": formats.brief,
            "price": formats.price,
            "yuan": plain_yuan,
            "number": formats.number,
            "instant": formats.instant,
            "relative": formats.relative,
            "about": formats.about,
            "duration": formats.duration,
            "countdown": formats.countdown,
            "initial": formats.initial,
            "listed": formats.listed,
            "smallest": pictures.smallest,
        },
        globals={
            "_": translate,
            "ngettext": translate_number,
            "pgettext": translate_in_context,
            "asset": asset,
            "icon": icon,
            "srcset": pictures.srcset,
            "csrf": cast("Any", pass_state)(csrf),
            "LOCALE_NAMES": locales.NAMES,
        },
    )


def csrf(state: State) -> Markup:
    """Write the hidden field that every form with `method="post"` carries. A stranger has none, and needs none."""
    token = state.lookup("csrf_token")
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token) if token else Markup()


def render(locale: str, name: str, /, **context: Any) -> str:
    """Render a template in a locale."""
    return environment(locale).render_template(name, **context)
