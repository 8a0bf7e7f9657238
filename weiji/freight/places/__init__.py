"""Places where shops hand goods over to who ordered them."""

from weiji.freight.places.model import PLACES_MAX, Place, PutPlace, PutPlaceStatus
from weiji.freight.places.operations import put_places
from weiji.freight.places.store import get_places

__all__ = ["PLACES_MAX", "Place", "PutPlace", "PutPlaceStatus", "get_places", "put_places"]
