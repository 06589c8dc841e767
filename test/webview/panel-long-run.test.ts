/** A long run in the panel: no step is lost, and memory stays small. How long its frames take `npm run bench -- panel` measures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { launchBrowser } from '../browser.ts';
import { LAYERS, PROBES, STEPS, showLongRun } from './long-run.ts';
import { stage } from './stage.ts';

/** Megabytes on the heap and behind typed arrays (reliability plan, row 17). */
const MOST_MEGABYTES = 150;

const browser = await launchBrowser();

describe('the panel with a long run', { skip: browser === undefined && 'no browser' }, () => {
  const { open } = stage(browser);

  it(`streams into ${STEPS} steps, and ${PROBES} probes of ${LAYERS} layers, within ${MOST_MEGABYTES} MB`, async () => {
    const panel = await open();
    const { frames, megabytes } = await showLongRun(panel);
    assert.ok(frames.length > 60, `${frames.length} frames were drawn`);
    assert.ok(megabytes < MOST_MEGABYTES, `${megabytes.toFixed(0)} MB`);
    assert.deepEqual(panel.errors, []);
    await panel.close();
  });
});
