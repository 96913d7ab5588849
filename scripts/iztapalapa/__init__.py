"""Parts of the maintainers' script that builds the example city from the original data sets."""
