"""Take workflows and whole workspaces from one place to another: exported, imported, promoted (docs/transfer.md)."""
