"""`eq`: the field is the same value."""

from core.expressions import comparison
from core.expressions.operators.base import Operator, register

register(Operator(name="eq", title="is", apply=comparison.equal, aliases=("=", "==", "===", "equals", "equal", "is")))
