"""What the templates of an action see of the others: those that must have ended before it starts."""

from collections.abc import Mapping

from workflows.definitions import graphs, outline
from workflows.definitions.graphs import BodyGraph
from workflows.definitions.outline import Body, Outline, Place
from workflows.definitions.references import Known, Names, Part


class Sight:
    """The names at every place of a document. Made once for it: what is upstream is computed for whole bodies."""

    def __init__(self, whole: Outline, *, known: Known) -> None:
        self.graphs: dict[Body, BodyGraph] = {body: graphs.build(body) for body in whole.bodies}
        self._whole = whole
        self._known = known
        self._around: dict[Body, Mapping[str, Part]] = {}

    def at(self, place: Place) -> Names:
        """The names in what is decided about the action as a whole: its `if`, `run_at` and `for_each`."""
        return Names(
            known=self._known,
            actions={**self._visible_in(place.body), **self._upstream(place)},
            why_not=lambda key: self._why_not(key, place),
            loops=place.body.loops,
            has_secrets=False,
        )

    def _upstream(self, place: Place) -> dict[str, Part]:
        """The actions of its body that it needs, directly or not."""
        graph = self.graphs[place.body]
        keys = {edge.key for edge in graphs.needs(place) if edge.key in graph.upstream}
        keys = keys.union(*(graph.upstream[key] for key in keys)) - {place.key}
        return {key: graph.body.by_key[key].part for key in keys}

    def _visible_in(self, body: Body) -> Mapping[str, Part]:
        """The actions that everything in a body sees: what is upstream of its containers."""
        if body not in self._around:
            self._around[body] = {} if body.container is None else self.at(body.container).actions
        return self._around[body]

    def _why_not(self, key: str, place: Place) -> str:
        """Why an action cannot be read at a place where it is not upstream; "" when there is none of this id."""
        other = self._whole.by_key.get(key)
        if other is None:
            return ""
        if other is place:
            return "it has no output before it has ended"
        holders = list(outline.enclosing(place.body))
        if other in holders:
            return f"this action stands inside {key!r}, which has no output before all in it has ended"
        if other.body is place.body:
            return f"{key!r} need not have ended by then; name it in the `needs` of this action, or of one before it"
        holder = next((each for each in holders if each.body is other.body), None)
        if holder is not None:
            return f"{key!r} need not have ended by then; name it in the `needs` of {holder.key!r}"
        container = other.body.container
        what = container.key if container else None
        return f"{key!r} stands inside {what!r} and is not seen outside; read `actions.{what}.output`"
