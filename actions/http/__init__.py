"""The parts of an HTTP request that an author describes: what is sent, as whom, page by page, and what is read."""
