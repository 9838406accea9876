"""The drawing rooms of the bundled sample: rounded facts in, layer files out."""
