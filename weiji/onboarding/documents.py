"""What of a document is kept: of a picture its pixels only, without the place where it was taken; a PDF as it is.

Reviewers open what strangers send. Pictures go through the decoder of `media`, in a process of their own, and are
written anew. PDFs are not taken apart: they are handed out as downloads, for a reader that expects the worst.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from weiji.media import decode
from weiji.onboarding import checks
from weiji.onboarding.model import DOCUMENT_BYTES_MAX

UNREADABLE: Final = b""
"""What is judged in the place of a picture that can't be decoded."""


async def clean(shop_id: UUID, contents: Sequence[bytes]) -> list[bytes]:
    """Make of each document what is kept of it. No transaction is open meanwhile: a picture takes up to two seconds.

    What is too large, and what is neither a picture nor a PDF, stays as it is: it is refused in any case.
    """
    return [await _clean(shop_id, content) for content in contents]


async def _clean(shop_id: UUID, content: bytes) -> bytes:
    kind = checks.sniff(content)
    if len(content) > DOCUMENT_BYTES_MAX or kind is None or not kind.startswith("image/"):
        return content
    decoded = await decode(shop_id, content)
    return decoded.widest.content if decoded.renditions else UNREADABLE
