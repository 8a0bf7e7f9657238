"""What it costs to send goods: templates of shops by region, and one calculation. See README.md."""

from weiji.freight.model import (
    AssignTemplate,
    AssignTemplateStatus,
    Charge,
    Freight,
    Line,
    Method,
    PutTemplate,
    PutTemplateStatus,
    RemoveTemplate,
    RemoveTemplateStatus,
    Template,
    Way,
    Zone,
)
from weiji.freight.operations import assign_templates, put_templates, remove_templates
from weiji.freight.places import PLACES_MAX, Place, PutPlace, PutPlaceStatus, get_places, put_places
from weiji.freight.rules import calculate
from weiji.freight.store import get_assignments, get_templates

__all__ = [
    "PLACES_MAX",
    "AssignTemplate",
    "AssignTemplateStatus",
    "Charge",
    "Freight",
    "Line",
    "Method",
    "Place",
    "PutPlace",
    "PutPlaceStatus",
    "PutTemplate",
    "PutTemplateStatus",
    "RemoveTemplate",
    "RemoveTemplateStatus",
    "Template",
    "Way",
    "Zone",
    "assign_templates",
    "calculate",
    "get_assignments",
    "get_places",
    "get_templates",
    "put_places",
    "put_templates",
    "remove_templates",
]
