"""Settings: from the environment (`WEIJI_…`), else from the file that WEIJI_SETTINGS names (TOML), else the default."""

import base64
import binascii
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct, inspect

OTHERS: Final = frozenset({"SETTINGS", "TEST_DATABASE_URL", "CHAOS_SEED", "CHAOS_ORDERS"})
"""Variables that begin with WEIJI_ and are no settings."""

MASTER_KEY_BYTES: Final = 32
LANES_MAX: Final = 64


class SettingsError(Exception):
    """A setting can't be read; the text says which, and what would be right."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All there is to set. Each has a line here; docs/reference/settings.md is made from them."""

    database_url: Annotated[
        str | None,
        Meta(description="PostgreSQL 16 or newer (`postgresql://…`). Without it, PostgreSQL 18 is started in `data`."),
    ] = None
    data: Annotated[Path, Meta(description="The folder of the embedded database, keys and pictures.")] = Path("data")
    host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(description="The port to listen on.", ge=1, le=65535)] = 8800
    url: Annotated[
        str | None, Meta(description="The address that people see, if a proxy stands in front: `https://shop.example`.")
    ] = None
    mode: Annotated[
        Literal["live", "sandbox", "demo"],
        Meta(
            description="`sandbox`: the clock may be turned, and a simulated acquirer pays. `demo`: that, with a town."
        ),
    ] = "live"
    custody: Annotated[
        Literal["channel", "own"],
        Meta(
            description="Who holds the money: the `channel` (acquirer or bank), or the operator's `own` account."
            " See docs/concepts/custody.md."
        ),
    ] = "channel"
    channel_gateways: Annotated[
        str,
        Meta(
            description="Addresses of test gateways that channels may use beside their own, separated by commas:"
            " `http://127.0.0.1:9000`. What is done there counts as moving no real money."
        ),
    ] = ""
    sandbox_port: Annotated[
        int,
        Meta(
            description="The port of the sandbox beside a live installation or the demo: `weiji up` runs it there, from"
            " when the first merchant asks for it, on a database and with keys of its own in `data`. 0: it is not run"
            " here. See docs/guides/sandbox.md.",
            ge=0,
            le=65535,
        ),
    ] = 8801
    sandbox_url: Annotated[
        str | None,
        Meta(
            description="The address of that sandbox that people and programs see, if a proxy stands in front:"
            " `https://sandbox.shop.example`. With a `url` and without this there is no sandbox."
        ),
    ] = None
    sandbox_of: Annotated[
        str,
        Meta(
            description="In a sandbox that is run by itself: the public key (hex) of the live installation whose"
            " merchants may come over. `weiji doctor` there tells it."
        ),
    ] = ""
    sandbox_token: Annotated[
        str,
        Meta(
            description="In a sandbox or demo: the token with which a test may say who pays and what fails at"
            " `/sandbox/…`, whoever the merchant is (`Authorization: Bearer …`). In a sandbox a merchant's own API key"
            " does for that merchant. See docs/guides/sandbox.md."
        ),
    ] = ""
    connections: Annotated[int, Meta(description="Database connections of one process.", ge=2, le=200)] = 12
    lanes: Annotated[
        int,
        Meta(
            description="Lanes of an installation that is made now; one that there is keeps its own. A power of two."
            " Batches of a lane take turns at the ledger: more than 1 pays where the database has cores to spare."
            " On Citus there are 64.",
            ge=1,
            le=LANES_MAX,
        ),
    ] = 1
    queue: Annotated[
        int, Meta(description="Commands that may wait in one lane before new ones are answered 503.", ge=1)
    ] = 20_000
    secret: Annotated[
        str | None,
        Meta(
            description="The master key (32 bytes, base64) of sealed columns and of the payment password's pepper."
            " Without it, `data/keys/` has one."
        ),
    ] = None
    former_secrets: Annotated[
        str,
        Meta(
            description="Master keys of before, with spaces between, besides those in `data/keys/master.former`: needed"
            " while the master key is replaced. See docs/operating/keys.md."
        ),
    ] = ""
    log: Annotated[Literal["text", "json"], Meta(description="How log lines are written.")] = "text"
    dormant_months: Annotated[
        int,
        Meta(
            description="Months (of 30 days) after which money in a wallet that nobody moved is set aside, its owner"
            " told 30 days before; they have it back with a click. 0: never.",
            ge=0,
            le=1_200,
        ),
    ] = 36
    pictures_mb: Annotated[
        int, Meta(description="Megabytes that the pictures of one shop may take up, in all their widths.", ge=1)
    ] = 2_048
    video_mb: Annotated[
        int, Meta(description="Megabytes of the largest video that a product may have.", ge=1, le=500)
    ] = 50
    video_seconds: Annotated[
        int, Meta(description="Seconds of the longest video that a product may have.", ge=1, le=3_600)
    ] = 90
    fetch_inside: Annotated[
        bool,
        Meta(
            description="Whether pictures that imported files name may be fetched from private networks, too: only"
            " where everybody who has a shop may see what is there."
        ),
    ] = False
    tracker: Annotated[
        str | None,
        Meta(
            description="Who is asked where parcels are: an entry point of group `weiji.trackers`, such as `kuaidi100`."
            " Without one nobody is; in a sandbox or demo, parcels go their way by the clock. See weiji/carriers."
        ),
    ] = None
    tracker_options: Annotated[
        str, Meta(description="What the tracker needs, as `name=value` with spaces between: `customer=… key=… salt=…`.")
    ] = ""
    notify_inside: Annotated[
        bool,
        Meta(
            description="Whether merchants' servers may be told of things in private networks, too: for development,"
            " or where merchants and operator share one."
        ),
    ] = False
    sign_up: Annotated[Literal["open", "closed"], Meta(description="Whether strangers may sign up.")] = "open"
    second_factor: Annotated[
        Literal["staff", "offered"],
        Meta(
            description="Who has to have two-step sign-in: in mode live your `staff`, before they come into"
            " `/operator`; or nobody, so that it is only `offered`."
        ),
    ] = "staff"
    step_up_above: Annotated[
        int,
        Meta(
            description="Fen. Who pays, sends or withdraws more than this on one day proves by a code of their app, or"
            " without one by the login password, that it is them: the payment password alone is not enough.",
            ge=100_000,
        ),
    ] = 5_000_000
    metrics: Annotated[
        bool, Meta(description="Whether `/metrics` is served: to this machine and private networks, not by the proxy.")
    ] = True

    @property
    def tracker_values(self) -> dict[str, str]:
        """The options of the tracker, by name."""
        pairs = (word.partition("=") for word in shlex.split(self.tracker_options))
        return {name: value for name, _, value in pairs}

    @property
    def has_twin(self) -> bool:
        """Whether a sandbox is beside this installation: it is none itself, and somebody could reach it."""
        return self.mode != "sandbox" and bool(self.sandbox_url or (self.sandbox_port and not self.url))

    @property
    def is_twin(self) -> bool:
        """Whether this is the sandbox of a live installation. Nothing else lets anybody in by its tickets."""
        return self.mode == "sandbox" and bool(self.sandbox_of)

    @property
    def asks_staff_for_codes(self) -> bool:
        """Whether the operator's staff have to have a second factor."""
        return self.mode == "live" and self.second_factor == "staff"

    @property
    def can_turn_clock(self) -> bool:
        """Whether the clock of this installation may be turned."""
        return self.mode != "live"


