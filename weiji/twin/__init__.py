"""The sandbox that runs beside a live installation, and the way over to it. See README.md."""

from weiji.twin.beside import Twin
from weiji.twin.model import Ticket, TwinState, Way
from weiji.twin.tickets import public_key_text, read_ticket, write_ticket

__all__ = ["Ticket", "Twin", "TwinState", "Way", "public_key_text", "read_ticket", "write_ticket"]
