/** One HTML page about a run: no scripts, nothing loaded, all user text escaped; can be mailed, printed, and opened anywhere. */
import { dirname } from 'node:path';
import type { Ink } from '../figures/svg.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { checkRunFile } from '../run-file/check.ts';
import { type Drawing, Drawings } from './drawings.ts';
import { type Exporter, textBytes } from './exporter.ts';
import { type Learned, readLearned } from './learned.ts';
import { ExportRefusal } from './refusal.ts';
import { classSection } from './report/classes.ts';
import { findingList } from './report/findings.ts';
import { Html, html } from './report/html.ts';
import { layerTable } from './report/layers.ts';
import { evaluationTable, headline, tiles } from './report/results.ts';
import { setupSection } from './report/setup.ts';
import { slopeTable } from './report/slopes.ts';
import { STYLE } from './report/style.ts';

/** Colours from the page's style, dark or light. */
const INK: Ink = {
  page: 'none',
  text: 'var(--ink)',
  grid: 'var(--grid)',
  frame: 'var(--frame)',
  warning: 'var(--warning)',
};

/** The layers' quantities that are drawn: too many heat maps hide the one that matters. */
const LAYER_PICTURES = ['gradient_per_weight', 'update_ratio', 'activation_std', 'slope_mean'];

const figure = ({ svg }: Drawing): Html => html`<figure>${new Html(svg)}</figure>\n`;

/** The page's text. `learned`: from the checkpoint, if there is one. */
export function reportHtml(snapshot: RunSnapshot, learned: Learned | undefined): string {
  const { summary, notices } = snapshot;
  const file = { fileName: summary.file, folder: dirname(summary.file) };
  const { runFile, checked } = checkRunFile(snapshot.text, { ...file, stored: learned?.state.weightFiles?.moments });
  const drawings = new Drawings(snapshot, { color: 'var(--run)', ink: INK });
  const pictured = drawings.quantities.filter(({ id }) => LAYER_PICTURES.includes(id));
  const curves = drawings.curves();
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${summary.name}: ${summary.state}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${headline(snapshot)}
${tiles(snapshot)}
<h2>Findings</h2>
${findingList(snapshot, runFile.positions)}
${curves.length > 0 && html`<h2>Curves</h2><div class="figures">${curves.map((drawing) => figure(drawing))}<div class="evaluations"><h3>Evaluations</h3>${evaluationTable(snapshot)}</div></div>`}
${classSection(snapshot)}
${pictured.length > 0 && html`<h2>Layers</h2>${pictured.map((quantity) => html`<div class="figures">${figure(drawings.heatmap(quantity))}${figure(drawings.profile(quantity))}</div>`)}`}
${slopeTable(snapshot)}
${checked && html`<h3>Predicted and measured</h3>${layerTable(snapshot, checked, runFile.positions)}`}
${setupSection(snapshot, { config: runFile.config, checked, learned })}
${notices.length > 0 && html`<h2>Notices</h2><ul>${notices.map(({ step, message }) => html`<li>Step ${step}: ${message}</li>`)}</ul>`}
<footer>Written by Rectiscope from its own store; numbers are rounded only for display. All numbers: <code>rectiscope export ${summary.run} --csv FILE</code>.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

export const report: Exporter = {
  async plan(snapshot) {
    // A run without a checkpoint, or with a damaged one, still gets a report, with less in it.
    const learned = await readLearned(snapshot).catch((error: unknown) => {
      if (error instanceof ExportRefusal) return undefined;
      throw error;
    });
    return { files: [{ path: '', make: () => textBytes(reportHtml(snapshot, learned)) }] };
  },
};
