"""Files of the bank by which much would be paid: one of the staff alone takes in so much a day, more takes two."""

from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from weiji.events import Actor
from weiji.kit.batch import Batchers
from weiji.kit.ids import derive, new_id
from weiji.kit.seal import KEYS, column
from weiji.payments.bank.model import NAME_LENGTH_MAX, WAITS_FOR, AdmitFile, FileKind, HeldFile, HoldAgain
from weiji.payments.bank.operations import admit_files, hold_again
from weiji.payments.bank.reading import read_text
from weiji.payments.model import BANK
from weiji.payments.opening.model import channel_id

HELD_COLUMN: Final = column("payments.held_statements:content")

KEPT_FOR: Final = WAITS_FOR + timedelta(hours=1)
"""How long a file that waits is kept: by then its proposal has just expired."""


def file_id(kind: FileKind, content: bytes) -> UUID:
    """Name a file by what it says."""
    return derive(channel_id(BANK), kind.value, sha256(content).hexdigest())


def file_name(name: str) -> str:
    """Keep of a file's name what can be kept, and read."""
    plain = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(plain.split())[:NAME_LENGTH_MAX] or "csv"


async def is_admitted(
    batchers: Batchers,
    kind: FileKind,
    name: str,
    content: bytes,
    lines: int,
    amount: int,
    actor: Actor,
    agreed: int | None = None,
) -> bool:
    """Tell whether *actor* may take a file in alone by which *amount* is paid; else it is kept, sealed, for another.

    What nobody brings, and what pays nothing, has no limit. Two have *agreed* to so much: more takes two again, as
    whoever pays by a transfer chooses what its reference is, and may do so once a line with it waits.
    """
    if actor.person_id is None or not amount:
        return True
    id = file_id(kind, content)
    if agreed is not None:
        if amount > agreed:
            await batchers.of(hold_again).submit(HoldAgain(id=id, amount=amount))
        return amount <= agreed
    file = HeldFile(
        id=id,
        kind=kind,
        name=file_name(name),
        content=KEYS.seal_bytes(content, HELD_COLUMN, id),
        lines=lines,
        amount=amount,
        held_by=actor.person_id,
    )
    return await batchers.of(admit_files).submit(AdmitFile(id=new_id(), file=file, actor=actor))


def content_of(held: HeldFile) -> bytes | None:
    """Open a file that is held; None once it is forgotten."""
    return None if held.content is None else KEYS.unseal_bytes(held.content, HELD_COLUMN, held.id)


def text_of(held: HeldFile) -> str | None:
    """Read the text of a file that is held; None once it is forgotten."""
    content = content_of(held)
    return None if content is None else read_text(content)
