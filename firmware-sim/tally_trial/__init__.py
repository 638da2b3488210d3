"""Plants, faults and attacks, played against the real system, and what caught each of them. The top of the house."""
