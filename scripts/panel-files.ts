/** Prints the files of the panel's page in a browser, built now, as one JSON object: for `rectiscope panel` in a source tree. */
import { bundleTexts } from './build.ts';

try {
  process.stdout.write(JSON.stringify(await bundleTexts(['webview', 'browser'])));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
