"""Runs SavedModels with TensorFlow's Python: folders of saved/, images.bin and shape.json."""
import json
import pathlib
import sys

import numpy
import tensorflow

results = {}
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    shape = json.loads((folder / "shape.json").read_text())
    images = numpy.fromfile(folder / "images.bin", dtype="<f4").reshape(shape)
    serve = tensorflow.saved_model.load(str(folder / "saved")).signatures["serving_default"]
    outputs = serve(images=tensorflow.constant(images))
    results[folder.name] = {
        "logits": outputs["logits"].numpy().ravel().tolist(),
        "probabilities": outputs["probabilities"].numpy().ravel().tolist(),
        "one": serve(images=tensorflow.constant(images[:1]))["logits"].numpy().ravel().tolist(),
    }
print(json.dumps(results))
