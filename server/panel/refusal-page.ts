/** The page that is shown without the panel's token: what is wrong, and what to do. */

const WHY = {
  none: 'The panel’s token is missing from this address, and this browser has not stored it.',
  wrong: 'The token in this address is not, or no longer, the panel’s: a restarted panel may have a new one.',
} as const;

/** A page without scripts or links; its style has the nonce of its policy. */
export const refusalPage = (why: keyof typeof WHY, nonce: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rectiscope: access denied</title>
<style nonce="${nonce}">body { max-width: 40em; margin: 10vh auto; padding: 0 16px; font: 16px / 1.5 system-ui, sans-serif; } h1 { font-size: 20px; }</style>
</head>
<body>
<h1>The panel is not shown</h1>
<p>${WHY[why]}</p>
<p>Open the full address that <code>rectiscope panel</code> printed in its terminal, from http to the last character. If the
terminal is gone, run <code>rectiscope panel</code> again in the folder of your runs: it prints a new address. This does not affect your runs.</p>
</body>
</html>
`;
