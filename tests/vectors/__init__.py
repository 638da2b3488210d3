"""Our own vectors, and what makes and checks them."""
