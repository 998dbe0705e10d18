"""Measurements: ratios to an anchor that is measured in the same run, never absolute times."""
