"""Changes told to browsers as they happen: server-sent events. ADR 44 says how changes are found, and who writes."""
