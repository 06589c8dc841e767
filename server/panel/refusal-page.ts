/** What stands in the place of the panel for who comes without its token: what is wrong, and what to do. */

const WHY = {
  none: 'This address lacks the panel’s token, or this browser does not know it any more.',
  wrong:
    'The token in this address is not the panel’s, or not any more: it is another one when the panel was started anew.',
} as const;

/** A page without script, style or address of anything else. */
export const refusalPage = (why: keyof typeof WHY): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rectiscope: not let in</title>
</head>
<body>
<h1>The panel is not shown</h1>
<p>${WHY[why]}</p>
<p>Open the whole address that <code>rectiscope panel</code> printed in its terminal, from http to the last character. Is the
terminal gone, run <code>rectiscope panel</code> again in the folder of your runs: it prints a new one. Runs are not touched by this.</p>
</body>
</html>
`;
