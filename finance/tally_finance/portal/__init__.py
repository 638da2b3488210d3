"""The portal: pages for operators, lenders and reviewers over the interfaces that exist."""
