/** Checks in a row, each counted and timed; one that fails leaves a picture and the others continue, up to a point. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { shots } from './paths.ts';

/** After this many failures the cause is probably common: later checks mean nothing. */
const MOST_FAILURES = 5;

export class Checks {
  readonly #page: Page;
  readonly #start = performance.now();
  passed = 0;
  failed = 0;

  constructor(page: Page) {
    this.#page = page;
    mkdirSync(shots, { recursive: true });
  }

  note(text: string): void {
    console.log(`${((performance.now() - this.#start) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  }

  async check(name: string, body: () => Promise<unknown>): Promise<void> {
    try {
      await body();
      this.passed++;
      this.note(`ok    ${name}`);
    } catch (error) {
      this.failed++;
      this.note(`FAIL  ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      await this.picture(`failed-${this.failed}`);
      if (this.failed >= MOST_FAILURES) throw new Error('Too many checks failed: the story ends here.');
    }
  }

  async picture(name: string): Promise<void> {
    await this.#page.screenshot({ path: join(shots, `${name}.png`) });
  }
}
