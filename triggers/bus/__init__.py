"""Events from message brokers: what a message means (`decoding`, `mapping`), and where it comes from (`*_source`).

The loop that joins them is `triggers.services.consuming`.
"""
