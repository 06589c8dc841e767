/** Snapshots to export: one with everything that a writer may stumble over. */
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import { record, snapshotOf } from '../webview/recording.ts';

/** Every character that means something in HTML, XML, CSV, Markdown or a file's name. */
export const NASTY = '</style><script>alert(1)</script> "a", \'b\' & c=d\n`e` ../f';

/** A run file with mistakes of none and the nasty name in a comment. */
const TEXT = `version: 1
# <img src=x onerror=alert(2)> ]]> & "quotes"
name: nasty
data: {source: fashion-mnist}
network:
  input: [28, 28, 1]
  activation: relu
  layers:
    - conv: {filters: 4, kernel: 3, repeat: 3}
    - dense: {units: 10}
train:
  batch_size: 64
  epochs: 2
  weight_decay: 0.0005
  learning_rate: 0.01
`;

/** A run of 60 steps whose loss is NaN from step 41 on; `name` everywhere where a user's text may stand. */
export function brokenRun(name = 'broken', run = 'r-bad'): RunSnapshot {
  const options = { steps: 60, stepsPerEpoch: 30, layers: 4, probeEvery: 10 };
  const recording = record({ run, name, kind: 'stalls', brokenFrom: 41, ...options });
  const snapshot = snapshotOf(recording, recording.events.length);
  return {
    ...snapshot,
    text: TEXT,
    summary: { ...snapshot.summary, note: name, tags: [name], message: `It ended: ${name}` },
    findings: snapshot.findings.map((finding) => ({ ...finding, message: `Look at ${name}`, source: name })),
    notices: [{ event: 'notice', run, step: 3, message: name }],
    ...(snapshot.started && { started: { ...snapshot.started, classes: snapshot.started.classes.map(() => name) } }),
  };
}

/** Nothing has happened yet. */
export function queuedRun(): RunSnapshot {
  const recording = record({ run: 'r-new', name: 'queued', kind: 'learns', steps: 1 });
  return { ...snapshotOf(recording, 1), text: TEXT };
}
