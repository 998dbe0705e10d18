"""What the product was asked for, from the event to the effect, with the examples unchanged."""
