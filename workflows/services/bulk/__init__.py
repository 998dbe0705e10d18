"""One operation on many runs or notifications: chosen by filter, previewed, paced, and stopped when too many fail."""
