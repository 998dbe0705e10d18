"""What a definition would have done with the events that came. Nothing is started, and nothing is written."""
