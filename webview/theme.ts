/** The host's colours for canvases: read from the stylesheet, and again whenever the theme changes. */
import { type Signal, signal } from '@preact/signals';
import { luminance, type Rgb } from '../server/figures/colors.ts';

export interface Theme {
  readonly page: 'dark' | 'light';
  readonly contrast: boolean;
  readonly foreground: string;
  /** Labels of axes. */
  readonly muted: string;
  readonly background: string;
  /** Thin lines behind the data. */
  readonly grid: string;
  readonly border: string;
  readonly accent: string;
  readonly warning: string;
  readonly error: string;
  readonly fontFamily: string;
}

/** [red, green, blue] of a colour as `getComputedStyle` returns it; black for anything else. */
function computedRgb(color: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

/** Media queries that hold where the user wants high contrast or the system's own few colours. */
const CONTRAST = ['(prefers-contrast: more)', '(forced-colors: active)'];

function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  const [red, green, blue] = computedRgb(style.color);
  const contrast =
    document.body.classList.contains('vscode-high-contrast') || CONTRAST.some((query) => matchMedia(query).matches);
  return {
    page: luminance(computedRgb(style.backgroundColor)) < 0.2 ? 'dark' : 'light',
    contrast,
    foreground: style.color,
    muted: contrast ? style.color : read('--rs-muted'),
    background: style.backgroundColor,
    grid: `rgba(${red}, ${green}, ${blue}, ${contrast ? 0.3 : 0.1})`,
    border: `rgba(${red}, ${green}, ${blue}, ${contrast ? 1 : 0.3})`,
    accent: read('--rs-accent'),
    warning: read('--rs-warning'),
    error: read('--rs-error'),
    fontFamily: style.fontFamily,
  };
}

/** The current theme; follows changes of the host and the system as long as the page exists. */
export function watchTheme(): Signal<Theme> {
  const theme = signal(readTheme());
  const again = (): void => {
    theme.value = readTheme();
  };
  const observer = new MutationObserver(again);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'style'] });
  for (const query of ['(prefers-color-scheme: dark)', ...CONTRAST])
    matchMedia(query).addEventListener('change', again);
  return theme;
}
