"""The command line: what the explorer does, without a browser and without the web stack."""
