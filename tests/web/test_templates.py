"""The templates of every module keep to what the policy allows, name icons that exist, and can be parsed."""

import re

import pytest

from weiji.web.assets import manifest
from weiji.web.rendering import PACKAGE, environment

TEMPLATES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/templates/*.html"))
ICONS = [
    re.compile(r'\bicon\("([^"]+)"'),
    re.compile(r'\bicon_name=(?:none|"([^"]+)")'),
    re.compile(r'"icon_name":\s*"([^"]+)"'),
]


def source(name: str) -> str:
    module, _, file = name.split("/")
    return (PACKAGE / module / "templates" / file).read_text("utf-8")


def test_there_are_templates() -> None:
    assert "web/templates/page.html" in TEMPLATES


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_is_inline(name: str) -> None:
    text = source(name)
    assert not re.search(r"\sstyle\s*=", text), "the policy refuses style attributes"
    assert not re.search(r"\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=", text), "the policy refuses handlers in attributes"
    assert not re.search(r"(?:javascript|js):", text)
    assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", text), "nothing comes from another host"
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert 'type="application/json"' in tag or 'nonce="{{ nonce }}"' in tag


@pytest.mark.parametrize("name", TEMPLATES)
def test_forms_that_change_something_carry_the_token(name: str) -> None:
    for form in re.findall(r"<form\b.*?</form>", source(name), re.DOTALL):
        if re.search(r'method="post"', form):
            assert "csrf()" in form


@pytest.mark.parametrize("name", TEMPLATES)
def test_icons_exist(name: str) -> None:
    named = {found for pattern in ICONS for found in pattern.findall(source(name)) if found}
    assert named <= manifest().icons


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_can_be_parsed(name: str) -> None:
    environment("en").undeclared_variables_in_template(name.replace("/templates/", "/"))


def pages_of(name: str) -> list[str]:
    """Name the templates that show another: those that import it, where it has but pieces, else itself."""
    if not name.endswith("/parts.html"):
        return [name]
    imported = f'import "{name.replace("/templates/", "/")}"'
    return [page for page in TEMPLATES if imported in source(page)]


def test_whoever_is_asked_for_the_payment_password_is_told_of_a_reset_and_led_to_one() -> None:
    asking = [
        page
        for name in TEMPLATES
        if re.search(r"\bui\.(?:password_pad|password_field|locked_pad)\(", source(name))
        for page in pages_of(name)
    ]
    untold = [name for name in asking if '{% include "identity/payment_reset_notice.html" %}' not in source(name)]
    assert untold == ["web/templates/gallery.html", "web/templates/gallery_form.html"], "those move no money"
    by_hand = [name for name in TEMPLATES if re.search(r'ui\.field\("(?:old_)?payment_password"', source(name))]
    assert by_hand == ["identity/templates/payment_password.html"], "there it is a new one"


def test_what_a_template_lacks_is_an_error() -> None:
    with pytest.raises(Exception, match="undefined"):
        environment("en").render_str("{{ order.amount }}", "x.html")


def test_what_people_write_is_text() -> None:
    rendered = environment("en").render_str(
        '{% import "web/ui.html" as ui %}{{ ui.tag(name) }}{{ ui.avatar(name) }}{{ _("已售%(number)s", number=name) }}',
        "x.html",
        name="<script>\"'&",
    )
    assert "<script>" not in rendered


def test_names_of_templates_lead_nowhere_else() -> None:
    from weiji.web.rendering import find

    assert find("web/page.html") is not None
    for name in ("../pyproject.toml", "web/../../x.html", "page.html", "/etc/passwd", "web/.hidden"):
        assert find(name) is None
