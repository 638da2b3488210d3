"""The reviewer's pages (审查): reports from arrival to signed conclusion, over the reviewers' desk."""
