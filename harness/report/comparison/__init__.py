"""One run's figures held against another's."""
