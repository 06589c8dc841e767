"""Checks models with onnx and runs them with onnxruntime: folders of model.onnx, images.bin and shape.json."""
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

results = {}
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    shape = json.loads((folder / "shape.json").read_text())
    images = numpy.fromfile(folder / "images.bin", dtype="<f4").reshape(shape)
    model = onnx.load(str(folder / "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    logits, probabilities = session.run(["logits", "probabilities"], {"images": images})
    results[folder.name] = {
        "logits": logits.ravel().tolist(),
        "probabilities": probabilities.ravel().tolist(),
        "one": session.run(["logits"], {"images": images[:1]})[0].ravel().tolist(),
        "inputs": [[i.name, i.shape] for i in session.get_inputs()],
        "outputs": [[o.name, o.shape] for o in session.get_outputs()],
        "metadata": {p.key: p.value for p in model.metadata_props},
        "description": model.doc_string,
    }
print(json.dumps(results))
