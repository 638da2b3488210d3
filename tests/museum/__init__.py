"""The museum of frauds: each historic fraud of the field, and each defect of a system before this one, as a play."""
