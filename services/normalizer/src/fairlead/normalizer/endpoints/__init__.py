"""The HTTP surface of the normalizer: each module takes some paths, and knows nothing of the others."""
