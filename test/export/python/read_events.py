"""Reads a folder of runs with TensorBoard's own reader: every scalar as [step, wall time, value], every text by step."""
import json
import os
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

multiplexer = EventMultiplexer(size_guidance={"scalars": 0, "tensors": 0})
multiplexer.AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
runs = {}
for run, tags in multiplexer.Runs().items():
    runs[run] = {
        "scalars": {
            tag: [[e.step, e.wall_time, repr(e.value)] for e in multiplexer.Scalars(run, tag)] for tag in tags["scalars"]
        },
        "texts": {
            tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in multiplexer.Tensors(run, tag)]
            for tag in tags["tensors"]
        },
        "plugins": {
            tag: multiplexer.SummaryMetadata(run, tag).plugin_data.plugin_name for tag in tags["tensors"]
        },
    }
print(json.dumps(runs))
