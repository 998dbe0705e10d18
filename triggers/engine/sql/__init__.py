"""Whether SQL of a stranger may be run, decided from its syntax tree. Pure: no database is asked. ADR 43 says why."""
