/** Where things lie for the tests in a real VS Code. */
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..', '..');
/** Folder of the extension's package.json. */
export const extension = join(root, '.');
/** package.json and lock that fix the version of VS Code. */
export const host = join(import.meta.dirname, 'host');
export const vscode = join(host, 'node_modules', 'code-server', 'lib', 'vscode');
/** Copied into a fresh workspace for every test run. */
export const fixture = join(import.meta.dirname, 'fixture');
/** Built suite, package and screenshots. */
export const out = join(root, 'out');
/** `extensionTestsPath`: VS Code loads it with `require`. */
export const suite = join(out, 'suite', 'index.cjs');
export const shots = join(out, 'shots');
