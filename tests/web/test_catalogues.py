"""Everything that weiji says has an English translation, and nothing is lost on the way to the catalogue."""

import re
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from weiji.web import catalogues
from weiji.web.locales import LOCALES

VALUE = re.compile(r"%\((\w+)\)[sd]")
MANY = re.compile(r"%\(\w+\)s [a-z]+s\b")
COUNTED = re.compile(r"%\(\w+\)s ?(?:[件天笔个种批次张项箱份]|小时|分钟|秒)")


def test_every_message_is_in_every_catalogue_and_in_english_and_no_other_is() -> None:
    template = catalogues.template_catalogue()
    assert catalogues.missing("en", template) == [], "run: python -m weiji.web.catalogues update, then fill"
    wanted = {(message.context, message.id) for message in template if message.id}
    for locale in LOCALES:
        assert {(message.context, message.id) for message in catalogues.read(locale) if message.id} == wanted


def test_translations_have_the_values_of_their_messages() -> None:
    for message in catalogues.read("en"):
        if message.id:
            ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
            strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
            for text in strings:
                assert set(VALUE.findall(text or "")) == set(VALUE.findall(ids[0])), message.id


def test_where_a_number_meets_a_noun_there_is_a_form_for_one() -> None:
    """Chinese has a measure word there: 3 件, 2 天. A fraction of seconds is always many."""
    lacking = [
        message.id
        for message in catalogues.read("en")
        if isinstance(message.id, str) and COUNTED.search(message.id) and MANY.search(str(message.string))
    ]
    assert lacking == ["重放了%(counted)s，用时 %(seconds)s 秒。"]


def test_what_becomes_plural_is_translated_anew() -> None:
    catalogue, template = Catalog(locale="en"), Catalog()
    catalogue.add("%(number)s 箱", "%(number)s boxes")
    template.add(("%(number)s 箱", "%(number)s 箱"))
    catalogues.merge(catalogue, template)
    message = catalogue.get("%(number)s 箱")
    assert message
    assert (message.string, message.fuzzy) == (("", ""), False)


def test_every_catalogue_can_be_compiled() -> None:
    for locale in LOCALES:
        buffer = BytesIO()
        write_mo(buffer, catalogues.read(locale))
        assert len(buffer.getvalue()) > 20


def test_messages_are_found_wherever_they_are() -> None:
    template = """<p>{{ _("甲") }} _("不算")</p>
    {% call ui.card(_('乙 "引"'), href="x") %}{{ ngettext("%(number)s 件", "%(number)s 件多", n) }}
    {{ ui.cell(_(
        "丙"), note=_("丁")) }}{{ translate_("戊") }}{{ x._("己") }}{{ pgettext("天干", "庚") }}{% endcall %}"""
    assert list(catalogues.find_in_template(template)) == [
        (1, "甲", None),
        (2, '乙 "引"', None),
        (2, ("%(number)s 件", "%(number)s 件多"), None),
        (3, "丙", None),
        (4, "丁", None),
        (4, "庚", "天干"),
    ]
    python = (
        'a = _("甲")\nb = gettext(\n    "乙" "丙", n=1)\nc = ngettext("一", "多", n)\nd = _(a)\n'
        'e = pgettext("天干", "庚")\nf = pgettext(a, "辛")\n'
    )
    assert [(found.message, found.context) for found in catalogues.find_in_python(python.encode())] == [
        ("甲", None),
        ("乙丙", None),
        (("一", "多"), None),
        ("庚", "天干"),
    ]
