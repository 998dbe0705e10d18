"""What callers expect beyond single calls, as plans. A module here is named for the resource that it extends."""
