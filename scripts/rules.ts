/** Writes docs/rules.md from the rules: `node scripts/rules.ts`. A test fails when it is out of date. */
import { writeFileSync } from 'node:fs';
import { rulesDocument } from '../test/support/rules-document.ts';

writeFileSync(new URL('../docs/rules.md', import.meta.url), rulesDocument());
