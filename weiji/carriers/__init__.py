"""Carriers: who takes parcels, what their numbers look like, and where each parcel is. See README.md."""

from weiji.carriers.known import BY_CODE, CARRIERS, find_carrier, fits, name_of, phone_end, recognise, squeeze
from weiji.carriers.model import FollowParcel, FollowStatus, ParcelState, TrackingEvent
from weiji.carriers.operations import follow_parcels
from weiji.carriers.polling import jobs
from weiji.carriers.rules import FOLLOWED_FOR
from weiji.carriers.store import get_newest
from weiji.carriers.trackers import REGISTRY, Tracker, UnknownTracker, open_tracker
from weiji.carriers.trackers.simulated import SimulatedTracker
from weiji.carriers.words import carrier_name, state_word, state_words, tracking_steps

__all__ = [
    "BY_CODE",
    "CARRIERS",
    "FOLLOWED_FOR",
    "REGISTRY",
    "FollowParcel",
    "FollowStatus",
    "ParcelState",
    "SimulatedTracker",
    "Tracker",
    "TrackingEvent",
    "UnknownTracker",
    "carrier_name",
    "find_carrier",
    "fits",
    "follow_parcels",
    "get_newest",
    "jobs",
    "name_of",
    "open_tracker",
    "phone_end",
    "recognise",
    "squeeze",
    "state_word",
    "state_words",
    "tracking_steps",
]
