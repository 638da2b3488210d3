"""The rules of the house itself: what may import what, what is installed, what the tree may hold."""
