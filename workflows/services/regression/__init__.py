"""Tests that are kept with a workflow, and that publishing runs."""
