"""QR codes of addresses that people give away, print or scan."""

import io

import segno


def qr_code(address: str) -> segno.QRCode:
    """Make the QR code of an address; a quarter of it may be hidden (level Q), as on a wrinkled bag."""
    return segno.make_qr(address, error="q")


def qr_inline(address: str) -> str:
    """Draw the QR code of an address as a piece of a page, of any size."""
    return qr_code(address).svg_inline(border=2, omitsize=True)


def qr_svg(address: str) -> str:
    """Draw the QR code of an address, of one path that any size can be made of."""
    out = io.BytesIO()
    qr_code(address).save(out, kind="svg", border=2, xmldecl=True, svgclass=None, lineclass=None, omitsize=True)
    return out.getvalue().decode()


def qr_png(address: str, scale: int = 20) -> bytes:
    """Draw the QR code of an address in pixels."""
    out = io.BytesIO()
    qr_code(address).save(out, kind="png", border=4, scale=scale)
    return out.getvalue()
