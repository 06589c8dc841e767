"""Reads a safetensors file with the package of that name; prints each array's type, shape, bytes and sum."""
import json
import sys

from safetensors import safe_open

arrays = {}
with safe_open(sys.argv[1], framework="numpy") as file:
    metadata = file.metadata()
    for name in file.keys():
        array = file.get_tensor(name)
        arrays[name] = {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "hex": array.astype("<f4").tobytes().hex(),
            "sum": repr(float(array.astype("float64").sum())),
        }
print(json.dumps({"metadata": metadata, "arrays": arrays}))
