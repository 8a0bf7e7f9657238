"""Everything that weiji says has an English translation, and nothing is lost on the way to the catalogue."""

import re
from io import BytesIO

from babel.messages.mofile import write_mo

from weiji.web import catalogues
from weiji.web.locales import LOCALES

VALUE = re.compile(r"%\((\w+)\)[sd]")


def test_every_message_is_in_english() -> None:
    assert catalogues.missing("en") == [], "run: python -m weiji.web.catalogues update, then fill"


def test_every_message_is_in_every_catalogue_and_no_other_is() -> None:
    wanted = {message.id for message in catalogues.template_catalogue() if message.id}
    for locale in LOCALES:
        assert {message.id for message in catalogues.read(locale) if message.id} == wanted


def test_translations_have_the_values_of_their_messages() -> None:
    for message in catalogues.read("en"):
        if message.id:
            ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
            strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
            for text in strings:
                assert set(VALUE.findall(text or "")) == set(VALUE.findall(ids[0])), message.id


def test_every_catalogue_can_be_compiled() -> None:
    for locale in LOCALES:
        buffer = BytesIO()
        write_mo(buffer, catalogues.read(locale))
        assert len(buffer.getvalue()) > 20


def test_messages_are_found_wherever_they_are() -> None:
    template = """<p>{{ _("甲") }} _("不算")</p>
    {% call ui.card(_('乙 "引"'), href="x") %}{{ ngettext("%(number)s 件", "%(number)s 件多", n) }}
    {{ ui.cell(_(
        "丙"), note=_("丁")) }}{{ translate_("戊") }}{{ x._("己") }}{% endcall %}"""
    assert list(catalogues.find_in_template(template)) == [
        (1, "甲"),
        (2, '乙 "引"'),
        (2, ("%(number)s 件", "%(number)s 件多")),
        (3, "丙"),
        (4, "丁"),
    ]
    python = 'a = _("甲")\nb = gettext(\n    "乙" "丙", n=1)\nc = ngettext("一", "多", n)\nd = _(a)\n'.encode()
    assert [message for _, message in catalogues.find_in_python(python)] == ["甲", "乙丙", ("一", "多")]
