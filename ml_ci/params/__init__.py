"""params.yaml as frozen, validated settings: one module per section, no default hidden in code."""
