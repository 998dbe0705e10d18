"""Ask language models: one way to ask, count and check for all action types that do. It knows no workflow."""