def load(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings. *overrides* (from the command line) win over the environment, it over the file."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    file = environment.get("WEIJI_SETTINGS")
    if file:
        try:
            values.update(tomllib.loads(Path(file).read_text("utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"WEIJI_SETTINGS={file}: {error}") from error
        for name in values:
            if name not in Settings.__struct_fields__:
                raise SettingsError(f"WEIJI_SETTINGS={file}: there is no setting {_or_meant(name, str)}")
    for name in Settings.__struct_fields__:
        text = environment.get(f"WEIJI_{name.upper()}")
        if text is not None:
            values[name] = text
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**{name: _read(name, value) for name, value in values.items()})


def unknown(environment: Mapping[str, str] | None = None) -> list[str]:
    """Name the variables that look like settings and are none: nobody heeds a misspelt one."""
    names = [name.removeprefix("WEIJI_") for name in environment or os.environ if name.startswith("WEIJI_")]
    return [
        f"there is no setting {_or_meant(name, _variable)}"
        for name in sorted(names)
        if name.lower() not in Settings.__struct_fields__ and name not in OTHERS
    ]


def _variable(name: str) -> str:
    return f"WEIJI_{name.upper()}"


def _or_meant(name: str, spell: Callable[[str], str]) -> str:
    close = get_close_matches(name.lower(), Settings.__struct_fields__, n=1)
    return f"{spell(name)} (did you mean {spell(close[0])}?)" if close else spell(name)


_KINDS: Final = {field.name: field for field in msgspec.structs.fields(Settings)}


def _read(name: str, value: Any) -> Any:
    """Read one setting. Raises SettingsError, which never repeats a value that may be secret."""
    try:
        read = msgspec.convert(value, _KINDS[name].type, strict=False, dec_hook=lambda kind, text: kind(text))
    except msgspec.ValidationError:
        raise _wrong(name, f"{_what_is_right(name)}, not {value}") from None
    match name:
        case "lanes" if read & (read - 1):
            raise _wrong(name, f"a power of two up to {LANES_MAX}, not {read}")
        case "url" | "sandbox_url" if read and not _is_address(read):
            raise _wrong(name, f"an address such as https://shop.example, not {read}")
        case "sandbox_of" if read and not re.fullmatch("[0-9a-f]{64}", read):
            raise _wrong(name, "a public key of 64 hexadecimal digits: `weiji doctor` tells it")
        case "secret" if read and not _is_master_key(read):
            raise _wrong(name, f"{MASTER_KEY_BYTES} bytes in base64: `openssl rand -base64 {MASTER_KEY_BYTES}`")
        case "former_secrets" if not all(map(_is_master_key, read.split())):
            raise _wrong(name, f"master keys of {MASTER_KEY_BYTES} bytes in base64, with spaces between")
        case "url" | "sandbox_url" if read:
            return read.rstrip("/")  # Paths are put behind it.
    return read


def _wrong(name: str, right: str) -> SettingsError:
    return SettingsError(f"{_variable(name)} must be {right}. See docs/reference/settings.md.")


def _what_is_right(name: str) -> str:
    match inspect.type_info(_KINDS[name].type):
        case inspect.Metadata(type=inspect.IntType(ge=low, le=high)) | inspect.IntType(ge=low, le=high):
            return f"a whole number from {low}" + (f" to {high}" if high is not None else "")
        case inspect.Metadata(type=inspect.LiteralType(values=values)) | inspect.LiteralType(values=values):
            return " or ".join(map(str, values))
        case inspect.Metadata(type=inspect.BoolType()) | inspect.BoolType():
            return "true or false"
    return "a text"


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    is_root = parts.path in ("", "/") and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_root


def _is_master_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.strip(), validate=True)) == MASTER_KEY_BYTES
    except binascii.Error:
        return False
