"""The portal: pages for operators, lenders, reviewers and owners over the interfaces that programs use too."""
