/** A disk of a few megabytes that a test can fill, and make read-only. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { later, temporaryFolder } from './training-server.ts';

export interface SmallDisk {
  readonly folder: string;
  /** Takes all room but so many bytes. */
  fill(left?: number): void;
  /** Gives back what `fill` took. */
  free(): void;
  makeReadOnly(): void;
}

/** A disk of `megabytes`; undefined, and the test is skipped, where none can be mounted: that takes root on Linux. */
export function smallDisk(t: TestContext, megabytes: number): SmallDisk | undefined {
  const folder = join(temporaryFolder(t), 'small');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    t.skip('NOT TESTED: a disk that is full or read-only, which only root can make, on Linux');
    return undefined;
  }
  later(t, () => execFileSync('umount', ['-l', folder]));
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: (left = 0) => {
      for (let size = 4 * 1024 * 1024; size >= 512; ) {
        try {
          writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
        } catch {
          // Full for pieces of this size; fill on with smaller ones.
          size = Math.floor(size / 2);
        }
      }
      if (left > 0) truncateSync(ballast, statSync(ballast).size - left);
    },
    free: () => rmSync(ballast, { force: true }),
    makeReadOnly: () => {
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      later(t, () => execFileSync('mount', ['-o', 'remount,rw', folder]));
    },
  };
}
