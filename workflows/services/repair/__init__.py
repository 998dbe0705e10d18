"""What people do about single runs: cancel at once, try again, leave out, do again. One module for each."""
