"""The command lines of this part. Light until one of them runs: parsers here, what they do in the modules `*_run`."""
