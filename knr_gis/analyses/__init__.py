"""The computations that maps and reports ask for by name."""
