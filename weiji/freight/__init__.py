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
from weiji.freight.rules import calculate
from weiji.freight.store import get_assignments, get_templates

__all__ = [
    "AssignTemplate",
    "AssignTemplateStatus",
    "Charge",
    "Freight",
    "Line",
    "Method",
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
    "get_templates",
    "put_templates",
    "remove_templates",
]
