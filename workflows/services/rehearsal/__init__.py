"""Test mode: a run in memory, moved on by the planner of real runs, in which nothing happens outside."""
