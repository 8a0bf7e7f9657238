"""Codes of a merchant's own, of coupons for its own till."""

from weiji.wire.own_codes.model import (
    CODES_MAX,
    BindCode,
    BindCodeStatus,
    CodeMode,
    DeleteCode,
    DeleteCodeStatus,
    NoteCodeStock,
    NoteCodeStockStatus,
    OwnCode,
    UnbindCode,
    UploadCodes,
    UploadCodesStatus,
)
from weiji.wire.own_codes.operations import bind_codes, delete_codes, note_code_stocks, unbind_codes, upload_codes
from weiji.wire.own_codes.store import find_own_code, get_code_stocks, get_codes_of_coupons, list_own_codes

__all__ = [
    "CODES_MAX",
    "BindCode",
    "BindCodeStatus",
    "CodeMode",
    "DeleteCode",
    "DeleteCodeStatus",
    "NoteCodeStock",
    "NoteCodeStockStatus",
    "OwnCode",
    "UnbindCode",
    "UploadCodes",
    "UploadCodesStatus",
    "bind_codes",
    "delete_codes",
    "find_own_code",
    "get_code_stocks",
    "get_codes_of_coupons",
    "list_own_codes",
    "note_code_stocks",
    "unbind_codes",
    "upload_codes",
]
