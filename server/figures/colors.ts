/** Colours: viridis for magnitudes, and one colour and marker for each run, distinguishable for colour-blind users too. */

/** Seventeen even stops of viridis (van der Walt and Smith, matplotlib; public domain), dark to bright. */
const VIRIDIS = [
  ...['440154', '48186a', '472d7b', '424086', '3b528b', '33638d', '2c728e', '26828e'],
  ...['21918c', '1fa088', '28ae80', '3fbc73', '5ec962', '84d44b', 'addc30', 'd8e219', 'fde725'],
].map((hex) => rgbOf(`#${hex}`));

/** [red, green, blue], 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Exactly zero, or too small for a single-precision number. */
export const ZERO_COLOR: Rgb = [128, 128, 128];
/** NaN or infinite: unlike any viridis shade. */
export const BROKEN_COLOR: Rgb = [240, 60, 130];

/** Viridis at 0 to 1; clamped at the ends. */
export function viridis(share: number): Rgb {
  const position = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const index = Math.min(VIRIDIS.length - 2, Math.floor(position));
  const part = position - index;
  const low = VIRIDIS[index] as Rgb;
  const high = VIRIDIS[index + 1] as Rgb;
  const mix = (channel: 0 | 1 | 2): number => Math.round(low[channel] * (1 - part) + high[channel] * part);
  return [mix(0), mix(1), mix(2)];
}

export function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export const cssColor = ([red, green, blue]: Rgb, alpha = 1): string =>
  alpha === 1 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${alpha})`;

/** Relative luminance of WCAG 2.2, 0 to 1. */
export function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours, 1 to 21 (WCAG 2.2). */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/**
 * Eight run colours for dark and for light pages, in the same order of hues (after Okabe and Ito): neighbours differ in
 * lightness as well as hue; the eighth is a grey, since no further hue is distinct enough. At least 3:1 against the usual editor backgrounds, as a test checks.
 */
export const RUN_COLORS = {
  dark: ['#4ea6ff', '#ff9e3d', '#3fd0a4', '#ff7eb6', '#e6d34f', '#c58bff', '#ff6047', '#b9c0c7'],
  light: ['#0067b8', '#c06400', '#00795b', '#b0287a', '#6b6a00', '#6446c4', '#b3142a', '#59636e'],
} as const;

/** Marker shapes of runs: six shapes against eight colours, so a ninth run differs from the first. */
export const MARKERS = ['circle', 'rect', 'triangle', 'rectRot', 'crossRot', 'star'] as const;
export type Marker = (typeof MARKERS)[number];

export interface RunLook {
  readonly color: string;
  readonly marker: Marker;
}

/** A run's look everywhere: its `slot` is assigned once and kept. Markers repeat after six, colours after eight. */
export function runLook(slot: number, page: 'dark' | 'light'): RunLook {
  const colors = RUN_COLORS[page];
  return { color: colors[slot % colors.length] as string, marker: MARKERS[slot % MARKERS.length] as Marker };
}
