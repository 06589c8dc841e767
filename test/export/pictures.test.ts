/** SVG files and the report: what they say, and that nothing of the user's can act in them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import { reportHtml } from '../../server/export/report.ts';
import { svg } from '../../server/export/svg.ts';
import type { ProofEvent } from '../../server/protocol/events.ts';
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import { pack, unpack } from '../../server/protocol/scalar.ts';
import { launchBrowser } from '../browser.ts';
import heRun from '../fixtures/panel/he-30.json' with { type: 'json' };
import xavierRun from '../fixtures/panel/xavier-30.json' with { type: 'json' };
import { withFolder } from '../support/idx.ts';
import { got } from '../support/tensor.ts';
import { brokenRun, NASTY, queuedRun } from './exported-run.ts';

const [he, xavier] = [heRun, xavierRun] as unknown as [RunSnapshot, RunSnapshot];
const utf8 = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString('utf8');

/** The files of an export by their names. */
async function drawn(snapshot: RunSnapshot): Promise<Map<string, string>> {
  const { files } = await svg.plan(snapshot);
  return new Map(files.map(({ path, make }) => [path, utf8(make())]));
}

describe('the SVG files of a run', () => {
  it('are the curves, and a profile and a picture of everything that was measured of the layers', async () => {
    const names = [...(await drawn(xavier)).keys()];
    for (const name of ['top-1-error', 'top-5-error', 'loss']) assert.ok(names.includes(`${name}.svg`), names.join());
    for (const name of ['gradient-per-weight', 'update-ratio', 'dead-rectifiers'])
      for (const kind of ['over-depth', 'by-layer-and-step']) assert.ok(names.includes(`${name}-${kind}.svg`), name);
    // No PReLU: no slopes.
    assert.ok(!names.some((name) => name.includes('slope')), names.join());
    const { owned } = await svg.plan(xavier);
    for (const name of names) assert.ok(owned?.(name));
    assert.ok(!owned?.('holiday.svg'));
  });

  it('name every layer of the picture, or every other one', async () => {
    const picture = got((await drawn(he)).get('gradient-per-weight-by-layer-and-step.svg'), 'a picture');
    for (const layer of ['conv1', 'conv15', 'conv29']) assert.ok(picture.includes(`>${layer}</text>`), layer);
  });

  it('mark where a loss is NaN', async () => {
    assert.match(got((await drawn(brokenRun())).get('loss.svg'), 'loss'), /NaN at step 41/);
  });

  it('are refused for a run without any number yet', async () => {
    await assert.rejects(svg.plan(queuedRun()), /no numbers to draw yet/);
  });
});

