"""Payment codes as pictures: a QR code for cameras, and bars (Code 128) for the scanners of tills."""

from io import BytesIO
from typing import Any, Final

import segno
from reportlab.graphics.barcode.code128 import Code128

BARS_HEIGHT: Final = 40
QUIET: Final = 10
"""White modules on either side, as the standard asks."""


def draw_qr(code: str) -> str:
    """Draw a code for a camera: of one path that any size can be made of."""
    drawn = BytesIO()
    segno.make_qr(code, error="m").save(
        drawn, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return drawn.getvalue().decode()


def draw_bars(code: str) -> str:
    """Draw a code for a scanner of bars."""
    bars: Any = Code128(code, quiet=0)
    bars.validate()
    bars.encode()
    bars.decompose()
    at, path = QUIET, []
    for step in bars.decomposed:
        # A capital is a bar, a small letter a space; the letter is its width.
        width = ord(step.lower()) - ord("a") + 1
        if step.isupper():
            path.append(f"M{at} 0h{width}v{BARS_HEIGHT}h-{width}z")
        at += width
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at + QUIET} {BARS_HEIGHT}" preserveAspectRatio="none">'
    )
    return f'{head}<path d="{"".join(path)}"/></svg>'
