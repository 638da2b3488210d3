"""A report for others: pages, tables, and the documents that other systems read."""
