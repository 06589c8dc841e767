"""Reads the table with pandas; prints counts, and the numbers of one quantity as their bytes."""
import json
import sys

import numpy
import pandas

table = pandas.read_csv(sys.argv[1], float_precision="round_trip", keep_default_na=False, na_values={"value": ["NaN"], "epoch": ["NaN"]})
loss = table[(table.series == "step") & (table.quantity == "loss")]
print(
    json.dumps(
        {
            "columns": list(table.columns),
            "rows": len(table),
            "names": sorted(set(table.name)),
            "type": str(table.value.dtype),
            "loss": numpy.asarray(loss.value, dtype="<f8").tobytes().hex(),
            "step": [int(step) for step in loss.step],
        }
    )
)