describe('the report', () => {
  it('shows what is wrong, where, and what fixes it', () => {
    const page = reportHtml(xavier, undefined);
    const [finding] = xavier.findings;
    assert.ok(finding?.fix);
    assert.ok(page.includes(`${xavier.summary.file}:${finding.line}:${finding.column}`));
    assert.match(page, /<del>-\s+init: xavier/);
    assert.match(page, /<ins>\+\s+init: he/);
    assert.match(page, /top-1 error 90\.0\u00a0%/);
    for (const layer of ['conv1', 'conv29', 'dense1']) assert.ok(page.includes(`<th scope="row">${layer}</th>`), layer);
    for (const name of got(xavier.started, 'a start').classes) assert.ok(page.includes(`>${name}</th>`), name);
    assert.ok(page.includes('class="found"'), 'the line of the run file is marked');
  });

  it('shows for a finding whether its fix was proved, and when it ended', () => {
    const [finding, ...rest] = xavier.findings;
    assert.ok(finding?.fix);
    assert.doesNotMatch(reportHtml(xavier, undefined), /Proof by|It was over/);
    const side = {
      run: 'r-1',
      name: 'xavier-30',
      state: 'stalled',
      step: 100,
      loss: 2.3,
      standard_error: 0.001,
    } as const;
    const proof: ProofEvent = {
      ...{ event: 'proof', run: 'r-1', step: 100, fixed: 'r-2', window: 20, state: 'decided', outcome: 'helps' },
      fixes: [{ rule: finding.rule, title: finding.fix.title }],
      verdict: 'The fix helps: 0.71 against 2.30.',
      sides: [
        { ...side, batch_top1: 90, top1: 90 },
        { ...side, run: 'r-2', name: 'xavier-30 fixed', loss: 0.71, standard_error: 0.02, batch_top1: 30 },
      ],
    };
    const page = reportHtml(
      { ...xavier, proofs: [proof], findings: [{ ...finding, recovered: 420 }, ...rest] },
      undefined,
    );
    assert.match(page, /Proof by <code>r-2<\/code>, requested at step 100: The fix helps: 0\.71 against 2\.30\./);
    assert.match(page, /xavier-30 fixed<\/th><td>100<\/td><td>0\.71 ± 0\.02<\/td><td>–/);
    assert.equal(page.match(/Proof by/g)?.length, 1, 'it stands with its own finding only');
    assert.match(page, /It ended at step 420/);
    const running = { ...proof, state: 'running', sides: undefined } as unknown as ProofEvent;
    assert.match(reportHtml({ ...xavier, proofs: [running] }, undefined), /the fixed copy r-2 is not decided yet/);
  });

  it('lists classes by their error, ascending', () => {
    const page = reportHtml(he, undefined);
    const section = page.slice(page.indexOf('Errors by class'), page.indexOf('Confusion matrix'));
    const errors = [...section.matchAll(/class="percent">([\d.]+) %/g)].map(([, error]) => Number(error));
    assert.equal(errors.length, 10);
    assert.deepEqual(
      errors,
      errors.toSorted((a, b) => a - b),
    );
    const confusion = got(he.evaluations.at(-1)?.confusion, 'counts');
    const worst = Math.max(...confusion.map((row, k) => 100 * (1 - (row[k] ?? 0) / row.reduce((a, b) => a + b, 0))));
    assert.ok(Math.abs((errors.at(-1) ?? 0) - worst) <= 0.05, `${errors.at(-1)} is ${worst} rounded`);
  });

  it('lists the largest confusions if a matrix would be unreadable', () => {
    const classes = Array.from({ length: 40 }, (_, k) => `class-${k}`);
    const confusion = classes.map((_, label) =>
      classes.map((__, k) => (k === label ? 50 : k === (label + 1) % 40 ? label : 0)),
    );
    const evaluations = he.evaluations.map(({ class_errors: _, ...evaluation }) => ({ ...evaluation, confusion }));
    const page = reportHtml({ ...he, evaluations, started: { ...got(he.started, 'a start'), classes } }, undefined);
    assert.ok(!page.includes('Confusion matrix') && page.includes('Most frequent confusions'));
    const section = page.slice(page.indexOf('aria-label="Most frequent confusions"'));
    const [, label, taken, count] =
      /<tbody><tr><th scope="row">([^<]+)<\/th><td>([^<]+)<\/td><td>(\d+)/.exec(section) ?? [];
    assert.deepEqual([label, taken, count], ['class-39', 'class-0', '39']);
  });

  it('lists the worst images, and top-5 errors by class', () => {
    const page = reportHtml(he, undefined);
    const [worst] = got(got(he.evaluations.at(-1), 'an evaluation').worst, 'worst images');
    assert.ok(page.includes(`<th scope="row">${worst?.image}</th>`), worst?.image);
    assert.ok(page.includes('top-5 error'));
  });

  it('shows learned slopes over the steps, and no section if none is learned', () => {
    assert.ok(!reportHtml(he, undefined).includes('Learned slopes'));
    const { probes } = he;
    const { length } = PROBE_QUANTITIES;
    const values = unpack(probes.values);
    const steps = unpack(probes.step);
    const slope = PROBE_QUANTITIES.indexOf('slope_mean');
    // The first layer alone learns one: 0.25 at the start, a hundredth more at each probe.
    for (let i = 0; i < steps.length; i++) values[i * probes.layers.length * length + slope] = 0.25 + i / 100;
    const page = reportHtml({ ...he, probes: { ...probes, values: pack(values) } }, undefined);
    const section = page.slice(page.indexOf('aria-label="Learned slopes"'));
    const table = section.slice(0, section.indexOf('</table>'));
    assert.equal(table.match(/<tr>/g)?.length, 2);
    const last = `<td>${(0.25 + (steps.length - 1) / 100).toFixed(3)}</td></tr>`;
    assert.ok(table.includes('conv1</th><td>0.250</td>') && table.includes(last), table);
    assert.ok(table.includes(`step ${steps.at(-1)}</th>`));
  });

  it('is there of a run that waits, and of one whose file this version cannot read', () => {
    assert.match(reportHtml(queuedRun(), undefined), /Queued for training/);
    const page = reportHtml({ ...xavier, text: 'version: 9\nwhat: {' }, undefined);
    assert.ok(page.includes('vanishing-gradient') && page.includes('what: {'));
  });
});

