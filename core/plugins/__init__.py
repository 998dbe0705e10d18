"""Plugins: Django apps that the operator names, and what they bring. A faulty one is named, and stops nothing else."""

from core.plugins.table import files, find, is_faulty, listed, reads

__all__ = ["files", "find", "is_faulty", "listed", "reads"]
