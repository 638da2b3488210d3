"""Release of pledged goods (放货): orders for a quantity, a vehicle and a time, against what gate and scale signed."""
