"""The pages of `workflows` for operators, a module for each of its questions."""

from core import dashboards
from workflows.admin import actions, cards, flow, notifications, repairs, runs, testing, workflows

dashboards.connect(cards.cards)

__all__ = ["actions", "cards", "flow", "notifications", "repairs", "runs", "testing", "workflows"]