const browser = await launchBrowser();
// Also where its tests are left out: an open browser would keep this process forever.
after(() => browser?.close());

describe('the report in a browser', { skip: browser === undefined && 'no browser' }, () => {
  const runs = { he, xavier, nasty: brokenRun(NASTY), waiting: queuedRun() };
  for (const [name, snapshot] of Object.entries(runs))
    it(`${name}: runs no script, loads nothing, fits its page, light and dark`, () =>
      withFolder(async (folder) => {
        const file = join(folder, 'report.html');
        writeFileSync(file, reportHtml(snapshot, undefined));
        for (const colorScheme of ['light', 'dark'] as const)
          for (const width of [1280, 800, 400]) {
            const page = await got(browser, 'a browser').newPage({ colorScheme, viewport: { width, height: 900 } });
            const requests: string[] = [];
            const trouble: string[] = [];
            page.on('request', (request) => requests.push(request.url()));
            page.on('dialog', (dialog) => {
              trouble.push(`dialog ${dialog.message()}`);
              void dialog.dismiss();
            });
            page.on('console', (message) => trouble.push(message.text()));
            page.on('pageerror', (error) => trouble.push(error.message));
            await page.goto(pathToFileURL(file).href);
            const seen = await page.evaluate(() => ({
              scripts: document.scripts.length,
              overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
              light: getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)',
              title: document.querySelector('h1')?.firstChild?.textContent?.trim(),
              ids: [...document.querySelectorAll('[id]')].map(({ id }) => id),
              handlers: [...document.querySelectorAll('*')].filter((element) =>
                [...element.attributes].some((attribute) => attribute.name.startsWith('on')),
              ).length,
              // Colours come from variables: one that is not known leaves a curve black.
              curves: [...document.querySelectorAll('path')].map((path) => getComputedStyle(path).stroke),
            }));
            assert.deepEqual(requests, [pathToFileURL(file).href]);
            assert.deepEqual(trouble, []);
            assert.equal(seen.scripts, 0);
            assert.equal(seen.handlers, 0);
            assert.equal(seen.overflow, 0, `${seen.overflow} pixels too wide at ${width}`);
            assert.equal(seen.light, colorScheme === 'light');
            assert.equal(seen.title, snapshot.summary.name.trim().replace(/\s*\n\s*/g, '\n'));
            assert.equal(new Set(seen.ids).size, seen.ids.length, 'ids are unique');
            const run = colorScheme === 'light' ? 'rgb(0, 103, 184)' : 'rgb(78, 166, 255)';
            for (const stroke of seen.curves) assert.equal(stroke, run);
            await page.close();
          }
      }));

  it('and every SVG file is XML that a browser draws', async () => {
    const page = await got(browser, 'a browser').newPage();
    for (const [name, text] of await drawn(brokenRun(NASTY))) {
      const wrong = await page.evaluate((xml) => {
        const parsed = new DOMParser().parseFromString(xml, 'image/svg+xml');
        return parsed.querySelector('parsererror')?.textContent ?? (parsed.querySelector('script') && 'a script');
      }, text);
      assert.equal(wrong, null, `${name}: ${wrong}`);
    }
    await page.close();
  });
});
