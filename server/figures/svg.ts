/** The elements of an SVG picture as text, and the colours of everything but data. */

/** Text escaped for XML and HTML, also in attributes. */
export const escapeXml = (text: string): string =>
  text
    // XML can't represent control characters except tab and line ends.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Two decimals are a hundredth of a pixel. */
export const px = (value: number): string => String(Math.round(value * 100) / 100);

/** Colours of page, axes and text: for paper, or from a page's own style (`var(--…)`). */
export interface Ink {
  readonly page: string;
  readonly text: string;
  readonly grid: string;
  readonly frame: string;
  readonly warning: string;
}

/** Black on white, for separate files: they go into papers. */
export const PAPER: Ink = { page: '#fff', text: '#222', grid: '#e4e4e4', frame: '#888', warning: '#b85c00' };

export interface SvgFileOptions {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** The area of `url(#<id>)`; the id is unique among the pictures of a page. */
  readonly clip: { id: string; left: number; right: number; top: number; bottom: number };
  readonly ink: Ink;
}

/** The whole picture. */
export function svgFile(parts: readonly string[], options: SvgFileOptions): string {
  const { width, height, title, clip, ink } = options;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="12" fill="${ink.text}">
<title>${escapeXml(title)}</title>
<defs><clipPath id="${clip.id}"><rect x="${clip.left}" y="${clip.top}" width="${clip.right - clip.left}" height="${clip.bottom - clip.top}"/></clipPath></defs>
<rect width="${width}" height="${height}" fill="${ink.page}"/>
${parts.join('\n')}
</svg>
`;
}

export interface SvgTextOptions {
  at: readonly [x: number, y: number];
  anchor: 'start' | 'middle' | 'end';
  color?: string;
  weight?: 'bold';
  /** Colour around the letters, to keep them readable over data. */
  halo?: string;
}

/** A line of text; colour and weight if they differ from the picture’s. */
export function text(content: string, { at, anchor, color, weight, halo }: SvgTextOptions): string {
  const fill = color === undefined ? '' : ` fill="${color}"`;
  const bold = weight === undefined ? '' : ` font-weight="${weight}"`;
  const around = halo === undefined ? '' : ` stroke="${halo}" stroke-width="3" paint-order="stroke"`;
  return `<text x="${px(at[0])}" y="${px(at[1])}" text-anchor="${anchor}"${fill}${bold}${around}>${escapeXml(content)}</text>`;
}

/** A straight line, dashed if lengths of line and gap are given. */
export function line(ends: readonly [number, number, number, number], color: string, dash = '', width = 1): string {
  const [x1, y1, x2, y2] = ends.map(px);
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${color}" stroke-width="${width}"${dashes}/>`;
}
