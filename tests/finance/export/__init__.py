"""What others read of a report."""
