"""SQL over the events of a workspace, run as a role that sees nothing else. ADR 43 names the walls."""
