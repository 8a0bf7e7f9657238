"""Files of a closed month: its trial balance for a spreadsheet, and the document with its signature."""

import csv
from io import StringIO

import msgspec
from msgspec import Struct

from weiji.ledger.chart import Code
from weiji.periods.model import Period, Sheet
from weiji.periods.operations import SIGNED_AS

BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""

ASSETS = {1: "CNY", 2: "CNYu", 3: "CTL"}


class Signed(Struct, frozen=True, kw_only=True):
    """A month's document, to the letter, and its signature: Ed25519 over `prefix` and `document`, in UTF-8.

    Where it was closed in this very minute, it is not signed yet.
    """

    document: str
    prefix: str = SIGNED_AS.decode()
    public_key: str | None
    signature: str | None


def signed_of(period: Period) -> Signed:
    """Give what is needed to verify a month."""
    return Signed(
        document=period.document,
        public_key=period.public_key.hex() if period.public_key else None,
        signature=period.signature.hex() if period.signature else None,
    )


def write_signed(period: Period) -> bytes:
    """Write a month with its signature as a file."""
    return msgspec.json.format(msgspec.json.encode(signed_of(period)), indent=2)


def write_trial(sheet: Sheet) -> bytes:
    """Write a trial balance for a spreadsheet; amounts in the smallest units."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["ledger", "code", "name", "accounts", "debits", "credits", "balance"])
    for line in sheet.trial:
        writer.writerow(
            [
                ASSETS.get(line.ledger, line.ledger),
                line.code,
                Code(line.code).name.lower(),
                line.accounts,
                line.debits,
                line.credits,
                line.debits - line.credits,
            ]
        )
    return (BOM + out.getvalue()).encode()
