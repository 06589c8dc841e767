/** The text of a new run file: a small network that learns within a minute on two cores, every line explained. */

/** Text of a run file with this name. */
export const runFileTemplate = (
  name: string,
): string => `# A run of Rectiscope: this file determines all of it. Press F1 and choose “Rectiscope: Train”.
version: 1
name: ${JSON.stringify(name)}
seed: 1                          # weights and the order of examples follow from it

data:
  source: fashion-mnist          # bundled: grey 28×28 pictures of clothes, ten classes; or a folder of IDX files
  limit: {train: 3200, val: 500} # fewer examples, shorter epochs; remove the line to use all

network:
  input: [28, 28, 1]             # height, width, channels
  activation: relu               # or {prelu: {share: channel, slope: 0.25}}
  init: he                       # or xavier, {gaussian: 0.01}
  layers:
    - conv: {filters: 8, kernel: 3, repeat: 2}
    - max_pool: {size: 2, stride: 2}
    - conv: {filters: 16, kernel: 3, repeat: 2}
    - max_pool: {size: 2, stride: 2}
    - conv: {filters: 32, kernel: 3, repeat: 2}
    - global_average_pool
    - dense: {units: 10}         # the last layer gives one logit per class

train:
  batch_size: 32                 # examples per step
  epochs: 10
  learning_rate: 0.03
  momentum: 0.9
  weight_decay: 0.0005           # on weights only

evaluate:
  every: 1 epoch

diagnose:
  probe_every: 10 steps          # how often every layer's gradient is measured
`;
