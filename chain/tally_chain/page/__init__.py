"""Pages that check themselves, and what all pages of Tallystick look like."""
