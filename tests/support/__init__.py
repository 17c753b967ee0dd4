"""What tests and scripts share: independent references, samples, and readers of output."""
