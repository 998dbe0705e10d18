"""PostgreSQL databases of workspaces: who may be connected to, what is asked, and what an answer is as JSON."""
