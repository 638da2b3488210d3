"""The simulated meters, over real sockets."""
