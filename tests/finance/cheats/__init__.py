"""Every pattern of cheating with a footprint, played through a simulated plant to what a reviewer is told."""
