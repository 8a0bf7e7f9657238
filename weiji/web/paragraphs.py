"""What is typed into a field for a longer text, and the HTML that it means."""

import re
from html import escape, unescape
from typing import Final

_PLAIN: Final = re.compile(r"(?:<p>|</p>|<br\s*/?>|[^<>])*")
_BREAK: Final = re.compile(r"<br\s*/?>\n?")
_PARAGRAPH: Final = re.compile(r"</p>\s*<p>|</?p>")


def read_text(text: str) -> str:
    """Make HTML of what was typed: of plain words, paragraphs; what has elements already stays."""
    if "<" in text and ">" in text:
        return text
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    return "".join(f"<p>{escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)


def write_text(html: str) -> str:
    """Write HTML as it is typed: what is nothing but paragraphs as plain words, anything else as it is."""
    if not _PLAIN.fullmatch(html):
        return html
    return unescape(_PARAGRAPH.sub("\n\n", _BREAK.sub("\n", html))).strip()
