/** How long the frames of the panel take during a long run. */
import { formatCount, formatFixed } from '../server/domain/numbers/format.ts';
import { median, quantile } from '../server/domain/numbers/statistics.ts';
import { launchBrowser } from '../test/browser.ts';
import { openPanel, serveHarness } from '../test/webview/harness.ts';
import { LAYERS, PROBES, STEPS, showLongRun } from '../test/webview/long-run.ts';
import { logProgress, machine, spread, writeSection } from './report.ts';

/** Measure, and write the section. */
export async function panel({ rounds }: { rounds: number }): Promise<void> {
  const browser = await launchBrowser();
  if (!browser) throw new Error('There is no browser to measure the panel in.');
  const harness = await serveHarness();
  const [medians, late, cpus, megabytes]: [number[], number[], number[], number[]] = [[], [], [], []];
  try {
    for (let round = 0; round < rounds; round++) {
      const opened = await openPanel({ browser, address: harness.address });
      const { frames, cpu, megabytes: used } = await showLongRun(opened);
      await opened.close();
      medians.push(median(frames));
      late.push(quantile(frames, 0.95));
      cpus.push(cpu);
      megabytes.push(used);
      logProgress(
        `round ${round + 1}: median ${formatFixed(medians.at(-1) ?? Number.NaN, 1)} ms, 95 % ${formatFixed(late.at(-1) ?? Number.NaN, 1)} ms`,
      );
    }
  } finally {
    await browser.close();
    await harness.close();
  }
  writeSection('panel', [
    '### The panel with a long run',
    '',
    `\`npm run bench -- panel\`, ${machine()}; ${rounds} rounds, median and range. ${formatCount(STEPS)} steps and ${formatCount(PROBES)} probes of ${LAYERS} layers are shown; 120 more steps arrive while the cursor moves over the charts. A frame at 60 Hz is 16.7 ms.`,
    '',
    '| the panel’s own work per frame | |',
    '|---|---|',
    `| median, ms | ${spread(medians, 1)} |`,
    `| 95th percentile, ms | ${spread(late, 1)} |`,
    `| processor time, ms | ${spread(cpus, 1)} |`,
    `| memory after a collection, MB | ${spread(megabytes, 0)} |`,
  ]);
}
