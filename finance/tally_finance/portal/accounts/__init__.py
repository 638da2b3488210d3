"""Who may come in: organisations, people, what they prove themselves by, their sessions, and a log of what was done."""
