"""What transactions cost, measured, beside what others' cost: `make gas`."""
