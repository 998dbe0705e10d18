"""The pages of `actions` for operators, a module for each of its questions."""

from actions.admin import connections, connectors, key_values, messages, outbound_hosts, records

__all__ = ["connections", "connectors", "key_values", "messages", "outbound_hosts", "records"]
