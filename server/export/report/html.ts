/** HTML as a value: everything inserted into a template is escaped unless it is HTML itself. */
import { escapeXml } from '../../figures/svg.ts';

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | false | readonly Part[];

const write = (part: Part): string =>
  part === undefined || part === false
    ? ''
    : part instanceof Html
      ? part.text
      : typeof part === 'object'
        ? part.map(write).join('')
        : escapeXml(String(part));

/** html`<p>${text}</p>` */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(texts.map((text, i) => text + write(parts[i])).join(''));

/** Text with `code` between backticks. */
export const withCode = (text: string): Html[] =>
  text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`.+`$/s.test(part) ? html`<code>${part.slice(1, -1)}</code>` : html`${part}`));

/** A table that may scroll horizontally; the first column has the row headers. */
export const table = (head: readonly Part[], rows: readonly (readonly Part[])[], name: string): Html => html`
<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
