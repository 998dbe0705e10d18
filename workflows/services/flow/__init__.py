"""Whether a run may start, now or later: what the definition's settings, the workspace and the server allow."""
