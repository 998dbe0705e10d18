"""The second wall between workspaces: PostgreSQL's row-level security. ADR 30 says why it is so."""
