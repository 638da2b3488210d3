"""HTTP: tiles and checkpoints for mirrors, proofs and anchors for readers, health and metrics for operators."""
