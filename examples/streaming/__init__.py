"""A plugin: clips, markers and metadata of live streams, for a small service that comes with it (`service.py`).

It shows both ways to bring actions: as data (`connectors/streaming.yaml`), and in Python
(`action_types/create_clip.py`).
"""
