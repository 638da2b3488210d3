"""Release orders and what went out."""
