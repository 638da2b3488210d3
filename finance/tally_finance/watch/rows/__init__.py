"""The rows of the table of alerts, a module for each first digit of their numbers."""
