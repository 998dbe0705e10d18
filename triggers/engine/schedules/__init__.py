"""When a schedule fires: cron, intervals, single moments and RRULEs, in IANA time zones. Pure: no clock, no database.

| module | owns |
|---|---|
| `spec` | what a schedule is, and which moments it names: `next_after`, `between`, `newest` |
| `cron`, `recurrence` | the wall-clock times that an expression, or an RRULE, names |
| `walls` | from wall-clock times to instants: the rules of daylight saving |
| `moments` | instants and time zones as people write them |
| `checks` | what is wrong with parameters, in sentences |
| `sentences` | a schedule in words |
| `jitter` | by how much a slot is put off |
| `catching_up` | what becomes of slots that nobody looked at in time |
"""

from triggers.engine.schedules.sentences import sentence
from triggers.engine.schedules.spec import Spec, between, newest, next_after, of

__all__ = ["Spec", "between", "newest", "next_after", "of", "sentence"]
