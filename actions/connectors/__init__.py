"""Integrations as data: a YAML file says what an HTTP API takes and answers; action types are made from it.

`document` is the format, `reading` and `checks` hold files to it, `registering` makes the types. Code for one vendor
does not belong here: what a connector cannot say is an action type of its own.
"""
