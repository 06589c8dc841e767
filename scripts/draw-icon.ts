/** Draws `media/icon.png` from `media/icon-marketplace.svg`: the Marketplace takes no SVG. Run it when the SVG changes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { launchBrowser } from '../test/browser.ts';

const media = resolve(import.meta.dirname, '..', 'media');
const size = { width: 256, height: 256 };

const browser = await launchBrowser();
if (!browser) process.exit(1);
const page = await browser.newPage({ viewport: size });
await page.setContent(`<style>body{margin:0}</style>${readFileSync(`${media}/icon-marketplace.svg`, 'utf8')}`);
await page.screenshot({ path: `${media}/icon.png`, omitBackground: true, clip: { x: 0, y: 0, ...size } });
await browser.close();
