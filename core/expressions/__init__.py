"""Paths, conditions and templates: plain JSON values and an instant in, decisions and values out.

Nothing here touches the database, the network or the clock; README.md says how to add an operator or a filter.
"""
