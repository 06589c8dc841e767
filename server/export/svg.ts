/** Every chart of a run as a printable file: curves, and for each measured quantity of the layers a profile and a heat map. */
import { runLook } from '../figures/colors.ts';
import { CURVE_TITLES } from '../figures/curves.ts';
import { fileName } from '../figures/file-name.ts';
import { LAYER_QUANTITIES } from '../figures/quantities.ts';
import { PAPER } from '../figures/svg.ts';
import { Drawings } from './drawings.ts';
import { type Exporter, textBytes } from './exporter.ts';
import { ExportRefusal } from './refusal.ts';

const fileOf = (title: string): string => `${fileName(title)}.svg`;

/** Every file that an export of any run can write. */
const OWNED = new Set(
  [
    ...Object.values(CURVE_TITLES),
    ...LAYER_QUANTITIES.flatMap(({ title }) => [`${title} over depth`, `${title} by layer and step`]),
  ].map(fileOf),
);

export const svg: Exporter = {
  async plan(snapshot) {
    const drawings = new Drawings(snapshot, { color: runLook(0, 'light').color, ink: PAPER });
    const layers = drawings.quantities.flatMap((quantity) => [drawings.profile(quantity), drawings.heatmap(quantity)]);
    const all = [...drawings.curves(), ...layers];
    if (all.length === 0)
      throw new ExportRefusal(`${snapshot.summary.name} has no numbers to draw yet: wait for its first step.`);
    return {
      files: all.map(({ title, svg: text }) => ({ path: fileOf(title), make: () => textBytes(text) })),
      owned: (path) => OWNED.has(path),
    };
  },
};
