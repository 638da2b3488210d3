"""`tallystick demo --portal`: the portal over a play's warehouse, a works' footprint, and a gateway that is running."""
