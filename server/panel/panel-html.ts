/**
 * The panel's page: one script, one stylesheet, and a content policy that allows nothing else. Scripts run by nonce
 * only, styles by nonce and from the host's own files; no `unsafe-*`, no network, no fonts, no frames.
 */

export interface PanelHtmlOptions {
  /** Address of the bundled script (`webview/main.tsx`). */
  script: string;
  /** Address of `webview/panel.css`. */
  style: string;
  /** A fresh random word for this page. */
  nonce: string;
  /** VS Code's `webview.cspSource`; in a browser `'self'`. */
  cspSource: string;
  /** What an earlier page sent with `remember`; for a page without saved state. */
  saved?: unknown;
  /** Outside VS Code: script and style of the host, which come first, and the page's icon. */
  browser?: { script: string; style: string; icon: string };
  /** Further sources for `connect-src`; none in VS Code, whose page communicates only by messages. */
  connectSource?: string;
}

const escapeAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** The content policy of the panel's page. */
export function panelPolicy(options: Pick<PanelHtmlOptions, 'nonce' | 'cspSource' | 'connectSource'>): string {
  const { nonce, cspSource, connectSource } = options;
  const directives = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}' ${cspSource}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ];
  if (connectSource !== undefined) directives.push(`connect-src ${connectSource}`);
  return directives.join('; ');
}

/** The HTML document; the page fills `#panel` once its script runs, or shows why it can't. */
export function panelHtml(options: PanelHtmlOptions): string {
  const nonce = escapeAttribute(options.nonce);
  const policy = escapeAttribute(panelPolicy(options));
  const saved = options.saved === undefined ? '' : ` data-saved="${escapeAttribute(JSON.stringify(options.saved))}"`;
  const script = (address: string): string => `<script nonce="${nonce}" src="${escapeAttribute(address)}"></script>`;
  const link = (rel: string, address: string): string =>
    `<link rel="${rel}" nonce="${nonce}" href="${escapeAttribute(address)}">`;
  const { browser } = options;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rectiscope</title>
${browser === undefined ? '' : `${link('icon', browser.icon)}\n${link('stylesheet', browser.style)}\n`}${link('stylesheet', options.style)}
</head>
<body>
<div id="panel"${saved}><p class="boot">The panel’s script has not run yet. If this message persists, reopen the panel.</p></div>
${browser === undefined ? '' : script(browser.script)}
${script(options.script)}
</body>
</html>
`;
}
