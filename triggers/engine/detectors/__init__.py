"""What fires not for each event, but for what several come to: one module each, pure over the state that it keeps."""
