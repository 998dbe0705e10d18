"""Tell people: rows with the change that they tell of, and what becomes of those rows afterwards."""
