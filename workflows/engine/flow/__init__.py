"""The maths of flow control: plain values and `now` in, decisions out."""
