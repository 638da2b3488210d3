"""Plants: what is produced, drawn and stored, exactly; and what instruments make of it."""
