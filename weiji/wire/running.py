"""What a process has of the payment protocol: the installation's keys, and who is who."""

from datetime import timedelta
from typing import Final
from weakref import WeakKeyDictionary

from litestar.types import ASGIApp

import weiji.wire.calls  # noqa: F401 It adds the paths that the gates serve.
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.web.requests import Backend
from weiji.wire import gate, handlers, xml_gate
from weiji.wire.codes import forget_codes
from weiji.wire.gate import Gate, Wire
from weiji.wire.keys import Directory, Keyring, forget_nonces
from weiji.wire.scribe import Scribe, forget_bills
from weiji.wire.xml_gate import XmlGate

_wires: Final[WeakKeyDictionary[Database, Wire]] = WeakKeyDictionary()


def wire_of(database: Database) -> Wire:
    """Give what this process has of the protocol on a database: one for all who ask."""
    found = _wires.get(database)
    if found is None:
        found = _wires[database] = Wire(Keyring(database), Directory(database), Scribe(database))
    return found


def make_gates(backend: Backend, *, is_limited: bool = True) -> dict[str, ASGIApp]:
    """Make what serves the protocol's paths and the old XML calls, by how these begin; without limits for benches."""
    wire = wire_of(backend.database)
    return {
        gate.PREFIX: Gate(backend, wire, is_limited=is_limited),
        xml_gate.PREFIX: XmlGate(backend, wire.directory, is_limited=is_limited),
    }


def jobs(batchers: Batchers) -> list[Job]:
    """Say what the protocol does by the clock."""
    return [
        *handlers.jobs(batchers),
        Job(name="wire.forget_nonces", every=timedelta(minutes=5), work=forget_nonces),
        Job(name="wire.forget_bills", every=timedelta(minutes=10), work=forget_bills),
        Job(name="wire.forget_codes", every=timedelta(hours=1), work=forget_codes),
        Job(name="wire.renew_platform_keys", every=timedelta(days=1), work=renew_platform_keys),
    ]


async def renew_platform_keys(database: Database, _limit: int) -> int:
    """Make another certificate of the platform before the newest expires."""
    return await wire_of(database).keyring.renew_due()
