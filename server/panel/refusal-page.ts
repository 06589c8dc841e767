/** What stands in the place of the panel for who comes without its token: what is wrong, and what to do. */

const WHY = {
  none: 'This address lacks the panel’s token, or this browser does not know it any more.',
  wrong:
    'The token in this address is not the panel’s, or not any more: a panel that is started anew may have another.',
} as const;

/** A page without a script or an address of anything else; its style has the nonce of its policy. */
export const refusalPage = (why: keyof typeof WHY, nonce: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rectiscope: not let in</title>
<style nonce="${nonce}">body { max-width: 40em; margin: 10vh auto; padding: 0 16px; font: 16px / 1.5 system-ui, sans-serif; } h1 { font-size: 20px; }</style>
</head>
<body>
<h1>The panel is not shown</h1>
<p>${WHY[why]}</p>
<p>Open the whole address that <code>rectiscope panel</code> printed in its terminal, from http to the last character. Is the
terminal gone, run <code>rectiscope panel</code> again in the folder of your runs: it prints a new one. Runs are not touched by this.</p>
</body>
</html>
`;
