"""What one request may ask for: so long, so deep, and of so much work, told before anything is done.

The cost of a field is its own, and for a page, the number of rows times what is asked of each: it is counted with the
pages as they are asked for, not as they turn out. Fragments are looked at once each, however often they are spread.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    parse,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.extensions import SchemaExtension

from core.errors import InvalidError, Problem, SequiturError
from workflows.graphql.connections import MAX_FIRST
from workflows.graphql.fields import RULE, Rule

MAX_TOKENS = 1_500
MAX_COMMENTS = 100
MAX_DEPTH = 16  # the usual introspection of tools has 15
MAX_COST = 10_000
# Validation compares fields of one name in one place with each other, each pair of them for 2: some 100 equal fields,
# where the introspection of tools spends less than 200. Unbounded, the largest query would take seconds.
MAX_COMPARISONS = 10_000
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MAX_COMPARISONS
INTROSPECTION_SHARE = 20  # what is known in memory costs a twentieth of what the database is asked for
# How many there are of each in a schema such as this one.
_KNOWN = {"types": 100, "fields": 10, "inputFields": 5, "enumValues": 5, "args": 3, "directives": 5}


class TooComplexError(SequiturError):
    """The query asks for more than one answer may have: ask for less at once."""

    code = "too_complex"
    status = 400


class Bounds(SchemaExtension):
    """Refuses what is too much, after it was found to be valid."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        context.graphql_document = parse(context.query or "", max_lexical_tokens=MAX_TOKENS, max_comments=MAX_COMMENTS)
        _check_operation(context.graphql_document, context._provided_operation_name)  # noqa: SLF001  the first, else
        yield

    def on_validate(self) -> Iterator[None]:
        yield
        context = self.execution_context
        if [type(each) for each in context.pre_execution_errors or ()] == [ValidationAbortedError]:
            raise TooComplexError("The query has too many equal fields in one place: ask for each once.")
        if context.pre_execution_errors or context.graphql_document is None:
            return
        found = Count(context.schema._schema, context.graphql_document, context.variables or {})  # noqa: SLF001
        operation = found.operation(context.operation_name)
        found.check(operation)
        context.context.count_fields(len(found.at_the_top(operation.selection_set, set())))


class Count:
    """Counts a document that is valid."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema, self._document = schema, document
        self._variables = dict(variables)
        self._fragments: dict[str, tuple[int, int]] = {}

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one that is asked for."""
        every = [each for each in self._document.definitions if isinstance(each, OperationDefinitionNode)]
        return next(each for each in every if name is None or (each.name and each.name.value == name))

    def check(self, operation: OperationDefinitionNode) -> None:
        """Raises `TooComplexError`."""
        for variable in operation.variable_definitions or ():
            if isinstance(variable.default_value, IntValueNode):
                self._variables.setdefault(variable.variable.name.value, int(variable.default_value.value))
        cost = self.of(operation)[0]
        if cost > MAX_COST:
            raise TooComplexError(
                f"The query costs {cost:,}, and one may cost {MAX_COST:,}: ask for fewer rows (`first`), or less."
            )

    def at_the_top(self, selected: SelectionSetNode, spread: set[str]) -> set[str]:
        """The fields of the operation itself, by the names under which they are answered."""
        names: set[str] = set()
        for each in selected.selections:
            if isinstance(each, FieldNode):
                names.add((each.alias or each.name).value)
            elif not isinstance(each, FragmentSpreadNode):
                names |= self.at_the_top(each.selection_set, spread)  # type: ignore[attr-defined]
            elif each.name.value not in spread:
                spread.add(each.name.value)
                names |= self.at_the_top(self._fragment(each.name.value).selection_set, spread)
        return names

    def of(self, operation: OperationDefinitionNode) -> tuple[int, int]:
        """What it costs, and how deep it goes."""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None  # noqa: S101  the document is valid
        return self._of_all(root, operation.selection_set, 1)

    def _of_all(self, parent: GraphQLNamedType, selected: SelectionSetNode, depth: int) -> tuple[int, int]:
        cost, deepest = 0, depth
        for each in selected.selections:
            if isinstance(each, FieldNode):
                found = self._of_field(parent, each, depth)
            elif isinstance(each, FragmentSpreadNode):
                found = self._of_fragment(each.name.value, depth)
            else:
                condition = each.type_condition  # type: ignore[attr-defined]
                inner = self._schema.get_type(condition.name.value) if condition else parent
                found = self._of_all(inner or parent, each.selection_set, depth)  # type: ignore[attr-defined]
            cost, deepest = cost + found[0], max(deepest, found[1])
        return cost, deepest

    def _of_fragment(self, name: str, depth: int) -> tuple[int, int]:
        """Its depth is kept as that below where it is spread."""
        if name not in self._fragments:
            node = self._fragment(name)
            parent = self._schema.get_type(node.type_condition.name.value)
            assert parent is not None  # noqa: S101
            cost, deepest = self._of_all(parent, node.selection_set, depth)
            self._fragments[name] = (cost, deepest - depth)
        cost, below = self._fragments[name]
        _check_depth(depth + below)
        return cost, depth + below

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        every = [each for each in self._document.definitions if isinstance(each, FragmentDefinitionNode)]
        return next(each for each in every if each.name.value == name)

    def _of_field(self, parent: GraphQLNamedType, node: FieldNode, depth: int) -> tuple[int, int]:
        _check_depth(depth)
        name = node.name.value
        fields = parent.fields if isinstance(parent, GraphQLObjectType) else {}
        field = fields.get(name) or self._schema.get_field(parent, name)  # type: ignore[arg-type]
        if field is None:
            return 0, depth
        rule = _rule(field)
        own = rule.cost if rule else 0
        if node.selection_set is None:
            return own, depth
        cost, deepest = self._of_all(get_named_type(field.type), node.selection_set, depth + 1)
        if name in {"__schema", "__type"}:
            return 1 + cost // INTROSPECTION_SHARE, deepest
        if parent.name.startswith("__"):
            return _KNOWN.get(name, 1) * (1 + cost), deepest
        if "first" in field.args:
            of_each = rule.of_each if rule else 1
            return own + self._rows(field, node) * (of_each + cost), deepest
        return max(own, 1) + cost, deepest

    def _rows(self, field: GraphQLField, node: FieldNode) -> int:
        """How many rows are asked for, at most; what is no number of rows is refused later."""
        value: Any = field.args["first"].default_value
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = argument.value
        if isinstance(value, VariableNode):
            value = self._variables.get(value.name.value)
        if isinstance(value, IntValueNode):
            value = int(value.value)
        return min(max(value, 1), MAX_FIRST) if isinstance(value, int) else MAX_FIRST


def _check_operation(document: DocumentNode, name: str | None) -> None:
    """Raises `InvalidError` where it is not said which operation is meant, or there is none (of that name)."""
    every = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len([each for each in every if name is None or (each.name and each.name.value == name)]) != 1:
        message = "Send one operation, or say in `operationName` which of several is meant."
        raise InvalidError(message, problems=[Problem("/operationName", "invalid", message)])


def _rule(field: GraphQLField) -> Rule | None:
    made = field.extensions.get("strawberry-definition")
    rule: Rule | None = getattr(made, "metadata", {}).get(RULE)
    return rule


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise TooComplexError(f"The query is nested deeper than {MAX_DEPTH} levels.")
