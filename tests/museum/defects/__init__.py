"""What other systems let through: one defect a module."""
