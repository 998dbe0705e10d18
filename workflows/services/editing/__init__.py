"""What an editor of definitions asks: what a template gives, and which names there are."""
