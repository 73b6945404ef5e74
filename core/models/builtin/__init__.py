"""The embedding model that needs no key and no network: all-MiniLM-L6-v2 on onnxruntime."""
