"""How every figure opens (穿透): to readings, to the statement, its proof, its anchor, each step checked in view."""
