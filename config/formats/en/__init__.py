"""Formats of English, of whatever country."""
